/*
 * Starts a role: a fresh exec of the same program, as its own user, with no
 * file of the supervisor's but the pipe on which it says that it is ready.
 */
#ifndef SIGNET_SIGNETD_LAUNCH_H
#define SIGNET_SIGNETD_LAUNCH_H

#include "conf/settings.h"
#include "signetd/privilege.h"

/* The file descriptor that a role finds the pipe on. */
#define LAUNCH_READY_FD 3

struct launch {
	const char *program;            /* to exec */
	const char *role;               /* value of --role */
	const char *config;             /* value of --config */
	const struct identity *identity;
	unsigned restarts;              /* value of --restarts: how often it has died, for people to see */
	bool low_ports;                 /* it binds ports below 1024 */
	const char **hidden;            /* environment variables that it must not see; NULL-ended */
};

/* *pipe is the reading end (non-blocking); what comes on it: base/role.h. A failure between fork
 * and exec comes on it, too. */
int launch_role(pid_t *pid, int *pipe, const struct launch *launch, struct error *err);

/* The environment variables that hold secrets which are not this role's by the configuration: the
 * passphrases of authorities' keys are the engine's, secrets of policy rules the adviser's, those of
 * exit modules the publisher's. NULL-ended, to be freed with free(); the strings are the document's. NULL
 * without memory. */
const char **launch_secret_variables(const struct settings *settings, const char *role);

#endif
