#include "import_world.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "engine/check.h"
#include "engine/prune.h"
#include "engine/recent.h"
#include "engine/records.pb-c.h"
#include "engine/revocation.h"
#include "engine/revoke_key.h"
#include "engine/revoked.h"
#include "engine/search.h"

enum { KEY_COMPROMISE = 1, SUPERSEDED = 4, CESSATION = 5, HOLD = 6, REMOVE = 8 };

static int setup(void **state)
{
	static struct fixture f;
	clock_freeze(IMPORT_NOW);
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

static struct stored find(struct fixture *f, uint8_t serial)
{
	struct stored stored;
	assert_int_equal(database_find_serial(f->engine->database, f->arena, bytes_make(&serial, 1),
	                                      &stored, NULL), 0);
	return stored;
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
			fail_msg("%s %s: %s", portion->findings[0].table, portion->findings[0].key,
			         portion->findings[0].problem);
		place = portion->next;
	} while (!portion->done);
	configuration_release(f->engine->holder, c);
	free(portion);
}

static size_t search(struct fixture *f, const struct signet_certificate_query *query)
{
	struct search_page page;
	assert_int_equal(search_certificates(f->engine->database, f->arena, query, clock_now(), &page,
	                                     NULL), 0);
	return page.count;
}

struct seen {
	unsigned action;
	unsigned count;
	uint64_t request;
	char detail[LIMIT_AUDIT_DETAIL + 1], actor[64], before[128], after[128];
};

static int see(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	struct seen *seen = arg;
	(void)sequence;
	if (entry->action != seen->action)
		return 0;
	seen->count++;
	seen->request = entry->request;
	snprintf(seen->detail, sizeof seen->detail, "%s", entry->detail);
	snprintf(seen->actor, sizeof seen->actor, "%s", entry->actor);
	snprintf(seen->before, sizeof seen->before, "%s", entry->before);
	snprintf(seen->after, sizeof seen->after, "%s", entry->after);
	return 0;
}

static struct seen audited(struct fixture *f, unsigned action)
{
	struct seen seen = {.action = action};
	assert_int_equal(audit_read(database_store(f->engine->database), 1, see, &seen, NULL), 0);
	return seen;
}

static void it_is_found_like_others(void **state)
{
	struct fixture *f = *state;
	struct old_certificate old = {.serial = 1, .name = "dns:old.example.com"};
	struct bytes der = old_certificate(f, &old);
	int64_t issued = IMPORT_NOW - 300 * IMPORT_DAY;
	struct import_result out = import_one(f, der);
	assert_int_equal(out.imported, 1);
	struct stored stored = find(f, 1);
	assert_true(bytes_equal(bytes_make(stored.certificate->der.data, stored.certificate->der.len), der));
	assert_int_equal(stored.certificate->imported, IMPORT_NOW);
	assert_int_equal(stored.request->state, SIGNET_REQUEST_ISSUED);
	assert_int_equal(stored.request->submitted, IMPORT_NOW);
	assert_int_equal(stored.request->resolved, issued);
	assert_string_equal(stored.request->message, "imported by uid 1000");
	assert_string_equal(stored.request->protocol, "import");
	assert_int_equal(stored.request->csr.len, 0);
	assert_int_equal(search(f, &(struct signet_certificate_query){.name = "old.example.com"}), 1);
	assert_int_equal(search(f, &(struct signet_certificate_query){.authority = "issuing"}), 1);
	/* when it was issued, not when it came */
	assert_int_equal(search(f, &(struct signet_certificate_query){
		.issued_after = issued, .issued_before = issued + 1}), 1);
	assert_int_equal(search(f, &(struct signet_certificate_query){.issued_after = issued + 1}), 0);
	expect_sound(f);
}

