#include "rule.h"

#include "api/draft.h"
#include "asn1/name.h"

#define MEMORY (1u << 20)
#define NAMES_MAX 8

void rule_open(struct rule_test *t, const struct signet_policy *policy, const char *text)
{
	struct error err = {0};
	*t = (struct rule_test){.policy = policy, .arena = arena_new(MEMORY)};
	assert_non_null(t->arena);
	if (conf_parse(&t->conf, "test.yaml", bytes_text(text), &err) ||
	    signet_module_check_keys(&policy->module, conf_root(t->conf), &err) ||
	    policy->configure(&t->rule, conf_root(t->conf), &err))
		fail_msg("%s", err.message);
	t->draft = signet_draft_new(t->arena);
	assert_non_null(t->draft);
}

void rule_close(struct rule_test *t)
{
	if (t->policy->free)
		t->policy->free(t->rule);
	conf_free(t->conf);
	arena_free(t->arena);
}

void rule_refuses(const struct signet_policy *policy, const char *text, const char *message)
{
	struct conf *conf;
	struct error err = {0};
	void *rule;
	assert_int_equal(conf_parse(&conf, "test.yaml", bytes_text(text), &err), 0);
	int result = signet_module_check_keys(&policy->module, conf_root(conf), &err);
	if (result == 0)
		result = policy->configure(&rule, conf_root(conf), &err);
	conf_free(conf);
	assert_int_equal(result, SIGNET_E_CONFIG);
	assert_string_equal(err.message, message);
}

void rule_draft(struct rule_test *t, const char *subject, ...)
{
	struct general_name names[NAMES_MAX];
	struct error err = {0};
	struct bytes name;
	size_t count = 0;
	va_list ap;
	va_start(ap, subject);
	for (const char *text; (text = va_arg(ap, const char *)); count++)
		if (count == NAMES_MAX || general_name_from_text(t->arena, text, &names[count], &err))
			fail_msg("%s: %s", text, err.message);
	va_end(ap);
	t->draft = signet_draft_new(t->arena);
	assert_non_null(t->draft);
	assert_int_equal(name_from_text(t->arena, subject, &name, &err), 0);
	assert_int_equal(signet_draft_set_subject(t->draft, name), 0);
	assert_int_equal(signet_draft_set_alt_names(t->draft, names, count), 0);
	signet_draft_begin(t->draft, SIGNET_ORIGIN_POLICY);
}

enum signet_decision rule_check(struct rule_test *t)
{
	t->verdict = (struct signet_verdict){.decision = SIGNET_PASS};
	assert_int_equal(t->policy->check(t->rule, &t->request, t->draft, &t->verdict), 0);
	return t->verdict.decision;
}
