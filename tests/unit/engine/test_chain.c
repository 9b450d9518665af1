#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/draft.h"
#include "api/groups.h"
#include "engine/chain.h"

/* A rule that says what its instance tells it to. */
struct saying {
	int code;
	enum signet_decision decision;
	const char *message;
	int64_t lengthen;
	unsigned approvals;
	int asked, freed;
};

static int say(const void *rule, const struct signet_request *request, struct signet_draft *draft,
               struct signet_verdict *verdict)
{
	struct saying *saying = (struct saying *)(uintptr_t)rule;
	(void)request;
	saying->asked++;
	if (saying->lengthen)
		signet_draft_set_validity(draft, signet_draft_not_before(draft),
		                          signet_draft_not_after(draft) + saying->lengthen);
	if (saying->message) {
		verdict->decision = saying->decision;
		verdict->reason = SIGNET_REASON_POLICY;
		verdict->approvals = saying->approvals;
		strncpy(verdict->message, saying->message, sizeof verdict->message - 1);
	}
	return saying->code;
}

static void free_saying(void *rule)
{
	((struct saying *)rule)->freed++;
}

static const struct signet_policy policy = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "say", "for tests", NULL},
	.check = say,
	.free = free_saying,
};

struct world {
	struct arena *arena;
	struct signet_draft *draft;
	struct chain *chain;
	struct chain_result result;
};

static void run_approved(struct world *w, struct saying *sayings, size_t count,
                         const char *const *approvers, size_t approver_count)
{
	static const char *const names[] = {"first", "second", "third"};
	const struct signet_request request = {.profile = "p", .intermediary = "i",
	                                       .approvers = approvers,
	                                       .approver_count = approver_count};
	struct rule rules[3];
	for (size_t i = 0; i < count; i++)
		rules[i] = (struct rule){
			.name = names[i], .module = &policy, .instance = &sayings[i]};
	w->arena = arena_new(1u << 20);
	w->draft = signet_draft_new(w->arena);
	assert_non_null(w->draft);
	assert_int_equal(chain_make(&w->chain, rules, count, NULL), 0);
	assert_int_equal(chain_run(w->chain, w->arena, &request, w->draft, &w->result), 0);
}

static void run(struct world *w, struct saying *sayings, size_t count)
{
	run_approved(w, sayings, count, NULL, 0);
}

static void done(struct world *w)
{
	chain_free(w->chain);
	arena_free(w->arena);
}

static void an_empty_chain_denies(void **state)
{
	struct world w;
	(void)state;
	run(&w, NULL, 0);
	assert_int_equal(w.result.decision, SIGNET_DENY);
	assert_int_equal(w.result.reason, SIGNET_REASON_POLICY);
	assert_int_equal(w.result.count, 1);
	assert_string_equal(w.result.message, "no policy is configured");
	done(&w);
}

static void all_rules_pass_in_order(void **state)
{
	struct saying s[3] = {{0}, {.lengthen = 5}, {0}};
	struct world w;
	(void)state;
	run(&w, s, 3);
	assert_int_equal(w.result.decision, SIGNET_PASS);
	assert_string_equal(w.result.message, "");
	assert_int_equal(w.result.count, 3);
	assert_string_equal(w.result.steps[0].rule, "first");
	assert_string_equal(w.result.steps[0].change, "");
	assert_string_equal(w.result.steps[1].change, "validity");
	assert_string_equal(w.result.steps[2].rule, "third");
	done(&w);
	assert_int_equal(s[0].freed + s[1].freed + s[2].freed, 3);
}

static void deny_ends_the_chain(void **state)
{
	struct saying s[3] = {{0}, {.decision = SIGNET_DENY, .message = "no"}, {0}};
	struct world w;
	(void)state;
	run(&w, s, 3);
	assert_int_equal(w.result.decision, SIGNET_DENY);
	assert_string_equal(w.result.message, "no");
	assert_int_equal(w.result.count, 2);
	assert_int_equal(s[2].asked, 0);
	done(&w);
}

