/*
 * A policy rule under test: configured from a text, asked about one key or
 * one set of names at a time.
 */
#ifndef TESTS_UNIT_POLICY_RULE_H
#define TESTS_UNIT_POLICY_RULE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/policy.h"

#define RULE_SCOPES 64

/* What signet_draft_count tells the rule: a number for each scope that it has asked for. */
struct rule_history {
	struct {
		struct bytes scope;
		int64_t window;
		uint64_t count;
		bool asked;      /* since the last rule_check began */
	} scopes[RULE_SCOPES];
	size_t count;
	uint64_t like[SIGNET_LIKE_NAME + 1]; /* what signet_draft_count_like tells it */
	int64_t like_window;     /* what it was asked for last */
	bool shared;             /* what signet_draft_key_is_shared tells it */
};

struct rule_test {
	const struct signet_policy *policy;
	struct conf *conf, *groups_conf;
	struct signet_groups *groups;
	void *rule;
	struct arena *arena;
	struct signet_request request;
	struct signet_draft *draft;
	struct signet_verdict verdict;
	struct rule_history history;
};

extern const struct signet_policy policy_approval;
extern const struct signet_policy policy_duplicate;
extern const struct signet_policy policy_exec;
extern const struct signet_policy policy_extensions;
extern const struct signet_policy policy_keys;
extern const struct signet_policy policy_lint;
extern const struct signet_policy policy_names;
extern const struct signet_policy policy_quota;
extern const struct signet_policy policy_requester;
extern const struct signet_policy policy_subject;
extern const struct signet_policy policy_validity;
extern const struct signet_policy policy_webhook;

/* What rule_open and rule_refuses take as the configuration's `groups`; NULL: none. */
extern const char *rule_groups;

/* Fails the test unless the text, a map, configures the rule and starts it. */
void rule_open(struct rule_test *t, const struct signet_policy *policy, const char *text);
void rule_close(struct rule_test *t);
/* The text does not configure the rule, and this is the message. */
void rule_refuses(const struct signet_policy *policy, const char *text, const char *message);

/* A new draft with this subject (RFC 4514) and these names ("dns:example.com"), ended by NULL. */
void rule_draft(struct rule_test *t, const char *subject, ...) __attribute__((sentinel));
/* What the rule decides about the draft. */
enum signet_decision rule_check(struct rule_test *t);
/* What it decides; and as if a certificate was then issued, unless it denied, every scope that it has
 * asked for counts one more. */
enum signet_decision rule_issue(struct rule_test *t);

#endif
