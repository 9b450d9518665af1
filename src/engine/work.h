/*
 * A request on its way to an outcome: parsed, drafted from its profile,
 * judged, signed when it passed, and made ready for the database. A new
 * submission and the decision on a pending one go this way alike.
 */
#ifndef SIGNET_ENGINE_WORK_H
#define SIGNET_ENGINE_WORK_H

#include "engine/core.h"
#include "engine/issue.h"
#include "pki/csr.h"

struct Signet__Db__Request;

struct work {
	/* set by the caller */
	struct engine *engine;
	const struct configuration *configuration;
	struct arena *arena;
	const struct signet_submission *submission;
	bool unasked;                  /* the engine's own affair: no rule is asked */
	const char *author;            /* the administrator who submits it, "uid 1000"; NULL: none */
	const char *from;              /* where he is, "admin.sock pid 4711"; NULL: at the address */
	bool test;                     /* nothing is signed: what would be is in plan */
	uint64_t id;                   /* of a stored request, else 0, */
	const struct Signet__Db__Request *stored; /* and its record, with the decision in it */
	/* the steps fill in the rest, in this order */
	const struct profile *profile;
	struct csr csr;
	struct signet_request request; /* submitted: when it is judged */
	struct signet_draft *draft;
	struct history *history;       /* what the rules were told of it */
	struct chain_result chain;
	enum signet_request_state state;
	enum signet_reason reason;
	const char *message;
	struct issued issued;          /* state issued */
	struct issue_plan plan;        /* or, for a test, what it would be */
};

/* The profile, if the configuration opens it to the intermediary. SIGNET_E_NOT_FOUND,
 * SIGNET_E_PERMISSION. */
int work_find_profile(struct work *work, struct error *err);
/* Reads the certification request and checks possession of its key, and that the authority has not
 * ended. Errors of signet_submit. */
int work_begin(struct work *work, struct error *err);
/* Drafts, makes the edits of a stored request, and runs the chain over the draft; all of it looks at one
 * state of the database. SIGNET_E_DENIED when the key of the authority is revoked. */
int work_judge(struct work *work, struct error *err);
/* What follows from the judgement: signs what has passed. */
int work_decide(struct work *work, struct error *err);
/* Fills in what the database stores, and the audit record with the intermediary as actor. */
int work_fill_entry(struct work *work, struct database_entry *entry, struct error *err);
/* After the commit: wakes those who wait for events, logs, and makes the client's answer. */
int work_finish(const struct work *work, const struct database_entry *entry,
                struct signet_outcome *out, struct error *err);
void work_clear(struct work *work);

#endif