static void hold_is_remembered_and_the_chain_goes_on(void **state)
{
	struct saying s[3] = {{.decision = SIGNET_HOLD, .message = "wait"},
	                      {.decision = SIGNET_HOLD, .message = "wait more"}, {0}};
	struct world w;
	(void)state;
	run(&w, s, 3);
	assert_int_equal(w.result.decision, SIGNET_HOLD);
	assert_string_equal(w.result.message, "wait");
	assert_int_equal(w.result.count, 3);
	assert_int_equal(s[2].asked, 1);
	done(&w);
}

static void a_later_deny_wins_over_hold(void **state)
{
	struct saying s[2] = {{.decision = SIGNET_HOLD, .message = "wait"},
	                      {.decision = SIGNET_DENY, .message = "no"}};
	struct world w;
	(void)state;
	run(&w, s, 2);
	assert_int_equal(w.result.decision, SIGNET_DENY);
	assert_string_equal(w.result.message, "no");
	done(&w);
}

static void a_rule_that_fails_denies(void **state)
{
	struct saying s[2] = {{.code = SIGNET_E_NOMEM, .decision = SIGNET_PASS, .message = "fine"},
	                      {0}};
	struct world w;
	(void)state;
	run(&w, s, 2);
	assert_int_equal(w.result.decision, SIGNET_DENY);
	assert_int_equal(w.result.reason, SIGNET_REASON_INTERNAL);
	assert_string_equal(w.result.message, "a policy rule failed");
	assert_int_equal(s[1].asked, 0);
	done(&w);
}

static void an_unknown_decision_denies(void **state)
{
	struct saying s[1] = {{.decision = (enum signet_decision)7, .message = "?"}};
	struct world w;
	(void)state;
	run(&w, s, 1);
	assert_int_equal(w.result.decision, SIGNET_DENY);
	assert_int_equal(w.result.reason, SIGNET_REASON_INTERNAL);
	done(&w);
}

static const char *const officers[] = {"uid 1000", "uid 1001"};

static void an_approval_lifts_a_hold(void **state)
{
	struct saying s[2] = {{.decision = SIGNET_HOLD, .message = "wait"}, {0}};
	struct world w;
	(void)state;
	run(&w, s, 2);
	assert_int_equal(w.result.approvals_missing, 1);
	done(&w);
	run_approved(&w, s, 2, officers, 1);
	assert_int_equal(w.result.decision, SIGNET_PASS);
	assert_int_equal(w.result.approvals_missing, 0);
	assert_string_equal(w.result.message, "");
	assert_int_equal(w.result.count, 2);
	assert_int_equal(w.result.steps[0].decision, SIGNET_PASS);
	assert_int_equal(w.result.steps[0].reason, SIGNET_REASON_NONE);
	assert_string_equal(w.result.steps[0].message, "approved by uid 1000");
	assert_string_equal(w.result.steps[1].message, "");
	done(&w);
}

static void each_hold_counts_its_own_approvals(void **state)
{
	struct saying s[2] = {{.decision = SIGNET_HOLD, .message = "one"},
	                      {.decision = SIGNET_HOLD, .message = "three", .approvals = 3}};
	struct world w;
	(void)state;
	run(&w, s, 2);
	assert_int_equal(w.result.approvals_missing, 3);
	done(&w);
	run_approved(&w, s, 2, officers, 2);
	assert_int_equal(w.result.decision, SIGNET_HOLD);
	assert_int_equal(w.result.approvals_missing, 1);
	assert_string_equal(w.result.message, "three");
	assert_int_equal(w.result.steps[0].decision, SIGNET_PASS);
	assert_string_equal(w.result.steps[0].message, "approved by uid 1000, uid 1001");
	assert_int_equal(w.result.steps[1].decision, SIGNET_HOLD);
	done(&w);
	s[1].approvals = 2;
	run_approved(&w, s, 2, officers, 2);
	assert_int_equal(w.result.decision, SIGNET_PASS);
	done(&w);
}

