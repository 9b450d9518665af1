/*
 * Requests and events as JSON, for programs and web servers of the
 * administrator's; doc/signet-policy.7 and signet-exit.7 describe the members.
 * The only user of jansson in the SDK. Not for the engine, which parses no
 * JSON.
 */
#ifndef SIGNET_API_JSON_H
#define SIGNET_API_JSON_H

#include "api/exit.h"
#include "api/policy.h"
#include "base/buffer.h"

/* So deep may be nested what is read, a request of ACME's or a judgement; jansson's own bound of 2048 would
 * cost a thread too much stack. */
#define JSON_DEPTH_MAX 8

/* Whether no bracket outside of the text's strings stands deeper; the text need not be JSON. To be asked
 * before jansson is. */
bool json_is_shallow(struct bytes text);

/* Appends one JSON object (without a line break at the end): {"event": "issued", "time": RFC 3339,
 * "certificate": {...}, ...}. SIGNET_E_INVALID when a text of the event is no UTF-8, SIGNET_E_TOO_BIG,
 * SIGNET_E_NOMEM. */
int json_put_event(struct buffer *out, const struct signet_event *event);

/* Appends {"request": {...}, "draft": {...}}, with PEM, names, times as RFC 3339, extensions by
 * dotted OID with DER in hex. Errors as above. */
int json_put_judgement(struct buffer *out, const struct signet_request *request,
                       struct signet_draft *draft);

/* Reads {"decision": "pass"|"hold"|"deny", "reason": "...", "message": "...", "approvals": n,
 * "changes": {...}} into verdict and draft. Strict: unknown members, wrong types and duplicates are
 * SIGNET_E_INVALID, and then neither verdict nor draft were touched.
 *
 * reason: for deny, "key", "name", "validity", "request", "limit" or "policy" (default). approvals: for hold.
 * changes: "subject" (RFC 4514), "notBefore", "notAfter", "names" (list of "dns:...", in place of those
 * that there are), "extensions" (list of {oid, critical, value (hex)}: each is added or replaces the
 * one of its OID), "remove" (list of OIDs). */
int json_read_judgement(struct bytes text, struct signet_draft *draft,
                        struct signet_verdict *verdict, struct error *err);

#endif
