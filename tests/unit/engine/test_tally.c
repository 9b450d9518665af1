#include "fixture.h"

#include <stdio.h>

#include "engine/tally.h"

#define HOUR 3600
#define DAY 86400
#define NOW 1800000000

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

/* One call in a transaction of its own. */
struct call {
	struct tally tally;
	int64_t now;
	uint64_t count;
};

static int call_add(struct store_txn *txn, void *arg)
{
	const struct call *call = arg;
	tally_add(txn, &call->tally, call->now);
	return store_error(txn);
}

static int call_sum(struct store_txn *txn, void *arg)
{
	struct call *call = arg;
	return tally_sum(txn, &call->tally, call->now, &call->count);
}

static int call_size(struct store_txn *txn, void *arg)
{
	((struct call *)arg)->count = store_count(txn, TABLE_TALLIES);
	return 0;
}

static struct store *store_of(struct fixture *f)
{
	return database_store(f->engine->database);
}

static void add(struct fixture *f, const char *scope, int64_t window, int64_t now)
{
	struct call call = {.now = now};
	assert_int_equal(tally_make(&call.tally, "quota", bytes_text(scope), window), 0);
	assert_int_equal(store_write(store_of(f), call_add, &call, NULL), 0);
}

static uint64_t sum(struct fixture *f, const char *scope, int64_t window, int64_t now)
{
	struct call call = {.now = now, .count = UINT64_MAX};
	assert_int_equal(tally_make(&call.tally, "quota", bytes_text(scope), window), 0);
	assert_int_equal(store_read(store_of(f), call_sum, &call, NULL), 0);
	return call.count;
}

static uint64_t size(struct fixture *f)
{
	struct call call = {.count = UINT64_MAX};
	assert_int_equal(store_read(store_of(f), call_size, &call, NULL), 0);
	return call.count;
}

static void rules_and_scopes_do_not_run_into_each_other(void **state)
{
	struct tally a, b;
	(void)state;
	assert_int_equal(tally_make(&a, "quota", bytes_text("alice"), DAY), 0);
	assert_int_equal(tally_make(&b, "quot", bytes_text("aalice"), DAY), 0);
	assert_false(tally_is_same(&a, &b));
	assert_int_equal(tally_make(&b, "quotaa", bytes_text("lice"), DAY), 0);
	assert_false(tally_is_same(&a, &b));
	assert_int_equal(tally_make(&b, "quota", bytes_text("alice"), HOUR), 0);
	assert_true(tally_is_same(&a, &b));
}

/* A short scope stands in its key, a long one's hash does: neither is taken for another. */
static void scopes_of_any_length_are_told_apart(void **state)
{
	static char scope[2 * TALLY_TEXT_MAX];
	struct tally before, tally;
	struct fixture *f = *state;
	memset(scope, 'x', sizeof scope - 1);
	assert_int_equal(tally_make(&before, "quota", BYTES_NONE, DAY), 0);
	for (size_t length = 1; length < sizeof scope; length++, before = tally) {
		assert_int_equal(tally_make(&tally, "quota", bytes_make(scope, length), DAY), 0);
		assert_false(tally_is_same(&before, &tally));
		assert_true(tally.length <= sizeof tally.key);
	}
	for (size_t length = sizeof scope - 1; length > TALLY_TEXT_MAX - 8; length--) {
		scope[length] = '\0';
		assert_int_equal(sum(f, scope, DAY, NOW), 0);
		add(f, scope, DAY, NOW);
		assert_int_equal(sum(f, scope, DAY, NOW), 1);
	}
	scope[0] = 'y';
	assert_int_equal(sum(f, scope, DAY, NOW), 0);
}

static void a_scope_without_end_is_refused(void **state)
{
	static uint8_t scope[1 << 20];
	struct tally tally;
	(void)state;
	assert_int_equal(tally_make(&tally, "quota", BYTES_OF(scope), DAY), SIGNET_E_TOO_BIG);
	assert_int_equal(tally_make(&tally, "quota", BYTES_NONE, DAY), 0);
}

