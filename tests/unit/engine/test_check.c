#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "engine/check.h"
#include "engine/crl_record.h"
#include "engine/letters.h"
#include "engine/records.pb-c.h"
#include "engine/revocation.h"
#include "engine/revoked.h"

#define COUNT 5

static int setup(void **state)
{
	static struct fixture f;
	fixture_make(&f, fixture_sections);
	fixture_open(&f);
	for (unsigned i = 0; i < COUNT; i++) {
		struct signet_outcome out;
		char name[64], key[16];
		snprintf(name, sizeof name, "dns:n%u.example.com", i);
		snprintf(key, sizeof key, "%u", i);
		struct signet_submission s = fixture_submission(
			fixture_csr(f.arena, f.key, "", name, "dns:both.example.com", NULL), key);
		assert_int_equal(fixture_submit(&f, &s, &out, NULL), 0);
		assert_int_equal(out.disposition, SIGNET_ISSUED);
	}
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	fixture_end(*state);
	return 0;
}

/* All portions; the findings of the last test stay. */
static struct check_finding found[CHECK_FINDINGS_MAX * 4];
static size_t found_count;

static uint64_t check(struct fixture *f)
{
	struct check_portion *portion = calloc(1, sizeof *portion);
	struct check_place place = {0};
	struct configuration *configuration = configuration_take(f->engine->holder);
	uint64_t looked = 0;
	assert_non_null(portion);
	found_count = 0;
	do {
		struct error err = {0};
		if (check_portion(f->engine->database, configuration, &place, portion, &err))
			fail_msg("%s", err.message);
		for (size_t i = 0; i < portion->count; i++)
			found[found_count++] = portion->findings[i];
		looked += portion->looked;
		/* as it travels */
		struct bytes packed = check_place_pack(&portion->next, f->arena);
		assert_int_equal(check_place_unpack(&place, packed), 0);
	} while (!portion->done);
	configuration_release(f->engine->holder, configuration);
	free(portion);
	return looked;
}

static bool has(const char *table, uint64_t id, const char *problem)
{
	for (size_t i = 0; i < found_count; i++)
		if (strcmp(found[i].table, table) == 0 && (!id || found[i].id == id) &&
		    strstr(found[i].problem, problem))
			return true;
	for (size_t i = 0; i < found_count; i++)
		print_message("found: %s %s %s\n", found[i].table, found[i].key, found[i].problem);
	return false;
}

struct damage {
	unsigned table;
	struct bytes key, value;
	bool remove, last;
};

static int do_damage(struct store_txn *txn, void *arg)
{
	const struct damage *d = arg;
	if (d->last || !d->key.length) {
		struct store_cursor *cursor;
		int result = store_cursor_open(&cursor, txn, d->table);
		if (result == 0)
			result = d->last ? store_seek_before(cursor, BYTES_NONE) : store_next(cursor);
		if (result)
			return result;
		struct store_key key;
		store_key_begin(&key);
		store_key_bytes(&key, store_cursor_key(cursor));
		return d->remove ? store_delete(txn, d->table, store_key_get(&key))
		                 : store_put(txn, d->table, store_key_get(&key), d->value);
	}
	return d->remove ? store_delete(txn, d->table, d->key)
	                 : store_put(txn, d->table, d->key, d->value);
}

static void damage(struct fixture *f, const struct damage *d)
{
	assert_int_equal(store_write(database_store(f->engine->database), do_damage,
	                             (void *)(uintptr_t)d, NULL), 0);
}

static void remove_row(struct fixture *f, unsigned table, struct bytes key)
{
	const struct damage d = {.table = table, .key = key, .remove = true};
	damage(f, &d);
}

static void put_row(struct fixture *f, unsigned table, struct bytes key, struct bytes value)
{
	const struct damage d = {.table = table, .key = key, .value = value};
	damage(f, &d);
}

static struct bytes number(uint64_t value)
{
	static struct store_key keys[4];
	static unsigned at;
	struct store_key *key = &keys[at++ % 4];
	*key = store_key_number(value);
	return store_key_get(key);
}

static void revoke(struct fixture *f, uint64_t id, unsigned reason)
{
	struct stored stored;
	assert_int_equal(database_find(f->engine->database, f->arena, id, &stored, NULL), 0);
	struct certificate parsed;
	assert_int_equal(certificate_parse(&parsed, f->arena,
	                                   bytes_make(stored.certificate->der.data,
	                                              stored.certificate->der.len), NULL), 0);
	struct revocation r = {.serial = parsed.serial, .reason = reason, .comment = "",
	                       .actor = "uid 1"};
	assert_int_equal(revocation_order(f->engine, f->arena, &r, NULL), 0);
	certificate_clear(&parsed);
}

