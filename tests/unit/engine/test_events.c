#include "fixture.h"

#include <pthread.h>

#include "base/clock.h"
#include "engine/request.h"

#define ALL UINT64_MAX

static int setup(void **state)
{
	static struct fixture f;
	fixture_make(&f, fixture_sections);
	fixture_open(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	fixture_end(*state);
	return 0;
}

static void submit(struct fixture *f, const char *name, const char *key)
{
	struct signet_outcome out;
	struct signet_submission s = fixture_submission(
		fixture_csr(f->arena, f->key, "", name, NULL), key);
	assert_int_equal(fixture_submit(f, &s, &out, NULL), 0);
}

static void read_batch(struct fixture *f, uint64_t kinds, uint64_t after, unsigned limit,
                       struct events_batch *batch)
{
	struct error err = {0};
	if (events_read(f->engine->events, f->arena, kinds, after, limit, 0, batch, &err))
		fail_msg("%s", err.message);
}

static void they_come_in_order(void **state)
{
	struct fixture *f = *state;
	struct events_batch batch;
	read_batch(f, ALL, 0, 10, &batch);
	assert_int_equal(batch.count, 0);
	assert_int_equal(batch.last, 0);
	submit(f, "dns:a.example.com", "1");
	submit(f, "dns:a.example.org", "2");
	submit(f, "dns:c.example.com", "3");
	read_batch(f, ALL, 0, 2, &batch);
	assert_int_equal(batch.count, 2);
	assert_int_equal(batch.rows[0].sequence, 1);
	assert_int_equal(batch.rows[0].kind, SIGNET_EVENT_ISSUED);
	assert_non_null(batch.rows[0].stored.certificate);
	assert_int_equal(batch.rows[1].kind, SIGNET_EVENT_DENIED);
	assert_null(batch.rows[1].stored.certificate);
	assert_int_equal(batch.last, 2);
	read_batch(f, ALL, batch.last, 2, &batch);
	assert_int_equal(batch.count, 1);
	assert_int_equal(batch.rows[0].sequence, 3);
}

static void unwanted_kinds_are_passed_by(void **state)
{
	struct fixture *f = *state;
	struct events_batch batch;
	submit(f, "dns:a.example.com", "1");
	submit(f, "dns:a.example.org", "2");
	submit(f, "dns:c.example.com", "3");
	read_batch(f, SIGNET_EVENT_BIT(SIGNET_EVENT_DENIED), 0, 10, &batch);
	assert_int_equal(batch.count, 1);
	assert_int_equal(batch.rows[0].sequence, 2);
	assert_int_equal(batch.last, 3);
	read_batch(f, SIGNET_EVENT_BIT(SIGNET_EVENT_REVOKED), 0, 10, &batch);
	assert_int_equal(batch.count, 0);
	assert_int_equal(batch.last, 3);
}

struct waiter {
	pthread_t thread;
	struct fixture *f;
	struct arena *arena;
	struct events_batch batch;
	int result;
};

static void *wait_for_one(void *arg)
{
	struct waiter *w = arg;
	w->result = events_read(w->f->engine->events, w->arena, ALL, 0, 10, 60000, &w->batch, NULL);
	return NULL;
}

static void start(struct waiter *w, struct fixture *f)
{
	*w = (struct waiter){.f = f, .arena = arena_new(1u << 20)};
	assert_int_equal(pthread_create(&w->thread, NULL, wait_for_one, w), 0);
}

static void who_waits_is_woken_by_the_commit(void **state)
{
	struct fixture *f = *state;
	struct waiter w;
	start(&w, f);
	submit(f, "dns:a.example.com", "1");
	/* ends long before the minute is over, or this test never does */
	pthread_join(w.thread, NULL);
	assert_int_equal(w.result, 0);
	assert_int_equal(w.batch.count, 1);
	arena_free(w.arena);
}

static void who_waits_is_sent_home_by_a_stop(void **state)
{
	struct fixture *f = *state;
	struct waiter w;
	start(&w, f);
	events_stop(f->engine->events);
	pthread_join(w.thread, NULL);
	assert_int_equal(w.result, 0);
	assert_int_equal(w.batch.count, 0);
	arena_free(w.arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(they_come_in_order),
		TEST(unwanted_kinds_are_passed_by),
		TEST(who_waits_is_woken_by_the_commit),
		TEST(who_waits_is_sent_home_by_a_stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
