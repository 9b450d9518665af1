/*
 * One process of the supervisor's: what it said on its pipe, and when it is
 * to be started again.
 */
#ifndef SIGNET_SIGNETD_CHILD_H
#define SIGNET_SIGNETD_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

#define CHILD_LINE (ERROR_MESSAGE_MAX + ERROR_DETAIL_MAX)

enum child_state {
	ABSENT,
	STARTING,
	SERVING,
	WAITING, /* to be started again */
	LEAVING, /* not wanted any more */
};

struct child {
	enum child_state state;
	pid_t pid;             /* 0: no process */
	int pipe;              /* -1: nothing to read */
	char line[CHILD_LINE]; /* what came on the pipe */
	size_t length;
	int64_t started;       /* clock_monotonic_us */
	int64_t due;           /* WAITING: when to start; STARTING: until when to be ready; LEAVING: when
	                          to ask it to stop, or to kill it */
	bool asked;            /* LEAVING: to stop */
	int64_t backoff;
	unsigned restarts;     /* how often it was to be started again */
};

/* Reads what there is on the pipe, which closes itself at the end. Returns false when there is
 * nothing more to read now. */
bool child_read(struct child *child);
/* Closes the pipe, said or not. */
void child_hang_up(struct child *child);
bool child_said_ready(const struct child *child);

/* What is to be said of a process that ended with this status of wait(2): its own line, or how it
 * died. The child's. */
const char *child_describe_end(struct child *child, int status);

/* WAITING, due after a delay that grows with each call, up to three seconds, and begins anew after
 * the process has lived for a while. Returns the delay in microseconds. */
int64_t child_plan_restart(struct child *child);

#endif
