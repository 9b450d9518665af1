/*
 * Problem documents (RFC 7807) of ACME (RFC 8555 section 6.7), and the one
 * table that maps Signet's errors and the engine's reasons to them.
 */
#ifndef SIGNET_ACME_PROBLEM_H
#define SIGNET_ACME_PROBLEM_H

#include "api/client.h"
#include "base/arena.h"

struct json_t;

/* Stored in records: a number keeps its meaning. */
enum acme_problem_type {
	ACME_NO_PROBLEM = 0,
	ACME_ACCOUNT_DOES_NOT_EXIST = 1,
	ACME_BAD_CSR = 2,
	ACME_BAD_NONCE = 3,
	ACME_BAD_PUBLIC_KEY = 4,
	ACME_BAD_SIGNATURE_ALGORITHM = 5,
	ACME_CONNECTION = 6,
	ACME_DNS = 7,
	ACME_INCORRECT_RESPONSE = 8,
	ACME_INVALID_CONTACT = 9,
	ACME_MALFORMED = 10,
	ACME_ORDER_NOT_READY = 11,
	ACME_RATE_LIMITED = 12,
	ACME_REJECTED_IDENTIFIER = 13,
	ACME_SERVER_INTERNAL = 14,
	ACME_TLS = 15,
	ACME_UNAUTHORIZED = 16,
	ACME_UNSUPPORTED_CONTACT = 17,
	ACME_UNSUPPORTED_IDENTIFIER = 18,
	ACME_USER_ACTION_REQUIRED = 19,
	ACME_PROBLEM_TYPES,
};

#define ACME_DETAIL_MAX 400

struct acme_problem {
	enum acme_problem_type type;
	int status;               /* 0: the type's own */
	char detail[ACME_DETAIL_MAX];
	const char *identifier;   /* the DNS name that it is about; NULL */
	const char *instance;     /* URL; NULL */
	const struct acme_problem *subproblems;
	size_t subproblem_count;
};

/* Sets type and detail, nothing else; returns -1, so that a handler may end with it. */
int problem_set(struct acme_problem *problem, enum acme_problem_type type, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* From an error of Signet: its message is the detail. */
int problem_from_error(struct acme_problem *problem, const struct error *err);
/* From an error of signet_submit: what is wrong with the CSR, or our own trouble. */
int problem_from_submit(struct acme_problem *problem, const struct error *err);
/* From an outcome that is denied or failed. */
int problem_from_outcome(struct acme_problem *problem, const struct signet_outcome *outcome);

int problem_status(const struct acme_problem *problem);
/* "urn:ietf:params:acme:error:malformed" is "malformed" here; "serverInternal" for no type. */
const char *problem_name(enum acme_problem_type type);
/* The document; NULL without memory. */
struct json_t *problem_to_json(const struct acme_problem *problem);

#endif
