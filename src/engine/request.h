/*
 * The life of a request: from a submission to a stored outcome, and back
 * from the database to an outcome.
 */
#ifndef SIGNET_ENGINE_REQUEST_H
#define SIGNET_ENGINE_REQUEST_H

#include "api/client.h"
#include "engine/core.h"

/* Checks, drafts, judges, issues and stores; only then answers. A submission with an idempotency
 * key that was seen before gives what came of the first, whatever its disposition was. Errors are
 * those of signet_submit; they store nothing. *out is allocated in the arena. */
int request_submit(struct engine *engine, const struct configuration *configuration,
                   struct arena *arena, const struct signet_submission *submission,
                   struct signet_outcome *out, struct error *err);

/* SIGNET_E_NOT_FOUND. */
int request_retrieve(struct engine *engine, const struct configuration *configuration,
                     struct arena *arena, uint64_t id, struct signet_outcome *out,
                     struct error *err);

#endif
