#include "rule.h"

#define GROUPS "staff: [alice, '*@example.com']\ncontractors: [mallory, bob]\n"

static enum signet_decision ask(struct rule_test *t, const char *requester)
{
	t->request.requester = requester;
	return rule_check(t);
}

static void who_is_allowed_passes_and_others_are_denied(void **state)
{
	struct rule_test t;
	(void)state;
	rule_open(&t, &policy_requester, "{allow: ['@staff', 'host/*']}");
	assert_int_equal(ask(&t, "alice"), SIGNET_PASS);
	assert_int_equal(ask(&t, "zoe@example.com"), SIGNET_PASS);
	assert_int_equal(ask(&t, "host/a"), SIGNET_PASS);
	assert_int_equal(ask(&t, "eve"), SIGNET_DENY);
	assert_int_equal(t.verdict.reason, SIGNET_REASON_POLICY);
	assert_string_equal(t.verdict.message, "eve may not ask for this");
	assert_int_equal(ask(&t, "Alice"), SIGNET_DENY);
	assert_int_equal(ask(&t, "zoe@example.com.evil.example"), SIGNET_DENY);
	rule_close(&t);
}

static void without_allow_everybody_else_passes(void **state)
{
	struct rule_test t;
	(void)state;
	rule_open(&t, &policy_requester, "{deny: '@contractors'}");
	assert_int_equal(ask(&t, "mallory"), SIGNET_DENY);
	assert_int_equal(ask(&t, "eve"), SIGNET_PASS);
	rule_close(&t);
}

static void deny_comes_before_hold_and_hold_before_allow(void **state)
{
	struct rule_test t;
	(void)state;
	rule_open(&t, &policy_requester,
	          "{allow: ['*'], hold: ['@contractors', eve], deny: [mallory, eve]}");
	assert_int_equal(ask(&t, "mallory"), SIGNET_DENY);
	assert_int_equal(ask(&t, "eve"), SIGNET_DENY);
	assert_int_equal(ask(&t, "bob"), SIGNET_HOLD);
	assert_string_equal(t.verdict.message, "an officer has to approve what bob asks for");
	assert_int_equal(ask(&t, "alice"), SIGNET_PASS);
	rule_close(&t);
}

static void the_unknown_are_denied_unless_said_otherwise(void **state)
{
	struct rule_test t;
	(void)state;
	rule_open(&t, &policy_requester, "{allow: ['*']}");
	assert_int_equal(ask(&t, ""), SIGNET_DENY);
	assert_string_equal(t.verdict.message, "somebody unknown may not ask for this");
	rule_close(&t);
	rule_open(&t, &policy_requester, "{deny: ['*'], anonymous: hold}");
	assert_int_equal(ask(&t, ""), SIGNET_HOLD);
	assert_int_equal(ask(&t, "alice"), SIGNET_DENY);
	rule_close(&t);
	rule_open(&t, &policy_requester, "{anonymous: allow}");
	assert_int_equal(ask(&t, ""), SIGNET_PASS);
	rule_close(&t);
}

static void mistakes_are_named_with_their_line(void **state)
{
	(void)state;
	rule_refuses(&policy_requester, "{}",
	             "test.yaml:1: needs 'allow', 'hold', 'deny' or 'anonymous'");
	rule_refuses(&policy_requester, "deny: [a]\nallow: ['@stuff']\n",
	             "test.yaml:2: allow: there is no group 'stuff'");
	rule_refuses(&policy_requester, "allow: []\n", "test.yaml:1: allow: the list is empty");
	rule_refuses(&policy_requester, "allow:\n  - a\n  - ''\n",
	             "test.yaml:3: allow: a pattern is empty");
	rule_refuses(&policy_requester, "anonymous: perhaps\n",
	             "test.yaml:1: anonymous: 'perhaps' is not allow, hold or deny");
	rule_refuses(&policy_requester, "allowed: [a]\n",
	             "test.yaml:1: allowed: unknown key 'allowed', did you mean 'allow'?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_allowed_passes_and_others_are_denied),
		cmocka_unit_test(without_allow_everybody_else_passes),
		cmocka_unit_test(deny_comes_before_hold_and_hold_before_allow),
		cmocka_unit_test(the_unknown_are_denied_unless_said_otherwise),
		cmocka_unit_test(mistakes_are_named_with_their_line),
	};
	rule_groups = GROUPS;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
