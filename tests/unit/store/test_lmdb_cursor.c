#include "fixture.h"

#define KEY(cursor) store_cursor_key(cursor)
#define AT(cursor, key, value) \
	(bytes_is_text(store_cursor_key(cursor), key) && \
	 bytes_is_text(store_cursor_value(cursor), value))

static int fill(struct store_txn *txn, void *arg)
{
	static const char *const keys[] = {"b", "d", "f", "h"};
	(void)arg;
	for (size_t i = 0; i < 4; i++)
		store_put(txn, PLAIN, bytes_text(keys[i]), bytes_make("1234" + i, 1));
	return 0;
}

static void open_filled(struct fixture *fixture)
{
	fixture_open(fixture);
	assert_int_equal(store_write(fixture->store, fill, NULL, NULL), 0);
}

static int walk_both_ways(struct store_txn *txn, void *arg)
{
	struct store_cursor *c;
	(void)arg;
	CHECK(store_cursor_open(&c, txn, PLAIN) == 0);
	CHECK(KEY(c).length == 0);
	CHECK(store_previous(c) == SIGNET_E_NOT_FOUND); /* it stands before the first */
	CHECK(store_next(c) == 0 && AT(c, "b", "1"));
	CHECK(store_next(c) == 0 && AT(c, "d", "2"));
	CHECK(store_previous(c) == 0 && AT(c, "b", "1"));
	CHECK(store_previous(c) == SIGNET_E_NOT_FOUND);
	CHECK(store_previous(c) == SIGNET_E_NOT_FOUND);
	CHECK(KEY(c).length == 0 && store_cursor_value(c).length == 0);
	CHECK(store_next(c) == 0 && AT(c, "b", "1"));
	CHECK(store_next(c) == 0 && store_next(c) == 0 && store_next(c) == 0 && AT(c, "h", "4"));
	CHECK(store_next(c) == SIGNET_E_NOT_FOUND);
	CHECK(store_next(c) == SIGNET_E_NOT_FOUND);
	CHECK(store_previous(c) == 0 && AT(c, "h", "4"));
	CHECK(store_previous(c) == 0 && AT(c, "f", "3"));
	store_cursor_close(c);
	CHECK(store_error(txn) == 0);
	return 0;
}

static void a_cursor_walks_both_ways(void **state)
{
	struct fixture *fixture = *state;
	open_filled(fixture);
	assert_int_equal(store_read(fixture->store, walk_both_ways, NULL, NULL), 0);
	assert_int_equal(store_write(fixture->store, walk_both_ways, NULL, NULL), 0);
}

static int seek(struct store_txn *txn, void *arg)
{
	struct store_cursor *c;
	(void)arg;
	CHECK(store_cursor_open(&c, txn, PLAIN) == 0);
	CHECK(store_seek(c, bytes_text("d")) == 0 && AT(c, "d", "2"));
	CHECK(store_seek(c, bytes_text("e")) == 0 && AT(c, "f", "3"));
	CHECK(store_seek(c, BYTES_NONE) == 0 && AT(c, "b", "1"));
	CHECK(store_seek(c, bytes_text("i")) == SIGNET_E_NOT_FOUND);
	CHECK(store_next(c) == SIGNET_E_NOT_FOUND);
	CHECK(store_previous(c) == 0 && AT(c, "h", "4"));
	CHECK(store_seek_before(c, bytes_text("d")) == 0 && AT(c, "b", "1"));
	CHECK(store_seek_before(c, bytes_text("e")) == 0 && AT(c, "d", "2"));
	CHECK(store_next(c) == 0 && AT(c, "f", "3"));
	CHECK(store_seek_before(c, bytes_text("i")) == 0 && AT(c, "h", "4"));
	CHECK(store_seek_before(c, BYTES_NONE) == 0 && AT(c, "h", "4"));
	CHECK(store_previous(c) == 0 && AT(c, "f", "3"));
	CHECK(store_seek_before(c, bytes_text("b")) == SIGNET_E_NOT_FOUND);
	CHECK(store_previous(c) == SIGNET_E_NOT_FOUND);
	CHECK(store_next(c) == 0 && AT(c, "b", "1"));
	CHECK(store_seek_before(c, bytes_text("a")) == SIGNET_E_NOT_FOUND);
	CHECK(store_error(txn) == 0);
	return 0;
}

