/*
 * The policy chain: the configured rules in their order. A rule whose
 * condition does not hold is passed over and leaves no step. Deny ends the
 * chain; hold is remembered and the chain goes on, so that a later deny still
 * wins; a rule that fails denies; when no rule judged, the request is denied.
 */
#ifndef SIGNET_ENGINE_CHAIN_H
#define SIGNET_ENGINE_CHAIN_H

#include "api/rule.h"
#include "engine/load.h"

struct chain;

/* A chain of these rules, whose instances and conditions it takes over; names and modules must
 * outlive it. */
int chain_make(struct chain **out, const struct rule *rules, size_t count, struct error *err);
/* From settings->policy; settings and groups must outlive it. SIGNET_E_CONFIG names file and
 * line. */
int chain_configure(struct chain **out, const struct settings *settings,
                    const struct signet_groups *groups, struct error *err);
void chain_free(struct chain *chain);

/* Whether a rule of it is run apart; the questions to the adviser count in *load from now on, which
 * outlives the chain. */
bool chain_asks(const struct chain *chain);
void chain_count_advices(struct chain *chain, struct load *load);

struct chain_result {
	enum signet_decision decision;
	enum signet_reason reason;
	const char *message;             /* "" for none; of the deny, else of the first hold */
	struct signet_trace_step *steps; /* one for each rule that judged */
	size_t count;
	unsigned approvals_missing;      /* hold: by so many officers more, and it is lifted */
	unsigned approvals_wanted;       /* by the holds, lifted or not; 0: there was none */
};

/* Runs the rules over request and draft. A hold that so many officers have approved as it asks for
 * is recorded as a pass, with their names as its message. Everything in *out is allocated in the arena (names of
 * rules, too). SIGNET_E_NOMEM; SIGNET_E_UNAVAILABLE when too many wait for the adviser: nothing is
 * decided then. */
int chain_run(const struct chain *chain, struct arena *arena, const struct signet_request *request,
              struct signet_draft *draft, struct chain_result *out);

/* Adds a step for a judgement that is the engine's own (the profile's, the built-in one of the
 * gateway), as if it were a rule of this name. */
int chain_add_step(struct arena *arena, struct chain_result *result, const char *rule,
                   const struct signet_verdict *verdict, const char *change);

#endif