static void it_is_on_record_and_no_event_is_raised(void **state)
{
	struct fixture *f = *state;
	struct old_certificate old = {.serial = 1};
	struct import_item items[3];
	struct recent_changes changes;
	struct events_batch batch;
	for (uint8_t i = 0; i < 3; i++) {
		old.serial = (uint8_t)(1 + i);
		items[i] = (struct import_item){.der = old_certificate(f, &old)};
	}
	assert_int_equal(recent_wait(f->engine->recent, f->arena, 0, 0, &changes, NULL), 0);
	uint64_t before = changes.generation;
	struct import_order order = {.authority = "issuing"};
	import_these(f, &order, items, 2);
	struct seen seen = audited(f, AUDIT_IMPORTED);
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.detail, "2 certificates, ids 1 to 2, of issuing");
	assert_string_equal(seen.actor, "uid 1000");
	assert_string_equal(seen.before, "0 certificates");
	assert_string_equal(seen.after, "2 certificates, of the new ones 0 revoked or held");
	/* OCSP answers that were prepared say that it is unknown */
	assert_int_equal(recent_wait(f->engine->recent, f->arena, before, 0, &changes, NULL), 0);
	assert_int_equal(changes.count, 2);
	assert_false(changes.all);
	assert_int_equal(events_read(f->engine->events, f->arena, SIGNET_EVENT_BIT(SIGNET_EVENT_ISSUED),
	                             0, 64, 0, &batch, NULL), 0);
	assert_int_equal(batch.count, 0);
	order.publish = true;
	import_these(f, &order, items, 3);
	assert_int_equal(events_read(f->engine->events, f->arena, SIGNET_EVENT_BIT(SIGNET_EVENT_ISSUED),
	                             0, 64, 0, &batch, NULL), 0);
	assert_int_equal(batch.count, 1);
	assert_int_equal(batch.rows[0].stored.id, 3);
	expect_sound(f);
}

static void what_is_here_already_is_skipped(void **state)
{
	struct fixture *f = *state;
	struct old_certificate old = {.serial = 1, .name = "dns:a.example.com"};
	struct bytes der = old_certificate(f, &old);
	const struct import_item twice[] = {{.der = der}, {.der = der}};
	struct import_order order = {0};
	struct import_result out = import_these(f, &order, twice, 2);
	assert_int_equal(out.imported, 1);
	assert_int_equal(out.skipped, 1);
	assert_int_equal(import_one(f, der).skipped, 1);
	/* another signature, if nothing else */
	old.name = "dns:b.example.com";
	assert_string_equal(import_refusal(f, old_certificate(f, &old)),
	                    "another certificate of this issuer and serial number is here already");
	expect_sound(f);
}

static void what_is_not_ours_is_refused(void **state)
{
	struct fixture *f = *state;
	struct old_certificate old = {.serial = 1};
	struct bytes good = old_certificate(f, &old);
	uint8_t *forged = arena_memdup(f->arena, good.data, good.length);
	forged[good.length - 1] ^= 1;
	assert_non_null(strstr(import_refusal(f, bytes_make(forged, good.length)),
	                       "no key of its issuer has signed it"));
	old.signer = f->root_key;
	assert_non_null(strstr(import_refusal(f, old_certificate(f, &old)),
	                       "no key of its issuer has signed it: CN=Test Issuing"));
	old.issuer = "CN=Test Root";
	assert_non_null(strstr(import_refusal(f, old_certificate(f, &old)),
	                       "no authority here is its issuer: CN=Test Root"));
	assert_non_null(import_refusal(f, bytes_make(good.data, good.length - 1)));
	assert_non_null(import_refusal(f, BYTES_NONE));
	assert_non_null(strstr(import_refusal(f, f->root), "no authority here"));
	const struct import_item item = {.der = good};
	struct import_order order = {.authority = "nobody", .items = &item, .count = 1};
	struct import_result out;
	struct configuration *c = configuration_take(f->engine->holder);
	assert_int_equal(import_certificates(f->engine, c, f->arena, &order, &out, NULL),
	                 SIGNET_E_NOT_FOUND);
	order.count = LIMIT_IMPORT + 1;
	assert_int_equal(import_certificates(f->engine, c, f->arena, &order, &out, NULL),
	                 SIGNET_E_TOO_BIG);
	configuration_release(f->engine->holder, c);
	/* one that is refused does not keep the others out, and is told by its place */
	const struct import_item mixed[] = {{.der = f->root}, item, {.der = BYTES_NONE}};
	order.authority = "issuing";
	out = import_these(f, &order, mixed, 3);
	assert_int_equal(out.imported, 1);
	assert_int_equal(out.refused_count, 2);
	assert_int_equal(out.refused[0].item, 0);
	assert_non_null(strstr(out.refused[0].message, "of another issuer than 'issuing'"));
	assert_int_equal(out.refused[1].item, 2);
	expect_sound(f);
}

