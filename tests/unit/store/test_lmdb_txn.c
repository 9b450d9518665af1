#include "fixture.h"

#include <stdlib.h>

#include "store/lmdb_private.h"

static struct bytes text(const char *t)
{
	return bytes_text(t);
}

static int insert_and_replace(struct store_txn *txn, void *arg)
{
	struct bytes value;
	(void)arg;
	CHECK(store_get(txn, PLAIN, text("k"), &value) == SIGNET_E_NOT_FOUND);
	CHECK(store_insert(txn, PLAIN, text("k"), text("one")) == 0);
	CHECK(store_get(txn, PLAIN, text("k"), &value) == 0);
	CHECK(bytes_is_text(value, "one"));
	CHECK(store_put(txn, PLAIN, text("k"), text("three")) == 0);
	CHECK(store_get(txn, PLAIN, text("k"), &value) == 0);
	CHECK(bytes_is_text(value, "three"));
	CHECK(store_put(txn, PLAIN, text("empty"), BYTES_NONE) == 0);
	CHECK(store_get(txn, PLAIN, text("empty"), &value) == 0);
	CHECK(value.length == 0);
	CHECK(store_count(txn, PLAIN) == 2);
	CHECK(store_delete(txn, PLAIN, text("k")) == 0);
	CHECK(store_delete(txn, PLAIN, text("k")) == SIGNET_E_NOT_FOUND);
	CHECK(!store_has(txn, PLAIN, text("k")) && store_has(txn, PLAIN, text("empty")));
	CHECK(store_error(txn) == 0);
	return 0;
}

static void a_transaction_sees_its_own_writes(void **state)
{
	struct fixture *fixture = *state;
	fixture_open(fixture);
	assert_int_equal(store_write(fixture->store, insert_and_replace, NULL, NULL), 0);
	assert_int_equal(count_entries(fixture->store, PLAIN), 1);
}

static int insert_twice(struct store_txn *txn, void *arg)
{
	struct bytes value;
	(void)arg;
	CHECK(store_put(txn, PLAIN, text("a"), text("1")) == 0);
	CHECK(store_insert(txn, PLAIN, text("b"), text("2")) == 0);
	CHECK(store_insert(txn, PLAIN, text("a"), text("3")) == SIGNET_E_EXISTS);
	/* from here on nothing is done */
	CHECK(store_put(txn, PLAIN, text("c"), text("4")) == SIGNET_E_EXISTS);
	CHECK(store_get(txn, PLAIN, text("a"), &value) == SIGNET_E_EXISTS);
	CHECK(!store_has(txn, PLAIN, text("a")));
	CHECK(store_delete(txn, PLAIN, text("a")) == SIGNET_E_EXISTS);
	CHECK(store_count(txn, PLAIN) == 0);
	CHECK(store_fail(txn, SIGNET_E_DENIED) == SIGNET_E_EXISTS);
	CHECK(store_error(txn) == SIGNET_E_EXISTS);
	return 0;
}

static void the_first_error_sticks_and_undoes_all(void **state)
{
	struct fixture *fixture = *state;
	fixture_open(fixture);
	int result = store_write(fixture->store, insert_twice, NULL, &fixture->err);
	assert_int_equal(result, SIGNET_E_EXISTS);
	assert_int_equal(fixture->err.code, SIGNET_E_EXISTS);
	assert_int_equal(count_entries(fixture->store, PLAIN), 0);
}

static int fail_by_call(struct store_txn *txn, void *arg)
{
	store_put(txn, PLAIN, text("a"), text("1"));
	store_fail(txn, *(int *)arg);
	return 0;
}

static int fail_by_return(struct store_txn *txn, void *arg)
{
	store_put(txn, PLAIN, text("a"), text("1"));
	return *(int *)arg;
}

static void a_function_that_fails_leaves_nothing(void **state)
{
	struct fixture *fixture = *state;
	int code = SIGNET_E_DENIED;
	fixture_open(fixture);
	assert_int_equal(store_write(fixture->store, fail_by_call, &code, NULL), code);
	assert_int_equal(store_write(fixture->store, fail_by_return, &code, NULL), code);
	code = 7;
	assert_int_equal(store_write(fixture->store, fail_by_return, &code, NULL), 7);
	assert_int_equal(count_entries(fixture->store, PLAIN), 0);
	struct store_stats stats;
	store_stats(fixture->store, &stats);
	assert_int_equal(stats.commits, 0);
	assert_int_equal(stats.writes, 0);
}

static int fail_with_message(struct store_txn *txn, void *arg)
{
	(void)txn;
	return error_set(arg, SIGNET_E_CONFLICT, "told by the function");
}

static void the_message_of_the_function_stands(void **state)
{
	struct fixture *fixture = *state;
	fixture_open(fixture);
	struct error *err = &fixture->err;
	assert_int_equal(store_write(fixture->store, fail_with_message, err, err),
	                 SIGNET_E_CONFLICT);
	assert_string_equal(err->message, "told by the function");
	assert_int_equal(store_read(fixture->store, fail_with_message, err, err),
	                 SIGNET_E_CONFLICT);
	assert_string_equal(err->message, "told by the function");
}

