/*
 * What an administrator changes in a pending request: attributes, which rules
 * and profiles read, and extensions of the certificate to be. The edits stand
 * in the request's record and are made again in every new draft.
 */
#ifndef SIGNET_ENGINE_EDIT_H
#define SIGNET_ENGINE_EDIT_H

#include "api/policy.h"

struct Signet__Db__Request;

/* The form: something is changed, sizes are within their limits, OIDs are some, and each value is one
 * DER element. Key identifiers are the engine's alone. SIGNET_E_INVALID, SIGNET_E_TOO_BIG. */
int edit_check(struct arena *arena, const struct signet_request_edit *edit, struct error *err);

/* Adds a checked edit to the record; of two that speak of one thing the later one counts. What is
 * new is in the arena or the edit's. SIGNET_E_TOO_BIG: the request would have too much of it. */
int edit_record(struct arena *arena, struct Signet__Db__Request *record,
                const struct signet_request_edit *edit, struct error *err);

/* Makes the record's edits in a draft, in the administrator's name. subjectAltName is read into the
 * draft's names. SIGNET_E_TOO_BIG. */
int edit_draft(struct arena *arena, const struct Signet__Db__Request *record,
               struct signet_draft *draft, struct error *err);

/* One line for the audit trail; a long value as its hash. NULL without memory. */
const char *edit_text(struct arena *arena, const struct signet_request_edit *edit);

/* What was edited so far, with the attributes, the same way: "" for nothing, NULL without memory. */
const char *edit_stored_text(struct arena *arena, const struct Signet__Db__Request *record);

#endif