static void an_approval_does_not_lift_a_denial(void **state)
{
	struct saying s[2] = {{.decision = SIGNET_HOLD, .message = "wait"},
	                      {.decision = SIGNET_DENY, .message = "no"}};
	struct world w;
	(void)state;
	run_approved(&w, s, 2, officers, 2);
	assert_int_equal(w.result.decision, SIGNET_DENY);
	assert_string_equal(w.result.message, "no");
	done(&w);
}

static void as_many_approvers_are_named_as_there_is_room_for(void **state)
{
	static const char name[] = "uid 1000000000000000000000000000000000000000000000000000000";
	const char *many[20];
	struct saying s[1] = {{.decision = SIGNET_HOLD, .message = "wait"}};
	struct world w;
	(void)state;
	for (size_t i = 0; i < 20; i++)
		many[i] = name;
	run_approved(&w, s, 1, many, 20);
	assert_int_equal(w.result.decision, SIGNET_PASS);
	const char *message = w.result.steps[0].message;
	assert_true(strlen(message) < SIGNET_VERDICT_TEXT);
	assert_string_equal(message + strlen(message) - strlen(name), name);
	done(&w);
}

/* Two rules with conditions over a configuration that has both profiles. */
static void run_configured(struct world *w, const char *rules, const char *profile)
{
	struct settings *settings;
	struct signet_groups *groups;
	struct error err = {0};
	char *text = NULL;
	const struct signet_request request = {
		.profile = profile, .intermediary = "acme", .requester = "", .address = ""};
	assert_true(asprintf(&text, "state: .\nprofiles: {a: {}, b: {}}\npolicy:\n%s", rules) > 0);
	assert_int_equal(settings_parse(&settings, "test.yaml", bytes_text(text), &err), 0);
	assert_int_equal(groups_load(&groups, settings->groups, &err), 0);
	if (chain_configure(&w->chain, settings, groups, &err))
		fail_msg("%s", err.message);
	w->arena = arena_new(1u << 20);
	w->draft = signet_draft_new(w->arena);
	assert_int_equal(signet_draft_set_validity(w->draft, 0, 86400 - 1), 0);
	assert_int_equal(chain_run(w->chain, w->arena, &request, w->draft, &w->result), 0);
	chain_free(w->chain);
	w->chain = NULL;
	groups_free(groups);
	settings_free(settings);
	free(text);
}

static void a_rule_that_does_not_apply_leaves_no_step(void **state)
{
	static const char rules[] = "  - validity: {name: for-a, max: 1h, when: {profile: a}}\n"
	                             "  - validity: {name: for-b, max: 2d, when: {profile: b}}\n";
	struct world w;
	(void)state;
	run_configured(&w, rules, "b");
	assert_int_equal(w.result.decision, SIGNET_PASS);
	assert_int_equal(w.result.count, 1);
	assert_string_equal(w.result.steps[0].rule, "for-b");
	done(&w);
	run_configured(&w, rules, "a");
	assert_int_equal(w.result.decision, SIGNET_DENY);
	assert_int_equal(w.result.count, 1);
	done(&w);
}

static void what_no_rule_judges_is_denied(void **state)
{
	struct world w;
	(void)state;
	run_configured(&w, "  - validity: {max: 2d, when: {profile: a}}\n", "b");
	assert_int_equal(w.result.decision, SIGNET_DENY);
	assert_int_equal(w.result.reason, SIGNET_REASON_POLICY);
	assert_string_equal(w.result.message, "no policy rule applies");
	assert_int_equal(w.result.count, 1);
	assert_string_equal(w.result.steps[0].rule, "policy");
	done(&w);
}

static void configure_error(const char *text, const char *message)
{
	struct settings *settings;
	struct signet_groups *groups;
	struct chain *chain;
	struct error err = {0};
	char *whole = NULL;
	assert_true(asprintf(&whole, "state: /nowhere\n%s", text) > 0);
	assert_int_equal(settings_parse(&settings, "test.yaml", bytes_text(whole), &err), 0);
	assert_int_equal(groups_load(&groups, settings->groups, &err), 0);
	assert_int_equal(chain_configure(&chain, settings, groups, &err), SIGNET_E_CONFIG);
	if (!strstr(err.message, message))
		fail_msg("%s", err.message);
	groups_free(groups);
	settings_free(settings);
	free(whole);
}

