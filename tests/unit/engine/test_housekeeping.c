#include "fixture.h"

#include <stdio.h>

#include "base/clock.h"
#include "engine/housekeeping.h"

static int hold(const void *rule, const struct signet_request *request,
                struct signet_draft *draft, struct signet_verdict *verdict)
{
	(void)rule, (void)request, (void)draft;
	return signet_hold(verdict, "an officer has to look at it");
}

static int setup(void **state)
{
	static struct fixture f;
	char sections[4096];
	snprintf(sections, sizeof sections, "%spending: {expires: 1h}\n", fixture_sections);
	fixture_make(&f, sections);
	fixture_open(&f);
	fixture_use_rule(&f, hold);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	clock_freeze(0);
	fixture_end(*state);
	return 0;
}

static void submit(struct fixture *f)
{
	struct signet_outcome out;
	struct signet_submission s = fixture_submission(
		fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL), "1");
	assert_int_equal(fixture_submit(f, &s, &out, NULL), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
}

/* Waits for the event that says that the thread has done it. */
static void expect_denied(struct fixture *f)
{
	struct events_batch batch;
	assert_int_equal(events_read(f->engine->events, f->arena, SIGNET_EVENT_BIT(SIGNET_EVENT_DENIED),
	                             0, 1, 30000, &batch, NULL), 0);
	assert_int_equal(batch.count, 1);
}

static void the_thread_does_what_is_due(void **state)
{
	struct fixture *f = *state;
	struct housekeeping *h;
	int64_t now = clock_now();
	clock_freeze(now);
	submit(f);
	clock_freeze(now + 3600);
	assert_int_equal(housekeeping_start(&h, f->engine, NULL), 0);
	expect_denied(f);
	housekeeping_stop(h);
}

static void it_looks_again_when_it_is_woken(void **state)
{
	struct fixture *f = *state;
	struct housekeeping *h;
	int64_t now = clock_now();
	clock_freeze(now);
	submit(f);
	assert_int_equal(housekeeping_start(&h, f->engine, NULL), 0);
	clock_freeze(now + 3600);
	housekeeping_wake(h);
	expect_denied(f);
	housekeeping_stop(h);
}

static void it_stops_while_it_sleeps(void **state)
{
	struct fixture *f = *state;
	struct housekeeping *h;
	assert_int_equal(housekeeping_start(&h, f->engine, NULL), 0);
	housekeeping_stop(h);
	housekeeping_stop(NULL);
	housekeeping_wake(NULL);
}

static void a_round_ends_early_when_it_is_to_stop(void **state)
{
	struct fixture *f = *state;
	const atomic_bool stopping = true;
	struct database_counts counts;
	int64_t wait, now = clock_now();
	clock_freeze(now);
	submit(f);
	clock_freeze(now + 3600);
	assert_int_equal(housekeeping_round(f->engine, &stopping, &wait, NULL), 0);
	assert_int_equal(database_count(f->engine->database, &counts, NULL), 0);
	assert_int_equal(counts.pending, 1);
	assert_int_equal(housekeeping_round(f->engine, NULL, &wait, NULL), 0);
	assert_int_equal(database_count(f->engine->database, &counts, NULL), 0);
	assert_int_equal(counts.pending, 0);
}

static void it_sleeps_until_something_is_due(void **state)
{
	struct fixture *f = *state;
	int64_t wait, now = clock_now();
	clock_freeze(now);
	assert_int_equal(housekeeping_round(f->engine, NULL, &wait, NULL), 0);
	assert_int_equal(wait, 60);
	submit(f);
	clock_freeze(now + 3590);
	assert_int_equal(housekeeping_round(f->engine, NULL, &wait, NULL), 0);
	assert_int_equal(wait, 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_thread_does_what_is_due),
		TEST(it_looks_again_when_it_is_woken),
		TEST(it_stops_while_it_sleeps),
		TEST(a_round_ends_early_when_it_is_to_stop),
		TEST(it_sleeps_until_something_is_due),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
