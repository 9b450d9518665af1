#include "intermediaries/acme/problem.h"

#include <stdarg.h>
#include <stdio.h>

#include "intermediaries/acme/json_private.h"

static const struct {
	const char *name;
	int status;
} types[ACME_PROBLEM_TYPES] = {
	[ACME_NO_PROBLEM] = {"serverInternal", 500},
	[ACME_ACCOUNT_DOES_NOT_EXIST] = {"accountDoesNotExist", 400},
	[ACME_BAD_CSR] = {"badCSR", 400},
	[ACME_BAD_NONCE] = {"badNonce", 400},
	[ACME_BAD_PUBLIC_KEY] = {"badPublicKey", 400},
	[ACME_BAD_SIGNATURE_ALGORITHM] = {"badSignatureAlgorithm", 400},
	[ACME_CONNECTION] = {"connection", 400},
	[ACME_DNS] = {"dns", 400},
	[ACME_INCORRECT_RESPONSE] = {"incorrectResponse", 403},
	[ACME_INVALID_CONTACT] = {"invalidContact", 400},
	[ACME_MALFORMED] = {"malformed", 400},
	[ACME_ORDER_NOT_READY] = {"orderNotReady", 403},
	[ACME_RATE_LIMITED] = {"rateLimited", 429},
	[ACME_REJECTED_IDENTIFIER] = {"rejectedIdentifier", 400},
	[ACME_SERVER_INTERNAL] = {"serverInternal", 500},
	[ACME_TLS] = {"tls", 400},
	[ACME_UNAUTHORIZED] = {"unauthorized", 403},
	[ACME_UNSUPPORTED_CONTACT] = {"unsupportedContact", 400},
	[ACME_UNSUPPORTED_IDENTIFIER] = {"unsupportedIdentifier", 400},
	[ACME_USER_ACTION_REQUIRED] = {"userActionRequired", 403},
};

/* What an error means to a client. Errors that are not listed are ours: serverInternal. */
static const struct {
	int code;
	enum acme_problem_type type;
	int status;
} errors[] = {
	{SIGNET_E_INVALID, ACME_MALFORMED, 0},
	{SIGNET_E_TOO_BIG, ACME_MALFORMED, 0},
	{SIGNET_E_NOT_FOUND, ACME_MALFORMED, 404},
	{SIGNET_E_PERMISSION, ACME_UNAUTHORIZED, 0},
	{SIGNET_E_DENIED, ACME_UNAUTHORIZED, 0},
	{SIGNET_E_BAD_KEY, ACME_BAD_PUBLIC_KEY, 0},
	{SIGNET_E_BAD_SIGNATURE, ACME_MALFORMED, 0},
	{SIGNET_E_BAD_ALGORITHM, ACME_BAD_SIGNATURE_ALGORITHM, 0},
	{SIGNET_E_BAD_REQUEST, ACME_BAD_CSR, 0},
	{SIGNET_E_BAD_NAME, ACME_REJECTED_IDENTIFIER, 0},
	{SIGNET_E_STATE, ACME_ORDER_NOT_READY, 0},
	{SIGNET_E_CONFLICT, ACME_ORDER_NOT_READY, 0},
	{SIGNET_E_UNAVAILABLE, ACME_SERVER_INTERNAL, 503},
	{SIGNET_E_TIMEOUT, ACME_SERVER_INTERNAL, 503},
	{SIGNET_E_FULL, ACME_SERVER_INTERNAL, 503},
};

/* Why the engine refused, as the order's error says it. */
static const enum acme_problem_type reasons[] = {
	[SIGNET_REASON_NONE] = ACME_SERVER_INTERNAL,
	[SIGNET_REASON_KEY] = ACME_BAD_CSR,
	[SIGNET_REASON_NAME] = ACME_REJECTED_IDENTIFIER,
	[SIGNET_REASON_VALIDITY] = ACME_MALFORMED,
	[SIGNET_REASON_REQUEST] = ACME_BAD_CSR,
	[SIGNET_REASON_POLICY] = ACME_UNAUTHORIZED,
	[SIGNET_REASON_INTERNAL] = ACME_SERVER_INTERNAL,
	[SIGNET_REASON_LIMIT] = ACME_RATE_LIMITED,
};

