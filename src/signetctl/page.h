/*
 * Lists that are longer than one reply: page after page, newest first.
 */
#ifndef SIGNET_SIGNETCTL_PAGE_H
#define SIGNET_SIGNETCTL_PAGE_H

#include "signetctl/command.h"

#define PAGE_DEFAULT_LIMIT 100

/* A list of one kind. */
struct page_list {
	const struct print_column *columns;
	size_t column_count;
	/* Adds at most `limit` rows with ids below `before` (0: all). *last: the last one's id, left
	 * alone when there was none; *more: there are others behind it. */
	int (*fetch)(struct command_context *context, const void *filter, uint64_t before,
	             unsigned limit, struct print_rows *rows, uint64_t *last, bool *more,
	             struct error *err);
	const void *filter;
};

/* Connects, and prints as many rows as --limit says behind --before, in as many calls as it takes; to
 * people it says on standard error how to see more. Returns enum command_status. */
int page_print(struct command_context *context, const struct page_list *list, const char *limit,
               const char *before);

#endif