static void nothing_is_wrong_with_what_the_engine_wrote(void **state)
{
	struct fixture *f = *state;
	revoke(f, 1, 1);
	revoke(f, 2, 6);
	revoke(f, 3, 6);
	revoke(f, 3, 8);
	assert_int_equal(letters_bury(f->engine->database, "file", 2, 3, "no", "uid 7", NULL), 0);
	assert_true(check(f) > 10 * COUNT);
	if (found_count)
		fail_msg("%s %s: %s", found[0].table, found[0].key, found[0].problem);
}

static void unreadable_records_are_named(void **state)
{
	struct fixture *f = *state;
	static const uint8_t garbage[] = {0xff, 0xff, 0xff};
	put_row(f, TABLE_CERTIFICATES, number(2), BYTES_OF(garbage));
	put_row(f, TABLE_REQUESTS, number(3), BYTES_OF(garbage));
	put_row(f, TABLE_EVENTS, number(1), BYTES_OF(garbage));
	put_row(f, TABLE_AUDIT, number(2), BYTES_OF(garbage));
	put_row(f, TABLE_REVOKED, BYTES_OF(garbage), BYTES_OF(garbage));
	put_row(f, TABLE_LETTERS, BYTES_OF(garbage), BYTES_OF(garbage));
	check(f);
	assert_true(has("certificates", 2, "cannot be read"));
	assert_true(has("requests", 3, "cannot be read"));
	assert_true(has("events", 0, "cannot be read"));
	assert_true(has("audit", 0, "does not read back"));
	assert_true(has("revoked", 0, "cannot be read"));
	assert_true(has("letters", 0, "cannot be read"));
}

struct edit {
	uint64_t id;
	void (*change)(Signet__Db__Certificate *record);
	struct arena *arena;
};

static int edit_certificate(struct store_txn *txn, void *arg)
{
	const struct edit *edit = arg;
	struct stored stored;
	struct bytes packed;
	int result = database_load(txn, edit->arena, edit->id, &stored);
	if (result)
		return result;
	edit->change(stored.certificate);
	result = record_repack_certificate(edit->arena, stored.certificate, &packed);
	return result ? result : store_put(txn, TABLE_CERTIFICATES, number(edit->id), packed);
}

static void change_certificate(struct fixture *f, uint64_t id,
                               void (*change)(Signet__Db__Certificate *record))
{
	struct edit edit = {id, change, f->arena};
	assert_int_equal(store_write(database_store(f->engine->database), edit_certificate, &edit,
	                             NULL), 0);
}

static void break_signature(Signet__Db__Certificate *record)
{
	record->der.data[record->der.len - 1] ^= 1;
}

static void change_issuer(Signet__Db__Certificate *record)
{
	record->issuer.data[0] ^= 1;
}

static void change_end(Signet__Db__Certificate *record)
{
	record->not_after++;
}

static void mark_revoked(Signet__Db__Certificate *record)
{
	record->state = SIGNET_REVOKED;
	record->changed = 1;
}

static void wrong_certificates_are_named(void **state)
{
	struct fixture *f = *state;
	change_certificate(f, 1, break_signature);
	change_certificate(f, 2, change_issuer);
	change_certificate(f, 3, change_end);
	change_certificate(f, 4, mark_revoked);
	check(f);
	assert_true(has("certificates", 1, "signature is wrong"));
	assert_true(has("certificates", 2, "no authority that is configured"));
	assert_true(has("certificates", 3, "another end"));
	assert_true(has("certificates", 4, "no CRL will list it"));
	assert_true(has("certificates", 4, "index of what was revoked"));
}

static void missing_rows_of_indexes_are_named(void **state)
{
	struct fixture *f = *state;
	static const unsigned tables[] = {TABLE_SERIALS, TABLE_NAMES, TABLE_KEYS, TABLE_EXPIRY,
	                                  TABLE_LABELS, TABLE_FINGERPRINTS};
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		const struct damage d = {.table = tables[i], .last = true, .remove = true};
		damage(f, &d);
	}
	check(f);
	assert_true(has("certificates", 0, "serial numbers does not have it"));
	assert_true(has("certificates", 0, "index of names"));
	assert_true(has("certificates", 0, "index of keys"));
	assert_true(has("certificates", 0, "index of ends"));
	assert_true(has("certificates", 0, "requesters, profiles and authorities"));
	assert_true(has("certificates", 0, "index of fingerprints"));
}

