#include "rule.h"

static void each_limit_is_one_of_its_own(void **state)
{
	static const struct {
		enum signet_likeness likeness;
		uint64_t most;
		const char *message;
	} cases[] = {
		{SIGNET_LIKE_KEY, 20, "at most 20 certificates in 7d are issued for the same key"},
		{SIGNET_LIKE_NAMES, 5, "at most 5 certificates in 7d are issued for the same names"},
		{SIGNET_LIKE_NAME, 50, "at most 50 certificates in 7d are issued for one of the names"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rule_test t;
		rule_open(&t, &policy_duplicate, "{names: 5, name: 50, key: 20, window: 7d}");
		assert_int_equal(rule_check(&t), SIGNET_PASS);
		assert_int_equal(t.history.like_window, 7 * 86400);
		t.history.like[cases[i].likeness] = cases[i].most - 1;
		assert_int_equal(rule_check(&t), SIGNET_PASS);
		t.history.like[cases[i].likeness] = cases[i].most;
		assert_int_equal(rule_check(&t), SIGNET_DENY);
		assert_int_equal(t.verdict.reason, SIGNET_REASON_LIMIT);
		assert_string_equal(t.verdict.message, cases[i].message);
		t.history.like[cases[i].likeness] = 1000000;
		assert_int_equal(rule_check(&t), SIGNET_DENY);
		rule_close(&t);
	}
}

static void what_is_not_limited_is_not_asked(void **state)
{
	struct rule_test t;
	(void)state;
	rule_open(&t, &policy_duplicate, "{name: 1, window: 1h}");
	t.history.like[SIGNET_LIKE_KEY] = t.history.like[SIGNET_LIKE_NAMES] = 99;
	assert_int_equal(rule_check(&t), SIGNET_PASS);
	t.history.like[SIGNET_LIKE_NAME] = 1;
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	rule_close(&t);
}

static void what_is_above_may_wait_for_an_officer(void **state)
{
	struct rule_test t;
	(void)state;
	rule_open(&t, &policy_duplicate, "{names: 1, window: 7d, excess: hold}");
	assert_int_equal(rule_check(&t), SIGNET_PASS);
	t.history.like[SIGNET_LIKE_NAMES] = 1;
	assert_int_equal(rule_check(&t), SIGNET_HOLD);
	assert_string_equal(t.verdict.message, "more than 1 certificates in 7d for the same names: "
	                    "an officer has to approve the request");
	rule_close(&t);
}

static void mistakes_are_named_with_their_line(void **state)
{
	static const char needs[] = "test.yaml:1: needs 'window', and 'names', 'name' or 'key'";
	(void)state;
	rule_refuses(&policy_duplicate, "{}", needs);
	rule_refuses(&policy_duplicate, "window: 1d\n", needs);
	rule_refuses(&policy_duplicate, "names: 5\n", needs);
	rule_refuses(&policy_duplicate, "window: 1d\nnames: 0\n",
	             "test.yaml:2: names: '0' is not a whole number from 1 to 1000");
	rule_refuses(&policy_duplicate, "window: 1d\nkey: 1001\n",
	             "test.yaml:2: key: '1001' is not a whole number from 1 to 1000");
	rule_refuses(&policy_duplicate, "names: 5\nwindow: 10s\n",
	             "test.yaml:2: window: is shorter than a minute or longer than 10 years");
	rule_refuses(&policy_duplicate, "names: 5\nwindow: 1d\nexcess: pass\n",
	             "test.yaml:3: excess: 'pass' is not deny or hold");
	rule_refuses(&policy_duplicate, "keys: 5\n",
	             "test.yaml:1: keys: unknown key 'keys', did you mean 'key'?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_limit_is_one_of_its_own),
		cmocka_unit_test(what_is_not_limited_is_not_asked),
		cmocka_unit_test(what_is_above_may_wait_for_an_officer),
		cmocka_unit_test(mistakes_are_named_with_their_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
