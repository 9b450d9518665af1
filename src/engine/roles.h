/*
 * Who may administer: the users of `roles`, by their user ids. Root and the
 * engine's own user may everything and stand in no list, unless the duties
 * are separate: then everybody has what a list gives, and one duty at most.
 */
#ifndef SIGNET_ENGINE_ROLES_H
#define SIGNET_ENGINE_ROLES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "conf/conf.h"

/* What a user may be. service.c says which calls each may make. */
enum roles_duty {
	ROLES_OFFICER = 1,       /* decides on requests and revokes */
	ROLES_ADMINISTRATOR = 2, /* runs the system: authorities, imports, queues */
	ROLES_AUDITOR = 4,       /* reads everything, the audit trail too */
	ROLES_OPERATOR = 8,      /* backs up, publishes, sends again what failed */
	ROLES_ALL = 15,
};

struct roles_user {
	uid_t uid;
	unsigned duties; /* a set of them */
};

struct roles {
	struct roles_user *users;
	size_t count;
	bool separate;   /* nobody has two duties, nor any without a list; nobody approves what is his own */
};

/* A process that takes bytes of strangers, and whom it runs as. */
struct roles_process {
	const char *name; /* its key in `users` */
	uid_t uid;
	bool is_engine;   /* the engine's own user, too, or root: who may everything unless separate */
};

/* From `roles: {officer: [USER], administrator: [USER], auditor: [USER], operator: [USER], separate:
 * BOOLEAN}`, where a user is a name or "uid:N"; node NULL: nobody. Nobody has a role who is one of the
 * processes (of them that are the engine's only where separate): who takes over a gateway would approve
 * for himself. Allocated in the arena. SIGNET_E_CONFIG. */
int roles_load(struct roles *out, struct arena *arena, const struct conf_node *node,
               const struct roles_process *processes, size_t process_count, struct error *err);
/* The duties that the lists give this user; 0 for none. */
unsigned roles_of(const struct roles *roles, uid_t uid);

#endif
