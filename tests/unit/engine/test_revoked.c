#include "fixture.h"

#include "engine/revoked.h"

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

static const struct revoked sample = {
	.issuer = "issuer1", .shard = 513, .changed = 7, .id = 9,
	.serial = {(const uint8_t *)"\x80\x00\x01", 3}, .revoked = 1767225600,
	.invalid = 1767225000, .not_after = 4102444800, .reason = 1};

static int write_rows(struct store_txn *txn, void *arg)
{
	(void)arg;
	struct revoked row = sample;
	revoked_put(txn, &row);
	row.changed = 6;
	row.id = 1;
	revoked_put(txn, &row);
	row.shard = 2;
	revoked_put(txn, &row);
	row.issuer[7] = 'x';
	return revoked_put(txn, &row);
}

static int read_from_seven(struct store_txn *txn, void *arg)
{
	struct revoked *row = arg;
	struct store_cursor *cursor;
	struct store_key key = revoked_begin(sample.issuer, 513, 7);
	int result = store_cursor_open(&cursor, txn, TABLE_REVOKED);
	if (result == 0)
		result = store_seek(cursor, store_key_get(&key));
	if (result == 0)
		result = revoked_read(cursor, row);
	if (result == 0)
		assert_true(bytes_equal(row->serial, sample.serial));
	return result;
}

static void a_row_reads_back(void **state)
{
	struct fixture *f = *state;
	struct store *store = database_store(f->engine->database);
	struct revoked row;
	assert_int_equal(store_write(store, write_rows, NULL, NULL), 0);
	assert_int_equal(store_read(store, read_from_seven, &row, NULL), 0);
	assert_memory_equal(row.issuer, sample.issuer, sizeof row.issuer);
	assert_int_equal(row.shard, 513);
	assert_int_equal(row.changed, 7);
	assert_int_equal(row.id, 9);
	assert_int_equal(row.revoked, sample.revoked);
	assert_int_equal(row.invalid, sample.invalid);
	assert_int_equal(row.not_after, sample.not_after);
	assert_int_equal(row.reason, 1);
	assert_int_equal(row.reasons, 1 << 1);
}

static int correct_row(struct store_txn *txn, void *arg)
{
	(void)arg;
	struct revoked row = sample;
	row.reason = 4;
	int result = revoked_take(txn, &row);
	return result ? result : revoked_put(txn, &row);
}

static void a_corrected_row_remembers_its_reasons(void **state)
{
	struct fixture *f = *state;
	struct store *store = database_store(f->engine->database);
	struct revoked row;
	assert_int_equal(store_write(store, write_rows, NULL, NULL), 0);
	assert_int_equal(store_write(store, correct_row, NULL, NULL), 0);
	assert_int_equal(store_read(store, read_from_seven, &row, NULL), 0);
	assert_int_equal(row.reason, 4);
	assert_int_equal(row.reasons, 1 << 1 | 1 << 4);
}

static int delete_row(struct store_txn *txn, void *arg)
{
	(void)arg;
	return revoked_delete(txn, &sample);
}

static void a_row_is_deleted_by_its_key(void **state)
{
	struct fixture *f = *state;
	struct store *store = database_store(f->engine->database);
	struct revoked row;
	assert_int_equal(store_write(store, write_rows, NULL, NULL), 0);
	assert_int_equal(store_write(store, delete_row, NULL, NULL), 0);
	assert_int_equal(store_read(store, read_from_seven, &row, NULL), 0);
	/* behind it stands the other issuer's */
	assert_int_equal(row.issuer[7], 'x');
	assert_int_equal(row.shard, 2);
	/* one that is not there is none */
	assert_int_equal(store_write(store, delete_row, NULL, NULL), 0);
}

static int write_garbage(struct store_txn *txn, void *arg)
{
	(void)arg;
	struct store_key key = revoked_begin(sample.issuer, 513, 7);
	store_key_u64(&key, 9);
	return store_put(txn, TABLE_REVOKED, store_key_get(&key), bytes_text("too short"));
}

static void a_broken_row_is_told(void **state)
{
	struct fixture *f = *state;
	struct store *store = database_store(f->engine->database);
	struct revoked row;
	assert_int_equal(store_write(store, write_garbage, NULL, NULL), 0);
	assert_int_equal(store_read(store, read_from_seven, &row, NULL), SIGNET_E_CORRUPT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_row_reads_back),
		TEST(a_corrected_row_remembers_its_reasons),
		TEST(a_row_is_deleted_by_its_key),
		TEST(a_broken_row_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
