#include "fixture.h"

#include <pthread.h>
#include <stdio.h>

#include "base/clock.h"
#include "engine/records.pb-c.h"
#include "engine/revocation.h"
#include "engine/revoked.h"

enum { UNSPECIFIED = 0, KEY_COMPROMISE = 1, SUPERSEDED = 4, HOLD = 6, REMOVE = 8 };

struct world {
	struct fixture f;
	struct bytes serial;
	uint64_t id;
	int64_t now;
};

static int setup(void **state)
{
	static struct world w;
	struct signet_outcome out;
	fixture_make(&w.f, fixture_sections);
	fixture_open(&w.f);
	w.now = clock_now();
	clock_freeze(w.now);
	struct signet_submission s = fixture_submission(
		fixture_csr(w.f.arena, w.f.key, "", "dns:a.example.com", NULL), "1");
	assert_int_equal(fixture_submit(&w.f, &s, &out, NULL), 0);
	w.serial = out.serial;
	w.id = out.certificate_id;
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	clock_freeze(0);
	fixture_end(&w->f);
	return 0;
}

static int order(struct world *w, unsigned reason, int64_t date)
{
	struct revocation revocation = {w->serial, reason, date, "so it is", "uid 1000"};
	struct error err = {0};
	int result = revocation_order(w->f.engine, w->f.arena, &revocation, &err);
	assert_int_equal(result, err.code);
	return result;
}

static void later(struct world *w, int64_t seconds)
{
	w->now += seconds;
	clock_freeze(w->now);
}

static const Signet__Db__Certificate *find(struct world *w)
{
	struct stored stored;
	assert_int_equal(database_find(w->f.engine->database, w->f.arena, w->id, &stored, NULL), 0);
	return stored.certificate;
}

