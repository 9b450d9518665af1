#include "tests/unit/engine/decision_world.h"

#include <pthread.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/file.h"
#include "engine/request.h"
#include "pki/certificate.h"

static void what_is_approved_is_issued(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out, again;
	struct stored stored;
	uint64_t id = decision_world_submit_pending(f, "1");
	assert_int_equal(decision_world_decide(f, decision_approve, id, "uid 1000", "fine", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	assert_int_equal(out.request_id, id);
	assert_int_equal(out.certificate_id, id);
	assert_int_equal(out.chain_count, 1);
	assert_int_equal(decision_world_count(f).pending, 0);
	assert_int_equal(decision_world_count(f).certificates, 1);
	assert_int_equal(decision_world_count(f).events, 2); /* pending, issued */
	assert_int_equal(database_issued(f->engine->database, "issuing"), 1);
	assert_int_equal(database_find_serial(f->engine->database, f->arena, out.serial, &stored,
	                                      NULL), 0);
	assert_int_equal(stored.id, id);
	assert_int_equal(stored.request->n_approvals, 1);
	assert_string_equal(stored.request->approvals[0]->actor, "uid 1000");
	decision_world_expect_trail(f, "pending by acme: \napproved by uid 1000: fine\nissued by uid 1000: \n");
	/* who submits it again gets what came of it */
	decision_world_submit(f, "1", &again);
	assert_int_equal(again.disposition, SIGNET_ISSUED);
	assert_true(bytes_equal(again.certificate, out.certificate));
	assert_int_equal(decision_world_count(f).requests, 1);
}

static void the_validity_begins_with_the_approval(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct certificate certificate;
	int64_t now = clock_now(), later = now + 20 * 86400;
	clock_freeze(now);
	uint64_t id = decision_world_submit_pending(f, "1");
	clock_freeze(later);
	assert_int_equal(decision_world_approve(f, id, "uid 0", &out), 0);
	assert_int_equal(certificate_parse(&certificate, f->arena, out.certificate, NULL), 0);
	assert_int_equal(certificate.not_before, later - 60);
	assert_int_equal(certificate.not_after, later - 60 + 90 * 86400 - 1);
	certificate_clear(&certificate);
	assert_int_equal(decision_world_find(f, id).request->submitted, now);
	assert_int_equal(decision_world_find(f, id).request->resolved, later);
}

static void what_is_not_pending_cannot_be_decided(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct signet_attribute attribute = {"a", "b"};
	struct signet_request_edit changes = {.attributes = &attribute, .attribute_count = 1};
	uint64_t id = decision_world_submit_pending(f, "1");
	assert_int_equal(decision_world_approve(f, 77, "uid 0", &out), SIGNET_E_NOT_FOUND);
	assert_int_equal(decision_world_approve(f, id, "uid 0", &out), 0);
	assert_int_equal(decision_world_approve(f, id, "uid 0", &out), SIGNET_E_STATE);
	assert_int_equal(decision_world_decide(f, decision_deny, id, "uid 0", "", &out), SIGNET_E_STATE);
	assert_int_equal(decision_world_edit(f, id, &changes, NULL), SIGNET_E_STATE);
	assert_int_equal(decision_world_count(f).certificates, 1);
}

static void two_officers_are_two_people(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	decision_world.officers = 2;
	uint64_t id = decision_world_submit_pending(f, "1");
	assert_int_equal(decision_world_approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	assert_int_equal(decision_world_approve(f, id, "uid 1000", &out), SIGNET_E_EXISTS);
	decision_world_expect_pending(f, id);
	fixture_shut(f);
	fixture_open(f);
	fixture_use_rule(f, decision_world_hold_until);
	assert_int_equal(decision_world_approve(f, id, "uid 1000", &out), SIGNET_E_EXISTS);
	assert_int_equal(decision_world_approve(f, id, "uid 1001", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	assert_int_equal(decision_world_find(f, id).request->n_approvals, 2);
	decision_world_expect_trail(f, "pending by acme: \napproved by uid 1000: \napproved by uid 1001: \n"
	                            "issued by uid 1001: \n");
}

static void an_edit_voids_approvals(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct signet_attribute attribute = {"Device-Type", "printer"};
	struct signet_request_edit changes = {.attributes = &attribute, .attribute_count = 1};
	decision_world.officers = 2;
	uint64_t id = decision_world_submit_pending(f, "1");
	assert_int_equal(decision_world_approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(decision_world_edit(f, id, &changes, NULL), 0);
	decision_world_expect_pending(f, id);
	assert_int_equal(decision_world_find(f, id).request->n_approvals, 0);
	assert_int_equal(decision_world_find(f, id).request->n_voided, 1);
	assert_int_equal(decision_world_approve(f, id, "uid 1001", &out), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	assert_int_equal(decision_world_approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	assert_int_equal(decision_world_find(f, id).request->n_voided, 0);
}

static void approval_does_not_outvote_policy(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	uint64_t id = decision_world_submit_pending(f, "1");
	decision_world.denying = true;
	assert_int_equal(decision_world_approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_DENIED);
	assert_int_equal(out.reason, SIGNET_REASON_NAME);
	assert_string_equal(out.message, "not any more");
	assert_int_equal(decision_world_count(f).pending, 0);
	assert_int_equal(decision_world_count(f).certificates, 0);
	decision_world_expect_trail(f, "pending by acme: \napproved by uid 1000: \n"
	                            "denied by uid 1000: not any more\n");
}

static void a_denial_says_why(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out, again;
	uint64_t id = decision_world_submit_pending(f, "1");
	assert_int_equal(decision_world_decide(f, decision_deny, id, "uid 1000", "not ours", &out), 0);
	assert_int_equal(out.disposition, SIGNET_DENIED);
	assert_int_equal(out.reason, SIGNET_REASON_POLICY);
	assert_string_equal(out.message, "not ours");
	decision_world_submit(f, "1", &again);
	assert_int_equal(again.disposition, SIGNET_DENIED);
	assert_string_equal(again.message, "not ours");
	struct stored stored = decision_world_find(f, id);
	assert_int_equal(stored.request->n_trace, 2);
	assert_string_equal(stored.request->trace[1]->rule, "uid 1000");
	assert_int_equal(stored.request->trace[1]->decision, SIGNET_DENY);
	assert_non_null(stored.request->draft);
	assert_int_equal(decision_world_count(f).pending, 0);
	assert_int_equal(decision_world_count(f).events, 2); /* pending, denied */
	decision_world_expect_trail(f, "pending by acme: \ndenied by uid 1000: not ours\n");
	id = decision_world_submit_pending(f, "2");
	assert_int_equal(decision_world_decide(f, decision_deny, id, "uid 1000", "", &out), 0);
	assert_string_equal(out.message, "an administrator has denied the request");
}

static void reasons_are_one_line_of_some_length(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	char longer[LIMIT_REASON + 2];
	uint64_t id = decision_world_submit_pending(f, "1");
	memset(longer, 'x', sizeof longer);
	longer[LIMIT_REASON + 1] = '\0';
	assert_int_equal(decision_world_decide(f, decision_approve, id, "uid 0", longer, &out), SIGNET_E_INVALID);
	assert_int_equal(decision_world_decide(f, decision_deny, id, "uid 0", "a\nb", &out), SIGNET_E_INVALID);
	assert_int_equal(decision_world_decide(f, decision_deny, id, "uid 0", "\xff", &out), SIGNET_E_INVALID);
	decision_world_expect_pending(f, id);
	longer[LIMIT_REASON] = '\0';
	assert_int_equal(decision_world_decide(f, decision_deny, id, "uid 0", longer, &out), 0);
	assert_string_equal(out.message, longer);
}

static void a_profile_that_is_gone_leaves_the_request(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	uint64_t id = decision_world_submit_pending(f, "1");
	fixture_shut(f);
	fixture_configure(f, "profiles: {other: {}}\nintermediaries:\n"
	                  "  - acme: {path: /acme, profile: other}\npolicy:\n  - keys: {}\n");
	fixture_open(f);
	assert_int_equal(decision_world_approve(f, id, "uid 0", &out), SIGNET_E_NOT_FOUND);
	decision_world_expect_pending(f, id);
	/* to deny it nothing is needed */
	assert_int_equal(decision_world_decide(f, decision_deny, id, "uid 0", "", &out), 0);
	assert_int_equal(out.disposition, SIGNET_DENIED);
}

#define THREADS 16

struct caller {
	pthread_t thread;
	struct fixture *f;
	struct arena *arena;
	uint64_t id;
	decision_function how;
	char actor[32];
	struct signet_outcome out;
	int result;
};

static void *call(void *arg)
{
	struct caller *caller = arg;
	struct decision decision = {caller->id, caller->actor, "", NULL};
	struct configuration *c = configuration_take(caller->f->engine->holder);
	caller->result = caller->how(caller->f->engine, c, caller->arena, &decision, &caller->out, NULL);
	configuration_release(caller->f->engine->holder, c);
	return NULL;
}

/* Lets all of them decide at once; every other one denies when deny is said. */
static void call_all(struct fixture *f, struct caller *callers, uint64_t id, bool deny)
{
	for (unsigned i = 0; i < THREADS; i++) {
		callers[i] = (struct caller){
			.f = f, .id = id, .how = deny && i % 2 ? decision_deny : decision_approve,
			.arena = arena_new(LIMIT_REQUEST_ARENA)};
		snprintf(callers[i].actor, sizeof callers[i].actor, "uid %u", i);
		assert_int_equal(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(callers[i].thread, NULL);
}

static void free_all(struct caller *callers)
{
	for (unsigned i = 0; i < THREADS; i++)
		arena_free(callers[i].arena);
}

static void of_many_officers_at_once_the_wanted_number_issues_it(void **state)
{
	struct fixture *f = *state;
	static struct caller callers[THREADS];
	decision_world.officers = 3;
	uint64_t id = decision_world_submit_pending(f, "1");
	call_all(f, callers, id, false);
	unsigned pending = 0, issued = 0, late = 0;
	for (unsigned i = 0; i < THREADS; i++) {
		bool done = callers[i].result == 0;
		pending += done && callers[i].out.disposition == SIGNET_PENDING;
		issued += done && callers[i].out.disposition == SIGNET_ISSUED;
		/* who came too late, or was overtaken by too many */
		late += callers[i].result == SIGNET_E_STATE;
	}
	free_all(callers);
	assert_int_equal(pending, 2);
	assert_int_equal(issued, 1);
	assert_int_equal(late, THREADS - 3);
	assert_int_equal(decision_world_find(f, id).request->n_approvals, 3);
	assert_int_equal(decision_world_count(f).certificates, 1);
	assert_int_equal(decision_world_count(f).events, 2);
}

static void of_approvals_and_denials_at_once_one_counts(void **state)
{
	struct fixture *f = *state;
	static struct caller callers[THREADS];
	uint64_t id = decision_world_submit_pending(f, "1");
	call_all(f, callers, id, true);
	unsigned done = 0;
	for (unsigned i = 0; i < THREADS; i++) {
		done += callers[i].result == 0;
		if (callers[i].result)
			assert_int_equal(callers[i].result, SIGNET_E_STATE);
	}
	free_all(callers);
	assert_int_equal(done, 1);
	struct stored stored = decision_world_find(f, id);
	assert_int_equal(stored.certificate != NULL,
	                 stored.request->state == SIGNET_REQUEST_ISSUED);
	assert_int_equal(decision_world_count(f).events, 2);
	assert_int_equal(decision_world_count(f).pending, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, decision_world_setup, decision_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_approved_is_issued),
		TEST(the_validity_begins_with_the_approval),
		TEST(what_is_not_pending_cannot_be_decided),
		TEST(two_officers_are_two_people),
		TEST(an_edit_voids_approvals),
		TEST(approval_does_not_outvote_policy),
		TEST(a_denial_says_why),
		TEST(reasons_are_one_line_of_some_length),
		TEST(a_profile_that_is_gone_leaves_the_request),
		TEST(of_many_officers_at_once_the_wanted_number_issues_it),
		TEST(of_approvals_and_denials_at_once_one_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
