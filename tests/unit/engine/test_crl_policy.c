#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/crl_policy.h"

static int load(const char *text, struct crl_policy *out, struct error *err)
{
	struct conf *conf;
	*err = (struct error){0};
	assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text(text), err), 0);
	int result = crl_policy_load(out, conf_find(conf_root(conf), "crl"), err);
	conf_free(conf);
	return result;
}

static struct crl_policy good(const char *text)
{
	struct crl_policy policy;
	struct error err;
	if (load(text, &policy, &err))
		fail_msg("%s", err.message);
	return policy;
}

static void expect_mistake(const char *text, const char *part)
{
	struct crl_policy policy;
	struct error err;
	assert_int_equal(load(text, &policy, &err), SIGNET_E_CONFIG);
	if (!strstr(err.message, part))
		fail_msg("'%s' does not say '%s'", err.message, part);
}

static void what_is_not_said_is_a_day(void **state)
{
	(void)state;
	struct crl_policy policy = good("other: 1\n");
	assert_true(policy.published);
	assert_int_equal(policy.interval, 86400);
	assert_int_equal(policy.validity, 2 * 86400);
	assert_int_equal(policy.delta, 0);
	assert_int_equal(policy.shards, 0);
	assert_int_equal(policy.immediate, 1u << 1 | 1u << 2 | 1u << 10);
}

static void everything_can_be_said(void **state)
{
	(void)state;
	struct crl_policy policy = good("crl: {interval: 6h, validity: 7h, delta: 10m, shards: 16, "
	                                "immediate: [superseded, certificate-hold]}\n");
	assert_int_equal(policy.interval, 6 * 3600);
	assert_int_equal(policy.validity, 7 * 3600);
	assert_int_equal(policy.delta, 600);
	assert_int_equal(crl_policy_delta_validity(&policy), 1200);
	assert_int_equal(policy.shards, 16);
	assert_int_equal(policy.immediate, 1u << 4 | 1u << 6);
	assert_int_equal(good("crl: {immediate: all}\n").immediate & (1u << 8 | 1u << 0), 1u << 8 | 1);
	assert_int_equal(good("crl: {immediate: none}\n").immediate, 0);
	assert_int_equal(good("crl: {interval: 2h}\n").validity, 4 * 3600);
	assert_false(good("crl: none\n").published);
}

static void what_cannot_be_is_refused(void **state)
{
	(void)state;
	expect_mistake("crl: {intervall: 1h}\n", "unknown key 'intervall'");
	expect_mistake("crl: {interval: 1d, validity: 1d}\n", "validity: must be longer");
	expect_mistake("crl: {interval: 30s}\n", "interval: must be at least a minute");
	expect_mistake("crl: {interval: 1h, delta: 1h}\n", "delta: must be shorter");
	expect_mistake("crl: {delta: 1s}\n", "delta: must be at least a minute");
	expect_mistake("crl: {shards: 4097}\n", "shards");
	expect_mistake("crl: {shards: -1}\n", "shards");
	expect_mistake("crl: {immediate: [boredom]}\n", "'boredom' is no reason");
	expect_mistake("crl: never\n", "crl");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_said_is_a_day),
		cmocka_unit_test(everything_can_be_said),
		cmocka_unit_test(what_cannot_be_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
