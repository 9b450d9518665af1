#include "fixture.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "engine/audit.h"
#include "engine/notices.h"
#include "engine/view.h"
#include "pki/certificate.h"
#include "rpc/ca.pb-c.h"

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

static struct events_batch read_all(struct fixture *f)
{
	struct events_batch batch;
	assert_int_equal(events_read(f->engine->events, f->arena, UINT64_MAX, 0, 50, 0, &batch, NULL),
	                 0);
	return batch;
}

static void starting_and_stopping_are_events(void **state)
{
	struct fixture *f = *state;
	Signet__Rpc__Event e;
	assert_int_equal(notices_raise(f->engine, SIGNET_EVENT_STARTUP, NULL), 0);
	assert_int_equal(notices_raise(f->engine, SIGNET_EVENT_SHUTDOWN, NULL), 0);
	struct events_batch batch = read_all(f);
	assert_int_equal(batch.count, 2);
	assert_int_equal(batch.rows[0].kind, SIGNET_EVENT_STARTUP);
	assert_int_equal(batch.rows[1].kind, SIGNET_EVENT_SHUTDOWN);
	assert_int_equal(batch.rows[0].stored.id, 0);
	assert_true(batch.rows[0].time > 0);
	assert_int_equal(view_event(f->arena, &batch.rows[0], &e), 0);
	assert_int_equal(e.request_id, 0);
	assert_string_equal(e.authority, "");
	assert_int_equal(e.state, 0);
	assert_int_equal(e.certificate.len, 0);
}

static void an_authority_is_announced_once(void **state)
{
	struct fixture *f = *state;
	Signet__Rpc__Event e;
	assert_int_equal(notices_authorities(f->engine, NULL), 0);
	assert_int_equal(notices_authorities(f->engine, NULL), 0);
	fixture_shut(f);
	fixture_open(f);
	assert_int_equal(notices_authorities(f->engine, NULL), 0);
	struct events_batch batch = read_all(f);
	assert_int_equal(batch.count, 1);
	assert_int_equal(batch.rows[0].kind, SIGNET_EVENT_CA_CERTIFICATE);
	assert_string_equal(batch.rows[0].authority, "issuing");
	assert_true(bytes_equal(batch.rows[0].data, f->issuing));
	assert_int_equal(view_event(f->arena, &batch.rows[0], &e), 0);
	assert_string_equal(e.authority, "issuing");
	assert_string_equal(e.subject, "CN=Test Issuing");
	assert_int_equal(e.certificate.len, f->issuing.length);
	assert_true(e.serial.len > 0);
	assert_true(e.not_after > clock_now());
	assert_int_equal(e.state, SIGNET_VALID);
	assert_int_equal(e.certificate_id, 0);
}

static void a_renewed_authority_is_announced_again(void **state)
{
	struct fixture *f = *state;
	int64_t now = clock_now();
	struct fixture_authority renewed = {
		.subject = "CN=Test Issuing", .issuer = "CN=Test Root", .key = f->issuing_key,
		.issuer_key = f->root_key, .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN, .ca = true,
		.path_length = 0, .not_before = now - 1000, .not_after = now + 100000};
	assert_int_equal(notices_authorities(f->engine, NULL), 0);
	struct bytes chain[] = {fixture_certificate(f->arena, &renewed), f->root};
	fixture_write_pem(f, "issuing.pem", chain, 2);
	assert_int_equal(engine_reload(f->engine, NULL), 0);
	assert_int_equal(notices_authorities(f->engine, NULL), 0);
	assert_int_equal(notices_authorities(f->engine, NULL), 0);
	struct events_batch batch = read_all(f);
	assert_int_equal(batch.count, 2);
	assert_true(bytes_equal(batch.rows[1].data, chain[0]));
}

/* Records of authorities that came, were renewed and rolled over, and what the last one says. */
struct changes {
	unsigned added, renewed, rolled;
	char before[128], after[128];
};

static int note_change(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	struct changes *changes = arg;
	(void)sequence;
	if (entry->action != AUDIT_AUTHORITY_ADDED && entry->action != AUDIT_AUTHORITY_RENEWED &&
	    entry->action != AUDIT_AUTHORITY_ROLLED)
		return 0;
	changes->added += entry->action == AUDIT_AUTHORITY_ADDED;
	changes->renewed += entry->action == AUDIT_AUTHORITY_RENEWED;
	changes->rolled += entry->action == AUDIT_AUTHORITY_ROLLED;
	assert_string_equal(entry->actor, "engine");
	assert_string_equal(entry->detail, "issuing");
	snprintf(changes->before, sizeof changes->before, "%s", entry->before ? entry->before : "");
	snprintf(changes->after, sizeof changes->after, "%s", entry->after ? entry->after : "");
	return 0;
}

static struct changes read_changes(struct fixture *f)
{
	struct changes changes = {0};
	struct store *store = database_store(f->engine->database);
	assert_int_equal(audit_read(store, 0, note_change, &changes, NULL), 0);
	return changes;
}

