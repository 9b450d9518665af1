#include "fixture.h"

#include "base/clock.h"
#include "engine/crl_record.h"
#include "engine/records.pb-c.h"

static const uint8_t issuer[AUTHORITY_ISSUER_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8};
static const uint8_t other[AUTHORITY_ISSUER_SIZE] = {1, 2, 3, 4, 5, 6, 7, 9};

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
	clock_freeze(0);
	fixture_end(*state);
	return 0;
}

#define MILLION UINT64_C(1000000)

static uint64_t take_below(struct fixture *f, const uint8_t *of, unsigned shards, const char *base)
{
	struct authority key = {.crl = {.shards = shards}, .base_url = (char *)(uintptr_t)base};
	uint64_t number = 0;
	memcpy(key.issuer, of, sizeof key.issuer);
	assert_int_equal(crl_record_take_number(database_store(f->engine->database), &key, &number,
	                                        NULL), 0);
	return number;
}

static uint64_t take(struct fixture *f, const uint8_t *of, unsigned shards)
{
	return take_below(f, of, shards, NULL);
}

static void numbers_grow_with_the_clock_and_without(void **state)
{
	struct fixture *f = *state;
	clock_freeze(1800000000);
	assert_int_equal(take(f, issuer, 0), 1800000000 * MILLION);
	assert_int_equal(take(f, issuer, 0), 1800000000 * MILLION + 1);
	/* each issuer has its own */
	assert_int_equal(take(f, other, 0), 1800000000 * MILLION);
	clock_freeze(1700000000);
	assert_int_equal(take(f, issuer, 0), 1800000000 * MILLION + 2);
	clock_freeze(1800000100);
	assert_int_equal(take(f, issuer, 0), 1800000100 * MILLION);
	fixture_shut(f);
	fixture_open(f);
	assert_int_equal(take(f, issuer, 0), 1800000100 * MILLION + 1);
}

static void many_numbers_do_not_outrun_the_clock(void **state)
{
	struct fixture *f = *state;
	clock_freeze(1800000000);
	/* more than seconds go by until the next time: of an older backup, numbers that are taken now are greater */
	for (unsigned i = 0; i < 100; i++)
		take(f, issuer, 0);
	clock_freeze(1800000001);
	assert_int_equal(take(f, issuer, 0), 1800000001 * MILLION);
}

static int read_shards(struct store_txn *txn, void *arg)
{
	return crl_record_shards(txn, issuer, arg);
}

struct reading {
	struct arena *arena;
	Signet__Db__CrlIssuer *record;
};

static int read_issuer(struct store_txn *txn, void *arg)
{
	struct reading *reading = arg;
	return crl_issuer_find(txn, reading->arena, issuer, &reading->record);
}

/* The bases of the record, "a b c". */
static const char *bases(struct fixture *f)
{
	struct buffer text = BUFFER_MAX(256);
	struct reading reading = {f->arena, NULL};
	assert_int_equal(store_read(database_store(f->engine->database), read_issuer, &reading, NULL), 0);
	for (size_t i = 0; i < reading.record->n_bases; i++)
		buffer_printf(&text, "%s%s", i ? " " : "", reading.record->bases[i]);
	const char *copy = arena_strdup(f->arena, text.length ? buffer_text(&text) : "");
	buffer_free(&text);
	return copy;
}

static void places_that_certificates_name_are_remembered(void **state)
{
	struct fixture *f = *state;
	take_below(f, issuer, 0, "http://none");
	take_below(f, issuer, 1, NULL);
	assert_string_equal(bases(f), "");
	take_below(f, issuer, 1, "a");
	take_below(f, issuer, 1, "b");
	take_below(f, issuer, 1, "b");
	take_below(f, issuer, 0, "c");
	assert_string_equal(bases(f), "a b");
	take_below(f, issuer, 2, "a");
	assert_string_equal(bases(f), "b a");
	for (char base[] = "1"; base[0] <= '7'; base[0]++)
		take_below(f, issuer, 1, base);
	assert_string_equal(bases(f), "a 1 2 3 4 5 6 7");
}

static void the_most_shards_are_remembered(void **state)
{
	struct fixture *f = *state;
	unsigned shards = 9;
	assert_int_equal(store_read(database_store(f->engine->database), read_shards, &shards, NULL), 0);
	assert_int_equal(shards, 0);
	take(f, issuer, 4);
	take(f, issuer, 2);
	take(f, other, 7);
	assert_int_equal(store_read(database_store(f->engine->database), read_shards, &shards, NULL), 0);
	assert_int_equal(shards, 4);
}

static struct crl_scope scope(const uint8_t *of, unsigned shard, bool delta)
{
	struct crl_scope made = {.shard = shard, .delta = delta};
	memcpy(made.issuer, of, sizeof made.issuer);
	return made;
}

static int write_records(struct store_txn *txn, void *arg)
{
	struct fixture *f = arg;
	const struct crl_scope scopes[] = {scope(other, 0, false), scope(issuer, 300, false),
	                                   scope(issuer, 0, true), scope(issuer, 0, false)};
	for (unsigned i = 0; i < 4; i++) {
		Signet__Db__Crl record = SIGNET__DB__CRL__INIT;
		record.number = i;
		crl_record_put(txn, f->arena, &scopes[i], &record);
	}
	return store_error(txn);
}

static int walk(struct store_txn *txn, void *arg)
{
	struct fixture *f = arg;
	static const uint64_t expected[] = {3, 2, 1, 0};
	struct crl_scope place, *after = NULL;
	Signet__Db__Crl *record;
	for (unsigned i = 0; i < 4; i++, after = &place) {
		assert_int_equal(crl_record_next(txn, f->arena, after, &place, &record), 0);
		assert_int_equal(record->number, expected[i]);
	}
	assert_memory_equal(place.issuer, other, sizeof other);
	assert_int_equal(crl_record_next(txn, f->arena, after, &place, &record), SIGNET_E_NOT_FOUND);
	return 0;
}

static int find_one(struct store_txn *txn, void *arg)
{
	struct fixture *f = arg;
	struct crl_scope wanted = scope(issuer, 300, false);
	Signet__Db__Crl *record;
	return crl_record_find(txn, f->arena, &wanted, &record);
}

static int delete_one(struct store_txn *txn, void *arg)
{
	(void)arg;
	struct crl_scope wanted = scope(issuer, 300, false);
	return crl_record_delete(txn, &wanted);
}

static void records_are_found_walked_and_deleted(void **state)
{
	struct fixture *f = *state;
	struct store *store = database_store(f->engine->database);
	assert_int_equal(store_write(store, write_records, f, NULL), 0);
	/* those of issuers stand between them */
	take(f, issuer, 0);
	take(f, other, 0);
	assert_int_equal(store_read(store, walk, f, NULL), 0);
	assert_int_equal(store_read(store, find_one, f, NULL), 0);
	assert_int_equal(store_write(store, delete_one, f, NULL), 0);
	assert_int_equal(store_write(store, delete_one, f, NULL), 0);
	assert_int_equal(store_read(store, find_one, f, NULL), SIGNET_E_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_grow_with_the_clock_and_without),
		TEST(places_that_certificates_name_are_remembered),
		TEST(many_numbers_do_not_outrun_the_clock),
		TEST(the_most_shards_are_remembered),
		TEST(records_are_found_walked_and_deleted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
