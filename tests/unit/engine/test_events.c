#include "fixture.h"

#include <pthread.h>
#include <stdio.h>

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

static void read_batch(struct fixture *f, const char *consumer, uint64_t kinds, uint64_t after,
                       unsigned limit, struct events_batch *batch)
{
	struct error err = {0};
	if (events_read(f->engine->events, f->arena, consumer, kinds, after, limit, 0, batch, &err))
		fail_msg("%s", err.message);
}

static void they_come_in_order(void **state)
{
	struct fixture *f = *state;
	struct events_batch batch;
	read_batch(f, "c", ALL, 0, 10, &batch);
	assert_int_equal(batch.count, 0);
	assert_int_equal(batch.last, 0);
	submit(f, "dns:a.example.com", "1");
	submit(f, "dns:a.example.org", "2");
	submit(f, "dns:c.example.com", "3");
	read_batch(f, "c", ALL, 0, 2, &batch);
	assert_int_equal(batch.count, 2);
	assert_int_equal(batch.rows[0].sequence, 1);
	assert_int_equal(batch.rows[0].kind, SIGNET_EVENT_ISSUED);
	assert_non_null(batch.rows[0].stored.certificate);
	assert_int_equal(batch.rows[1].kind, SIGNET_EVENT_DENIED);
	assert_null(batch.rows[1].stored.certificate);
	assert_int_equal(batch.last, 2);
	read_batch(f, "c", ALL, batch.last, 2, &batch);
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
	read_batch(f, "c", SIGNET_EVENT_BIT(SIGNET_EVENT_DENIED), 0, 10, &batch);
	assert_int_equal(batch.count, 1);
	assert_int_equal(batch.rows[0].sequence, 2);
	assert_int_equal(batch.last, 3);
	read_batch(f, "c", SIGNET_EVENT_BIT(SIGNET_EVENT_REVOKED), 0, 10, &batch);
	assert_int_equal(batch.count, 0);
	assert_int_equal(batch.last, 3);
}

static void cursors_are_durable_and_never_go_back(void **state)
{
	struct fixture *f = *state;
	struct events_batch batch;
	submit(f, "dns:a.example.com", "1");
	submit(f, "dns:b.example.com", "2");
	assert_int_equal(events_advance(f->engine->events, "c", 2, NULL), 0);
	assert_int_equal(events_advance(f->engine->events, "c", 1, NULL), 0);
	fixture_shut(f);
	fixture_open(f);
	read_batch(f, "c", ALL, 0, 10, &batch);
	assert_int_equal(batch.count, 0);
	read_batch(f, "other", ALL, 0, 10, &batch);
	assert_int_equal(batch.count, 2);
	assert_int_equal(events_advance(f->engine->events, "c", 3, NULL), SIGNET_E_INVALID);
	assert_int_equal(events_advance(f->engine->events, "", 1, NULL), SIGNET_E_INVALID);
}

static void consumers_are_listed_with_what_waits_for_them(void **state)
{
	struct fixture *f = *state;
	struct signet_consumer_status *list;
	size_t count;
	submit(f, "dns:a.example.com", "1");
	submit(f, "dns:b.example.com", "2");
	assert_int_equal(events_advance(f->engine->events, "file", 2, NULL), 0);
	assert_int_equal(events_advance(f->engine->events, "ldap", 1, NULL), 0);
	assert_int_equal(events_consumers(f->engine->events, f->arena, &list, &count, NULL), 0);
	assert_int_equal(count, 2);
	assert_string_equal(list[0].name, "file");
	assert_int_equal(list[0].waiting, 0);
	assert_string_equal(list[1].name, "ldap");
	assert_int_equal(list[1].cursor, 1);
	assert_int_equal(list[1].waiting, 1);
}

static void consumers_are_not_without_number(void **state)
{
	struct fixture *f = *state;
	char name[16];
	submit(f, "dns:a.example.com", "1");
	submit(f, "dns:b.example.com", "2");
	assert_int_equal(events_advance(f->engine->events, "a\nb", 1, NULL), SIGNET_E_INVALID);
	for (int i = 0; i < 256; i++) {
		snprintf(name, sizeof name, "exit-%d", i);
		assert_int_equal(events_advance(f->engine->events, name, 1, NULL), 0);
	}
	assert_int_equal(events_advance(f->engine->events, "another", 1, NULL),
	                 SIGNET_E_TOO_BIG);
	/* who is known goes on */
	assert_int_equal(events_advance(f->engine->events, name, 2, NULL), 0);
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
	w->result = events_read(w->f->engine->events, w->arena, "c", ALL, 0, 10, 60000, &w->batch,
	                        NULL);
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
		TEST(cursors_are_durable_and_never_go_back),
		TEST(consumers_are_listed_with_what_waits_for_them),
		TEST(consumers_are_not_without_number),
		TEST(who_waits_is_woken_by_the_commit),
		TEST(who_waits_is_sent_home_by_a_stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