static void a_count_leaves_the_window_late_and_never_early(void **state)
{
	struct fixture *f = *state;
	/* the window's parts are minutes: one at the end of its minute */
	int64_t start = NOW - NOW % 60, late = start + 59;
	add(f, "alice", HOUR, late);
	assert_int_equal(sum(f, "alice", HOUR, late + HOUR - 1), 1);
	assert_int_equal(sum(f, "alice", HOUR, start + 59 + HOUR), 1);
	assert_int_equal(sum(f, "alice", HOUR, start + 60 + HOUR), 0);
	assert_int_equal(sum(f, "bob", HOUR, late), 0);
}

static void counts_of_many_parts_add_up(void **state)
{
	struct fixture *f = *state;
	for (int64_t i = 0; i < 100; i++)
		add(f, "alice", HOUR, NOW + i * 60);
	assert_in_range(sum(f, "alice", HOUR, NOW + 99 * 60), 60, 61);
	assert_in_range(sum(f, "alice", HOUR, NOW + 129 * 60), 30, 31);
	assert_int_equal(sum(f, "alice", HOUR, NOW + 200 * 60), 0);
}

static void counts_of_one_part_share_a_row(void **state)
{
	struct fixture *f = *state;
	int64_t start = NOW - NOW % (DAY / 60);
	for (int64_t i = 0; i < 10; i++)
		add(f, "alice", DAY, start + i);
	assert_int_equal(size(f), 1);
	assert_int_equal(sum(f, "alice", DAY, start + 10), 10);
}

static void a_clock_that_goes_back_forgets_nothing(void **state)
{
	struct fixture *f = *state;
	add(f, "alice", HOUR, NOW);
	assert_int_equal(sum(f, "alice", HOUR, NOW - DAY), 1);
	add(f, "alice", HOUR, NOW - DAY);
	assert_int_equal(sum(f, "alice", HOUR, NOW - DAY), 2);
	add(f, "alice", HOUR, -5);
	assert_int_equal(sum(f, "alice", HOUR, -5), 3);
}

static void all_parts_of_a_scope_share_a_row(void **state)
{
	struct fixture *f = *state;
	for (int64_t i = 0; i < 500; i++)
		add(f, "alice", 119, NOW + i);
	assert_int_equal(size(f), 1);
	assert_int_equal(sum(f, "alice", 119, NOW + 499), 120);
}

/* More parts than a row has room for: what is joined counts a little longer. */
static void windows_that_change_lose_nothing(void **state)
{
	struct fixture *f = *state;
	for (int64_t i = 0; i < 300; i++)
		add(f, "alice", i % 2 ? DAY + 60 * i : 10 * DAY, NOW + i);
	assert_int_equal(sum(f, "alice", 10 * DAY, NOW + 300), 300);
	assert_int_equal(sum(f, "alice", 10 * DAY, NOW + 10 * DAY - 10), 300);
	assert_int_equal(size(f), 1);
}

struct taking {
	struct tally tally;
	uint64_t below;
};

static int call_take(struct store_txn *txn, void *arg)
{
	const struct taking *taking = arg;
	return tally_take(txn, &taking->tally, NOW, taking->below);
}

static void one_more_is_taken_below_a_limit_only(void **state)
{
	struct fixture *f = *state;
	struct taking taking = {.below = 2};
	assert_int_equal(tally_make(&taking.tally, "quota", bytes_text("alice"), DAY), 0);
	assert_int_equal(store_write(store_of(f), call_take, &taking, NULL), 0);
	assert_int_equal(store_write(store_of(f), call_take, &taking, NULL), 0);
	assert_int_equal(store_write(store_of(f), call_take, &taking, NULL), SIGNET_E_CONFLICT);
	assert_int_equal(sum(f, "alice", DAY, NOW), 2);
	taking.below = 0;
	assert_int_equal(store_write(store_of(f), call_take, &taking, NULL), 0);
	assert_int_equal(sum(f, "alice", DAY, NOW), 3);
}

