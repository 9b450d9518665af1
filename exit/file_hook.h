/*
 * A program of the administrator's that is told of each file that changed: to
 * have a server read it again, or to copy it elsewhere.
 */
#ifndef SIGNET_EXIT_FILE_HOOK_H
#define SIGNET_EXIT_FILE_HOOK_H

#include "api/exit.h"

#define FILE_HOOK_ARGUMENTS 32 /* the program among them */

struct file_hook {
	const char **arguments; /* with their placeholders, ended by NULL; NULL: there is no hook */
	int64_t timeout;        /* seconds */
};

/* Reads `hook` and `hook-timeout`. */
int file_hook_read(struct file_hook *hook, const struct conf_node *node, struct error *err);
void file_hook_clear(struct file_hook *hook);

/* Runs it, if there is one, to its end. path: absolute, of the file. An error when it cannot be run, takes
 * too long, is killed, or ends with another status than 0. */
int file_hook_run(const struct file_hook *hook, struct arena *arena,
                  const struct signet_event *event, const char *path, struct error *err);

#endif
