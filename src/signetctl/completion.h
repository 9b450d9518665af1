/*
 * What a shell needs to complete signetctl's command line, made of the
 * tables of the commands and of placeholder.h: scripts for bash and zsh, and
 * the names that change, for which the scripts ask signetctl.
 */
#ifndef SIGNET_SIGNETCTL_COMPLETION_H
#define SIGNET_SIGNETCTL_COMPLETION_H

#include "signetctl/command.h"
#include "signetctl/placeholder.h"

/* The scripts, to standard output. */
void completion_print_bash(void);
void completion_print_zsh(void);

/* signetctl completion values KIND. */
int completion_values(struct command_context *context, const struct command_value *values, int argc,
                      char **argv);

/* "ca list", or "status" for a group that is a command itself. */
const char *completion_key(const struct command *c, char *out, size_t size);
/* The arguments of a command from the left: *text goes behind the one that is returned, which ends with a
 * blank or the string; NULL behind the last. *many: it may be repeated. */
const char *completion_argument(const char **text, bool *many);

/* All that completes one option or argument. */
struct completion {
	char words[1024];         /* with blanks between them */
	bool list;
	const char *kind;         /* of names; NULL: none */
	bool file, directory;
};
/* False when nothing is known that does. */
bool completion_read(struct completion *out, const char *argument);

#endif