static int look_at_rows(struct store_txn *txn, void *arg)
{
	struct store_cursor *cursor;
	unsigned *good = arg;
	int result = store_cursor_open(&cursor, txn, TABLE_TALLIES);
	if (result == 0)
		result = store_next(cursor);
	for (; result == 0; result = store_next(cursor)) {
		struct bytes key = store_cursor_key(cursor), value = store_cursor_value(cursor);
		*good += tally_check_row(key, value) == NULL;
		assert_non_null(tally_check_row(bytes_make(key.data + 1, key.length - 1), value));
		assert_non_null(tally_check_row(key, bytes_make(value.data, value.length - 1)));
		assert_non_null(tally_check_row(key, BYTES_NONE));
	}
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static void rows_are_known_as_such(void **state)
{
	struct fixture *f = *state;
	unsigned good = 0;
	static const uint8_t zero[16];
	add(f, "alice", DAY, NOW);
	add(f, "bob", HOUR, NOW);
	add(f, "bob", HOUR, NOW + 60);
	add(f, "somebody whose name is so long that it does not fit into the key of a row", HOUR, NOW);
	assert_int_equal(store_read(store_of(f), look_at_rows, &good, NULL), 0);
	assert_int_equal(good, 3);
	assert_non_null(tally_check_row(bytes_make("tquota\0alice", 12), BYTES_OF(zero)));
}

static void a_shorter_window_counts_what_is_in_it(void **state)
{
	struct fixture *f = *state;
	add(f, "alice", DAY, NOW);
	add(f, "alice", DAY, NOW + 2 * HOUR);
	assert_int_equal(sum(f, "alice", HOUR, NOW + 2 * HOUR), 1);
	/* what was counted by the one is there for the other: both are the rule's */
	add(f, "alice", HOUR, NOW + 2 * HOUR);
	assert_int_equal(sum(f, "alice", DAY, NOW + 2 * HOUR), 3);
}

static void what_has_left_its_window_is_swept_away(void **state)
{
	struct fixture *f = *state;
	char scope[32];
	for (unsigned i = 0; i < 100; i++) {
		snprintf(scope, sizeof scope, "name %u", i);
		add(f, scope, HOUR, NOW);
	}
	add(f, "long", DAY, NOW);
	assert_int_equal(size(f), 101);
	/* numbers that are there already sweep nothing away */
	for (unsigned i = 0; i < 100; i++)
		add(f, "long", DAY, NOW + 1);
	assert_int_equal(size(f), 101);
	for (unsigned i = 0; i < 40; i++) {
		snprintf(scope, sizeof scope, "later %u", i);
		add(f, scope, HOUR, NOW + HOUR + 60);
	}
	assert_int_equal(size(f), 41);
	assert_int_equal(sum(f, "long", DAY, NOW + HOUR + 60), 101);
	assert_int_equal(sum(f, "later 0", HOUR, NOW + HOUR + 60), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_and_scopes_do_not_run_into_each_other),
		cmocka_unit_test(a_scope_without_end_is_refused),
		TEST(scopes_of_any_length_are_told_apart),
		TEST(all_parts_of_a_scope_share_a_row),
		TEST(windows_that_change_lose_nothing),
		TEST(one_more_is_taken_below_a_limit_only),
		TEST(rows_are_known_as_such),
		TEST(a_count_leaves_the_window_late_and_never_early),
		TEST(counts_of_many_parts_add_up),
		TEST(counts_of_one_part_share_a_row),
		TEST(a_clock_that_goes_back_forgets_nothing),
		TEST(a_shorter_window_counts_what_is_in_it),
		TEST(what_has_left_its_window_is_swept_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
