/*
 * Who may administer: the users of `roles`, by their user ids. Root and the
 * engine's own user may everything and stand in no list.
 */
#ifndef SIGNET_ENGINE_ROLES_H
#define SIGNET_ENGINE_ROLES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "conf/conf.h"

/* What a user may be. To come, when there is something that they alone are for: an auditor, who
 * reads and exports the audit trail, and an operator, who backs up, archives and prunes. */
enum roles_duty {
	ROLES_OFFICER = 1,       /* decides on requests and revokes */
	ROLES_ADMINISTRATOR = 2, /* runs the system: queues, policy */
};

struct roles_user {
	uid_t uid;
	unsigned duties; /* a set of them */
};

struct roles {
	struct roles_user *users;
	size_t count;
};

/* A process that takes bytes of strangers, and whom it runs as. */
struct roles_process {
	const char *name; /* its key in `users` */
	uid_t uid;
};

/* From `roles: {officer: [USER], administrator: [USER]}`, where a user is a name or "uid:N"; node
 * NULL: nobody. Nobody has a role who is one of the processes: who takes over a gateway would approve
 * for himself. Allocated in the arena. SIGNET_E_CONFIG. */
int roles_load(struct roles *out, struct arena *arena, const struct conf_node *node,
               const struct roles_process *processes, size_t process_count, struct error *err);
/* The duties of this user; 0 for none. */
unsigned roles_of(const struct roles *roles, uid_t uid);

#endif
