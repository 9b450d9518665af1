/* The names of enumerations in configuration, tables and logs. */
#include <string.h>

#include "api/exit.h"
#include "api/policy.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The names stand at the places of their values; a gap is NULL. */
static const char *name_at(const char *const *names, size_t count, unsigned value)
{
	return value < count ? names[value] : NULL;
}

static unsigned value_of(const char *const *names, size_t count, const char *name)
{
	for (unsigned i = 1; i < count; i++)
		if (names[i] && strcmp(names[i], name) == 0)
			return i;
	return 0;
}

static const char *or_unknown(const char *name)
{
	return name ? name : "unknown";
}

static const char *const reasons[] = {
	[SIGNET_REASON_NONE] = "none",         [SIGNET_REASON_KEY] = "key",
	[SIGNET_REASON_NAME] = "name",         [SIGNET_REASON_VALIDITY] = "validity",
	[SIGNET_REASON_REQUEST] = "request",   [SIGNET_REASON_POLICY] = "policy",
	[SIGNET_REASON_INTERNAL] = "internal", [SIGNET_REASON_LIMIT] = "limit",
};

const char *signet_reason_name(enum signet_reason reason)
{
	return or_unknown(name_at(reasons, COUNT(reasons), reason));
}

static const char *const request_states[] = {
	[SIGNET_REQUEST_ISSUED] = "issued",
	[SIGNET_REQUEST_PENDING] = "pending",
	[SIGNET_REQUEST_DENIED] = "denied",
	[SIGNET_REQUEST_FAILED] = "failed",
};

const char *signet_request_state_name(enum signet_request_state state)
{
	return or_unknown(name_at(request_states, COUNT(request_states), state));
}

enum signet_request_state signet_request_state_from_name(const char *name)
{
	return (enum signet_request_state)value_of(request_states, COUNT(request_states), name);
}

static const char *const certificate_states[] = {
	[SIGNET_VALID] = "valid",
	[SIGNET_REVOKED] = "revoked",
	[SIGNET_HELD] = "held",
	[SIGNET_EXPIRED] = "expired",
};

const char *signet_certificate_state_name(enum signet_certificate_state state)
{
	return or_unknown(name_at(certificate_states, COUNT(certificate_states), state));
}

enum signet_certificate_state signet_certificate_state_from_name(const char *name)
{
	return (enum signet_certificate_state)value_of(certificate_states, COUNT(certificate_states), name);
}

static const char *const sorts[] = {
	[SIGNET_SORT_ISSUED] = "issued",
	[SIGNET_SORT_EXPIRES] = "expires",
	[SIGNET_SORT_REVOKED] = "revoked",
};

const char *signet_sort_name(enum signet_sort sort)
{
	return or_unknown(name_at(sorts, COUNT(sorts), sort));
}

enum signet_sort signet_sort_from_name(const char *name)
{
	return (enum signet_sort)value_of(sorts, COUNT(sorts), name);
}

/* RFC 5280 section 5.3.1; 7 is not used. */
static const char *const revocation_reasons[] = {
	"unspecified", "key-compromise", "ca-compromise", "affiliation-changed", "superseded",
	"cessation-of-operation", "certificate-hold", NULL, "remove-from-crl",
	"privilege-withdrawn", "aa-compromise",
};

const char *signet_revocation_reason_name(unsigned reason)
{
	return name_at(revocation_reasons, COUNT(revocation_reasons), reason);
}

int signet_revocation_reason_from_name(const char *name)
{
	if (strcmp(name, revocation_reasons[0]) == 0)
		return 0;
	unsigned reason = value_of(revocation_reasons, COUNT(revocation_reasons), name);
	return reason ? (int)reason : -1;
}

static const char *const events[] = {
	[SIGNET_EVENT_ISSUED] = "issued",
	[SIGNET_EVENT_PENDING] = "pending",
	[SIGNET_EVENT_DENIED] = "denied",
	[SIGNET_EVENT_REVOKED] = "revoked",
	[SIGNET_EVENT_UNREVOKED] = "unrevoked",
	[SIGNET_EVENT_CRL_PUBLISHED] = "crl-published",
	[SIGNET_EVENT_CA_CERTIFICATE] = "ca-certificate",
	[SIGNET_EVENT_STARTUP] = "startup",
	[SIGNET_EVENT_SHUTDOWN] = "shutdown",
	[SIGNET_EVENT_EXPIRING] = "expiring",
};

const char *signet_event_name(enum signet_event_kind kind)
{
	return name_at(events, COUNT(events), kind);
}

enum signet_event_kind signet_event_from_name(const char *name)
{
	return (enum signet_event_kind)value_of(events, COUNT(events), name);
}

static const char *const origins[] = {
	[SIGNET_ORIGIN_REQUEST] = "request", [SIGNET_ORIGIN_PROFILE] = "profile",
	[SIGNET_ORIGIN_POLICY] = "policy",   [SIGNET_ORIGIN_ADMIN] = "admin",
	[SIGNET_ORIGIN_ENGINE] = "engine",
};

const char *signet_origin_name(enum signet_origin origin)
{
	return or_unknown(name_at(origins, COUNT(origins), origin));
}

static const char *const decisions[] = {
	[SIGNET_PASS] = "pass",
	[SIGNET_HOLD] = "hold",
	[SIGNET_DENY] = "deny",
};

const char *signet_decision_name(enum signet_decision decision)
{
	return or_unknown(name_at(decisions, COUNT(decisions), decision));
}
