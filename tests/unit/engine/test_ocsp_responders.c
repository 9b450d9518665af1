#include "tests/unit/engine/ocsp_world.h"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "asn1/oid.h"
#include "base/clock.h"
#include "engine/recent.h"
#include "engine/records.pb-c.h"
#include "pki/certificate.h"

static void a_responder_is_an_issued_certificate_and_outlives_restarts(void **state)
{
	(void)state;
	struct error err = {0};
	struct stored stored;
	char path[FIXTURE_PATH];
	struct stat info;
	ocsp_world_begin_with_ocsp("{}");
	struct seen first = ocsp_world_see();
	assert_int_equal(first.count, 1);
	assert_false(first.trouble);
	assert_int_equal(database_find_serial(ocsp_fixture.engine->database, ocsp_fixture.arena,
	                                      bytes_make(first.serial, SERIAL_SIZE), &stored, &err), 0);
	assert_string_equal(stored.request->profile, "responder");
	struct certificate c;
	const struct bytes der = {stored.certificate->der.data, stored.certificate->der.len};
	assert_int_equal(certificate_parse(&c, ocsp_fixture.arena, der, &err), 0);
	assert_non_null(certificate_extension(&c, OID_OCSP_NOCHECK));
	assert_null(certificate_extension(&c, OID_CRL_DISTRIBUTION));
	assert_int_equal(certificate_key_usage(&c), KEY_USAGE_SIGNATURE);
	certificate_clear(&c);
	fixture_path(&ocsp_fixture, "engine/ocsp/issuing.key", path);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	fixture_shut(&ocsp_fixture);
	fixture_open(&ocsp_fixture);
	struct seen second = ocsp_world_see();
	assert_memory_equal(first.serial, second.serial, SERIAL_SIZE);
	/* another key in the file is of no use: a new pair is made */
	fixture_shut(&ocsp_fixture);
	fixture_write_key(&ocsp_fixture, "engine/ocsp/issuing.key", ocsp_fixture.root_key, NULL);
	fixture_open(&ocsp_fixture);
	second = ocsp_world_see();
	assert_memory_not_equal(first.serial, second.serial, SERIAL_SIZE);
	ocsp_leaf = ocsp_world_issue_leaf("1", NULL);
	assert_int_equal(ocsp_world_status_of(ocsp_leaf).status, V_OCSP_CERTSTATUS_GOOD);
	assert_int_equal(ocsp_world_see().answers, 1);
}

static void a_responder_is_renewed_in_time(void **state)
{
	(void)state;
	struct recent_changes changes;
	struct error err = {0};
	int64_t now = clock_now();
	clock_freeze(now);
	ocsp_world_begin_with_ocsp("{responder-validity: 30d}");
	ocsp_leaf = ocsp_world_issue_leaf("1", NULL);
	struct seen first = ocsp_world_see();
	assert_true(first.renewal > now + 19 * 86400 && first.renewal <= now + 20 * 86400);
	ocsp_world_keep();
	assert_memory_equal(ocsp_world_see().serial, first.serial, SERIAL_SIZE);
	assert_int_equal(recent_wait(ocsp_fixture.engine->recent, ocsp_fixture.arena, 0, 0, &changes, &err), 0);
	uint64_t generation = changes.generation;
	/* the same again is nothing new */
	assert_int_equal(ocsp_refresh(ocsp_fixture.engine->ocsp, &err), 0);
	assert_int_equal(recent_wait(ocsp_fixture.engine->recent, ocsp_fixture.arena, generation, 0, &changes, &err), 0);
	assert_false(changes.all);
	clock_freeze(first.renewal);
	ocsp_world_keep();
	struct seen second = ocsp_world_see();
	assert_memory_not_equal(second.serial, first.serial, SERIAL_SIZE);
	assert_true(second.not_after > first.not_after);
	assert_int_equal(ocsp_world_status_of(ocsp_leaf).status, V_OCSP_CERTSTATUS_GOOD);
	/* who keeps answers hears of it */
	assert_int_equal(recent_wait(ocsp_fixture.engine->recent, ocsp_fixture.arena, generation, 0, &changes, &err), 0);
	assert_true(changes.all);
	/* an answer ends with who signed it */
	clock_freeze(second.not_after - 60);
	struct question q;
	ocsp_world_ask(&q, ocsp_leaf, ocsp_issuer, EVP_sha1());
	assert_true(ocsp_world_answer_of(q.der, "").next_update == second.not_after);
	clock_freeze(second.not_after);
	assert_int_equal(ocsp_world_error_of(q.der, ""), OCSP_TRY_LATER);
	OCSP_REQUEST_free(q.request);
	ocsp_world_keep();
	assert_int_equal(ocsp_world_status_of(ocsp_leaf).status, V_OCSP_CERTSTATUS_GOOD);
}