static void a_serial_number_is_given_once(void **state)
{
	struct fixture *f = *state;
	struct old_certificate old = {.serial = 1};
	fixture_shut(f);
	fixture_write_pem(f, "root.pem", &f->root, 1);
	fixture_write_key(f, "root.key", f->root_key, NULL);
	const char *sections = arena_printf(f->arena, "authorities:\n"
		"  issuing: {certificate: issuing.pem, key: issuing.key, crl: none}\n"
		"  other: {certificate: root.pem, key: root.key, crl: none}\n%s",
		"profiles:\n  p: {authority: issuing}\n");
	fixture_configure(f, sections);
	fixture_open(f);
	assert_null(import_refusal(f, old_certificate(f, &old)));
	old.signer = f->root_key;
	old.issuer = "CN=Test Root";
	assert_string_equal(import_refusal(f, old_certificate(f, &old)),
	                    "a certificate of another issuer has this serial number already");
	assert_string_equal(import_refusal(f, f->root), "it is the certificate of the authority 'other' itself");
	/* an authority below the other one is a certificate of that */
	assert_null(import_refusal(f, f->issuing));
	old.serial = 2;
	assert_null(import_refusal(f, old_certificate(f, &old)));
	assert_string_equal(find(f, 2).request->authority, "other");
	expect_sound(f);
}

static void earlier_keys_count(void **state)
{
	struct fixture *f = *state;
	struct key *key;
	struct old_certificate old = {.serial = 1};
	assert_int_equal(key_generate(&key, KEY_P256, 0, NULL), 0);
	struct fixture_authority earlier = {
		.subject = "CN=Test Issuing", .issuer = "CN=Test Root", .key = key,
		.issuer_key = f->root_key, .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN, .ca = true,
		.path_length = 0, .not_before = IMPORT_NOW - 900 * IMPORT_DAY,
		.not_after = IMPORT_NOW + 900 * IMPORT_DAY};
	struct bytes chain[] = {fixture_certificate(f->arena, &earlier), f->root};
	fixture_shut(f);
	fixture_write_pem(f, "issuing.1.pem", chain, 2);
	fixture_write_key(f, "issuing.1.key", key, NULL);
	fixture_open(f);
	old.signer = key;
	assert_null(import_refusal(f, old_certificate(f, &old)));
	struct configuration *c = configuration_take(f->engine->holder);
	assert_int_equal(c->authorities[0].previous_count, 1);
	const Signet__Db__Certificate *record = find(f, 1).certificate;
	assert_true(bytes_equal(bytes_make(record->issuer.data, record->issuer.len),
	                        BYTES_OF(c->authorities[0].previous[0].issuer)));
	configuration_release(f->engine->holder, c);
	expect_sound(f);
	key_free(key);
}

static void what_has_ended_may_be_left_out(void **state)
{
	struct fixture *f = *state;
	struct old_certificate old = {.serial = 1, .not_after = IMPORT_NOW - 1};
	const struct import_item item = {.der = old_certificate(f, &old)};
	struct import_order order = {.unexpired = true};
	struct import_result out = import_these(f, &order, &item, 1);
	assert_int_equal(out.ended, 1);
	assert_int_equal(out.imported, 0);
	order.unexpired = false;
	assert_int_equal(import_these(f, &order, &item, 1).imported, 1);
	assert_int_equal(search(f, &(struct signet_certificate_query){.state = SIGNET_EXPIRED}), 1);
	expect_sound(f);
}

static void a_check_stores_nothing(void **state)
{
	struct fixture *f = *state;
	struct old_certificate old = {.serial = 1};
	const struct import_item items[] = {
		{.der = old_certificate(f, &old), .revoked = IMPORT_NOW, .reason = HOLD}, {.der = f->root}};
	struct import_order order = {.check = true};
	struct import_result out = import_these(f, &order, items, 2);
	assert_int_equal(out.imported, 1);
	assert_int_equal(out.revoked, 1);
	assert_int_equal(out.refused_count, 1);
	assert_int_equal(search(f, &(struct signet_certificate_query){0}), 0);
	assert_int_equal(audited(f, AUDIT_IMPORTED).count, 0);
}