static void seeking_finds_the_neighbours(void **state)
{
	struct fixture *fixture = *state;
	open_filled(fixture);
	assert_int_equal(store_read(fixture->store, seek, NULL, NULL), 0);
	assert_int_equal(store_write(fixture->store, seek, NULL, NULL), 0);
}

static int walk_empty(struct store_txn *txn, void *arg)
{
	struct store_cursor *c;
	(void)arg;
	CHECK(store_cursor_open(&c, txn, GROWING) == 0);
	CHECK(store_next(c) == SIGNET_E_NOT_FOUND);
	CHECK(store_previous(c) == SIGNET_E_NOT_FOUND);
	CHECK(store_seek(c, bytes_text("a")) == SIGNET_E_NOT_FOUND);
	CHECK(store_seek_before(c, bytes_text("a")) == SIGNET_E_NOT_FOUND);
	CHECK(store_seek_before(c, BYTES_NONE) == SIGNET_E_NOT_FOUND);
	CHECK(store_error(txn) == 0);
	return 0;
}

static void an_empty_table_has_no_entry(void **state)
{
	struct fixture *fixture = *state;
	open_filled(fixture);
	assert_int_equal(store_read(fixture->store, walk_empty, NULL, NULL), 0);
	assert_int_equal(store_write(fixture->store, walk_empty, NULL, NULL), 0);
}

static int write_under_cursor(struct store_txn *txn, void *arg)
{
	struct store_cursor *c;
	(void)arg;
	CHECK(store_cursor_open(&c, txn, PLAIN) == 0);
	CHECK(store_seek(c, bytes_text("d")) == 0);
	CHECK(store_delete(txn, PLAIN, KEY(c)) == 0);
	CHECK(store_next(c) == 0 && AT(c, "f", "3"));
	CHECK(store_delete(txn, PLAIN, KEY(c)) == 0);
	CHECK(bytes_is_text(KEY(c), "f")); /* where it stood */
	CHECK(store_previous(c) == 0 && AT(c, "b", "1"));
	CHECK(store_put(txn, PLAIN, bytes_text("c"), bytes_text("new")) == 0);
	CHECK(store_put(txn, PLAIN, bytes_text("a"), bytes_text("new")) == 0);
	CHECK(store_next(c) == 0 && AT(c, "c", "new"));
	CHECK(store_put(txn, PLAIN, bytes_text("bb"), bytes_text("new")) == 0);
	CHECK(store_put(txn, PLAIN, KEY(c), bytes_text("replaced")) == 0);
	CHECK(store_previous(c) == 0 && AT(c, "bb", "new"));
	CHECK(store_next(c) == 0 && AT(c, "c", "replaced"));
	CHECK(store_next(c) == 0 && AT(c, "h", "4"));
	CHECK(store_delete(txn, PLAIN, KEY(c)) == 0);
	CHECK(store_next(c) == SIGNET_E_NOT_FOUND);
	CHECK(store_put(txn, PLAIN, bytes_text("x"), bytes_text("new")) == 0);
	CHECK(store_previous(c) == 0 && AT(c, "x", "new"));
	CHECK(store_delete(txn, PLAIN, bytes_text("a")) == 0);
	CHECK(store_seek(c, bytes_text("a")) == 0 && AT(c, "b", "1"));
	CHECK(store_delete(txn, PLAIN, bytes_text("b")) == 0);
	CHECK(store_previous(c) == SIGNET_E_NOT_FOUND);
	CHECK(store_error(txn) == 0);
	return 0;
}

static void a_cursor_keeps_its_place_over_writes(void **state)
{
	struct fixture *fixture = *state;
	open_filled(fixture);
	assert_int_equal(store_write(fixture->store, write_under_cursor, NULL, NULL), 0);
}

enum { MANY = 3000 };

static int fill_many(struct store_txn *txn, void *arg)
{
	static const uint8_t value[200];
	(void)arg;
	for (uint64_t i = 0; i < MANY; i++) {
		struct store_key key = store_key_number(i);
		store_put(txn, PLAIN, store_key_get(&key), bytes_make(value, i % sizeof value));
	}
	return 0;
}