static void the_certificates_of_an_earlier_key_are_answered_by_its_own_responder(void **state)
{
	(void)state;
	struct bytes serial, chain[2];
	struct key *key;
	ocsp_world_begin_with(fixture_sections);
	ocsp_leaf = ocsp_world_issue_leaf("1", &serial);
	ocsp_world_revoke_as(serial, 4);
	fixture_shut(&ocsp_fixture);
	chain[0] = ocsp_fixture.issuing;
	chain[1] = ocsp_fixture.root;
	fixture_write_pem(&ocsp_fixture, "issuing.1.pem", chain, 2);
	fixture_write_key(&ocsp_fixture, "issuing.1.key", ocsp_fixture.issuing_key, NULL);
	assert_int_equal(key_generate(&key, KEY_P384, 0, NULL), 0);
	struct fixture_authority next = {
		.subject = "CN=Test Issuing", .issuer = "CN=Test Root", .key = key,
		.issuer_key = ocsp_fixture.root_key, .key_usage = KEY_USAGE_AUTHORITY, .ca = true,
		.path_length = 0, .not_before = clock_now() - 3600,
		.not_after = clock_now() + 366 * 86400};
	chain[0] = fixture_certificate(ocsp_fixture.arena, &next);
	fixture_write_pem(&ocsp_fixture, "issuing.pem", chain, 2);
	fixture_write_key(&ocsp_fixture, "issuing.key", key, NULL);
	key_free(key);
	fixture_open(&ocsp_fixture);
	assert_int_equal(ocsp_world_see().count, 2);
	struct said said = ocsp_world_status_of(ocsp_leaf);
	assert_int_equal(said.status, V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(said.reason, 4);
	/* of the new key this number is nobody's */
	ocsp_issuer = chain[0];
	assert_int_equal(ocsp_world_status_of(ocsp_leaf).status, V_OCSP_CERTSTATUS_UNKNOWN);
	ocsp_leaf = ocsp_world_issue_leaf("2", NULL);
	assert_int_equal(ocsp_world_status_of(ocsp_leaf).status, V_OCSP_CERTSTATUS_GOOD);
	char path[FIXTURE_PATH];
	fixture_path(&ocsp_fixture, "engine/ocsp/issuing.k2.pem", path);
	assert_int_equal(access(path, R_OK), 0);
}

static void a_responder_that_is_revoked_signs_no_more(void **state)
{
	(void)state;
	ocsp_world_begin_with_ocsp("{}");
	ocsp_leaf = ocsp_world_issue_leaf("1", NULL);
	struct seen first = ocsp_world_see();
	struct recent_changes changes;
	assert_int_equal(recent_wait(ocsp_fixture.engine->recent, ocsp_fixture.arena, 0, 0, &changes, NULL), 0);
	ocsp_world_revoke_as(bytes_make(first.serial, SERIAL_SIZE), 1);
	/* at once, and what it has signed is not given out any more */
	assert_int_equal(recent_wait(ocsp_fixture.engine->recent, ocsp_fixture.arena, changes.generation, 0,
	                             &changes, NULL), 0);
	assert_true(changes.all);
	struct seen second = ocsp_world_see();
	assert_memory_not_equal(first.serial, second.serial, SERIAL_SIZE);
	assert_int_equal(ocsp_world_status_of(ocsp_leaf).status, V_OCSP_CERTSTATUS_GOOD);
	fixture_shut(&ocsp_fixture);
	fixture_open(&ocsp_fixture);
	assert_memory_equal(ocsp_world_see().serial, second.serial, SERIAL_SIZE);
}

static void *ask_often(void *arg)
{
	const struct question *q = arg;
	struct arena *own = arena_new(LIMIT_REQUEST_ARENA);
	uintptr_t good = 0;
	for (int i = 0; i < 50; i++) {
		struct ocsp_answered out;
		arena_clear(own);
		good += ocsp_answer(ocsp_fixture.engine->ocsp, own, q->der, "", &out, NULL) == 0 && out.cacheable;
	}
	arena_free(own);
	return (void *)good;
}

static void many_ask_while_responders_are_replaced(void **state)
{
	(void)state;
	pthread_t threads[4];
	struct question q;
	struct database_counts counts;
	ocsp_world_begin_with(fixture_sections);
	ocsp_leaf = ocsp_world_issue_leaf("1", NULL);
	ocsp_world_ask(&q, ocsp_leaf, ocsp_issuer, EVP_sha1());
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &q), 0);
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(ocsp_refresh(ocsp_fixture.engine->ocsp, NULL), 0);
	for (size_t i = 0; i < 4; i++) {
		void *good;
		pthread_join(threads[i], &good);
		assert_int_equal((uintptr_t)good, 50);
	}
	/* one responder was made, by the first who asked */
	assert_int_equal(database_count(ocsp_fixture.engine->database, &counts, NULL), 0);
	assert_int_equal(counts.certificates, 2);
	OCSP_REQUEST_free(q.request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_responder_is_an_issued_certificate_and_outlives_restarts, ocsp_world_teardown),
		cmocka_unit_test_teardown(a_responder_is_renewed_in_time, ocsp_world_teardown),
		cmocka_unit_test_teardown(the_certificates_of_an_earlier_key_are_answered_by_its_own_responder,
		                          ocsp_world_teardown),
		cmocka_unit_test_teardown(a_responder_that_is_revoked_signs_no_more, ocsp_world_teardown),
		cmocka_unit_test_teardown(many_ask_while_responders_are_replaced, ocsp_world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
