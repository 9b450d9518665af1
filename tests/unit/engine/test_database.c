#include "fixture.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "engine/records.pb-c.h"
#include "engine/request.h"
#include "engine/search.h"

/* The disk under the database, full when the test says so: these stand before the C library's. */
static atomic_bool disk_is_full;

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset);
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
	if (atomic_load(&disk_is_full)) {
		errno = ENOSPC;
		return -1;
	}
	return syscall(SYS_pwrite64, fd, data, size, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	if (atomic_load(&disk_is_full)) {
		errno = ENOSPC;
		return -1;
	}
	return syscall(SYS_writev, fd, parts, count);
}

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
	atomic_store(&disk_is_full, false);
	fixture_end(*state);
	return 0;
}

static int submit(struct fixture *f, const char *name, const char *key,
                  struct signet_outcome *out)
{
	struct error err = {0};
	struct signet_submission s = fixture_submission(
		fixture_csr(f->arena, f->key, "", name, NULL), key);
	int result = fixture_submit(f, &s, out, &err);
	assert_int_equal(result, err.code);
	return result;
}

static int add_alike(struct store_txn *txn, void *arg)
{
	const uint8_t *digest = arg;
	/* another one whose fingerprint begins so: of the first certificate */
	struct store_key key = index_key(bytes_make(digest, INDEX_FINGERPRINT_SIZE), 1);
	return store_insert(txn, TABLE_FINGERPRINTS, store_key_get(&key), BYTES_NONE);
}

static void certificates_are_found_by_their_fingerprint(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome a, b;
	struct stored stored;
	uint8_t digest[HASH_SIZE_MAX];
	assert_int_equal(submit(f, "dns:a.example.com", "1", &a), 0);
	assert_int_equal(submit(f, "dns:a.example.com", "2", &b), 0);
	assert_int_equal(a.certificate_id, 1);
	assert_int_equal(hash_compute(HASH_SHA256, b.certificate, digest), 0);
	assert_int_equal(database_find_fingerprint(f->engine->database, f->arena, digest, &stored, NULL),
	                 0);
	assert_int_equal(stored.id, b.certificate_id);
	assert_int_equal(store_write(database_store(f->engine->database), add_alike, digest, NULL), 0);
	assert_int_equal(database_find_fingerprint(f->engine->database, f->arena, digest, &stored, NULL),
	                 0);
	assert_int_equal(stored.id, b.certificate_id);
	digest[31] ^= 1;
	assert_int_equal(database_find_fingerprint(f->engine->database, f->arena, digest, &stored, NULL),
	                 SIGNET_E_NOT_FOUND);
	digest[0] ^= 1;
	assert_int_equal(database_find_fingerprint(f->engine->database, f->arena, digest, &stored, NULL),
	                 SIGNET_E_NOT_FOUND);
}

