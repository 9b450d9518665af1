#include "apart.h"

#include "adviser/judge.h"
#include "base/limits.h"
#include "question.h"

static struct {
	struct arena *arena;
	struct rules_holder *holder;
	struct question question;
	Signet__Rpc__Judgement *judgement;
	struct error err;
} f;

static void open_rule(const char *keys)
{
	char policy[100];
	struct rules *rules;
	uint64_t fingerprint;
	snprintf(policy, sizeof policy, "  - apart: {%s}\n", keys);
	struct settings *settings = apart_settings("/s", policy);
	assert_int_equal(rule_fingerprint(&settings->policy[0], &fingerprint), 0);
	if (rules_load(&rules, settings, settings, &f.err))
		fail_msg("%s", f.err.message);
	assert_int_equal(rules_holder_new(&f.holder, rules, NULL), 0);
	f.arena = arena_new(LIMIT_REQUEST_ARENA);
	question_make(&f.question, f.arena, fingerprint);
}

static int close_rule(void **state)
{
	(void)state;
	rules_holder_free(f.holder);
	buffer_free(&f.question.csr);
	arena_free(f.arena);
	memset(&f, 0, sizeof f);
	return 0;
}

static int ask(void)
{
	return judge(f.holder, f.arena, &f.question.judge, &f.judgement, &f.err);
}

static void a_pass_without_changes_is_short(void **state)
{
	(void)state;
	open_rule("say: pass");
	assert_int_equal(ask(), 0);
	assert_int_equal(f.judgement->decision, SIGNET_PASS);
	assert_string_equal(f.judgement->message, "");
	assert_null(f.judgement->draft);
}

static void a_denial_has_reason_and_message(void **state)
{
	(void)state;
	open_rule("say: deny");
	assert_int_equal(ask(), 0);
	assert_int_equal(f.judgement->decision, SIGNET_DENY);
	assert_int_equal(f.judgement->reason, SIGNET_REASON_KEY);
	assert_string_equal(f.judgement->message, "not this one");
}

static void a_hold_says_how_many_must_approve(void **state)
{
	(void)state;
	open_rule("say: hold");
	assert_int_equal(ask(), 0);
	assert_int_equal(f.judgement->decision, SIGNET_HOLD);
	assert_int_equal(f.judgement->approvals, 2);
	assert_string_equal(f.judgement->message, "ask somebody");
}

static void a_changed_draft_goes_back_whole(void **state)
{
	(void)state;
	struct draft_parts parts;
	open_rule("say: change");
	assert_int_equal(ask(), 0);
	assert_non_null(f.judgement->draft);
	assert_int_equal(draft_message_read(f.arena, f.judgement->draft, &parts, &f.err), 0);
	assert_int_equal(parts.not_before, 1000);
	assert_int_equal(parts.name_count, 1);
	assert_true(bytes_is_text(parts.names[0].value, "added.example"));
	assert_int_equal(parts.extension_count, 1);
	assert_int_equal(parts.extensions[0].origin, SIGNET_ORIGIN_POLICY);
}

static void the_rule_sees_the_request(void **state)
{
	(void)state;
	Signet__Rpc__Attribute attribute = SIGNET__RPC__ATTRIBUTE__INIT;
	Signet__Rpc__Attribute *attributes[] = {&attribute};
	char *approvers[] = {(char *)"uid 7"};
	open_rule("say: request");
	attribute.name = (char *)"device";
	attribute.value = (char *)"17";
	f.question.submission.attributes = attributes;
	f.question.submission.n_attributes = 1;
	f.question.submission.protocol = (char *)"est";
	f.question.submission.requester = (char *)"alice";
	f.question.submission.address = (char *)"192.0.2.1";
	f.question.judge.id = 5;
	f.question.judge.resubmitted = true;
	f.question.judge.authority = (char *)"issuing";
	f.question.judge.submitted = 12345;
	f.question.judge.approvers = approvers;
	f.question.judge.n_approvers = 1;
	assert_int_equal(ask(), 0);
	assert_string_equal(f.judgement->message, "5 10 tls-server issuing acme est alice 192.0.2.1 12345 "
	                                          "1=17 1=uid 7 P-256 0");
}

static void a_rule_that_fails_is_an_error(void **state)
{
	(void)state;
	open_rule("say: fail");
	assert_int_equal(ask(), SIGNET_E_IO);
}

static void an_endless_message_has_an_end(void **state)
{
	(void)state;
	open_rule("say: odd");
	assert_int_equal(ask(), 0);
	assert_int_equal(strlen(f.judgement->message), SIGNET_VERDICT_TEXT - 1);
}

static void another_text_of_the_rule_is_a_conflict(void **state)
{
	(void)state;
	open_rule("say: pass");
	f.question.judge.configuration++;
	assert_int_equal(ask(), SIGNET_E_CONFLICT);
	f.question.judge.configuration--;
	f.question.judge.rule = (char *)"another";
	assert_int_equal(ask(), SIGNET_E_CONFLICT);
}

static void what_is_no_question_is_refused(void **state)
{
	(void)state;
	open_rule("say: pass");
	Signet__Rpc__Draft *draft = f.question.judge.draft;
	f.question.judge.draft = NULL;
	assert_int_equal(ask(), SIGNET_E_INVALID);
	f.question.judge.draft = draft;
	f.question.judge.submission = NULL;
	assert_int_equal(ask(), SIGNET_E_INVALID);
	f.question.judge.submission = &f.question.submission;
	draft->not_after = 1;
	assert_int_equal(ask(), SIGNET_E_INVALID);
	draft->not_after = 200;
	f.question.submission.csr.len--;
	assert_int_equal(ask(), SIGNET_E_BAD_REQUEST);
	f.question.submission.csr.len++;
	assert_int_equal(ask(), 0);
}

#define T(test) cmocka_unit_test_teardown(test, close_rule)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_pass_without_changes_is_short), T(a_denial_has_reason_and_message),
		T(a_hold_says_how_many_must_approve), T(a_changed_draft_goes_back_whole),
		T(the_rule_sees_the_request), T(a_rule_that_fails_is_an_error),
		T(an_endless_message_has_an_end), T(another_text_of_the_rule_is_a_conflict),
		T(what_is_no_question_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
