#include "rule.h"

#include <stdio.h>

static void everything_waits_for_one_officer(void **state)
{
	struct rule_test t;
	(void)state;
	rule_open(&t, &policy_approval, "{}");
	assert_int_equal(rule_check(&t), SIGNET_HOLD);
	assert_int_equal(t.verdict.approvals, 1);
	assert_string_equal(t.verdict.message, "an officer has to approve the request");
	rule_close(&t);
}

static void as_many_officers_as_are_configured(void **state)
{
	struct rule_test t;
	(void)state;
	rule_open(&t, &policy_approval, "{officers: 2}");
	assert_int_equal(rule_check(&t), SIGNET_HOLD);
	assert_int_equal(t.verdict.approvals, 2);
	assert_string_equal(t.verdict.message, "2 officers have to approve the request");
	rule_close(&t);
}

static void the_client_hears_the_configured_message(void **state)
{
	struct rule_test t;
	(void)state;
	rule_open(&t, &policy_approval, "{officers: 3, message: 'call 100% of %s'}");
	assert_int_equal(rule_check(&t), SIGNET_HOLD);
	assert_int_equal(t.verdict.approvals, 3);
	assert_string_equal(t.verdict.message, "call 100% of %s");
	rule_close(&t);
}

static void mistakes_are_named_with_their_line(void **state)
{
	char text[400];
	(void)state;
	rule_refuses(&policy_approval, "officers: 0\n",
	             "test.yaml:1: officers: '0' is not a whole number from 1 to 16");
	rule_refuses(&policy_approval, "message: a\nofficers: 17\n",
	             "test.yaml:2: officers: '17' is not a whole number from 1 to 16");
	rule_refuses(&policy_approval, "officer: 2\n",
	             "test.yaml:1: officer: unknown key 'officer', did you mean 'officers'?");
	snprintf(text, sizeof text, "message: %0256d\n", 0);
	rule_refuses(&policy_approval, text, "test.yaml:1: message: is longer than 255 octets");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_waits_for_one_officer),
		cmocka_unit_test(as_many_officers_as_are_configured),
		cmocka_unit_test(the_client_hears_the_configured_message),
		cmocka_unit_test(mistakes_are_named_with_their_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
