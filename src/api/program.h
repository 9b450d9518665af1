/*
 * A program of the administrator's, as modules are configured to run one: the
 * keys, and one run with its input.
 */
#ifndef SIGNET_API_PROGRAM_H
#define SIGNET_API_PROGRAM_H

#include "base/buffer.h"
#include "conf/conf.h"

struct program;

/* For a module's own list of keys. */
#define PROGRAM_KEYS "command", "timeout", "environment", "directory"

/*   command      the program's absolute path, or a list of it and its arguments
 *   timeout      of one run, 1s to 10m; default 10s
 *   environment  map of the variables that it gets beside PATH and LANG
 *   directory    where it runs, relative to state_directory; default "/"
 * The program must be there and be executable. Keeps the document's strings. SIGNET_E_CONFIG names
 * file, line and key. */
int program_load(struct program **out, const struct conf_node *node, const char *state_directory,
                 struct error *err);
/* The same in two steps, for a module that is configured in a process whose user need not see the
 * program: the keys alone, then the program. */
int program_read(struct program **out, const struct conf_node *node, const char *state_directory,
                 struct error *err);
int program_check(const struct program *program, struct error *err);
/* Accepts NULL. */
void program_free(struct program *program);

/* One run, as process_run of base/process.h: 0 when it ended with status 0; SIGNET_E_DENIED when it
 * ended otherwise, *code is then its exit status, or 128 and the number of the signal. What it wrote
 * stands in out in both cases. Several threads may call it at once. */
int program_run(const struct program *program, struct bytes input, struct buffer *out, int *code,
                struct error *err);

#endif
