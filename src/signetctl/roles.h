/*
 * What status and monitor say of each role: its process, which /proc shows,
 * and what it has to do, which the engine knows. What is not known is left
 * out.
 */
#ifndef SIGNET_SIGNETCTL_ROLES_H
#define SIGNET_SIGNETCTL_ROLES_H

#include "api/client.h"
#include "signetctl/print.h"

#define ROLES_COUNT 5 /* the supervisor, and those that it starts */
#define ROLES_CELLS 8 /* of one, as doc/signetctl-status.1 has them */
#define ROLES_FIELDS (ROLES_COUNT * ROLES_CELLS)

/* One role; -1 and NULL: not known. */
struct role {
	int64_t pid;
	int64_t uptime;           /* seconds */
	int64_t memory;           /* octets */
	int64_t restarts;
	int64_t busy, queue;
	const char *done, *failed; /* in a minute, "1.5" */
};
struct roles {
	struct role items[ROLES_COUNT];
};

/* The texts are in the arena. 0 or SIGNET_E_NOMEM. */
int roles_read(struct arena *arena, const struct signet_status *status, struct roles *out);

/* For people: one line for each role of which anything is known. */
int roles_print(struct arena *arena, const struct roles *roles);

/* For programs: the columns "enginePid", "engineUptime" ... of all roles, known or not, and their cells,
 * in the arena. */
void roles_columns(struct print_column out[ROLES_FIELDS]);
void roles_cells(struct arena *arena, const struct roles *roles, const char *out[ROLES_FIELDS]);

/* What the gateway alone says of itself; without values when it has said nothing for a while. */
#define ROLES_GATEWAY_FIELDS 7
void roles_gateway(struct arena *arena, const struct signet_status *status,
                   struct print_field out[ROLES_GATEWAY_FIELDS]);

#endif