static void mistakes_in_the_configuration_are_named(void **state)
{
	(void)state;
	configure_error("policy:\n  - nothing: {}\n", "test.yaml:3: policy.nothing: ");
	configure_error("policy:\n  - keys: {rsa-mini: 1}\n", "unknown key 'rsa-mini'");
	configure_error("policy:\n  - keys: {}\n  - validity: {max: 1}\n", "test.yaml:4: ");
}

static void count_rest(void *arg)
{
	++*(unsigned *)arg;
}

/* Before the rule that takes long, and at the end. */
static void what_was_looked_at_is_given_back(void **state)
{
	const struct signet_request request = {.profile = "p", .intermediary = "i"};
	unsigned rests = 0;
	const struct draft_history history = {.rest = count_rest, .arg = &rests};
	struct saying sayings[2] = {{0}, {0}};
	struct signet_policy apart = policy;
	struct chain_result result;
	(void)state;
	apart.apart = true;
	const struct rule rules[] = {{.name = "here", .module = &policy, .instance = &sayings[0]},
	                             {.name = "apart", .module = &apart, .instance = &sayings[1]}};
	for (size_t count = 1; count <= 2; count++) {
		struct arena *arena = arena_new(1u << 20);
		struct signet_draft *draft = signet_draft_new(arena);
		struct chain *chain;
		rests = 0;
		signet_draft_set_history(draft, &history);
		assert_int_equal(chain_make(&chain, rules, count, NULL), 0);
		assert_int_equal(chain_run(chain, arena, &request, draft, &result), 0);
		assert_int_equal(rests, count);
		chain_free(chain);
		arena_free(arena);
	}
}

static void a_rule_that_is_apart_is_not_run_here(void **state)
{
	(void)state;
	struct saying saying = {.decision = SIGNET_PASS};
	struct signet_policy apart = policy;
	apart.apart = true;
	struct rule rule = {.name = "first", .module = &apart, .instance = &saying};
	const struct signet_request request = {.profile = "p", .intermediary = "i"};
	struct world w = {.arena = arena_new(1u << 20)};
	w.draft = signet_draft_new(w.arena);
	assert_int_equal(chain_make(&w.chain, &rule, 1, NULL), 0);
	assert_int_equal(chain_run(w.chain, w.arena, &request, w.draft, &w.result), 0);
	assert_int_equal(w.result.decision, SIGNET_DENY);
	assert_int_equal(w.result.reason, SIGNET_REASON_INTERNAL);
	assert_int_equal(saying.asked, 0);
	done(&w);
}

int main(void)
{
	log_setup("test", LOG_ERROR, false);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_looked_at_is_given_back),
		cmocka_unit_test(a_rule_that_is_apart_is_not_run_here),
		cmocka_unit_test(an_empty_chain_denies),
		cmocka_unit_test(all_rules_pass_in_order),
		cmocka_unit_test(deny_ends_the_chain),
		cmocka_unit_test(hold_is_remembered_and_the_chain_goes_on),
		cmocka_unit_test(a_later_deny_wins_over_hold),
		cmocka_unit_test(a_rule_that_fails_denies),
		cmocka_unit_test(an_unknown_decision_denies),
		cmocka_unit_test(an_approval_lifts_a_hold),
		cmocka_unit_test(each_hold_counts_its_own_approvals),
		cmocka_unit_test(an_approval_does_not_lift_a_denial),
		cmocka_unit_test(as_many_approvers_are_named_as_there_is_room_for),
		cmocka_unit_test(a_rule_that_does_not_apply_leaves_no_step),
		cmocka_unit_test(what_no_rule_judges_is_denied),
		cmocka_unit_test(mistakes_in_the_configuration_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
