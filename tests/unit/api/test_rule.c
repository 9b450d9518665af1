#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "api/groups.h"
#include "api/rule.h"

struct world {
	struct settings *settings;
	struct signet_groups *groups;
	struct rule rule;
};

static int load(struct world *w, const char *policy, struct error *err)
{
	char *text = NULL;
	*w = (struct world){0};
	assert_true(asprintf(&text, "state: .\nprofiles: {a: {}, b: {}}\npolicy:\n%s", policy) > 0);
	if (settings_parse(&w->settings, "test.yaml", bytes_text(text), err))
		fail_msg("%s", err->message);
	free(text);
	assert_int_equal(groups_load(&w->groups, w->settings->groups, err), 0);
	return rule_load(&w->rule, w->settings, w->groups, &w->settings->policy[0], err);
}

static void unload(struct world *w)
{
	rule_clear(&w->rule);
	rule_clear(&w->rule); /* again is harmless */
	groups_free(w->groups);
	settings_free(w->settings);
}

static void a_rule_is_module_instance_and_condition(void **state)
{
	struct world w;
	struct error err = {0};
	(void)state;
	if (load(&w, "  - validity: {name: short, max: 1d, when: {profile: a}}\n", &err))
		fail_msg("%s", err.message);
	assert_string_equal(w.rule.name, "short");
	assert_string_equal(w.rule.module->module.name, "validity");
	assert_non_null(w.rule.instance);
	const struct signet_request a = {.profile = "a"}, b = {.profile = "b"};
	assert_true(condition_holds(w.rule.when, &a, 0));
	assert_false(condition_holds(w.rule.when, &b, 0));
	unload(&w);
}

static void without_when_it_judges_every_request(void **state)
{
	struct world w;
	struct error err = {0};
	(void)state;
	assert_int_equal(load(&w, "  - validity: {max: 1d}\n", &err), 0);
	assert_string_equal(w.rule.name, "validity");
	assert_null(w.rule.when);
	unload(&w);
}

static void refuses(const char *policy, const char *message)
{
	struct world w;
	struct error err = {0};
	assert_int_equal(load(&w, policy, &err), SIGNET_E_CONFIG);
	assert_null(w.rule.module);
	unload(&w);
	if (!strstr(err.message, message))
		fail_msg("%s", err.message);
}

static void mistakes_are_named_with_their_line(void **state)
{
	(void)state;
	refuses("  - nothing: {}\n", "test.yaml:4: policy.nothing: no module 'nothing'");
	refuses("  - validity: {maxi: 1d}\n", "test.yaml:4: policy.validity.maxi: unknown key");
	refuses("  - validity: {}\n", "test.yaml:4: policy.validity: needs");
	refuses("  - validity:\n      max: 1d\n      when: {profile: c}\n",
	        "test.yaml:6: policy.validity.when.profile: there is no profile 'c'");
	refuses("  - validity: {max: 1d, when: }\n", "policy.validity.when: says no condition");
}

static uint64_t fingerprint_of(const char *policy)
{
	struct settings *settings;
	struct error err = {0};
	uint64_t fingerprint = 0;
	char *text = NULL;
	assert_true(asprintf(&text, "state: .\npolicy:\n%s", policy) > 0);
	if (settings_parse(&settings, "test.yaml", bytes_text(text), &err))
		fail_msg("%s", err.message);
	assert_int_equal(rule_fingerprint(&settings->policy[0], &fingerprint), 0);
	settings_free(settings);
	free(text);
	return fingerprint;
}

static void fingerprint_is_of_what_the_text_says(void **state)
{
	(void)state;
	uint64_t plain = fingerprint_of("  - validity: {max: 1d, when: {profile: [a, b]}}\n");
	assert_true(plain != 0);
	/* blanks, comments and style are nothing */
	assert_true(fingerprint_of("  - validity:  # a comment\n      max: \"1d\"\n"
	                           "      when:\n        profile:\n        - a\n        - b\n") == plain);
	static const char *const others[] = {
		"  - other: {max: 1d, when: {profile: [a, b]}}\n",
		"  - validity: {max: 2d, when: {profile: [a, b]}}\n",
		"  - validity: {mix: 1d, when: {profile: [a, b]}}\n",
		"  - validity: {max: 1d, when: {profile: [b, a]}}\n",
		"  - validity: {max: 1d, when: {profile: [a], b: }}\n",
		"  - validity: {max: 1d, when: {profile: [a b]}}\n",
		"  - validity: {max: 1d, when: {profile: {a: b}}}\n",
		"  - validity: {max: 1d, when: {profile: [a, b]}, name: validity}\n",
		"  - validity: {max: 1d}\n",
		"  - validity: {max: }\n",
		"  - validity: {max: ''}\n",
		"  - validity: {max: []}\n",
	};
	uint64_t seen[sizeof others / sizeof *others];
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		seen[i] = fingerprint_of(others[i]);
		assert_true(seen[i] != plain);
		for (size_t k = 0; k < i; k++)
			assert_true(seen[i] != seen[k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_is_module_instance_and_condition),
		cmocka_unit_test(without_when_it_judges_every_request),
		cmocka_unit_test(without_when_it_judges_every_request),
		cmocka_unit_test(mistakes_are_named_with_their_line),
		cmocka_unit_test(fingerprint_is_of_what_the_text_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