static void a_key_that_is_revoked_takes_none(void **state)
{
	struct fixture *f = *state;
	struct old_certificate old = {.serial = 1};
	struct configuration *c = configuration_take(f->engine->holder);
	const struct key_order order = {&c->authorities[0], CESSATION, "", "uid 1000"};
	struct key_progress progress;
	assert_int_equal(revoke_key_mark(f->engine, f->arena, &order, &progress, NULL), 0);
	assert_string_equal(import_refusal(f, old_certificate(f, &old)),
	                    "the key that has signed it is revoked, and takes no certificates");
	configuration_release(f->engine->holder, c);
	expect_sound(f);
}

static void revocations_come_with_it(void **state)
{
	struct fixture *f = *state;
	struct import_item items[3];
	struct old_certificate old = {.serial = 1};
	for (uint8_t i = 0; i < 3; i++) {
		old.serial = (uint8_t)(1 + i);
		items[i] = (struct import_item){.der = old_certificate(f, &old)};
	}
	items[0].revoked = IMPORT_NOW - 9 * IMPORT_DAY;
	items[0].invalid = IMPORT_NOW - 10 * IMPORT_DAY;
	items[0].reason = KEY_COMPROMISE;
	items[1].revoked = IMPORT_NOW - 5 * IMPORT_DAY;
	items[1].reason = HOLD;
	struct import_order order = {0};
	struct import_result out = import_these(f, &order, items, 3);
	assert_int_equal(out.imported, 3);
	assert_int_equal(out.revoked, 2);
	const Signet__Db__Certificate *record = find(f, 1).certificate;
	assert_int_equal(record->state, SIGNET_REVOKED);
	assert_int_equal(record->revoked, items[0].revoked);
	assert_int_equal(record->invalid, items[0].invalid);
	assert_int_equal(record->reason, KEY_COMPROMISE);
	assert_int_equal(find(f, 2).certificate->state, SIGNET_HELD);
	assert_int_equal(find(f, 3).certificate->state, 0);
	assert_int_equal(f->engine->revocations, find(f, 2).certificate->changed);
	assert_int_equal(search(f, &(struct signet_certificate_query){.state = SIGNET_REVOKED}), 1);
	/* each is on record, with what it is now */
	struct seen seen = audited(f, AUDIT_IMPORT_REVOKED);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.request, find(f, 2).id);
	assert_string_equal(seen.before, "valid");
	assert_string_equal(seen.after, "held, certificate-hold");
	seen = audited(f, AUDIT_IMPORTED);
	assert_string_equal(seen.after, "3 certificates, of the new ones 2 revoked or held");
	expect_sound(f);
	/* what is to come, and what is no reason */
	old.serial = 9;
	struct import_item wrong = {.der = old_certificate(f, &old), .revoked = IMPORT_NOW + 1};
	assert_int_equal(import_these(f, &order, &wrong, 1).refused_count, 1);
	wrong.revoked = IMPORT_NOW;
	wrong.reason = REMOVE;
	assert_int_equal(import_these(f, &order, &wrong, 1).refused_count, 1);
}

static void only_what_was_never_revoked_here_is_revoked_by_others(void **state)
{
	struct fixture *f = *state;
	struct old_certificate old = {.serial = 1};
	struct import_item item = {.der = old_certificate(f, &old)};
	struct import_order order = {0};
	import_these(f, &order, &item, 1);
	item.revoked = IMPORT_NOW - IMPORT_DAY;
	item.reason = HOLD;
	struct import_result out = import_these(f, &order, &item, 1);
	assert_int_equal(out.skipped, 1);
	assert_int_equal(out.revoked, 1);
	assert_int_equal(find(f, 1).certificate->state, SIGNET_HELD);
	struct seen seen = audited(f, AUDIT_IMPORT_REVOKED);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.request, find(f, 1).id);
	assert_non_null(strstr(seen.detail, "serial 01, elsewhere at "));
	assert_string_equal(seen.before, "valid");
	assert_string_equal(seen.after, "held, certificate-hold");
	const struct revocation release = {bytes_make(&old.serial, 1), REMOVE, 0, "", "uid 1000"};
	assert_int_equal(revocation_order(f->engine, f->arena, &release, NULL), 0);
	assert_int_equal(import_these(f, &order, &item, 1).revoked, 0);
	assert_int_equal(find(f, 1).certificate->state, SIGNET_VALID);
	/* one that was issued here */
	struct signet_outcome issued;
	struct signet_submission s = fixture_submission(
		fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL), "1");
	assert_int_equal(fixture_submit(f, &s, &issued, NULL), 0);
	item.der = issued.certificate;
	out = import_these(f, &order, &item, 1);
	assert_int_equal(out.skipped, 1);
	assert_int_equal(out.revoked, 0);
	expect_sound(f);
}

