#include "engine/adopt.h"

#include <stdlib.h>

#include "base/clock.h"
#include "engine/check.h"
#include "engine/records.pb-c.h"
#include "engine/revocation.h"
#include "fixture.h"

#define YEAR INT64_C(31536000)
#define CESSATION 5

/* The root is an authority of its own. */
static const char with_top[] =
	"authorities:\n"
	"  issuing: {certificate: issuing.pem, key: issuing.key, crl: none}\n"
	"  top: {certificate: top.pem, key: top.key, crl: none}\n"
	"profiles:\n"
	"  tls-server: {authority: issuing, validity: 90d, names: [dns], extended-key-usage: [server-auth]}\n"
	"intermediaries:\n"
	"  - acme: {path: /acme, profile: tls-server}\n"
	"policy:\n"
	"  - names: {dns: ['*.example.com']}\n";

static int setup(void **state)
{
	static struct fixture f;
	fixture_make(&f, fixture_sections);
	fixture_write_pem(&f, "top.pem", &f.root, 1);
	fixture_write_key(&f, "top.key", f.root_key, NULL);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	fixture_end(*state);
	return 0;
}

static void open_with_top(struct fixture *f)
{
	fixture_configure(f, with_top);
	fixture_open(f);
}

static int find(struct fixture *f, struct bytes der, struct stored *out)
{
	struct certificate certificate;
	assert_int_equal(certificate_parse(&certificate, f->arena, der, NULL), 0);
	int result = database_find_serial(f->engine->database, f->arena, certificate.serial, out, NULL);
	certificate_clear(&certificate);
	if (result == 0)
		assert_true(bytes_equal(bytes_make(out->certificate->der.data, out->certificate->der.len), der));
	return result;
}

static uint64_t count(struct fixture *f)
{
	struct database_counts counts;
	assert_int_equal(database_count(f->engine->database, &counts, NULL), 0);
	assert_int_equal(counts.events, 0);
	return counts.certificates;
}

static int see(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	(void)sequence;
	if (entry->action == AUDIT_IMPORTED) {
		assert_string_equal(entry->actor, "engine");
		++*(unsigned *)arg;
	}
	return 0;
}

static unsigned records(struct fixture *f)
{
	unsigned seen = 0;
	assert_int_equal(audit_read(database_store(f->engine->database), 0, see, &seen, NULL), 0);
	return seen;
}

static void expect_sound(struct fixture *f)
{
	struct check_portion *portion = calloc(1, sizeof *portion);
	struct check_place place = {0};
	struct configuration *c = configuration_take(f->engine->holder);
	assert_non_null(portion);
	do {
		assert_int_equal(check_portion(f->engine->database, c, &place, portion, NULL), 0);
		if (portion->count)
			fail_msg("%s: %s", portion->findings[0].table, portion->findings[0].problem);
		place = portion->next;
	} while (!portion->done);
	configuration_release(f->engine->holder, c);
	free(portion);
}

static void a_ca_that_an_authority_has_signed_is_recorded_once(void **state)
{
	struct fixture *f = *state;
	struct stored stored;
	open_with_top(f);
	assert_int_equal(find(f, f->issuing, &stored), SIGNET_E_NOT_FOUND);
	adopt_authorities(f->engine);
	assert_int_equal(find(f, f->issuing, &stored), 0);
	assert_string_equal(stored.request->authority, "top");
	assert_string_equal(stored.request->message, "imported by engine");
	assert_int_equal(stored.certificate->revoked, 0);
	/* the root's own is nobody's to revoke */
	assert_int_equal(find(f, f->root, &stored), SIGNET_E_NOT_FOUND);
	adopt_authorities(f->engine);
	assert_int_equal(count(f), 1);
	assert_int_equal(records(f), 1);
	expect_sound(f);
}

static void what_others_have_signed_is_not_recorded(void **state)
{
	struct fixture *f = *state;
	fixture_open(f);
	adopt_authorities(f->engine);
	assert_int_equal(count(f), 0);
	assert_int_equal(records(f), 0);
}

static void what_was_revoked_stays_so(void **state)
{
	struct fixture *f = *state;
	struct stored stored;
	struct certificate certificate;
	open_with_top(f);
	adopt_authorities(f->engine);
	assert_int_equal(certificate_parse(&certificate, f->arena, f->issuing, NULL), 0);
	struct revocation revocation = {certificate.serial, CESSATION, 0, "", "uid 1000"};
	assert_int_equal(revocation_order(f->engine, f->arena, &revocation, NULL), 0);
	certificate_clear(&certificate);
	adopt_authorities(f->engine);
	fixture_shut(f);
	fixture_open(f);
	adopt_authorities(f->engine);
	assert_int_equal(find(f, f->issuing, &stored), 0);
	assert_int_equal(stored.certificate->state, SIGNET_REVOKED);
	assert_int_equal(stored.certificate->reason, CESSATION);
	assert_int_equal(records(f), 1);
}

static struct bytes certify(struct fixture *f, const char *subject, const struct key *key,
                            const char *issuer, const struct key *issuer_key, int64_t end)
{
	const struct fixture_authority a = {
		.subject = subject, .key = key, .issuer = issuer, .issuer_key = issuer_key, .ca = true,
		.key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN, .path_length = PATH_LENGTH_NONE,
		.not_before = clock_now() - YEAR, .not_after = end};
	return fixture_certificate(f->arena, &a);
}

static void of_cross_certificates_ours_are_recorded(void **state)
{
	struct fixture *f = *state;
	struct stored stored;
	int64_t end = clock_now() + YEAR;
	struct bytes list[] = {
		certify(f, "CN=Elsewhere", f->key, "CN=Test Issuing", f->issuing_key, end),
		certify(f, "CN=Test Issuing", f->issuing_key, "CN=Elsewhere", f->key, end),
	};
	fixture_write_pem(f, "issuing.cross.pem", list, 2);
	fixture_open(f);
	adopt_authorities(f->engine);
	assert_int_equal(find(f, list[0], &stored), 0);
	assert_string_equal(stored.request->authority, "issuing");
	assert_int_equal(count(f), 1);
	expect_sound(f);
}

/* A root that has rolled over: each of its keys by the other one. */
static void the_keys_of_a_root_certify_each_other(void **state)
{
	struct fixture *f = *state;
	struct stored stored;
	int64_t end = clock_now() + YEAR;
	struct bytes next = certify(f, "CN=Test Root", f->key, "CN=Test Root", f->key, end);
	struct bytes list[] = {
		certify(f, "CN=Test Root", f->key, "CN=Test Root", f->root_key, end),
		certify(f, "CN=Test Root", f->root_key, "CN=Test Root", f->key, end),
	};
	fixture_write_pem(f, "top.1.pem", &f->root, 1);
	fixture_write_key(f, "top.1.key", f->root_key, NULL);
	fixture_write_pem(f, "top.pem", &next, 1);
	fixture_write_key(f, "top.key", f->key, NULL);
	fixture_write_pem(f, "top.cross.pem", list, 2);
	open_with_top(f);
	adopt_authorities(f->engine);
	assert_int_equal(find(f, list[0], &stored), 0);
	assert_int_equal(find(f, list[1], &stored), 0);
	assert_int_equal(find(f, f->issuing, &stored), 0);
	assert_int_equal(count(f), 3);
	assert_int_equal(records(f), 1);
	expect_sound(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ca_that_an_authority_has_signed_is_recorded_once),
		TEST(what_others_have_signed_is_not_recorded),
		TEST(what_was_revoked_stays_so),
		TEST(of_cross_certificates_ours_are_recorded),
		TEST(the_keys_of_a_root_certify_each_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