/* What CRLs are made of: one word for each row. */
static int read_rows(struct store_txn *txn, void *arg)
{
	struct store_cursor *cursor;
	int result = store_cursor_open(&cursor, txn, TABLE_REVOKED);
	while (result == 0 && (result = store_next(cursor)) == 0) {
		struct revoked row;
		if ((result = revoked_read(cursor, &row)) == 0)
			buffer_printf(arg, "%llu:%llu:%u:%lld:%lld ", (unsigned long long)row.changed,
			              (unsigned long long)row.id, row.reason, (long long)row.revoked,
			              (long long)row.invalid);
	}
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

/* The certificate's row as the last generation has left it; at 0: it has none. */
static void expect_row(struct world *w, unsigned reason, int64_t at, int64_t invalid)
{
	struct buffer text = BUFFER_MAX(4096);
	char expected[128] = "";
	if (at)
		snprintf(expected, sizeof expected, "%llu:%llu:%u:%lld:%lld ",
		         (unsigned long long)w->f.engine->revocations, (unsigned long long)w->id,
		         reason, (long long)at, (long long)invalid);
	assert_int_equal(store_read(database_store(w->f.engine->database), read_rows, &text, NULL), 0);
	assert_string_equal(buffer_text(&text), expected);
	buffer_free(&text);
}

static int visit(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	(void)sequence;
	if (strcmp(entry->actor, "uid 1000") == 0)
		buffer_printf(arg, "%s ", audit_action_name(entry->action));
	return 0;
}

static void expect_trail(struct world *w, const char *expected)
{
	struct buffer text = BUFFER_MAX(4096);
	assert_int_equal(audit_read(database_store(w->f.engine->database), 1, visit, &text, NULL), 0);
	assert_string_equal(buffer_text(&text), expected);
	buffer_free(&text);
}

/* The events behind the first, which is that of the issuance. */
static void expect_events(struct world *w, const char *expected)
{
	struct buffer text = BUFFER_MAX(4096);
	struct events_batch batch;
	assert_int_equal(events_read(w->f.engine->events, w->f.arena, UINT64_MAX, 1, 50, 0, &batch,
	                             NULL), 0);
	for (size_t i = 0; i < batch.count; i++) {
		assert_int_equal(batch.rows[i].stored.id, w->id);
		buffer_printf(&text, "%s ", signet_event_name(batch.rows[i].kind));
	}
	assert_string_equal(buffer_text(&text), expected);
	buffer_free(&text);
}

static uint64_t generation(struct world *w)
{
	return w->f.engine->revocations;
}

static void what_is_revoked_stays_revoked(void **state)
{
	struct world *w = *state;
	uint64_t before = generation(w);
	later(w, 100);
	assert_int_equal(order(w, KEY_COMPROMISE, w->now - 50), 0);
	assert_int_equal(find(w)->state, SIGNET_REVOKED);
	assert_int_equal(find(w)->reason, KEY_COMPROMISE);
	assert_int_equal(find(w)->revoked, w->now);
	assert_int_equal(find(w)->invalid, w->now - 50);
	assert_true(find(w)->der.len > 0);
	assert_int_equal(generation(w), before + 1);
	expect_row(w, KEY_COMPROMISE, w->now, w->now - 50);
	assert_int_equal(order(w, REMOVE, 0), SIGNET_E_STATE);
	assert_int_equal(order(w, HOLD, 0), SIGNET_E_STATE);
	assert_int_equal(find(w)->state, SIGNET_REVOKED);
	expect_trail(w, "revoked ");
	expect_events(w, "revoked ");
}

static void the_same_again_changes_nothing(void **state)
{
	struct world *w = *state;
	int64_t first = w->now;
	assert_int_equal(order(w, SUPERSEDED, 0), 0);
	uint64_t before = generation(w);
	later(w, 100);
	assert_int_equal(order(w, SUPERSEDED, 0), 0);
	assert_int_equal(generation(w), before);
	assert_int_equal(find(w)->revoked, first);
	expect_row(w, SUPERSEDED, first, 0);
	expect_trail(w, "revoked ");
	expect_events(w, "revoked ");
}

static void reason_and_date_can_be_corrected(void **state)
{
	struct world *w = *state;
	int64_t first = w->now;
	assert_int_equal(order(w, UNSPECIFIED, 0), 0);
	later(w, 100);
	assert_int_equal(order(w, KEY_COMPROMISE, 0), 0);
	assert_int_equal(find(w)->reason, KEY_COMPROMISE);
	assert_int_equal(find(w)->revoked, first);
	assert_int_equal(find(w)->invalid, 0);
	expect_row(w, KEY_COMPROMISE, first, 0);
	later(w, 100);
	assert_int_equal(order(w, KEY_COMPROMISE, first - 1000), 0);
	assert_int_equal(find(w)->invalid, first - 1000);
	/* not said is not taken back */
	assert_int_equal(order(w, KEY_COMPROMISE, 0), 0);
	assert_int_equal(find(w)->invalid, first - 1000);
	assert_int_equal(generation(w), 4);
	expect_row(w, KEY_COMPROMISE, first, first - 1000);
	expect_trail(w, "revoked corrected corrected ");
	expect_events(w, "revoked revoked revoked ");
}

static void what_is_not_given_leaves_what_is_so(void **state)
{
	struct world *w = *state;
	int64_t first = w->now;
	assert_int_equal(order(w, KEY_COMPROMISE, first - 50), 0);
	later(w, 100);
	assert_int_equal(order(w, SIGNET_REVOKE_UNSAID, 0), 0);
	expect_row(w, KEY_COMPROMISE, first, first - 50);
	expect_trail(w, "revoked ");
	assert_int_equal(order(w, SIGNET_REVOKE_UNSAID, first - 60), 0);
	expect_row(w, KEY_COMPROMISE, first, first - 60);
	assert_int_equal(find(w)->reason, KEY_COMPROMISE);
	expect_trail(w, "revoked corrected ");
	/* given, it is another one */
	assert_int_equal(order(w, UNSPECIFIED, 0), 0);
	expect_row(w, UNSPECIFIED, first, first - 60);
	expect_trail(w, "revoked corrected corrected ");
}

static void without_a_reason_it_is_revoked_as_unspecified(void **state)
{
	struct world *w = *state;
	assert_int_equal(order(w, HOLD, 0), 0);
	assert_int_equal(order(w, SIGNET_REVOKE_UNSAID, 0), 0);
	assert_int_equal(find(w)->state, SIGNET_REVOKED);
	expect_row(w, UNSPECIFIED, w->now, 0);
	expect_trail(w, "held revoked ");
}

static void a_hold_can_be_released(void **state)
{
	struct world *w = *state;
	assert_int_equal(order(w, REMOVE, 0), SIGNET_E_STATE);
	assert_int_equal(order(w, HOLD, 0), 0);
	assert_int_equal(order(w, HOLD, 0), 0);
	assert_int_equal(find(w)->state, SIGNET_HELD);
	expect_row(w, HOLD, w->now, 0);
	later(w, 100);
	assert_int_equal(order(w, REMOVE, 0), 0);
	assert_int_equal(find(w)->state, SIGNET_VALID);
	assert_int_equal(find(w)->revoked, 0);
	assert_int_equal(find(w)->reason, 0);
	expect_row(w, REMOVE, w->now, 0);
	/* it is as it was wanted */
	assert_int_equal(order(w, REMOVE, 0), 0);
	assert_int_equal(generation(w), 3);
	expect_trail(w, "held released ");
	expect_events(w, "revoked unrevoked ");
}

static void revoked_out_of_a_hold_keeps_its_date(void **state)
{
	struct world *w = *state;
	int64_t first = w->now;
	assert_int_equal(order(w, HOLD, 0), 0);
	later(w, 100);
	assert_int_equal(order(w, SUPERSEDED, 0), 0);
	assert_int_equal(find(w)->state, SIGNET_REVOKED);
	assert_int_equal(find(w)->reason, SUPERSEDED);
	assert_int_equal(find(w)->revoked, first);
	expect_row(w, SUPERSEDED, first, 0);
	assert_int_equal(order(w, REMOVE, 0), SIGNET_E_STATE);
	expect_trail(w, "held revoked ");
	expect_events(w, "revoked revoked ");
}

static void orders_that_are_none_are_refused(void **state)
{
	struct world *w = *state;
	struct revocation revocation = {BYTES_OF("nothing"), 1, 0, "", "uid 0"};
	assert_int_equal(order(w, 7, 0), SIGNET_E_INVALID);
	assert_int_equal(order(w, 11, 0), SIGNET_E_INVALID);
	assert_int_equal(order(w, KEY_COMPROMISE, w->now + 1), SIGNET_E_INVALID);
	assert_int_equal(order(w, KEY_COMPROMISE, -1), SIGNET_E_INVALID);
	assert_int_equal(revocation_order(w->f.engine, w->f.arena, &revocation, NULL),
	                 SIGNET_E_NOT_FOUND);
	revocation.serial = BYTES_NONE;
	assert_int_equal(revocation_order(w->f.engine, w->f.arena, &revocation, NULL),
	                 SIGNET_E_NOT_FOUND);
	revocation.serial = w->serial;
	revocation.comment = "a\nb";
	assert_int_equal(revocation_order(w->f.engine, w->f.arena, &revocation, NULL),
	                 SIGNET_E_INVALID);
	assert_int_equal(generation(w), 1);
	expect_trail(w, "");
}

static void the_generation_outlives_the_process(void **state)
{
	struct world *w = *state;
	uint64_t generation_read;
	assert_int_equal(order(w, HOLD, 0), 0);
	assert_int_equal(order(w, REMOVE, 0), 0);
	assert_int_equal(generation(w), 3);
	fixture_shut(&w->f);
	fixture_open(&w->f);
	assert_int_equal(generation(w), 3);
	assert_int_equal(revocation_generation(w->f.engine->database, &generation_read, NULL), 0);
	assert_int_equal(generation_read, 3);
	expect_row(w, REMOVE, w->now, 0);
}

#define THREADS 16

struct caller {
	pthread_t thread;
	struct world *w;
	struct arena *arena;
	int result;
};

static void *hold_and_release(void *arg)
{
	struct caller *caller = arg;
	struct revocation hold = {caller->w->serial, HOLD, 0, "", "uid 1"};
	struct revocation release = {caller->w->serial, REMOVE, 0, "", "uid 1"};
	caller->result = revocation_order(caller->w->f.engine, caller->arena, &hold, NULL);
	if (caller->result == 0) {
		caller->result = revocation_order(caller->w->f.engine, caller->arena, &release, NULL);
	}
	return NULL;
}

static void orders_at_once_leave_one_state(void **state)
{
	struct world *w = *state;
	static struct caller callers[THREADS];
	uint64_t stored;
	for (size_t i = 0; i < THREADS; i++) {
		callers[i] = (struct caller){.w = w, .arena = arena_new(1u << 20)};
		assert_int_equal(pthread_create(&callers[i].thread, NULL, hold_and_release, &callers[i]),
		                 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(callers[i].thread, NULL);
		assert_int_equal(callers[i].result, 0);
		arena_free(callers[i].arena);
	}
	assert_int_equal(find(w)->state, SIGNET_VALID);
	expect_row(w, REMOVE, w->now, 0);
	assert_int_equal(revocation_generation(w->f.engine->database, &stored, NULL), 0);
	assert_int_equal(generation(w), stored);
	/* as many were released as were held */
	assert_int_equal((stored - 1) % 2, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_revoked_stays_revoked),
		TEST(the_same_again_changes_nothing),
		TEST(reason_and_date_can_be_corrected),
		TEST(what_is_not_given_leaves_what_is_so),
		TEST(without_a_reason_it_is_revoked_as_unspecified),
		TEST(a_hold_can_be_released),
		TEST(revoked_out_of_a_hold_keeps_its_date),
		TEST(orders_that_are_none_are_refused),
		TEST(the_generation_outlives_the_process),
		TEST(orders_at_once_leave_one_state),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