static void the_shard_is_the_one_that_it_names(void **state)
{
	static const struct {
		const char *point;
		unsigned shard;
	} cases[] = {
		{"http://ca.example.com/pki/crl/issuing-3.crl", 3},
		{"http://ca.example.com/pki/crl/issuing-4.crl", 0},
		{"http://ca.example.com/pki/crl/issuing-0.crl", 0},
		{"http://ca.example.com/pki/crl/issuing-03.crl", 0},
		{"http://ca.example.com/pki/crl/issuing.crl", 0},
		{"http://old.example.com/pki/crl/issuing-3.crl", 0},
		{"http://ca.example.com/pki/crl/issuing-99999999999.crl", 0},
		{"x:y", 0}, {NULL, 0},
	};
	struct fixture *f = *state;
	fixture_shut(f);
	fixture_configure(f, arena_printf(f->arena, "authorities:\n"
		"  issuing: {certificate: issuing.pem, key: issuing.key, crl: {shards: 3}, "
		"urls: {base: 'http://ca.example.com/pki'}}\n%s", "profiles:\n  p: {}\n"));
	fixture_open(f);
	for (uint8_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct old_certificate old = {.serial = (uint8_t)(1 + i), .point = cases[i].point};
		assert_null(import_refusal(f, old_certificate(f, &old)));
		assert_int_equal(find(f, old.serial).certificate->shard, cases[i].shard);
	}
	expect_sound(f);
}

static void retention_lets_go_of_it(void **state)
{
	struct fixture *f = *state;
	struct old_certificate old = {.serial = 1, .name = "dns:a.example.com",
	                              .not_after = IMPORT_NOW - 200 * IMPORT_DAY};
	struct check_place place = {0};
	struct prune_batch batch;
	uint64_t pruned = 0;
	fixture_shut(f);
	fixture_configure(f, arena_printf(f->arena, "%sretention: {expired: 30d}\n", fixture_sections));
	fixture_open(f);
	assert_null(import_refusal(f, old_certificate(f, &old)));
	old = (struct old_certificate){.serial = 2};
	assert_null(import_refusal(f, old_certificate(f, &old)));
	clock_freeze(IMPORT_NOW + 60 * IMPORT_DAY);
	struct configuration *c = configuration_take(f->engine->holder);
	do {
		assert_int_equal(prune_some(f->engine, c, &place, "uid 7", false, &batch, NULL), 0);
		pruned += batch.certificates;
		place = batch.next;
	} while (!batch.done);
	configuration_release(f->engine->holder, c);
	assert_int_equal(pruned, 1);
	struct stored stored;
	assert_int_equal(database_find(f->engine->database, f->arena, 1, &stored, NULL),
	                 SIGNET_E_NOT_FOUND);
	assert_int_equal(search(f, &(struct signet_certificate_query){.issued_after = 1}), 1);
	expect_sound(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_found_like_others),
		TEST(it_is_on_record_and_no_event_is_raised),
		TEST(what_is_here_already_is_skipped),
		TEST(what_is_not_ours_is_refused),
		TEST(a_serial_number_is_given_once),
		TEST(earlier_keys_count),
		TEST(what_has_ended_may_be_left_out),
		TEST(a_check_stores_nothing),
		TEST(a_key_that_is_revoked_takes_none),
		TEST(revocations_come_with_it),
		TEST(only_what_was_never_revoked_here_is_revoked_by_others),
		TEST(the_shard_is_the_one_that_it_names),
		TEST(retention_lets_go_of_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
