/*
 * The frame of signetctl around one command of `signetctl ca`, which works on the
 * files of a fixture's authorities: what is said on standard error is kept.
 */
#ifndef SIGNET_TEST_SIGNETCTL_COMMAND_FRAME_H
#define SIGNET_TEST_SIGNETCTL_COMMAND_FRAME_H

#include "tests/unit/engine/fixture.h"

#include "signetctl/command.h"

typedef int (*command_function)(struct command_context *context, const struct command_value *values,
                                int argc, char **argv);

struct frame {
	struct fixture f;
	char said[600];          /* the last error, "usage: " before one of those */
	char printed[4096];      /* JSON */
};
extern struct frame frame;

int frame_setup(void **state);
int frame_teardown(void **state);

/* Runs it with options by their names and arguments, both ended by NULL: {"days", "0", NULL}; a switch
 * has the value "". Returns its status. */
int frame_run(command_function run, const struct command_option *options, const char *const *given,
              const char *const *arguments);
/* The same must fail with this status and say this, and no file of the directory is other than before. */
void frame_refused(command_function run, const struct command_option *options, const char *const *given,
                   const char *const *arguments, int status, const char *said);

/* The path of a file of the fixture; stands until the end of the test. */
const char *frame_path(const char *name);
struct bytes frame_read(const char *name);

#endif
