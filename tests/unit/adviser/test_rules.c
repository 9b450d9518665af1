#include "apart.h"

#include "adviser/rules.h"

static uint64_t fingerprint_of(const struct settings *settings, size_t place)
{
	uint64_t fingerprint;
	assert_int_equal(rule_fingerprint(&settings->policy[place], &fingerprint), 0);
	return fingerprint;
}

static struct rules *load(struct settings *settings)
{
	struct rules *rules;
	struct error err = {0};
	if (rules_load(&rules, settings, settings, &err))
		fail_msg("%s", err.message);
	return rules;
}

static void only_rules_that_are_apart_are_loaded(void **state)
{
	(void)state;
	struct settings *settings = apart_settings(
		"/s", "  - validity: {max: 1d}\n  - apart: {say: pass}\n"
		      "  - apart: {name: second, say: deny, timeout: 3s}\n");
	struct rules *rules = load(settings);
	assert_int_equal(rules_count(rules), 2);
	rules_free(rules);
	rules = load(apart_settings("/s", "  - validity: {max: 1d}\n"));
	assert_int_equal(rules_count(rules), 0);
	rules_free(rules);
	rules_free(NULL);
}

/* A block list, say, that only the engine's user may read. */
static void rules_of_the_engine_are_not_configured(void **state)
{
	(void)state;
	struct rules *rules = load(apart_settings(
		"/s", "  - keys: {rsa-min: 2048, blocklist: [/nonexistent/list]}\n  - apart: {say: pass}\n"));
	assert_int_equal(rules_count(rules), 1);
	rules_free(rules);
}

static void refuses(const char *policy, const char *message)
{
	struct settings *settings = apart_settings("/s", policy);
	struct rules *rules;
	struct error err = {0};
	assert_int_equal(rules_load(&rules, settings, settings, &err), SIGNET_E_CONFIG);
	if (!strstr(err.message, message))
		fail_msg("%s", err.message);
}

static void mistakes_are_refused(void **state)
{
	(void)state;
	refuses("  - apart: {say: nothing}\n", "test.yaml:5: policy.apart.say");
	refuses("  - apart: {say: pass, refuse: true}\n", "refuses to start");
	refuses("  - apart: {timeout: 61s}\n", "test.yaml:5: policy.apart.timeout: not from 1s to 60s");
	refuses("  - apart: {timeout: 0}\n", "policy.apart.timeout: not from 1s to 60s");
}

static void a_rule_is_found_by_name_and_text(void **state)
{
	(void)state;
	struct settings *settings =
		apart_settings("/s", "  - apart: {say: pass}\n  - apart: {name: second, say: deny}\n");
	struct rules_holder *holder;
	struct rules *of = NULL;
	uint64_t first = fingerprint_of(settings, 0), second = fingerprint_of(settings, 1);
	assert_int_equal(rules_holder_new(&holder, load(settings), NULL), 0);
	const struct rule *rule = rules_take(holder, "second", second, &of);
	assert_non_null(rule);
	assert_string_equal(rule->name, "second");
	rules_release(holder, of);
	assert_null(rules_take(holder, "second", first, &of));
	assert_null(rules_take(holder, "third", first, &of));
	assert_null(rules_take(holder, "second", second + 1, &of));
	rules_holder_free(holder);
}

static void the_rules_before_are_kept_until_the_next_reload(void **state)
{
	(void)state;
	struct settings *one = apart_settings("/s", "  - apart: {say: pass}\n");
	struct settings *two = apart_settings("/s", "  - apart: {say: deny}\n");
	struct settings *three = apart_settings("/s", "  - apart: {say: hold}\n");
	uint64_t prints[] = {fingerprint_of(one, 0), fingerprint_of(two, 0), fingerprint_of(three, 0)};
	struct rules_holder *holder;
	struct rules *of;
	assert_int_equal(rules_holder_new(&holder, load(one), NULL), 0);
	assert_null(rules_take(holder, "apart", prints[1], &of));
	rules_swap(holder, load(two));
	for (int i = 0; i < 2; i++) {
		assert_non_null(rules_take(holder, "apart", prints[i], &of));
		rules_release(holder, of);
	}
	rules_swap(holder, load(three));
	assert_null(rules_take(holder, "apart", prints[0], &of));
	for (int i = 1; i < 3; i++) {
		assert_non_null(rules_take(holder, "apart", prints[i], &of));
		rules_release(holder, of);
	}
	rules_holder_free(holder);
}

static void rules_in_use_outlive_two_reloads(void **state)
{
	(void)state;
	struct settings *one = apart_settings("/s", "  - apart: {say: pass}\n");
	uint64_t fingerprint = fingerprint_of(one, 0);
	struct rules_holder *holder;
	struct rules *of;
	assert_int_equal(rules_holder_new(&holder, load(one), NULL), 0);
	const struct rule *rule = rules_take(holder, "apart", fingerprint, &of);
	for (int i = 0; i < 2; i++)
		rules_swap(holder, load(apart_settings("/s", "  - apart: {say: deny}\n")));
	assert_string_equal(rule->name, "apart");
	assert_string_equal(rule->module->module.name, "apart");
	rules_release(holder, of);
	rules_holder_free(holder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_rules_that_are_apart_are_loaded),
		cmocka_unit_test(rules_of_the_engine_are_not_configured),
		cmocka_unit_test(mistakes_are_refused),
		cmocka_unit_test(a_rule_is_found_by_name_and_text),
		cmocka_unit_test(the_rules_before_are_kept_until_the_next_reload),
		cmocka_unit_test(rules_in_use_outlive_two_reloads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
