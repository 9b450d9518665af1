#include "fixture.h"

#include <stdio.h>

#include "base/clock.h"
#include "engine/census.h"
#include "engine/revoked.h"

#define DAY 86400

struct world {
	struct fixture f;
	struct bytes csr;
	struct census *census;
	int64_t now;
	unsigned number;
};

static int setup(void **state)
{
	static struct world w;
	w = (struct world){0};
	fixture_make(&w.f, fixture_sections);
	w.now = clock_now();
	clock_freeze(w.now);
	fixture_open(&w.f);
	w.csr = fixture_csr(w.f.arena, w.f.key, "", "dns:a.example.com", NULL);
	w.census = census_new(w.f.engine->database);
	assert_non_null(w.census);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	census_free(w->census);
	clock_freeze(0);
	fixture_end(&w->f);
	return 0;
}

static void issue(struct world *w, int64_t days)
{
	struct signet_outcome out;
	struct error err = {0};
	char key[16];
	snprintf(key, sizeof key, "%u", w->number++);
	struct signet_submission s = fixture_submission(w->csr, key);
	s.not_after = w->now + days * DAY;
	if (fixture_submit(&w->f, &s, &out, &err))
		fail_msg("%s", err.message);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
}

static int put_rows(struct store_txn *txn, void *arg)
{
	const struct world *w = arg;
	const struct {
		unsigned reason;
		int64_t days;
	} rows[] = {{1, 40}, {6, 40}, {8, 40}, {1, -1}};
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct revoked row = {.changed = i + 1, .id = i + 1, .serial = bytes_text("serial"),
		                      .revoked = w->now, .reason = rows[i].reason,
		                      .not_after = w->now + rows[i].days * DAY};
		if (revoked_put(txn, &row))
			return store_error(txn);
	}
	return 0;
}

static void certificates_are_counted_by_their_ends(void **state)
{
	struct world *w = *state;
	struct census_counts n;
	static const int64_t days[] = {1, 7, 8, 30, 31, 60};
	for (size_t i = 0; i < sizeof days / sizeof *days; i++)
		issue(w, days[i]);
	census_read(w->census, w->now, &n);
	assert_int_equal(n.time, w->now);
	assert_int_equal(n.valid, 6);
	assert_int_equal(n.expired, 0);
	assert_int_equal(n.expiring_week, 2);
	assert_int_equal(n.expiring_month, 4);
	census_read(w->census, w->now + 10 * DAY, &n);
	assert_int_equal(n.valid, 3);
	assert_int_equal(n.expired, 3);
	assert_int_equal(n.expiring_week, 0);
	assert_int_equal(n.expiring_month, 2);
}

static void revoked_and_held_ones_are_not_valid(void **state)
{
	struct world *w = *state;
	struct census_counts n;
	for (int i = 0; i < 4; i++)
		issue(w, 60);
	assert_int_equal(store_write(database_store(w->f.engine->database), put_rows, w, NULL), 0);
	census_read(w->census, w->now, &n);
	/* the released one is valid again; of one that has expired nobody asks any more */
	assert_int_equal(n.revoked, 1);
	assert_int_equal(n.held, 1);
	assert_int_equal(n.valid, 2);
}

static void a_count_is_kept_for_a_while(void **state)
{
	struct world *w = *state;
	struct census_counts n;
	issue(w, 60);
	census_read(w->census, w->now, &n);
	issue(w, 60);
	census_read(w->census, w->now + 5, &n);
	assert_int_equal(n.valid, 1);
	census_read(w->census, w->now + 60, &n);
	assert_int_equal(n.valid, 2);
}

/* More than one call looks at. */
#define MANY 400000

static int put_many(struct store_txn *txn, void *arg)
{
	const struct world *w = arg;
	for (uint64_t i = 0; i < MANY; i++) {
		struct store_key key = index_time(w->now - DAY, 1000 + i);
		if (store_put(txn, TABLE_EXPIRY, store_key_get(&key), BYTES_NONE))
			return store_error(txn);
	}
	return 0;
}

static void one_call_does_not_count_very_many(void **state)
{
	struct world *w = *state;
	struct census_counts n;
	assert_int_equal(store_write(database_store(w->f.engine->database), put_many, w, NULL), 0);
	census_read(w->census, w->now, &n);
	assert_int_equal(n.time, 0);
	census_read(w->census, w->now, &n);
	assert_int_equal(n.time, w->now);
	assert_int_equal(n.expired, MANY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(certificates_are_counted_by_their_ends),
		TEST(revoked_and_held_ones_are_not_valid),
		TEST(a_count_is_kept_for_a_while),
		TEST(one_call_does_not_count_very_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
