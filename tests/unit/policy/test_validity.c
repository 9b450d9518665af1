#include "rule.h"

#include "api/draft.h"

#define DAY 86400

static void set_validity(struct rule_test *t, int64_t length)
{
	signet_draft_begin(t->draft, SIGNET_ORIGIN_PROFILE);
	assert_int_equal(signet_draft_set_validity(t->draft, 1000, 1000 + length - 1), 0);
	signet_draft_begin(t->draft, SIGNET_ORIGIN_POLICY);
}

static void both_ends_count(void **state)
{
	struct rule_test t;
	(void)state;
	rule_open(&t, &policy_validity, "{max: 10d}");
	set_validity(&t, 10 * DAY);
	assert_int_equal(rule_check(&t), SIGNET_PASS);
	set_validity(&t, 10 * DAY + 1);
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	assert_int_equal(t.verdict.reason, SIGNET_REASON_VALIDITY);
	assert_string_equal(t.verdict.message, "a validity of 864001 seconds is too long: "
	                    "at most 864000 are accepted");
	rule_close(&t);
}

static void too_short_is_denied(void **state)
{
	struct rule_test t;
	(void)state;
	rule_open(&t, &policy_validity, "{min: 1h, max: 1d, clamp: true}");
	set_validity(&t, 3599);
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	set_validity(&t, 3600);
	assert_int_equal(rule_check(&t), SIGNET_PASS);
	rule_close(&t);
}

static void clamp_shortens_and_says_so(void **state)
{
	struct rule_test t;
	(void)state;
	rule_open(&t, &policy_validity, "{max: 1d, clamp: true}");
	set_validity(&t, DAY);
	assert_int_equal(rule_check(&t), SIGNET_PASS);
	assert_string_equal(signet_draft_changes(t.draft), "");
	set_validity(&t, 2 * DAY);
	assert_int_equal(rule_check(&t), SIGNET_PASS);
	assert_int_equal(signet_draft_not_before(t.draft), 1000);
	assert_int_equal(signet_draft_not_after(t.draft), 1000 + DAY - 1);
	assert_string_equal(signet_draft_changes(t.draft), "validity");
	rule_close(&t);
}

static void mistakes_are_named_with_their_line(void **state)
{
	(void)state;
	rule_refuses(&policy_validity, "{}", "test.yaml:1: needs 'max' or 'min'");
	rule_refuses(&policy_validity, "max: 0\n", "test.yaml:1: max: must be longer than 0");
	rule_refuses(&policy_validity, "max: 1d\nmin: 2d\n", "test.yaml:2: min: is longer than 'max'");
	rule_refuses(&policy_validity, "min: 1d\nclamp: true\n", "test.yaml:2: clamp: needs 'max'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ends_count),
		cmocka_unit_test(too_short_is_denied),
		cmocka_unit_test(clamp_shortens_and_says_so),
		cmocka_unit_test(mistakes_are_named_with_their_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
