/*
 * The state directory: its folders with their owners and modes, and the
 * locks that keep a second signetd out.
 *
 *   signetd.lock   held by the supervisor
 *   engine/        0700, the engine's: database, lock
 *   gateway/       0700, the gateway's: protocol state, TLS key, lock
 *   publisher/     0700, the publisher's: lock
 *   adviser/       0711, the adviser's: its socket, lock
 *   run/           0755, the engine's: the sockets
 *   public/        0755, the engine's: CRLs and certificates of authorities, for the gateway to serve
 */
#ifndef SIGNET_SIGNETD_STATE_H
#define SIGNET_SIGNETD_STATE_H

#include "conf/settings.h"
#include "signetd/privilege.h"

/* Whose the folders are. */
struct state_owners {
	const struct identity *engine, *gateway, *publisher, *adviser;
};

/* Makes what is missing; sets owners and modes when signetd is root. */
int state_prepare(const char *directory, const struct state_owners *owners, struct error *err);

/* Takes the supervisor's lock. SIGNET_E_EXISTS names the process that has it. *fd stays open as
 * long as the lock is held. */
int state_lock(int *fd, const char *directory, struct error *err);
/* Takes a role's lock; waits up to wait_us for one that outlived its supervisor by a moment. */
int state_lock_role(int *fd, const char *directory, const char *role, int64_t wait_us,
                    struct error *err);

#endif
