#include "rule.h"

#include "api/draft.h"
#include "api/groups.h"
#include "asn1/name.h"

#define MEMORY (1u << 20)
#define NAMES_MAX 8

const char *rule_groups;

static int configure(const struct signet_policy *policy, const struct conf_node *node,
                     const char *groups_text, struct conf **groups_conf,
                     struct signet_groups **groups, void **rule, struct error *err)
{
	assert_int_equal(conf_parse(groups_conf, "groups.yaml",
	                            bytes_text(groups_text ? groups_text : ""), err), 0);
	assert_int_equal(groups_load(groups, conf_root(*groups_conf), err), 0);
	struct signet_policy_host host = {
		.name = policy->module.name, .state_directory = ".", .groups = *groups};
	int result = signet_module_check_keys(&policy->module, node, err);
	if (result || (result = policy->configure(rule, &host, node, err)))
		return result;
	result = policy->start ? policy->start(*rule, err) : 0;
	if (result)
		policy->free(*rule);
	return result;
}

void rule_open(struct rule_test *t, const struct signet_policy *policy, const char *text)
{
	struct error err = {0};
	*t = (struct rule_test){.policy = policy, .arena = arena_new(MEMORY)};
	assert_non_null(t->arena);
	if (conf_parse(&t->conf, "test.yaml", bytes_text(text), &err) ||
	    configure(policy, conf_root(t->conf), rule_groups, &t->groups_conf, &t->groups,
	              &t->rule, &err))
		fail_msg("%s", err.message);
	t->request.groups = t->groups;
	t->draft = signet_draft_new(t->arena);
	assert_non_null(t->draft);
}

void rule_close(struct rule_test *t)
{
	if (t->policy->free)
		t->policy->free(t->rule);
	groups_free(t->groups);
	conf_free(t->groups_conf);
	conf_free(t->conf);
	arena_free(t->arena);
}

void rule_refuses(const struct signet_policy *policy, const char *text, const char *message)
{
	struct conf *conf, *groups_conf;
	struct signet_groups *groups;
	struct error err = {0};
	void *rule;
	assert_int_equal(conf_parse(&conf, "test.yaml", bytes_text(text), &err), 0);
	int result = configure(policy, conf_root(conf), rule_groups, &groups_conf, &groups, &rule,
	                       &err);
	groups_free(groups);
	conf_free(groups_conf);
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

static int count(void *arg, const char *rule, struct bytes scope, int64_t window, uint64_t max,
                 uint64_t *out)
{
	struct rule_test *t = arg;
	size_t i = 0;
	assert_string_equal(rule, t->policy->module.name);
	assert_true(max > 0);
	while (i < t->history.count && !bytes_equal(t->history.scopes[i].scope, scope))
		i++;
	if (i == t->history.count) {
		assert_true(t->history.count++ < RULE_SCOPES);
		t->history.scopes[i].window = window;
		if (scope.length)
			assert_int_equal(arena_bytes(t->arena, scope, &t->history.scopes[i].scope), 0);
	}
	assert_int_equal(t->history.scopes[i].window, window);
	t->history.scopes[i].asked = true;
	*out = t->history.scopes[i].count;
	return 0;
}

static int count_like(void *arg, const struct draft_identity *who, enum signet_likeness likeness,
                      int64_t window, uint64_t max, uint64_t *out)
{
	struct rule_test *t = arg;
	assert_ptr_equal(who->key, t->request.key);
	assert_true(bytes_equal(who->subject, signet_draft_subject(t->draft)));
	assert_in_range(likeness, SIGNET_LIKE_KEY, SIGNET_LIKE_NAME);
	t->history.like_window = window;
	*out = t->history.like[likeness] < max ? t->history.like[likeness] : max;
	return 0;
}

static void rest(void *arg)
{
	(void)arg;
}

static int key_is_shared(void *arg, const struct draft_identity *who, bool *shared)
{
	const struct rule_test *t = arg;
	assert_ptr_equal(who->key, t->request.key);
	*shared = t->history.shared;
	return 0;
}

enum signet_decision rule_check(struct rule_test *t)
{
	const struct draft_history history = {count, count_like, key_is_shared, rest, t};
	for (size_t i = 0; i < t->history.count; i++)
		t->history.scopes[i].asked = false;
	signet_draft_set_history(t->draft, &history);
	signet_draft_set_rule(t->draft, t->policy->module.name);
	t->verdict = (struct signet_verdict){.decision = SIGNET_PASS};
	assert_int_equal(t->policy->check(t->rule, &t->request, t->draft, &t->verdict), 0);
	signet_draft_set_history(t->draft, NULL);
	return t->verdict.decision;
}

enum signet_decision rule_issue(struct rule_test *t)
{
	enum signet_decision decision = rule_check(t);
	for (size_t i = 0; decision != SIGNET_DENY && i < t->history.count; i++)
		t->history.scopes[i].count += t->history.scopes[i].asked;
	return decision;
}
