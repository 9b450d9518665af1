/*
 * Runs a program to its end: its input, its bounded output, its time. For
 * hooks and rules that are programs of the administrator's.
 */
#ifndef SIGNET_BASE_PROCESS_H
#define SIGNET_BASE_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct process_options {
	const char *const *argv;        /* argv[0]: absolute path; ended by NULL */
	const char *const *environment; /* "NAME=VALUE" ended by NULL, beside PATH and LANG=C, which are
	                                   all that it gets; NULL: none */
	const char *directory;          /* to run in; NULL: "/" */
	struct bytes input;             /* for its standard input */
	int64_t timeout_us;             /* for all of it; more than 0 */
};

/* Its standard output is appended to out, whose own limit bounds it; standard error goes to ours.
 * It runs in a process group of its own, without our files, with default signals, and with modest
 * resource limits. It and all that it started, also what left the group, is killed when it ends, the
 * time is up, the output is too much or the calling thread ends; what kills the process that watches
 * over it escapes. *status is that of wait(2). What it does not read of its input is no error.
 * SIGNET_E_TIMEOUT, SIGNET_E_TOO_BIG (output), SIGNET_E_NOT_FOUND and SIGNET_E_PERMISSION (no such
 * program, not executable), SIGNET_E_IO. Several threads may call it at once. */
int process_run(const struct process_options *options, struct buffer *out, int *status,
                struct error *err);

/* For configurations: the program is there, a file, and may be executed. SIGNET_E_NOT_FOUND,
 * SIGNET_E_PERMISSION, SIGNET_E_INVALID (not absolute). */
int process_check_program(const char *path, struct error *err);

#endif
