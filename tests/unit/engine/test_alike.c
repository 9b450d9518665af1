#include "fixture.h"

#include <stdio.h>

#include "asn1/name.h"
#include "base/clock.h"
#include "engine/alike.h"
#include "engine/history.h"

#define DAY 86400
#define NOW 1800000000

static const char sections[] =
	"profiles:\n"
	"  tls-server: {subject: request, names: [dns, ip, email], validity: 1d}\n"
	"intermediaries:\n"
	"  - acme: {path: /acme, profile: tls-server}\n"
	"policy:\n"
	"  - keys: {}\n";

static unsigned orders;

static int setup(void **state)
{
	static struct fixture f;
	clock_freeze(NOW);
	fixture_make(&f, sections);
	fixture_open(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	fixture_end(*state);
	clock_freeze(0);
	return 0;
}

static void certify(struct fixture *f, struct bytes csr)
{
	struct signet_outcome out;
	struct error err = {0};
	char id[32];
	snprintf(id, sizeof id, "order-%u", ++orders);
	struct signet_submission s = fixture_submission(csr, id);
	if (fixture_submit(f, &s, &out, &err) || out.disposition != SIGNET_ISSUED)
		fail_msg("%s %s", err.message, err.code ? "" : out.message);
}

#define CERTIFY(f, key, subject, ...) \
	certify(f, fixture_csr((f)->arena, key, subject, __VA_ARGS__, NULL))

static struct alike make(struct fixture *f, const struct key *key, const char *subject,
                         const char *first, const char *second)
{
	struct general_name names[2];
	struct bytes encoded;
	struct alike alike;
	size_t count = 0;
	assert_int_equal(name_from_text(f->arena, subject, &encoded, NULL), 0);
	if (first)
		assert_int_equal(general_name_from_text(f->arena, first, &names[count++], NULL), 0);
	if (second)
		assert_int_equal(general_name_from_text(f->arena, second, &names[count++], NULL), 0);
	assert_int_equal(alike_make(&alike, f->arena, key_public(key), encoded, names, count), 0);
	assert_int_equal(alike_prepare(&alike), 0);
	assert_int_equal(alike_prepare(&alike), 0);
	return alike;
}

struct call {
	const struct alike *alike;
	enum signet_likeness likeness; /* 0: shared */
	int64_t since;
	uint64_t max;
	uint64_t count;
	bool shared;
};

static int call_alike(struct store_txn *txn, void *arg)
{
	struct call *call = arg;
	if (!call->likeness)
		return alike_key_is_shared(txn, call->alike, &call->shared);
	return alike_count(txn, call->alike, call->likeness, call->since, call->max, &call->count);
}

static bool is_shared(struct fixture *f, const struct alike *alike)
{
	struct call call = {.alike = alike};
	assert_int_equal(store_read(database_store(f->engine->database), call_alike, &call, NULL), 0);
	return call.shared;
}

static uint64_t count_since(struct fixture *f, const struct alike *alike,
                            enum signet_likeness likeness, int64_t since, uint64_t max)
{
	struct call call = {alike, likeness, since, max, UINT64_MAX, false};
	assert_int_equal(store_read(database_store(f->engine->database), call_alike, &call, NULL), 0);
	return call.count;
}

/* In the last day. */
static uint64_t count(struct fixture *f, const struct alike *alike, enum signet_likeness likeness)
{
	return count_since(f, alike, likeness, clock_now() - DAY, 100);
}

static void the_same_names_are_so_in_any_order_and_case(void **state)
{
	struct fixture *f = *state;
	struct alike a = make(f, f->key, "", "dns:B.example.com", "dns:a.example.com");
	assert_int_equal(count(f, &a, SIGNET_LIKE_NAMES), 0);
	CERTIFY(f, f->key, "", "dns:a.example.com", "dns:b.example.com");
	CERTIFY(f, f->key, "CN=A.EXAMPLE.com", "dns:b.example.com");
	CERTIFY(f, f->key, "", "dns:a.example.com", "dns:b.example.com", "dns:A.example.com");
	assert_int_equal(count(f, &a, SIGNET_LIKE_NAMES), 3);
	CERTIFY(f, f->key, "", "dns:a.example.com");
	CERTIFY(f, f->key, "", "dns:a.example.com", "dns:b.example.com", "dns:c.example.com");
	CERTIFY(f, f->key, "CN=c", "dns:a.example.com", "dns:b.example.com");
	assert_int_equal(count(f, &a, SIGNET_LIKE_NAMES), 3);
}

static void the_name_that_most_have_counts(void **state)
{
	struct fixture *f = *state;
	struct alike a = make(f, f->key, "CN=alice", "dns:a.example.com", "ip:192.0.2.1");
	CERTIFY(f, f->key, "", "dns:a.example.com");
	assert_int_equal(count(f, &a, SIGNET_LIKE_NAME), 1);
	CERTIFY(f, f->key, "", "dns:b.example.com", "ip:192.0.2.1");
	CERTIFY(f, f->key, "", "dns:c.example.com", "ip:192.0.2.1");
	assert_int_equal(count(f, &a, SIGNET_LIKE_NAME), 2);
	for (unsigned i = 0; i < 3; i++)
		CERTIFY(f, f->key, "CN=Alice", "dns:d.example.com");
	assert_int_equal(count(f, &a, SIGNET_LIKE_NAME), 3);
	assert_int_equal(count(f, &a, SIGNET_LIKE_NAMES), 0);
}

static void keys_count_whatever_they_are_for(void **state)
{
	struct fixture *f = *state;
	struct alike a = make(f, f->key, "", "dns:a.example.com", NULL);
	CERTIFY(f, f->key, "", "dns:b.example.com");
	CERTIFY(f, f->key, "CN=x", "dns:c.example.com");
	CERTIFY(f, f->issuing_key, "", "dns:a.example.com");
	assert_int_equal(count(f, &a, SIGNET_LIKE_KEY), 2);
}

static void without_names_the_subject_counts(void **state)
{
	struct fixture *f = *state;
	struct alike a = make(f, f->key, "O=Example,serialNumber=1", NULL, NULL);
	certify(f, fixture_csr(f->arena, f->key, "O=Example,serialNumber=1", NULL));
	certify(f, fixture_csr(f->arena, f->key, "O=Example,serialNumber=2", NULL));
	assert_int_equal(count(f, &a, SIGNET_LIKE_NAMES), 1);
	assert_int_equal(count(f, &a, SIGNET_LIKE_NAME), 1);
}

static void only_the_window_counts_to_the_second(void **state)
{
	struct fixture *f = *state;
	struct alike a = make(f, f->key, "", "dns:a.example.com", NULL);
	CERTIFY(f, f->key, "", "dns:a.example.com");
	clock_freeze(NOW + 100);
	CERTIFY(f, f->key, "", "dns:a.example.com");
	for (int likeness = SIGNET_LIKE_KEY; likeness <= SIGNET_LIKE_NAME; likeness++) {
		assert_int_equal(count_since(f, &a, (enum signet_likeness)likeness, NOW - 1, 100), 2);
		assert_int_equal(count_since(f, &a, (enum signet_likeness)likeness, NOW, 100), 1);
		assert_int_equal(count_since(f, &a, (enum signet_likeness)likeness, NOW + 99, 100), 1);
		assert_int_equal(count_since(f, &a, (enum signet_likeness)likeness, NOW + 100, 100), 0);
	}
}

static void counting_ends_at_the_most_that_is_asked_for(void **state)
{
	struct fixture *f = *state;
	struct alike a = make(f, f->key, "", "dns:a.example.com", NULL);
	for (unsigned i = 0; i < 5; i++)
		CERTIFY(f, f->key, "", "dns:a.example.com");
	assert_int_equal(count_since(f, &a, SIGNET_LIKE_NAMES, 0, 3), 3);
	assert_int_equal(count_since(f, &a, SIGNET_LIKE_NAME, 0, 3), 3);
	assert_int_equal(count_since(f, &a, SIGNET_LIKE_KEY, 0, 5), 5);
	assert_int_equal(count_since(f, &a, SIGNET_LIKE_KEY, 0, 0), 0);
}

struct filling {
	struct bytes prefix, row;
	unsigned table;
	uint64_t first, count;
};

static int fill(struct store_txn *txn, void *arg)
{
	const struct filling *filling = arg;
	for (uint64_t i = 0; i < filling->count; i++) {
		struct store_key key = index_key(filling->prefix, filling->first + i);
		store_put(txn, filling->table, store_key_get(&key), filling->row);
	}
	return store_error(txn);
}

/* Rows of certificates that are not there. */
static void put_rows(struct fixture *f, unsigned table, struct bytes prefix, struct bytes row,
                     uint64_t first, uint64_t number)
{
	struct filling filling = {prefix, row, table, first, number};
	assert_int_equal(store_write(database_store(f->engine->database), fill, &filling, NULL), 0);
}

static struct bytes key_prefix(const struct alike *alike)
{
	return bytes_make(alike->fingerprint, INDEX_HASH_SIZE);
}

static void too_many_to_look_at_count_as_the_most(void **state)
{
	struct fixture *f = *state;
	struct alike a = make(f, f->key, "", "dns:a.example.com", NULL), b;
	struct index_row row;
	struct bytes forms[1] = {a.forms[0]};
	CERTIFY(f, f->key, "", "dns:a.example.com");
	/* of other sets of names, in the window */
	assert_int_equal(index_name_row(&row, &(struct bytes){bytes_text("x").data, 1}, 1), 0);
	index_row_stamp(&row, NOW);
	put_rows(f, TABLE_NAMES, forms[0], index_row_get(&row), 1000, 10001);
	assert_int_equal(count_since(f, &a, SIGNET_LIKE_NAMES, NOW - DAY, 7), 7);
	b = make(f, f->key, "", "dns:b.example.com", NULL);
	assert_int_equal(count_since(f, &b, SIGNET_LIKE_NAMES, NOW - DAY, 7), 0);
}

static void the_walk_ends_well_behind_the_window(void **state)
{
	struct fixture *f = *state;
	struct alike a = make(f, f->key, "", "dns:a.example.com", NULL);
	struct index_row old;
	/* an officer let the first request pass after many others came */
	CERTIFY(f, f->key, "", "dns:a.example.com");
	assert_int_equal(index_name_row(&old, a.forms, 1), 0);
	index_row_stamp(&old, NOW - 2 * DAY);
	put_rows(f, TABLE_NAMES, a.forms[0], index_row_get(&old), 1000, 900);
	assert_int_equal(count(f, &a, SIGNET_LIKE_NAMES), 1);
	put_rows(f, TABLE_NAMES, a.forms[0], index_row_get(&old), 2000, 20000);
	assert_int_equal(count(f, &a, SIGNET_LIKE_NAMES), 0);
}

static void a_key_is_shared_by_another_subject(void **state)
{
	struct fixture *f = *state;
	struct alike a = make(f, f->key, "CN=a", "dns:a.example.com", NULL);
	struct alike b = make(f, f->key, "CN=b", "dns:a.example.com", NULL);
	struct alike nobody = make(f, f->key, "", "dns:a.example.com", NULL);
	CERTIFY(f, f->issuing_key, "CN=b", "dns:a.example.com");
	assert_false(is_shared(f, &a));
	CERTIFY(f, f->key, "CN=a", "dns:a.example.com");
	assert_false(is_shared(f, &a));
	assert_true(is_shared(f, &b));
	assert_true(is_shared(f, &nobody));
}

/* As from a profile that gives it to all. */
static void with_one_subject_the_names_tell(void **state)
{
	struct fixture *f = *state;
	const char *const subject = "CN=device,O=Example";
	struct alike same = make(f, f->key, subject, "dns:x.example.com", "dns:A.example.com");
	struct alike other = make(f, f->key, subject, "dns:b.example.com", NULL);
	struct alike nameless = make(f, f->key, subject, NULL, NULL);
	CERTIFY(f, f->key, subject, "dns:a.example.com");
	assert_false(is_shared(f, &same));
	assert_true(is_shared(f, &other));
	/* the subject is all that it is known by */
	assert_false(is_shared(f, &nameless));
}

static void who_is_known_by_the_subject_alone_is_nobody_else(void **state)
{
	struct fixture *f = *state;
	struct alike named = make(f, f->key, "CN=device", "dns:b.example.com", NULL);
	struct alike other = make(f, f->key, "CN=printer", "dns:b.example.com", NULL);
	certify(f, fixture_csr(f->arena, f->key, "CN=device", NULL));
	assert_false(is_shared(f, &named));
	assert_true(is_shared(f, &other));
	CERTIFY(f, f->key, "CN=device", "dns:a.example.com");
	assert_true(is_shared(f, &named));
}

static void without_subjects_a_common_name_tells(void **state)
{
	struct fixture *f = *state;
	struct alike same = make(f, f->key, "", "dns:x.example.com", "dns:A.example.com");
	struct alike other = make(f, f->key, "", "dns:b.example.com", NULL);
	struct alike named = make(f, f->key, "CN=a.example.com", "dns:a.example.com", NULL);
	CERTIFY(f, f->key, "", "dns:a.example.com");
	assert_false(is_shared(f, &same));
	assert_true(is_shared(f, &other));
	assert_true(is_shared(f, &named));
}

static void whole_keys_are_compared(void **state)
{
	static const uint8_t other[8 + 2 * INDEX_HASH_SIZE] = {[7] = 1, [8] = 2};
	struct fixture *f = *state;
	struct alike a = make(f, f->key, "CN=a", "dns:a.example.com", NULL);
	put_rows(f, TABLE_KEYS, key_prefix(&a), BYTES_OF(other), 77, 1);
	assert_false(is_shared(f, &a));
	assert_int_equal(count_since(f, &a, SIGNET_LIKE_KEY, 0, 5), 0);
}

/* Of the database of an earlier version, whose indexes say nothing. */
static void a_certificate_that_the_index_does_not_describe_is_read(void **state)
{
	struct fixture *f = *state;
	struct alike a = make(f, f->key, "CN=a", "dns:a.example.com", NULL);
	struct alike b = make(f, f->key, "CN=b", "dns:b.example.com", NULL);
	CERTIFY(f, f->key, "CN=a", "dns:a.example.com");
	put_rows(f, TABLE_KEYS, key_prefix(&a), BYTES_NONE, 1, 1);
	put_rows(f, TABLE_NAMES, a.forms[0], BYTES_NONE, 1, 1);
	assert_false(is_shared(f, &a));
	assert_true(is_shared(f, &b));
	assert_int_equal(count(f, &a, SIGNET_LIKE_KEY), 0);
	assert_int_equal(count(f, &a, SIGNET_LIKE_NAMES), 0);
}

static void more_than_can_be_looked_at_is_said(void **state)
{
	struct fixture *f = *state;
	struct alike a = make(f, f->key, "CN=a", "dns:a.example.com", NULL);
	struct call call = {.alike = &a};
	put_rows(f, TABLE_KEYS, key_prefix(&a), index_row_get(&a.key_row), 1, 10001);
	put_rows(f, TABLE_NAMES, a.alt_forms[0], index_row_get(&a.name_row), 1, 10001);
	assert_int_equal(store_read(database_store(f->engine->database), call_alike, &call, NULL),
	                 SIGNET_E_TOO_BIG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_names_are_so_in_any_order_and_case),
		TEST(the_name_that_most_have_counts),
		TEST(keys_count_whatever_they_are_for),
		TEST(without_names_the_subject_counts),
		TEST(only_the_window_counts_to_the_second),
		TEST(counting_ends_at_the_most_that_is_asked_for),
		TEST(too_many_to_look_at_count_as_the_most),
		TEST(the_walk_ends_well_behind_the_window),
		TEST(a_key_is_shared_by_another_subject),
		TEST(with_one_subject_the_names_tell),
		TEST(who_is_known_by_the_subject_alone_is_nobody_else),
		TEST(without_subjects_a_common_name_tells),
		TEST(whole_keys_are_compared),
		TEST(a_certificate_that_the_index_does_not_describe_is_read),
		TEST(more_than_can_be_looked_at_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
