/*
 * Lists that are longer than one reply: page after page, newest first.
 */
#ifndef SIGNET_SIGNETCTL_PAGE_H
#define SIGNET_SIGNETCTL_PAGE_H

#include "signetctl/command.h"

#define PAGE_DEFAULT_LIMIT 100

/* Reads --limit and --before: SIGNET_E_INVALID with a message. */
int page_read(const char *limit, const char *before, uint64_t *rows, uint64_t *id,
              struct error *err);

/* Says on standard error, for people only, that the list goes on and how to see more. */
void page_more(const struct command_context *context, uint64_t last_id);

#endif