static void rows_that_point_to_nothing_are_named(void **state)
{
	struct fixture *f = *state;
	static const uint8_t serial[] = {0x42, 1}, form[] = {'x', 0, 0, 0, 0, 0, 0, 0, 0, 99};
	static const uint8_t letter[] = {'f', 0, 0, 0, 0, 0, 0, 0, 3, 99};
	struct store_key expiry = index_time(99, 99);
	struct revoked row = {.id = 99, .changed = 5, .serial = BYTES_OF(serial), .reason = 1};
	put_row(f, TABLE_SERIALS, BYTES_OF(serial), number(99));
	put_row(f, TABLE_NAMES, BYTES_OF(form), BYTES_NONE);
	put_row(f, TABLE_KEYS, BYTES_OF(form), BYTES_NONE);
	put_row(f, TABLE_EXPIRY, store_key_get(&expiry), BYTES_NONE);
	put_row(f, TABLE_PENDING, number(99), BYTES_NONE);
	put_row(f, TABLE_IDEMPOTENCY, bytes_make("0123456789abcdef", 16), number(99));
	put_row(f, TABLE_LETTERS, BYTES_OF(letter), BYTES_NONE);
	put_row(f, TABLE_LABELS, BYTES_OF(form), BYTES_NONE);
	put_row(f, TABLE_LATE, BYTES_OF(form), BYTES_NONE);
	struct store_key key = revoked_begin(row.issuer, 0, 5);
	store_key_u64(&key, 99);
	static const uint8_t value[29] = {[24] = 1, [26] = 2, [27] = 0x42};
	put_row(f, TABLE_REVOKED, store_key_get(&key), BYTES_OF(value));
	check(f);
	assert_true(has("serials", 99, "no such certificate"));
	assert_true(has("names", 99, "no such certificate"));
	assert_true(has("keys", 99, "no such certificate"));
	assert_true(has("expiry", 99, "no such certificate"));
	assert_true(has("pending", 99, "no such request"));
	assert_true(has("idempotency", 99, "no such request"));
	assert_true(has("letters", 0, "event is not there"));
	assert_true(has("labels", 99, "no such certificate"));
	assert_true(has("late", 99, "no such certificate"));
	assert_true(has("revoked", 99, "no such certificate"));
}

static void rows_that_point_to_another_are_named(void **state)
{
	struct fixture *f = *state;
	static const uint8_t serial[] = {0x42, 1}, form[] = {'x', 0, 0, 0, 0, 0, 0, 0, 0, 1};
	struct store_key expiry = index_time(99, 1);
	put_row(f, TABLE_SERIALS, BYTES_OF(serial), number(1));
	put_row(f, TABLE_NAMES, BYTES_OF(form), BYTES_NONE);
	put_row(f, TABLE_KEYS, BYTES_OF(form), BYTES_NONE);
	put_row(f, TABLE_EXPIRY, store_key_get(&expiry), BYTES_NONE);
	put_row(f, TABLE_PENDING, number(1), BYTES_NONE);
	put_row(f, TABLE_LABELS, BYTES_OF(form), BYTES_NONE);
	struct store_key changed;
	assert_int_equal(index_label(&changed, INDEX_CHANGED, INDEX_HELD, 2), 0);
	put_row(f, TABLE_LABELS, store_key_get(&changed), BYTES_NONE);
	check(f);
	assert_true(has("labels", 2, "never revoked or held"));
	assert_true(has("labels", 1, "another requester, profile or authority"));
	assert_true(has("serials", 1, "another serial number"));
	assert_true(has("names", 1, "does not have the name"));
	assert_true(has("keys", 1, "another key"));
	assert_true(has("expiry", 1, "another end"));
	assert_true(has("requests", 1, "not pending"));
}

static void missing_records_are_named(void **state)
{
	struct fixture *f = *state;
	remove_row(f, TABLE_CERTIFICATES, number(1));
	remove_row(f, TABLE_REQUESTS, number(2));
	remove_row(f, TABLE_AUDIT, number(3));
	check(f);
	assert_true(has("requests", 1, "certificate is not there"));
	assert_true(has("certificates", 2, "request that it answers is not there"));
	assert_true(has("events", 2, "request that it tells of is not there"));
	assert_true(has("audit", 0, "missing"));
}