static const char *fingerprint(struct fixture *f, struct bytes der)
{
	uint8_t digest[HASH_SIZE_MAX];
	assert_int_equal(hash_compute(HASH_SHA256, der, digest), 0);
	return hex_text(f->arena, bytes_make(digest, 32));
}

static void take(struct fixture *f, const struct key *key, struct bytes *certificate)
{
	int64_t now = clock_now();
	struct fixture_authority made = {
		.subject = "CN=Test Issuing", .issuer = "CN=Test Root", .key = key,
		.issuer_key = f->root_key, .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN, .ca = true,
		.path_length = 0, .not_before = now - 1000, .not_after = now + 100000};
	struct bytes chain[] = {fixture_certificate(f->arena, &made), f->root};
	fixture_write_pem(f, "issuing.pem", chain, 2);
	fixture_write_key(f, "issuing.key", key, NULL);
	assert_int_equal(engine_reload(f->engine, NULL), 0);
	assert_int_equal(notices_authorities(f->engine, NULL), 0);
	*certificate = chain[0];
}

static void other_certificates_and_keys_go_on_record(void **state)
{
	struct fixture *f = *state;
	struct bytes renewed, rolled;
	assert_int_equal(notices_authorities(f->engine, NULL), 0);
	assert_int_equal(notices_authorities(f->engine, NULL), 0);
	struct changes changes = read_changes(f);
	assert_int_equal(changes.added, 1);
	assert_int_equal(changes.renewed + changes.rolled, 0);
	assert_string_equal(changes.before, "");
	assert_non_null(strstr(changes.after, fingerprint(f, f->issuing)));
	take(f, f->issuing_key, &renewed);
	changes = read_changes(f);
	assert_int_equal(changes.renewed, 1);
	assert_non_null(strstr(changes.before, fingerprint(f, f->issuing)));
	assert_non_null(strstr(changes.after, fingerprint(f, renewed)));
	take(f, f->key, &rolled);
	changes = read_changes(f);
	assert_int_equal(changes.added, 1);
	assert_int_equal(changes.renewed, 1);
	assert_int_equal(changes.rolled, 1);
	assert_non_null(strstr(changes.before, fingerprint(f, renewed)));
	assert_non_null(strstr(changes.after, fingerprint(f, rolled)));
}

struct crossings {
	unsigned count;
	char before[256], after[256];
};

static int note_crossing(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	struct crossings *crossings = arg;
	(void)sequence;
	if (entry->action != AUDIT_AUTHORITY_CROSSED)
		return 0;
	crossings->count++;
	assert_string_equal(entry->actor, "engine");
	assert_string_equal(entry->detail, "issuing");
	snprintf(crossings->before, sizeof crossings->before, "%s", entry->before ? entry->before : "");
	snprintf(crossings->after, sizeof crossings->after, "%s", entry->after ? entry->after : "");
	return 0;
}

/* After a reload with these cross certificates. */
static struct crossings read_crossings(struct fixture *f, const struct bytes *list, size_t count)
{
	struct crossings crossings = {0};
	fixture_write_pem(f, "issuing.cross.pem", list, count);
	assert_int_equal(engine_reload(f->engine, NULL), 0);
	assert_int_equal(notices_authorities(f->engine, NULL), 0);
	assert_int_equal(audit_read(database_store(f->engine->database), 0, note_crossing, &crossings,
	                            NULL), 0);
	return crossings;
}

static void other_cross_certificates_go_on_record(void **state)
{
	struct fixture *f = *state;
	int64_t now = clock_now();
	struct fixture_authority made = {
		.subject = "CN=Test Issuing", .issuer = "CN=Elsewhere", .key = f->issuing_key,
		.issuer_key = f->key, .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN, .ca = true,
		.path_length = 0, .not_before = now - 1000, .not_after = now + 1000};
	struct bytes list[] = {fixture_certificate(f->arena, &made), BYTES_NONE};
	made.issuer = "CN=Nowhere";
	list[1] = fixture_certificate(f->arena, &made);
	struct crossings crossings = read_crossings(f, list, 1);
	assert_int_equal(crossings.count, 1);
	assert_string_equal(crossings.before, "");
	assert_non_null(strstr(crossings.after, fingerprint(f, list[0])));
	assert_int_equal(read_crossings(f, list, 1).count, 1);
	crossings = read_crossings(f, list, 2);
	assert_int_equal(crossings.count, 2);
	assert_non_null(strstr(crossings.before, fingerprint(f, list[0])));
	assert_null(strstr(crossings.before, fingerprint(f, list[1])));
	assert_non_null(strstr(crossings.after, fingerprint(f, list[1])));
	crossings = read_crossings(f, list, 1);
	assert_int_equal(crossings.count, 3);
	assert_null(strstr(crossings.after, fingerprint(f, list[1])));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(starting_and_stopping_are_events),
		TEST(an_authority_is_announced_once),
		TEST(a_renewed_authority_is_announced_again),
		TEST(other_certificates_and_keys_go_on_record),
		TEST(other_cross_certificates_go_on_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
