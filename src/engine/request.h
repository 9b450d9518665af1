/*
 * The life of a request: from a submission to a stored outcome, and back
 * from the database to an outcome.
 */
#ifndef SIGNET_ENGINE_REQUEST_H
#define SIGNET_ENGINE_REQUEST_H

#include "api/client.h"
#include "engine/core.h"
#include "engine/issue.h"

/* Checks, drafts, judges, issues and stores; only then answers. A submission with an idempotency
 * key that was seen before gives what came of the first, whatever its disposition was. Errors are
 * those of signet_submit; they store nothing. *out is allocated in the arena. */
int request_submit(struct engine *engine, const struct configuration *configuration,
                   struct arena *arena, const struct signet_submission *submission,
                   struct signet_outcome *out, struct error *err);
/* The same in the name of an administrator ("uid 1000", from "admin.sock pid 4711"), who may not approve it
 * himself where the duties are separate; NULL: an intermediary's own. */
int request_submit_by(struct engine *engine, const struct configuration *configuration,
                      struct arena *arena, const struct signet_submission *submission,
                      const char *author, const char *from, struct signet_outcome *out,
                      struct error *err);

/* Judges a submission and stores nothing: *out is what would be stored, with a draft in any case, and
 * *plan what would be signed, where count is 0 when it would not. An empty intermediary is the
 * first to which the profile is open, an empty protocol that intermediary's; no idempotency key is
 * needed. Errors of request_submit. */
int request_test(struct engine *engine, const struct configuration *configuration,
                 struct arena *arena, const struct signet_submission *submission,
                 struct stored *out, struct issue_plan *plan, struct error *err);

/* SIGNET_E_NOT_FOUND. */
int request_retrieve(struct engine *engine, const struct configuration *configuration,
                     struct arena *arena, uint64_t id, struct signet_outcome *out,
                     struct error *err);

#endif
