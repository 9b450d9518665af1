/*
 * What the tests of the service have in common: an engine with users of its
 * own for the other roles, and who may call.
 */
#ifndef TESTS_UNIT_ENGINE_SERVICE_WORLD_H
#define TESTS_UNIT_ENGINE_SERVICE_WORLD_H

#include "tests/unit/engine/fixture.h"

#include "engine/service.h"
#include "rpc/ca.pb-c.h"

/* Users that every Debian has. */
#define GATEWAY "daemon"
#define PUBLISHER "nobody"
#define ADVISER "bin"
#define USERS "users: {gateway: " GATEWAY ", publisher: " PUBLISHER ", adviser: " ADVISER "}\n"

struct service_world {
	struct fixture f;
	struct service request, admin;
	struct rpc_peer root, own, gateway, publisher, stranger;
};

int service_world_setup(void **state);
int service_world_teardown(void **state);
int service_world_hold_until_approved(const void *rule, const struct signet_request *request,
                                      struct signet_draft *draft, struct signet_verdict *verdict);
int service_world_handle(struct service_world *w, struct service *service, const struct rpc_peer *peer,
                         const Signet__Rpc__Call *call);
int service_world_submit_as(struct service_world *w, const struct rpc_peer *peer);
/* Event 1 of request 1. */
void service_world_submit(struct service_world *w);
void service_world_open_with(struct service_world *w, const char *roles);

#endif