/* Deletes two of three while it walks over many pages; twice: forth and back. */
static int thin_out(struct store_txn *txn, void *arg)
{
	struct store_cursor *c;
	uint64_t seen = 0;
	(void)arg;
	CHECK(store_cursor_open(&c, txn, PLAIN) == 0);
	for (; store_next(c) == 0; seen++) {
		CHECK(store_key_to_u64(KEY(c)) == seen);
		if (seen % 3 == 0)
			CHECK(store_delete(txn, PLAIN, KEY(c)) == 0);
	}
	CHECK(seen == MANY && store_count(txn, PLAIN) == MANY / 3 * 2);
	while (store_previous(c) == 0) {
		if (store_key_to_u64(KEY(c)) % 3 == 1)
			CHECK(store_delete(txn, PLAIN, KEY(c)) == 0);
	}
	CHECK(store_count(txn, PLAIN) == MANY / 3);
	return 0;
}

static int check_thinned(struct store_txn *txn, void *arg)
{
	struct store_cursor *c;
	uint64_t next = 2;
	(void)arg;
	CHECK(store_cursor_open(&c, txn, PLAIN) == 0);
	for (; store_next(c) == 0; next += 3) {
		CHECK(store_key_to_u64(KEY(c)) == next);
		CHECK(store_cursor_value(c).length == next % 200);
	}
	CHECK(next == MANY + 2);
	return 0;
}

static void deleting_on_the_way_misses_nothing(void **state)
{
	struct fixture *fixture = *state;
	fixture_open(fixture);
	assert_int_equal(store_write(fixture->store, fill_many, NULL, NULL), 0);
	assert_int_equal(store_write(fixture->store, thin_out, NULL, NULL), 0);
	assert_int_equal(store_read(fixture->store, check_thinned, NULL, NULL), 0);
}

static int open_many(struct store_txn *txn, void *arg)
{
	struct store_cursor *c[7];
	(void)arg;
	for (size_t i = 0; i < 7; i++) {
		CHECK(store_cursor_open(&c[i], txn, PLAIN) == 0);
		for (size_t j = 0; j <= i % 4; j++)
			CHECK(store_next(c[i]) == 0);
	}
	store_cursor_close(c[1]);
	store_cursor_close(c[5]);
	CHECK(store_cursor_open(&c[1], txn, PLAIN) == 0);
	CHECK(store_next(c[1]) == 0 && AT(c[1], "b", "1"));
	CHECK(AT(c[0], "b", "1") && AT(c[2], "f", "3") && AT(c[3], "h", "4"));
	CHECK(AT(c[4], "b", "1") && AT(c[6], "f", "3"));
	store_cursor_close(NULL);
	return 0; /* the rest is closed with the transaction */
}

static void cursors_are_independent(void **state)
{
	struct fixture *fixture = *state;
	open_filled(fixture);
	assert_int_equal(store_read(fixture->store, open_many, NULL, NULL), 0);
	assert_int_equal(store_write(fixture->store, open_many, NULL, NULL), 0);
}

static int use_after_error(struct store_txn *txn, void *arg)
{
	struct store_cursor *c, *second;
	(void)arg;
	CHECK(store_cursor_open(&c, txn, PLAIN) == 0);
	CHECK(store_next(c) == 0);
	store_fail(txn, SIGNET_E_CONFLICT);
	CHECK(store_next(c) == SIGNET_E_CONFLICT && store_previous(c) == SIGNET_E_CONFLICT);
	CHECK(store_seek(c, BYTES_NONE) == SIGNET_E_CONFLICT);
	CHECK(store_seek_before(c, BYTES_NONE) == SIGNET_E_CONFLICT);
	CHECK(store_cursor_open(&second, txn, PLAIN) == SIGNET_E_CONFLICT);
	return 0;
}

static void errors_stick_for_cursors_too(void **state)
{
	struct fixture *fixture = *state;
	open_filled(fixture);
	assert_int_equal(store_read(fixture->store, use_after_error, NULL, NULL),
	                 SIGNET_E_CONFLICT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_cursor_walks_both_ways),
		TEST(seeking_finds_the_neighbours),
		TEST(an_empty_table_has_no_entry),
		TEST(a_cursor_keeps_its_place_over_writes),
		TEST(deleting_on_the_way_misses_nothing),
		TEST(cursors_are_independent),
		TEST(errors_stick_for_cursors_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
