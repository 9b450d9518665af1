/*
 * Drafts for the checks of the rule `lint`: each is the draft of a TLS server
 * that keeps all of them, with one change.
 */
#ifndef TESTS_UNIT_POLICY_LINT_CASE_H
#define TESTS_UNIT_POLICY_LINT_CASE_H

#include "policy/lint.h"
#include "rule.h"

#define LINT_CASE_NOW 1795435200 /* 2026-11-23T12:00:00Z */
#define LINT_CASE_NAMES 3

/* The name of a kind with these characters, which need not be ones of that kind. */
#define LINT_NAME(kind, text) {kind, {(const uint8_t *)(text), sizeof(text) - 1}}

struct lint_case {
	const char *id;
	/* "" or the detail that is told: the check finds it; NULL: it does not */
	const char *found;
	const char *subject;     /* RFC 4514; NULL: as it is */
	struct general_name names[LINT_CASE_NAMES]; /* none: as they are */
	const struct bytes *oid; /* of an extension that is set, or removed without a value */
	bool critical;
	const char *value;       /* hex */
	void (*change)(struct rule_test *t);
};

/* Fails the test unless each case is found, or not, and each check of the tables is found once. */
void lint_cases(const struct lint_case *cases, size_t count, const struct lint_check *checks);

/* The draft of a TLS server into an open rule, and the clock set. */
void lint_case_draft(struct rule_test *t);
void lint_case_set(struct rule_test *t, struct bytes oid, bool critical, const char *hex);
/* RSA with this modulus and exponent, in hex, as the request's key until the rule is closed. */
void lint_case_rsa(struct rule_test *t, const char *modulus, const char *exponent);
void lint_case_key(struct rule_test *t, enum key_algorithm algorithm);
/* Valid for so many days and seconds from now on. */
void lint_case_valid(struct rule_test *t, int64_t days, int64_t seconds);

#endif
