/*
 * What the tests of decisions have in common: an engine whose rule holds until
 * officers have approved.
 */
#ifndef TESTS_UNIT_ENGINE_DECISION_WORLD_H
#define TESTS_UNIT_ENGINE_DECISION_WORLD_H

#include "tests/unit/engine/fixture.h"

#include "engine/decision.h"
#include "engine/records.pb-c.h"

extern struct decision_world {
	unsigned officers;    /* that lift the rule's hold */
	bool denying;         /* whether the rule denies what is resubmitted */
	struct bytes csr;     /* of all requests */
	const char *wanted;   /* an attribute that it denies without; NULL: none */
} decision_world;

typedef int (*decision_function)(struct engine *engine, const struct configuration *configuration,
                                 struct arena *arena, const struct decision *decision,
                                 struct signet_outcome *out, struct error *err);

/* Holds until so many officers have approved. */
int decision_world_hold_until(const void *rule, const struct signet_request *request,
                              struct signet_draft *draft, struct signet_verdict *verdict);
int decision_world_setup(void **state);
int decision_world_teardown(void **state);
void decision_world_submit(struct fixture *f, const char *key, struct signet_outcome *out);
uint64_t decision_world_submit_pending(struct fixture *f, const char *key);
int decision_world_decide(struct fixture *f, decision_function how, uint64_t id, const char *actor,
                          const char *reason, struct signet_outcome *out);
int decision_world_approve(struct fixture *f, uint64_t id, const char *actor, struct signet_outcome *out);
int decision_world_edit(struct fixture *f, uint64_t id, const struct signet_request_edit *changes,
                        struct error *err);
struct stored decision_world_find(struct fixture *f, uint64_t id);
struct database_counts decision_world_count(struct fixture *f);
void decision_world_expect_pending(struct fixture *f, uint64_t id);
void decision_world_expect_trail(struct fixture *f, const char *expected);

#endif
