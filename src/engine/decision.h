/*
 * What is decided on a pending request: an officer approves, denies or edits
 * it, or nobody does in time. The request must still be pending, and as it
 * was when it was looked at, in the transaction that stores the decision: of
 * two at once the second one sees what the first has made of it.
 */
#ifndef SIGNET_ENGINE_DECISION_H
#define SIGNET_ENGINE_DECISION_H

#include "engine/core.h"

struct decision {
	uint64_t id;        /* of the request */
	const char *actor;  /* "uid 1000", "engine": for the audit trail; approvals are counted by it */
	const char *reason; /* "" for none; at most LIMIT_REASON octets of one line */
	const char *from;   /* where the actor is, for the audit trail; NULL: nowhere */
};

/* Drafts the stored request again from the profile as it is configured now, with what was edited, and
 * runs the chain, in which the hold is lifted by so many approvals as its rule wants. *out: what came
 * of it; pending when another officer has to approve. SIGNET_E_NOT_FOUND (also the profile),
 * SIGNET_E_STATE (not pending), SIGNET_E_EXISTS (this actor has approved it already),
 * SIGNET_E_PERMISSION (the duties are separate, and the actor has submitted or edited it), and the errors
 * of signet_submit: the request then stays as it was. */
int decision_approve(struct engine *engine, const struct configuration *configuration,
                     struct arena *arena, const struct decision *decision,
                     struct signet_outcome *out, struct error *err);

/* The reason is what the client hears. SIGNET_E_NOT_FOUND, SIGNET_E_STATE. */
int decision_deny(struct engine *engine, const struct configuration *configuration,
                  struct arena *arena, const struct decision *decision,
                  struct signet_outcome *out, struct error *err);

/* The request stays pending without approvals, with a new draft, and with what the rules say of it
 * now. SIGNET_E_INVALID and _TOO_BIG: the edit, or the certificate that it would give; else the errors
 * of decision_approve. */
int decision_edit(struct engine *engine, const struct configuration *configuration,
                  struct arena *arena, const struct decision *decision,
                  const struct signet_request_edit *edit, struct error *err);

#endif