static void a_full_disk_is_said_and_loses_nothing(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome first, out;
	struct stored stored;
	struct database_counts counts;
	assert_int_equal(submit(f, "dns:a.example.com", "1", &first), 0);
	struct signet_submission s = fixture_submission(
		fixture_csr(f->arena, f->key, "", "dns:b.example.com", NULL), "2");
	atomic_store(&disk_is_full, true);
	assert_int_equal(fixture_submit(f, &s, &out, NULL), SIGNET_E_FULL);
	assert_int_equal(fixture_submit(f, &s, &out, NULL), SIGNET_E_FULL);
	assert_int_equal(database_find(f->engine->database, f->arena, first.request_id, &stored, NULL),
	                 0);
	assert_int_equal(stored.certificate->der.len, first.certificate.length);
	atomic_store(&disk_is_full, false);
	assert_int_equal(fixture_submit(f, &s, &out, NULL), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	assert_int_equal(database_count(f->engine->database, &counts, NULL), 0);
	assert_int_equal(counts.requests, 2);
	assert_int_equal(counts.certificates, 2);
	assert_int_equal(counts.events, 2);
	fixture_shut(f);
	fixture_open(f);
	assert_int_equal(database_find(f->engine->database, f->arena, out.request_id, &stored, NULL),
	                 0);
}

static void list_certificates(struct fixture *f, uint64_t before, unsigned limit,
                              const char *name, struct stored **rows, size_t *count, bool *more)
{
	struct signet_certificate_query query = {.before = before, .limit = limit, .name = name};
	struct search_page page;
	assert_int_equal(search_certificates(f->engine->database, f->arena, &query, 0, &page, NULL),
	                 0);
	*rows = page.rows;
	*count = page.count;
	*more = page.place.length != 0;
}

static void list_requests(struct fixture *f, uint64_t before, unsigned limit,
                          enum signet_request_state state, struct stored **rows, size_t *count,
                          bool *more)
{
	struct signet_request_query query = {.before = before, .limit = limit, .state = state};
	struct search_page page;
	assert_int_equal(search_requests(f->engine->database, f->arena, &query, &page, NULL), 0);
	*rows = page.rows;
	*count = page.count;
	*more = page.place.length != 0;
}

static void certificates_are_found_by_serial_and_name(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome a, b;
	struct stored stored, *rows;
	size_t count;
	bool more;
	assert_int_equal(submit(f, "dns:a.example.com", "1", &a), 0);
	assert_int_equal(submit(f, "dns:a.example.com", "2", &b), 0);
	assert_int_equal(database_find_serial(f->engine->database, f->arena, b.serial, &stored, NULL),
	                 0);
	assert_int_equal(stored.id, b.certificate_id);
	assert_int_equal(database_find_serial(f->engine->database, f->arena, BYTES_NONE, &stored, NULL),
	                 SIGNET_E_NOT_FOUND);
	list_certificates(f, 0, 10, "A.example.com", &rows, &count, &more);
	assert_int_equal(count, 2);
	assert_false(more);
	assert_int_equal(rows[0].id, b.certificate_id);
	list_certificates(f, 0, 1, "a.example.com", &rows, &count, &more);
	assert_int_equal(count, 1);
	assert_true(more);
	list_certificates(f, rows[0].id, 1, "a.example.com", &rows, &count, &more);
	assert_int_equal(count, 1);
	assert_false(more);
	assert_int_equal(rows[0].id, a.certificate_id);
	list_certificates(f, 0, 10, "a.example", &rows, &count, &more);
	assert_int_equal(count, 0);
}

static void requests_are_listed_by_state_in_pages(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct stored *rows;
	size_t count;
	bool more;
	for (unsigned i = 0; i < 6; i++) {
		char key[16];
		snprintf(key, sizeof key, "%u", i);
		assert_int_equal(submit(f, i % 2 ? "dns:a.example.org" : "dns:a.example.com", key, &out),
		                 0);
	}
	list_requests(f, 0, 2, SIGNET_REQUEST_DENIED, &rows, &count, &more);
	assert_int_equal(count, 2);
	assert_true(more);
	assert_int_equal(rows[0].id, 6);
	assert_int_equal(rows[1].id, 4);
	list_requests(f, 4, 2, SIGNET_REQUEST_DENIED, &rows, &count, &more);
	assert_int_equal(count, 1);
	assert_false(more);
	list_requests(f, 0, 0, 0, &rows, &count, &more);
	assert_int_equal(count, 6);
	list_requests(f, 0, 10, SIGNET_REQUEST_PENDING, &rows, &count, &more);
	assert_int_equal(count, 0);
}

static void issued_certificates_are_counted_by_authority(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	assert_int_equal(database_issued(f->engine->database, "issuing"), 0);
	assert_int_equal(submit(f, "dns:a.example.com", "1", &out), 0);
	assert_int_equal(submit(f, "dns:a.example.org", "2", &out), 0);
	assert_int_equal(database_issued(f->engine->database, "issuing"), 1);
	assert_int_equal(database_issued(f->engine->database, "other"), 0);
}

/* What one issuance takes of the database, at a size where the trees have grown. */
static void an_issuance_is_small(void **state)
{
	enum { COUNT = 400 };
	struct fixture *f = *state;
	struct signet_outcome out;
	struct store_stats before, after;
	char name[64], key[16];
	for (unsigned i = 0; i < 2 * COUNT; i++) {
		if (i == COUNT)
			store_stats(database_store(f->engine->database), &before);
		snprintf(name, sizeof name, "dns:host-%u.example.com", i);
		snprintf(key, sizeof key, "%u", i);
		assert_int_equal(submit(f, name, key, &out), 0);
	}
	store_stats(database_store(f->engine->database), &after);
	assert_in_range((after.used - before.used) / COUNT, 1000, 2500);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(certificates_are_found_by_their_fingerprint),
		TEST(a_full_disk_is_said_and_loses_nothing),
		TEST(certificates_are_found_by_serial_and_name),
		TEST(requests_are_listed_by_state_in_pages),
		TEST(issued_certificates_are_counted_by_authority),
		TEST(an_issuance_is_small),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
