/*
 * Templates: texts of the configuration with places for what a request
 * brings, "{request.CN}.devices.example.com". Used by profiles and rules.
 *
 *   {request.TYPE}    the last attribute of this type ("CN", "2.5.4.3") in the request's subject
 *   {subject.TYPE}    the same of the draft's subject as it is now
 *   {san.KIND}        the first alternative name of the draft of this kind: dns, ip, email, uri
 *   {attribute.NAME}  an attribute of the submission
 *   {requester} {profile} {authority} {intermediary} {protocol} {address}
 *   {value}           what the caller gives
 *
 * Filters may follow, in their order: {requester|local|lower}. lower and
 * upper change ASCII letters; local and domain are what stands before and
 * behind the last "@", label what stands before the first ".". "{{" and "}}"
 * are braces.
 *
 * What is put in is data: it is UTF-8 without control characters, is not read
 * for places again, and whoever uses the result as a name or a URI has it
 * checked as one.
 */
#ifndef SIGNET_API_TEMPLATE_H
#define SIGNET_API_TEMPLATE_H

#include "api/policy.h"

/* Whether the text is a template, and what is wrong with it: SIGNET_E_INVALID, SIGNET_E_NOMEM.
 * value: whether {value} is known here. */
int signet_template_check(const char *text, bool value, struct error *err);

struct signet_template_source {
	const struct signet_request *request; /* this, draft and value: NULL for none */
	const struct signet_draft *draft;
	const char *value;
	const char *refused; /* characters that what is put in may not have; NULL: it may have any */
};

/* The text with its places filled in, not empty, allocated in the arena. SIGNET_E_NOT_FOUND: the
 * request does not bring what a place wants (or a filter leaves nothing of it); SIGNET_E_BAD_NAME: it
 * is not fit for a name, or has a refused character; SIGNET_E_TOO_BIG over LIMIT_TEMPLATE octets;
 * SIGNET_E_NOMEM. The message names the place and is fit for a client. */
int signet_template_expand(const char *text, const struct signet_template_source *source,
                           struct arena *arena, const char **out, struct error *err);

#endif
