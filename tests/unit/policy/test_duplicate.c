#include "rule.h"

static struct key *key, *other_key;

static void open_rule(struct rule_test *t, const char *text)
{
	rule_open(t, &policy_duplicate, text);
	t->request.key = key_public(key);
}

static void the_same_names_are_counted_in_any_order_and_case(void **state)
{
	struct rule_test t;
	(void)state;
	open_rule(&t, "{names: 2, window: 7d}");
	rule_draft(&t, "", "dns:a.example.com", "dns:b.example.com", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	rule_draft(&t, "", "dns:B.example.com", "dns:a.Example.com", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	rule_draft(&t, "CN=A.EXAMPLE.COM", "dns:b.example.com", "dns:a.example.com",
	           "dns:a.example.com", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_DENY);
	assert_int_equal(t.verdict.reason, SIGNET_REASON_LIMIT);
	assert_string_equal(t.verdict.message,
	                    "at most 2 certificates in 7d are issued for the same names");
	rule_close(&t);
}

static void other_sets_of_names_are_others(void **state)
{
	struct rule_test t;
	(void)state;
	open_rule(&t, "{names: 1, window: 7d}");
	rule_draft(&t, "", "dns:a.example.com", "dns:b.example.com", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	rule_draft(&t, "", "dns:a.example.com", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	rule_draft(&t, "", "dns:a.example.com", "dns:b.example.com", "dns:c.example.com", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	rule_draft(&t, "", "dns:a.example.co", "dns:mb.example.com", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	rule_draft(&t, "CN=c.example.com", "dns:a.example.com", "dns:b.example.com", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_DENY); /* the three of above */
	rule_close(&t);
}

static void each_name_is_counted_for_itself(void **state)
{
	struct rule_test t;
	(void)state;
	open_rule(&t, "{name: 1, window: 7d}");
	rule_draft(&t, "", "dns:a.example.com", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	rule_draft(&t, "", "dns:b.example.com", "ip:192.0.2.1", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	rule_draft(&t, "", "dns:c.example.com", "ip:192.0.2.1", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_DENY);
	assert_string_equal(t.verdict.message,
	                    "at most 1 certificates in 7d are issued for 192.0.2.1");
	rule_draft(&t, "CN=A.example.com", "dns:d.example.com", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_DENY);
	rule_draft(&t, "", "dns:c.example.com", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_PASS); /* it was denied above, not issued */
	rule_close(&t);
}

static void keys_are_counted_whatever_they_are_for(void **state)
{
	struct rule_test t;
	(void)state;
	open_rule(&t, "{key: 1, window: 7d}");
	rule_draft(&t, "", "dns:a.example.com", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	rule_draft(&t, "", "dns:b.example.com", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_DENY);
	assert_string_equal(t.verdict.message,
	                    "at most 1 certificates in 7d are issued for the same key");
	t.request.key = key_public(other_key);
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	rule_close(&t);
}

static void without_names_the_subject_counts(void **state)
{
	struct rule_test t;
	(void)state;
	open_rule(&t, "{names: 1, window: 7d}");
	rule_draft(&t, "O=Example,serialNumber=1", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	rule_draft(&t, "O=Example,serialNumber=2", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	rule_draft(&t, "O=example,serialNumber=1", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_DENY);
	rule_close(&t);
}

static void every_common_name_counts(void **state)
{
	struct rule_test t;
	(void)state;
	open_rule(&t, "{name: 1, window: 7d}");
	rule_draft(&t, "CN=alice+CN=bob,O=Example", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	rule_draft(&t, "CN=Alice", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_DENY);
	rule_draft(&t, "CN=bob", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_DENY);
	rule_draft(&t, "CN=carol,O=Example", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	rule_close(&t);
}

static void what_is_above_may_wait_and_all_of_it_counts(void **state)
{
	struct rule_test t;
	(void)state;
	open_rule(&t, "{names: 1, name: 1, key: 1, window: 7d, excess: hold}");
	rule_draft(&t, "", "dns:a.example.com", "dns:b.example.com", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	assert_int_equal(t.history.count, 4);
	assert_int_equal(rule_issue(&t), SIGNET_HOLD);
	assert_string_equal(t.verdict.message, "more than 1 certificates in 7d for the same names: "
	                    "an officer has to approve the request");
	for (size_t i = 0; i < t.history.count; i++)
		assert_int_equal(t.history.scopes[i].count, 2);
	rule_close(&t);
}

static void the_three_count_apart(void **state)
{
	struct rule_test t;
	(void)state;
	open_rule(&t, "{names: 9, name: 9, key: 9, window: 7d}");
	rule_draft(&t, "", "dns:a.example.com", NULL);
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	assert_int_equal(t.history.count, 3);
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
	             "test.yaml:2: names: '0' is not a whole number from 1 to 1000000000");
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
		cmocka_unit_test(the_same_names_are_counted_in_any_order_and_case),
		cmocka_unit_test(other_sets_of_names_are_others),
		cmocka_unit_test(each_name_is_counted_for_itself),
		cmocka_unit_test(keys_are_counted_whatever_they_are_for),
		cmocka_unit_test(without_names_the_subject_counts),
		cmocka_unit_test(every_common_name_counts),
		cmocka_unit_test(what_is_above_may_wait_and_all_of_it_counts),
		cmocka_unit_test(the_three_count_apart),
		cmocka_unit_test(mistakes_are_named_with_their_line),
	};
	if (key_generate(&key, KEY_P256, 0, NULL) || key_generate(&other_key, KEY_P256, 0, NULL))
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	key_free(key);
	key_free(other_key);
	return failed;
}
