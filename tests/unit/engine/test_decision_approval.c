#include "tests/unit/engine/decision_world.h"

#include <stdio.h>

#include "base/clock.h"
#include "engine/request.h"

static void reopen(struct fixture *f, const char *validity, const char *usage, const char *rules)
{
	char sections[1024];
	snprintf(sections, sizeof sections,
	         "profiles:\n  tls-server: {validity: %s, names: [dns], "
	         "extended-key-usage: [%s]}\n"
	         "intermediaries:\n  - acme: {path: /acme, profile: tls-server}\n"
	         "policy:\n%s", validity, usage, rules);
	fixture_shut(f);
	fixture_configure(f, sections);
	fixture_open(f);
}

static const char two_officers[] = "  - approval: {officers: 2}\n";

static void an_approval_is_of_the_draft_that_was_shown(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct error err = {0};
	struct decision decision = {1, "uid 1001", "", NULL};
	reopen(f, "90d", "server-auth", two_officers);
	uint64_t id = decision_world_submit_pending(f, "1");
	assert_int_equal(decision_world_approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	reopen(f, "90d", "client-auth", two_officers);
	/* the second officer would be the last one, of another certificate */
	struct configuration *c = configuration_take(f->engine->holder);
	decision.id = id;
	assert_int_equal(decision_approve(f->engine, c, f->arena, &decision, &out, &err),
	                 SIGNET_E_STATE);
	configuration_release(f->engine->holder, c);
	assert_non_null(strstr(err.message, "earlier approvals are void"));
	decision_world_expect_pending(f, id);
	struct stored stored = decision_world_find(f, id);
	assert_int_equal(stored.request->n_approvals, 0);
	assert_int_equal(stored.request->n_voided, 1);
	assert_string_equal(stored.request->voided[0]->actor, "uid 1000");
	/* now it is this one that they look at */
	assert_int_equal(decision_world_approve(f, id, "uid 1001", &out), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	assert_int_equal(decision_world_approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	assert_int_equal(decision_world_find(f, id).request->n_approvals, 2);
	assert_int_equal(decision_world_find(f, id).request->n_voided, 0);
	decision_world_expect_trail(f, "pending by acme: \napproved by uid 1000: \n"
	                            "redrafted by engine: earlier approvals are void\napproved by uid 1001: \n"
	                            "approved by uid 1000: \nissued by uid 1000: \n");
}

static void one_officer_approves_what_was_shown_too(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	reopen(f, "90d", "server-auth", "  - approval: {}\n");
	uint64_t id = decision_world_submit_pending(f, "1");
	reopen(f, "91d", "server-auth", "  - approval: {}\n");
	assert_int_equal(decision_world_approve(f, id, "uid 1000", &out), SIGNET_E_STATE);
	decision_world_expect_pending(f, id);
	/* less than was approved is approved */
	reopen(f, "30d", "server-auth", "  - approval: {}\n");
	assert_int_equal(decision_world_approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
}

static void what_was_wanted_once_stays_wanted(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	reopen(f, "90d", "server-auth", two_officers);
	uint64_t id = decision_world_submit_pending(f, "1");
	assert_int_equal(decision_world_find(f, id).request->wanted, 2);
	/* no rule holds it any more */
	reopen(f, "90d", "server-auth", "  - keys: {}\n");
	assert_int_equal(decision_world_approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	assert_string_equal(out.message, "2 officers have to approve the request");
	assert_int_equal(decision_world_approve(f, id, "uid 1000", &out), SIGNET_E_EXISTS);
	assert_int_equal(decision_world_approve(f, id, "uid 1001", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
}

static void a_hold_by_the_time_of_week_does_not_pass_with_it(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	int64_t day = clock_now() / 86400 + 1;
	while ((day + 4) % 7 != 6)
		day++;
	int64_t saturday = day * 86400 + 12 * 3600;
	reopen(f, "90d", "server-auth", "  - keys: {}\n"
	       "  - approval: {officers: 2, message: not at weekends, when: {time: 'sat,sun'}}\n");
	clock_freeze(saturday);
	uint64_t id = decision_world_submit_pending(f, "1");
	clock_freeze(saturday + 2 * 86400);
	assert_int_equal(decision_world_approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	assert_string_equal(out.message, "not at weekends");
	struct stored stored = decision_world_find(f, id);
	assert_int_equal(stored.request->n_trace, 2);
	assert_string_equal(stored.request->trace[1]->rule, "held");
	assert_int_equal(stored.request->trace[1]->decision, SIGNET_HOLD);
	assert_int_equal(decision_world_approve(f, id, "uid 1001", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	/* what comes on a Monday is not held */
	decision_world_submit(f, "2", &out);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
}

static void what_more_is_wanted_now_counts_too(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	reopen(f, "90d", "server-auth", "  - approval: {}\n");
	uint64_t id = decision_world_submit_pending(f, "1");
	reopen(f, "90d", "server-auth", two_officers);
	assert_int_equal(decision_world_approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	/* and stays */
	reopen(f, "90d", "server-auth", "  - approval: {}\n");
	assert_int_equal(decision_world_approve(f, id, "uid 1000", &out), SIGNET_E_EXISTS);
	assert_int_equal(decision_world_approve(f, id, "uid 1001", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
}

static int forget_mark(struct store_txn *txn, void *arg)
{
	const struct stored *stored = arg;
	struct store_key key = store_key_number(stored->id);
	uint8_t packed[8192];
	stored->request->approvals[0]->digest.len = 0;
	size_t size = signet__db__request__get_packed_size(stored->request);
	assert_in_range(size, 1, sizeof packed);
	signet__db__request__pack(stored->request, packed);
	return store_put(txn, TABLE_REQUESTS, store_key_get(&key), bytes_make(packed, size));
}

/* Versions before this one did not say what was approved. */
static void an_approval_of_nothing_in_particular_does_not_count(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	decision_world.officers = 2;
	uint64_t id = decision_world_submit_pending(f, "1");
	assert_int_equal(decision_world_approve(f, id, "uid 1000", &out), 0);
	struct stored stored = decision_world_find(f, id);
	assert_int_equal(store_write(database_store(f->engine->database), forget_mark, &stored, NULL),
	                 0);
	assert_int_equal(decision_world_approve(f, id, "uid 1001", &out), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	assert_int_equal(decision_world_find(f, id).request->n_approvals, 1);
	assert_int_equal(decision_world_find(f, id).request->n_voided, 1);
	assert_int_equal(decision_world_approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, decision_world_setup, decision_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_approval_is_of_the_draft_that_was_shown),
		TEST(one_officer_approves_what_was_shown_too),
		TEST(what_was_wanted_once_stays_wanted),
		TEST(a_hold_by_the_time_of_week_does_not_pass_with_it),
		TEST(what_more_is_wanted_now_counts_too),
		TEST(an_approval_of_nothing_in_particular_does_not_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