static int read_only(struct store_txn *txn, void *arg)
{
	(void)arg;
	CHECK(store_put(txn, PLAIN, text("a"), text("1")) == SIGNET_E_STATE);
	CHECK(store_error(txn) == SIGNET_E_STATE);
	return 0;
}

static int find_nothing(struct store_txn *txn, void *arg)
{
	(void)txn, (void)arg;
	return SIGNET_E_NOT_FOUND;
}

static void an_old_message_is_not_taken_for_the_functions(void **state)
{
	struct fixture *fixture = *state;
	struct error err;
	fixture_open(fixture);
	error_set(&err, SIGNET_E_NOT_FOUND, "of yesterday");
	assert_int_equal(store_read(fixture->store, find_nothing, NULL, &err), SIGNET_E_NOT_FOUND);
	assert_string_equal(err.message, "database: not-found");
	error_set(&err, SIGNET_E_NOT_FOUND, "of yesterday");
	assert_int_equal(store_write(fixture->store, find_nothing, NULL, &err), SIGNET_E_NOT_FOUND);
	assert_string_equal(err.message, "database: not-found");
}

static void a_read_cannot_write(void **state)
{
	struct fixture *fixture = *state;
	fixture_open(fixture);
	assert_int_equal(store_read(fixture->store, read_only, NULL, NULL), SIGNET_E_STATE);
	assert_int_equal(count_entries(fixture->store, PLAIN), 0);
}

static int put_at(struct store_txn *txn, void *arg)
{
	return store_put(txn, PLAIN, *(struct bytes *)arg, text("v"));
}

static int get_at(struct store_txn *txn, void *arg)
{
	struct bytes value;
	return store_get(txn, PLAIN, *(struct bytes *)arg, &value);
}

static int delete_at(struct store_txn *txn, void *arg)
{
	return store_delete(txn, PLAIN, *(struct bytes *)arg);
}

static void keys_have_bounds(void **state)
{
	static const uint8_t octets[STORE_KEY_MAX + 1];
	struct fixture *fixture = *state;
	struct store_key key;
	fixture_open(fixture);
	struct bytes longest = bytes_make(octets, STORE_KEY_MAX), empty = BYTES_NONE;
	assert_int_equal(store_write(fixture->store, put_at, &longest, NULL), 0);
	assert_int_equal(store_read(fixture->store, get_at, &longest, NULL), 0);
	store_key_begin(&key);
	store_key_bytes(&key, longest);
	store_key_u64(&key, 1);
	struct bytes over = store_key_get(&key);
	assert_int_equal(store_write(fixture->store, put_at, &over, NULL), SIGNET_E_TOO_BIG);
	assert_int_equal(store_read(fixture->store, get_at, &over, NULL), SIGNET_E_TOO_BIG);
	assert_int_equal(store_write(fixture->store, delete_at, &over, NULL), SIGNET_E_TOO_BIG);
	assert_int_equal(store_write(fixture->store, put_at, &empty, NULL), SIGNET_E_INVALID);
	assert_int_equal(store_read(fixture->store, get_at, &empty, NULL), SIGNET_E_NOT_FOUND);
	assert_int_equal(store_write(fixture->store, delete_at, &empty, NULL), SIGNET_E_NOT_FOUND);
}

static int use_table(struct store_txn *txn, void *arg)
{
	struct store_cursor *cursor;
	unsigned table = *(unsigned *)arg;
	CHECK(store_cursor_open(&cursor, txn, table) == SIGNET_E_INTERNAL);
	CHECK(store_put(txn, table, text("a"), text("1")) == SIGNET_E_INTERNAL);
	return store_error(txn);
}

static void the_table_of_the_schema_is_out_of_reach(void **state)
{
	struct fixture *fixture = *state;
	unsigned table = TABLES;
	fixture_open(fixture);
	assert_int_equal(store_write(fixture->store, use_table, &table, NULL), SIGNET_E_INTERNAL);
	assert_int_equal(store_read(fixture->store, use_table, &table, NULL), SIGNET_E_INTERNAL);
}

/* In an order where growing, shrinking and equal keys meet. */
static int write_disorder(struct store_txn *txn, void *arg)
{
	static const char *const keys[] = {"m", "z", "a", "m", "zz", "n"};
	(void)arg;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		store_put(txn, GROWING, text(keys[i]), bytes_make(&keys[i][0], i % 2));
	CHECK(store_count(txn, GROWING) == 5);
	CHECK(store_insert(txn, GROWING, text("b"), text("inserted")) == 0);
	CHECK(store_insert(txn, GROWING, text("zzz"), text("appended")) == 0);
	CHECK(store_insert(txn, GROWING, text("m"), text("again")) == SIGNET_E_EXISTS);
	return 0;
}

