/*
 * The supervisor: starts the adviser where the policy needs it, the engine,
 * then the gateway and the publisher, keeps them running, passes signals on,
 * and leaves nothing behind. It parses nothing but the configuration, loads
 * no module, holds no key and opens no socket.
 */
#ifndef SIGNET_SIGNETD_SUPERVISOR_H
#define SIGNET_SIGNETD_SUPERVISOR_H

#include "conf/settings.h"

enum exit_status {
	EXIT_STOPPED = 0,        /* as asked */
	EXIT_CANNOT_SERVE = 1,
	EXIT_USAGE = 2,
	EXIT_CONFIGURATION = 3,  /* it does not pass the check */
	EXIT_WANTS_ADVISER = 4,  /* of the check alone: it passes, and a rule is run apart */
};

struct supervisor_options {
	const char *program;     /* what roles are execs of: /proc/self/exe */
	/* Called once: when all roles serve (EXIT_STOPPED, line NULL), or with the status and the one
	 * line when they do not. */
	void (*started)(void *arg, enum exit_status status, const char *line);
	void *arg;
	int64_t stop_limit;      /* microseconds from SIGTERM to SIGKILL for each role; 0: 15 s */
	int64_t leave_after;     /* microseconds for which an adviser that is not wanted any more serves
	                            requests of the old configuration; 0: 10 s */
};

/* Serves until SIGTERM or SIGINT. SIGHUP has the new configuration checked and, when it is good,
 * loaded by the roles. Takes the settings over. Called with one thread only. */
enum exit_status supervisor_run(struct settings *settings,
                                const struct supervisor_options *options);

#endif
