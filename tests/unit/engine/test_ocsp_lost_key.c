#include "tests/unit/engine/ocsp_world.h"

#include "base/clock.h"
#include "engine/recent.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"
#include "engine/revoke_key.h"
#include "pki/certificate.h"

/* The authority's own certificate, as if this engine had issued and then revoked it. */
static int put_authority(struct store_txn *txn, void *arg)
{
	const unsigned *reason = arg;
	struct bytes packed;
	Signet__Db__Certificate *record;
	struct certificate own;
	const struct record_certificate made = {.der = ocsp_fixture.issuing, .issuer = bytes_text("12345678"),
	                                        .not_after = 4000000000};
	struct store_key id = store_key_number(999);
	assert_int_equal(certificate_parse(&own, ocsp_fixture.arena, ocsp_fixture.issuing, NULL), 0);
	assert_int_equal(record_pack_certificate(ocsp_fixture.arena, &made, &packed), 0);
	assert_int_equal(record_unpack_certificate(ocsp_fixture.arena, packed, &record), 0);
	record->state = SIGNET_REVOKED;
	record->revoked = 1000000;
	record->reason = *reason;
	assert_int_equal(record_repack_certificate(ocsp_fixture.arena, record, &packed), 0);
	store_put(txn, TABLE_SERIALS, own.serial, store_key_get(&id));
	store_put(txn, TABLE_CERTIFICATES, store_key_get(&id), packed);
	certificate_clear(&own);
	return store_error(txn);
}

