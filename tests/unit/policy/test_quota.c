#include "rule.h"

#define DAY 86400

static void open_rule(struct rule_test *t, const char *text)
{
	rule_open(t, &policy_quota, text);
	t->request.requester = "alice";
	t->request.profile = "tls-server";
	t->request.authority = "issuing";
	t->request.intermediary = "acme";
	t->request.address = "192.0.2.1";
}

static void all_share_one_quota_where_nothing_is_said(void **state)
{
	struct rule_test t;
	(void)state;
	open_rule(&t, "{max: 2, window: 1d}");
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	t.request.requester = "bob";
	t.request.address = "198.51.100.1";
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	assert_int_equal(rule_issue(&t), SIGNET_DENY);
	assert_int_equal(t.verdict.reason, SIGNET_REASON_LIMIT);
	assert_string_equal(t.verdict.message, "at most 2 certificates in 1d are issued");
	assert_int_equal(t.history.count, 1);
	assert_int_equal(t.history.scopes[0].window, DAY);
	rule_close(&t);
}

static void those_that_are_equal_in_all_parts_share_one(void **state)
{
	struct rule_test t;
	(void)state;
	open_rule(&t, "{per: [requester, profile], max: 1, window: 1h}");
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	assert_int_equal(rule_issue(&t), SIGNET_DENY);
	assert_string_equal(t.verdict.message, "at most 1 certificates in 1h are issued for the same "
	                    "requester, profile");
	t.request.intermediary = "est";
	t.request.authority = "other";
	t.request.address = "";
	assert_int_equal(rule_issue(&t), SIGNET_DENY);
	t.request.profile = "tls-client";
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	t.request.requester = "bob";
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	t.request.requester = "";
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	assert_int_equal(rule_issue(&t), SIGNET_DENY);
	rule_close(&t);
}

/* No requester can be made that looks like another one with another profile. */
static void parts_do_not_run_into_each_other(void **state)
{
	struct rule_test t;
	(void)state;
	open_rule(&t, "{per: [profile, requester, authority, intermediary], max: 1, window: 1h}");
	t.request.requester = "a";
	t.request.profile = "b";
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	t.request.requester = "ab";
	t.request.profile = "";
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	t.request.requester = "a\x01" "b";
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	t.request.requester = "";
	t.request.profile = "ab";
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	rule_close(&t);
}

static void a_quota_of_one_part_is_written_without_a_list(void **state)
{
	struct rule_test t;
	(void)state;
	open_rule(&t, "{per: requester, max: 1, window: 1h}");
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	t.request.profile = "tls-client";
	assert_int_equal(rule_issue(&t), SIGNET_DENY);
	t.request.requester = "bob";
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	rule_close(&t);
}

static enum signet_decision from(struct rule_test *t, const char *address)
{
	t->request.address = address;
	return rule_issue(t);
}

static void addresses_count_as_hosts_and_networks(void **state)
{
	struct rule_test t;
	(void)state;
	open_rule(&t, "{per: [address], max: 1, window: 1h}");
	assert_int_equal(from(&t, "192.0.2.1"), SIGNET_PASS);
	assert_int_equal(from(&t, "192.0.2.1"), SIGNET_DENY);
	assert_int_equal(from(&t, "::ffff:192.0.2.1"), SIGNET_DENY);
	assert_int_equal(from(&t, "::ffff:c000:201"), SIGNET_DENY);
	assert_int_equal(from(&t, "192.0.2.2"), SIGNET_PASS);
	assert_int_equal(from(&t, "2001:db8:1:2::1"), SIGNET_PASS);
	assert_int_equal(from(&t, "2001:db8:1:2:ffff::9"), SIGNET_DENY);
	assert_int_equal(from(&t, "2001:db8:1:3::1"), SIGNET_PASS);
	assert_int_equal(from(&t, "fe80::1%eth0"), SIGNET_PASS);
	assert_int_equal(from(&t, "fe80::2%eth1"), SIGNET_DENY);
	assert_int_equal(from(&t, ""), SIGNET_PASS);
	assert_int_equal(from(&t, "no address"), SIGNET_DENY);
	rule_close(&t);
}

static void what_is_above_may_wait_for_an_officer(void **state)
{
	struct rule_test t;
	(void)state;
	open_rule(&t, "{max: 1, window: 7d, excess: hold}");
	assert_int_equal(rule_issue(&t), SIGNET_PASS);
	assert_int_equal(rule_issue(&t), SIGNET_HOLD);
	assert_string_equal(t.verdict.message, "more than 1 certificates in 7d: an officer has to "
	                    "approve the request");
	assert_int_equal(t.history.scopes[0].count, 2); /* what was approved counts */
	rule_close(&t);
}

static void mistakes_are_named_with_their_line(void **state)
{
	(void)state;
	rule_refuses(&policy_quota, "{}", "test.yaml:1: needs 'max' and 'window'");
	rule_refuses(&policy_quota, "max: 5\n", "test.yaml:1: needs 'max' and 'window'");
	rule_refuses(&policy_quota, "max: 0\nwindow: 1d\n",
	             "test.yaml:1: max: '0' is not a whole number from 1 to 1000000000");
	rule_refuses(&policy_quota, "max: 5\nwindow: 59s\n",
	             "test.yaml:2: window: is shorter than a minute or longer than 10 years");
	rule_refuses(&policy_quota, "max: 5\nwindow: 3654d\n",
	             "test.yaml:2: window: is shorter than a minute or longer than 10 years");
	rule_refuses(&policy_quota, "max: 5\nwindow: 60\n",
	             "test.yaml:2: window: '60' is not a duration such as 90d, 1h30m or 45s, of at "
	             "most 100 years");
	rule_refuses(&policy_quota, "max: 5\nwindow: 1d\nper: [requester, name]\n",
	             "test.yaml:3: per: 'name' is not requester, profile, authority, intermediary or "
	             "address");
	rule_refuses(&policy_quota, "max: 5\nwindow: 1d\nper: [profile, profile]\n",
	             "test.yaml:3: per: 'profile' stands there twice");
	rule_refuses(&policy_quota, "max: 5\nwindow: 1d\nper: []\n",
	             "test.yaml:3: per: is empty");
	rule_refuses(&policy_quota, "max: 5\nwindow: 1d\nexcess: allow\n",
	             "test.yaml:3: excess: 'allow' is not deny or hold");
	rule_refuses(&policy_quota, "maximum: 5\n", "test.yaml:1: maximum: unknown key 'maximum'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_share_one_quota_where_nothing_is_said),
		cmocka_unit_test(those_that_are_equal_in_all_parts_share_one),
		cmocka_unit_test(parts_do_not_run_into_each_other),
		cmocka_unit_test(a_quota_of_one_part_is_written_without_a_list),
		cmocka_unit_test(addresses_count_as_hosts_and_networks),
		cmocka_unit_test(what_is_above_may_wait_for_an_officer),
		cmocka_unit_test(mistakes_are_named_with_their_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
