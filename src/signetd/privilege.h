/*
 * The user that a role runs as when signetd is started as root.
 */
#ifndef SIGNET_SIGNETD_PRIVILEGE_H
#define SIGNET_SIGNETD_PRIVILEGE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct identity {
	const char *user; /* NULL: as signetd itself */
	uid_t uid;
	gid_t gid;
};

/* SIGNET_E_CONFIG when there is no such user, or it cannot be become (signetd is not root and not
 * that user). name NULL gives signetd's own ids. */
int privilege_look_up(struct identity *out, const char *name, struct error *err);

/* Becomes the user for good: groups, ids, and no capability but, when low_ports, the one to bind
 * ports below 1024. Called between fork and exec. Does nothing when
 * identity->user is NULL. */
int privilege_drop(const struct identity *identity, bool low_ports, struct error *err);

#endif