static void nothing_is_good_that_a_compromised_authority_has_signed(void **state)
{
	(void)state;
	struct error err = {0};
	unsigned reason = 5; /* cessationOfOperation leaves what it signed good */
	ocsp_world_begin_with(fixture_sections);
	ocsp_leaf = ocsp_world_issue_leaf("1", NULL);
	struct store *store = database_store(ocsp_fixture.engine->database);
	assert_int_equal(store_write(store, put_authority, &reason, &err), 0);
	assert_int_equal(ocsp_world_status_of(ocsp_leaf).status, V_OCSP_CERTSTATUS_GOOD);
	reason = 2;
	assert_int_equal(store_write(store, put_authority, &reason, &err), 0);
	struct said answer = ocsp_world_status_of(ocsp_leaf);
	assert_int_equal(answer.status, V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(answer.reason, 2);
	assert_true(answer.revoked == 1000000);
}

static int64_t mark(unsigned reason)
{
	struct error err = {0};
	struct key_progress progress;
	struct configuration *c = configuration_take(ocsp_fixture.engine->holder);
	const struct key_order order = {&c->authorities[0], reason, "", "test"};
	if (revoke_key_mark(ocsp_fixture.engine, ocsp_fixture.arena, &order, &progress, &err))
		fail_msg("%s", err.message);
	configuration_release(ocsp_fixture.engine->holder, c);
	return progress.revoked;
}

static struct key_progress revoke_next(void)
{
	struct key_progress progress;
	struct configuration *c = configuration_take(ocsp_fixture.engine->holder);
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	assert_int_equal(revoke_key_step(ocsp_fixture.engine, arena, &c->authorities[0], &progress, NULL), 0);
	arena_free(arena);
	configuration_release(ocsp_fixture.engine->holder, c);
	return progress;
}

static void expect_revoked(struct bytes certificate, int reason, int64_t since)
{
	struct said said = ocsp_world_status_of(certificate);
	assert_int_equal(said.status, V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(said.reason, reason);
	assert_int_equal(said.revoked, since);
}

/* Who keeps answers has to hear of it, and what is asked says so, before any certificate is reached. */
static void all_of_a_key_is_revoked_with_its_mark(void **state)
{
	(void)state;
	enum { CESSATION = 5 };
	struct recent_changes changes;
	struct bytes serial, ended, held, gone;
	int64_t now = clock_now();
	ocsp_world_begin_with_ocsp("{signer: authority}");
	clock_freeze(now);
	ended = ocsp_world_issue_leaf("0", NULL);
	clock_freeze(now += 91 * 86400);
	ocsp_leaf = ocsp_world_issue_leaf("1", NULL);
	held = ocsp_world_issue_leaf("2", &serial);
	ocsp_world_revoke_as(serial, 6);
	gone = ocsp_world_issue_leaf("3", &serial);
	ocsp_world_revoke_as(serial, 4);
	assert_int_equal(ocsp_world_status_of(ocsp_leaf).status, V_OCSP_CERTSTATUS_GOOD);
	assert_int_equal(recent_wait(ocsp_fixture.engine->recent, ocsp_fixture.arena, 0, 0, &changes, NULL), 0);
	clock_freeze(now + 10);
	assert_int_equal(mark(CESSATION), now + 10);
	assert_int_equal(recent_wait(ocsp_fixture.engine->recent, ocsp_fixture.arena, changes.generation, 0,
	                             &changes, NULL), 0);
	assert_true(changes.all);
	for (unsigned i = 0; i < 2; i++) {
		expect_revoked(ocsp_leaf, CESSATION, now + 10);
		expect_revoked(held, CESSATION, now);
		expect_revoked(gone, 4, now);
		assert_int_equal(ocsp_world_status_of(ended).status, V_OCSP_CERTSTATUS_GOOD);
		clock_freeze(now + 20);
		assert_true(revoke_next().finished);
	}
	/* so is another reason, but for what has one of its own */
	mark(1);
	expect_revoked(ocsp_leaf, 1, now + 10);
	expect_revoked(held, 1, now);
	expect_revoked(gone, 4, now);
}

static void what_bears_the_signature_of_a_lost_key_is_revoked(void **state)
{
	(void)state;
	struct question q;
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	ocsp_world_begin_with(fixture_sections);
	X509 *ca = ocsp_world_x509(ocsp_issuer);
	ASN1_INTEGER_set(serial, 123456789);
	ocsp_world_ask_serial(&q, ca, serial, EVP_sha256());
	assert_int_equal(ocsp_world_verify(&q, ocsp_world_answer_of(q.der, "").response).status,
	                 V_OCSP_CERTSTATUS_UNKNOWN);
	int64_t since = mark(2);
	struct said said = ocsp_world_verify(&q, ocsp_world_answer_of(q.der, "").response);
	assert_int_equal(said.status, V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(said.reason, 2);
	assert_int_equal(said.revoked, since);
	OCSP_REQUEST_free(q.request);
	ASN1_INTEGER_free(serial);
	X509_free(ca);
}

/* The responder's certificate goes with the others, and none comes after it. */
static void a_key_that_is_revoked_answers_for_itself(void **state)
{
	(void)state;
	ocsp_world_begin_with_ocsp("{}");
	ocsp_leaf = ocsp_world_issue_leaf("1", NULL);
	struct seen before = ocsp_world_see();
	assert_true(before.renewal > 0);
	int64_t since = mark(2);
	assert_true(revoke_next().finished);
	for (unsigned i = 0; i < 3; i++) {
		struct seen now = ocsp_world_see();
		assert_false(now.trouble);
		assert_memory_not_equal(now.serial, before.serial, SERIAL_SIZE);
		assert_int_equal(now.renewal, 0);
		assert_int_equal(ocsp_world_status_of(ocsp_leaf).certificates, -1);
		expect_revoked(ocsp_leaf, 2, since);
		if (i == 0) {
			clock_freeze(before.renewal + 1);
			ocsp_world_keep();
		} else {
			fixture_shut(&ocsp_fixture);
			fixture_open(&ocsp_fixture);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(nothing_is_good_that_a_compromised_authority_has_signed, ocsp_world_teardown),
		cmocka_unit_test_teardown(all_of_a_key_is_revoked_with_its_mark, ocsp_world_teardown),
		cmocka_unit_test_teardown(what_bears_the_signature_of_a_lost_key_is_revoked, ocsp_world_teardown),
		cmocka_unit_test_teardown(a_key_that_is_revoked_answers_for_itself, ocsp_world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