static void a_growing_table_takes_any_order(void **state)
{
	struct fixture *fixture = *state;
	fixture_open(fixture);
	assert_int_equal(store_write(fixture->store, write_disorder, NULL, NULL), SIGNET_E_EXISTS);
	assert_int_equal(count_entries(fixture->store, GROWING), 0);
	assert_int_equal(put_text(fixture->store, GROWING, "m", "1"), 0);
	assert_int_equal(put_text(fixture->store, GROWING, "a", "2"), 0);
	assert_int_equal(put_text(fixture->store, GROWING, "z", "3"), 0);
	assert_int_equal(put_text(fixture->store, GROWING, "m", "4"), 0);
	assert_int_equal(count_entries(fixture->store, GROWING), 3);
	assert_string_equal(get_text(fixture->store, GROWING, "a"), "2");
	assert_string_equal(get_text(fixture->store, GROWING, "m"), "4");
	assert_string_equal(get_text(fixture->store, GROWING, "z"), "3");
}

struct filling {
	unsigned table;
	uint64_t leaves;
};

static int fill_table(struct store_txn *txn, void *arg)
{
	static const uint8_t value[400];
	struct filling *filling = arg;
	MDB_stat stat;
	for (uint64_t i = 0; i < 500; i++) {
		struct store_key key = store_key_number(i);
		store_put(txn, filling->table, store_key_get(&key), BYTES_OF(value));
	}
	CHECK(store_error(txn) == 0);
	CHECK(mdb_stat(txn->txn, txn->store->dbis[filling->table], &stat) == 0);
	filling->leaves = stat.ms_leaf_pages;
	return 0;
}

static void a_growing_table_fills_its_pages(void **state)
{
	struct fixture *fixture = *state;
	struct filling plain = {.table = PLAIN}, growing = {.table = GROWING};
	fixture_open(fixture);
	assert_int_equal(store_write(fixture->store, fill_table, &plain, NULL), 0);
	assert_int_equal(store_write(fixture->store, fill_table, &growing, NULL), 0);
	/* 9 values of 400 octets and their keys fit a page of 4096 */
	assert_true(growing.leaves <= 500 / 9 + 1);
	assert_true(plain.leaves > growing.leaves);
}

/* Copies each value to a new key, straight from where it was read. */
static int double_entries(struct store_txn *txn, void *arg)
{
	(void)arg;
	for (uint64_t i = 0; i < 100; i++) {
		struct store_key from = store_key_number(2 * i), to = store_key_number(2 * i + 1);
		struct bytes value;
		CHECK(store_get(txn, PLAIN, store_key_get(&from), &value) == 0);
		CHECK(store_put(txn, PLAIN, store_key_get(&to), value) == 0);
	}
	return 0;
}

static int check_doubled(struct store_txn *txn, void *arg)
{
	(void)arg;
	for (uint64_t i = 0; i < 200; i++) {
		struct store_key key = store_key_number(i);
		struct bytes value;
		CHECK(store_get(txn, PLAIN, store_key_get(&key), &value) == 0);
		CHECK(value.length == 300);
		for (size_t j = 0; j < value.length; j++)
			CHECK(value.data[j] == (uint8_t)(i / 2 + j));
	}
	return 0;
}

static int fill_even(struct store_txn *txn, void *arg)
{
	uint8_t value[300];
	(void)arg;
	for (uint64_t i = 0; i < 100; i++) {
		struct store_key key = store_key_number(2 * i);
		for (size_t j = 0; j < sizeof value; j++)
			value[j] = (uint8_t)(i + j);
		store_put(txn, PLAIN, store_key_get(&key), BYTES_OF(value));
	}
	return 0;
}

static void a_value_that_was_read_may_be_written(void **state)
{
	struct fixture *fixture = *state;
	fixture_open(fixture);
	assert_int_equal(store_write(fixture->store, fill_even, NULL, NULL), 0);
	assert_int_equal(store_write(fixture->store, double_entries, NULL, NULL), 0);
	assert_int_equal(store_read(fixture->store, check_doubled, NULL, NULL), 0);
}

static void large_values_come_back(void **state)
{
	struct fixture *fixture = *state;
	size_t size = 3u << 20;
	uint8_t *value = calloc(1, size);
	assert_non_null(value);
	fixture_open(fixture);
	int result = put_number(fixture->store, PLAIN, 1, bytes_make(value, size));
	free(value);
	assert_int_equal(result, 0);
	assert_int_equal(get_length(fixture->store, PLAIN, 1), size);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_transaction_sees_its_own_writes),
		TEST(the_first_error_sticks_and_undoes_all),
		TEST(a_function_that_fails_leaves_nothing),
		TEST(the_message_of_the_function_stands),
		TEST(an_old_message_is_not_taken_for_the_functions),
		TEST(a_read_cannot_write),
		TEST(keys_have_bounds),
		TEST(the_table_of_the_schema_is_out_of_reach),
		TEST(a_growing_table_takes_any_order),
		TEST(a_growing_table_fills_its_pages),
		TEST(a_value_that_was_read_may_be_written),
		TEST(large_values_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