/* A table that is new has a row here that nobody could have written. */
static void every_table_is_walked(void **state)
{
	struct fixture *f = *state;
	static const uint8_t garbage[] = {0xff, 0xff, 0xff};
	const char *seen[TABLE_COUNT];
	size_t count = 0;
	for (unsigned table = 0; table < TABLE_COUNT; table++)
		put_row(f, table, BYTES_OF(garbage), BYTES_OF(garbage));
	check(f);
	for (size_t i = 0; i < found_count; i++) {
		size_t at = 0;
		while (strcmp(found[i].key, "ffffff") == 0 && at < count && strcmp(seen[at], found[i].table) != 0)
			at++;
		if (strcmp(found[i].key, "ffffff") == 0 && at == count)
			seen[count++] = found[i].table;
	}
	for (size_t i = 0; count != TABLE_COUNT && i < count; i++)
		print_message("found: %s\n", seen[i]);
	assert_int_equal(count, TABLE_COUNT);
}

static void put_text(struct fixture *f, unsigned table, const char *key, struct bytes value)
{
	put_row(f, table, bytes_text(key), value);
}

static void wrong_counters_and_cursors_are_named(void **state)
{
	struct fixture *f = *state;
	static const uint8_t bad[5], authority[40];
	static uint8_t expiring[] = "expiring:xxxxxxxx";
	put_text(f, TABLE_CONSUMERS, "short", BYTES_OF(bad));
	put_text(f, TABLE_CONSUMERS, "ahead", number(1000));
	check(f);
	assert_true(has("consumers", 0, "cannot be read"));
	assert_true(has("consumers", 0, "never were"));
	put_text(f, TABLE_COUNTERS, "issued:issuing", number(1000));
	put_text(f, TABLE_COUNTERS, "stored", number(COUNT - 1));
	put_text(f, TABLE_COUNTERS, "letters:file", number(3));
	put_text(f, TABLE_COUNTERS, "retrying:file", number(1));
	put_text(f, TABLE_COUNTERS, "stranger", number(1));
	put_text(f, TABLE_COUNTERS, "revocations", BYTES_OF(bad));
	check(f);
	assert_true(has("counters", 0, "more certificates"));
	assert_true(has("counters", 0, "another number of dead letters"));
	assert_true(has("counters", 0, "no such counter"));
	assert_true(has("counters", 0, "cannot be read"));
	assert_true(has("counters", 0, "there are more certificates"));
	assert_int_equal(found_count, 2 + 6);
	put_text(f, TABLE_COUNTERS, "stored", number(COUNT));
	put_text(f, TABLE_COUNTERS, "revocations", number(5));
	put_text(f, TABLE_COUNTERS, "issued:issuing", number(5));
	remove_row(f, TABLE_COUNTERS, bytes_text("letters:file"));
	remove_row(f, TABLE_COUNTERS, bytes_text("retrying:file"));
	remove_row(f, TABLE_COUNTERS, bytes_text("stranger"));
	put_text(f, TABLE_COUNTERS, "authority:issuing", BYTES_OF(bad));
	put_text(f, TABLE_COUNTERS, "cross:issuing", BYTES_OF(bad));
	put_row(f, TABLE_COUNTERS, bytes_make(expiring, 17), BYTES_OF(bad));
	put_text(f, TABLE_COUNTERS, "tally-sweep", BYTES_OF(bad));
	check(f);
	assert_int_equal(found_count, 2 + 4);
	put_text(f, TABLE_COUNTERS, "authority:issuing", BYTES_OF(authority));
	put_text(f, TABLE_COUNTERS, "cross:issuing", bytes_make(authority, 32));
	put_row(f, TABLE_COUNTERS, bytes_make(expiring, 17), bytes_make(authority, 16));
	put_text(f, TABLE_COUNTERS, "tally-sweep", BYTES_NONE);
	check(f);
	assert_int_equal(found_count, 2);
}

static void wrong_tallies_are_named(void **state)
{
	struct fixture *f = *state;
	static uint8_t key[] = "tquota\0alice", good[16] = {[11] = 60, [15] = 1},
		nothing[16] = {[11] = 60}, ended[16] = {[15] = 1};
	put_row(f, TABLE_TALLIES, BYTES_OF(key), BYTES_OF(good));
	check(f);
	assert_int_equal(found_count, 0);
	put_row(f, TABLE_TALLIES, BYTES_OF(key), BYTES_OF(nothing));
	key[8] = 'b';
	put_row(f, TABLE_TALLIES, BYTES_OF(key), BYTES_OF(ended));
	check(f);
	assert_true(has("tallies", 0, "counts nothing"));
	assert_int_equal(found_count, 2);
}