int problem_set(struct acme_problem *problem, enum acme_problem_type type, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	problem->type = type;
	problem->status = 0;
	vsnprintf(problem->detail, sizeof problem->detail, format, args);
	va_end(args);
	return -1;
}

int problem_from_error(struct acme_problem *problem, const struct error *err)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		if (errors[i].code != err->code)
			continue;
		problem_set(problem, errors[i].type, "%s", err->message);
		problem->status = errors[i].status;
		return -1;
	}
	return problem_set(problem, ACME_SERVER_INTERNAL, "the server failed: %s",
	                   error_name(err->code));
}

int problem_from_submit(struct acme_problem *problem, const struct error *err)
{
	switch (err->code) {
	case SIGNET_E_BAD_REQUEST:
	case SIGNET_E_BAD_KEY:
	case SIGNET_E_BAD_ALGORITHM:
	case SIGNET_E_BAD_SIGNATURE:
	case SIGNET_E_BAD_NAME:
		return problem_set(problem, ACME_BAD_CSR, "%s", err->message);
	case SIGNET_E_CONFLICT:
		return problem_set(problem, ACME_ORDER_NOT_READY,
		                   "the order was finalized with another CSR");
	default:
		/* not the client's fault, and how this server is set up is not its affair */
		return problem_set(problem, ACME_SERVER_INTERNAL, "the server failed: %s",
		                   error_name(err->code));
	}
}

int problem_from_outcome(struct acme_problem *problem, const struct signet_outcome *outcome)
{
	enum acme_problem_type type = ACME_SERVER_INTERNAL;
	if (outcome->disposition == SIGNET_DENIED &&
	    (size_t)outcome->reason < sizeof reasons / sizeof *reasons)
		type = reasons[outcome->reason];
	const char *message = outcome->message ? outcome->message : "";
	return problem_set(problem, type, "%s", *message ? message : "the request was refused");
}

int problem_status(const struct acme_problem *problem)
{
	if (problem->status)
		return problem->status;
	return problem->type < ACME_PROBLEM_TYPES ? types[problem->type].status : 500;
}

const char *problem_name(enum acme_problem_type type)
{
	return types[type < ACME_PROBLEM_TYPES ? type : ACME_NO_PROBLEM].name;
}

static json_t *algorithms(void)
{
	return json_pack("[s, s, s, s]", "ES256", "ES384", "RS256", "EdDSA");
}

static json_t *one_to_json(const struct acme_problem *problem)
{
	json_t *json = json_pack("{s:s+, s:s}", "type", "urn:ietf:params:acme:error:",
	                         problem_name(problem->type), "detail", problem->detail);
	if (json && problem->identifier)
		json_object_set_new(json, "identifier",
		                    json_pack("{s:s, s:s}", "type", "dns", "value",
		                              problem->identifier));
	return json;
}

json_t *problem_to_json(const struct acme_problem *problem)
{
	json_t *json = one_to_json(problem);
	if (!json)
		return NULL;
	json_object_set_new(json, "status", json_integer(problem_status(problem)));
	if (problem->instance)
		json_object_set_new(json, "instance", json_string(problem->instance));
	/* RFC 8555 section 6.2: the client must learn what it may use */
	if (problem->type == ACME_BAD_SIGNATURE_ALGORITHM)
		json_object_set_new(json, "algorithms", algorithms());
	if (problem->subproblem_count) {
		json_t *list = json_array();
		for (size_t i = 0; i < problem->subproblem_count; i++)
			json_array_append_new(list, one_to_json(&problem->subproblems[i]));
		json_object_set_new(json, "subproblems", list);
	}
	return json;
}
