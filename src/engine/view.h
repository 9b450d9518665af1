/*
 * Stored requests, certificates and events as messages of the rpc. All of it
 * is allocated in the arena.
 */
#ifndef SIGNET_ENGINE_VIEW_H
#define SIGNET_ENGINE_VIEW_H

#include "engine/events.h"
#include "engine/issue.h"

struct Signet__Rpc__Request;
struct Signet__Rpc__Certificate;
struct Signet__Rpc__Event;

/* whole: with csr, the draft's subject and validity, attributes, approvers, trace and extensions. SIGNET_E_CORRUPT, SIGNET_E_NOMEM. */
int view_request(struct arena *arena, const struct stored *stored, bool whole,
                 struct Signet__Rpc__Request *out);
/* In place of the draft's extensions and end, what would be signed. SIGNET_E_NOMEM. */
int view_plan(struct arena *arena, const struct issue_plan *plan, struct Signet__Rpc__Request *out);
/* whole: with the DER. SIGNET_E_NOT_FOUND when the request has no certificate. */
int view_certificate(struct arena *arena, const struct stored *stored, int64_t now, bool whole,
                     struct Signet__Rpc__Certificate *out);
int view_event(struct arena *arena, const struct event_row *row, struct Signet__Rpc__Event *out);

#endif