struct crls {
	struct fixture *f;
	Signet__Db__CrlIssuer issuer;
	Signet__Db__Crl crl;
	struct crl_scope scope;
};

static int put_crls(struct store_txn *txn, void *arg)
{
	struct crls *w = arg;
	int result = crl_issuer_put(txn, w->f->arena, w->scope.issuer, &w->issuer);
	return result ? result : crl_record_put(txn, w->f->arena, &w->scope, &w->crl);
}

/* What the check says of these two rows, and no more. */
static void expect_crl(struct crls *w, const char *problem)
{
	assert_int_equal(store_write(database_store(w->f->engine->database), put_crls, w, NULL), 0);
	check(w->f);
	if (problem)
		assert_true(has("crls", 0, problem));
	assert_int_equal(found_count, problem ? 1 : 0);
}

static void wrong_records_of_crls_are_named(void **state)
{
	struct crls w = {.f = *state, .scope = {.issuer = {1}}};
	signet__db__crl_issuer__init(&w.issuer);
	signet__db__crl__init(&w.crl);
	w.issuer.number = w.crl.number = 100;
	w.crl.generation = 1;
	w.crl.this_update = 1000;
	w.crl.next_update = 2000;
	w.crl.file = (char *)(uintptr_t)"other.crl";
	expect_crl(&w, NULL);
	w.crl.number = 101;
	expect_crl(&w, "greater than the last one");
	w.crl.number = 100;
	w.crl.generation = 99;
	expect_crl(&w, "revocations that there never were");
	w.crl.generation = 1;
	w.crl.base_number = 99;
	expect_crl(&w, "what it adds to");
	w.crl.base_number = 0;
	w.crl.next_update = 10;
	expect_crl(&w, "its times or its file");
	w.crl.next_update = 2000;
	w.issuer.count = 3;
	expect_crl(&w, "a key that is not revoked");
	w.issuer.revoked = 5;
	w.issuer.finished = 99;
	expect_crl(&w, "a revocation that there never was");
	w.issuer.finished = 1;
	w.issuer.place = (ProtobufCBinaryData){3, (uint8_t *)(uintptr_t)"abc"};
	expect_crl(&w, "the place");
	w.issuer.place.len = 0;
	expect_crl(&w, NULL);
	w.scope.shard = 2;
	expect_crl(&w, "a shard that there never was");
}

static void times_that_others_do_not_know_are_named(void **state)
{
	struct fixture *f = *state;
	struct store_key late = index_time(12345, 1);
	put_row(f, TABLE_LATE, store_key_get(&late), BYTES_NONE);
	revoke(f, 2, 1);
	put_text(f, TABLE_COUNTERS, "revocations", number(1));
	check(f);
	assert_true(has("late", 1, "issued at another time"));
	assert_true(has("revoked", 2, "a revocation that there never was"));
	assert_int_equal(found_count, 2);
}

static void places_that_are_none_are_refused(void **state)
{
	(void)state;
	struct check_place place;
	static const uint8_t step[] = {200}, good[] = {1, 2, 3};
	static uint8_t large[STORE_KEY_MAX + 2];
	assert_int_equal(check_place_unpack(&place, BYTES_OF(step)), SIGNET_E_INVALID);
	assert_int_equal(check_place_unpack(&place, BYTES_OF(large)), SIGNET_E_INVALID);
	assert_int_equal(check_place_unpack(&place, BYTES_OF(good)), 0);
	assert_int_equal(place.step, 1);
	assert_int_equal(place.key.length, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_wrong_with_what_the_engine_wrote),
		TEST(unreadable_records_are_named),
		TEST(wrong_certificates_are_named),
		TEST(missing_rows_of_indexes_are_named),
		TEST(rows_that_point_to_nothing_are_named),
		TEST(rows_that_point_to_another_are_named),
		TEST(missing_records_are_named),
		TEST(every_table_is_walked),
		TEST(wrong_counters_and_cursors_are_named),
		TEST(wrong_tallies_are_named),
		TEST(wrong_records_of_crls_are_named),
		TEST(times_that_others_do_not_know_are_named),
		cmocka_unit_test(places_that_are_none_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
