#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "engine/check.h"
#include "engine/housekeeping.h"
#include "engine/letters.h"
#include "engine/prune.h"
#include "engine/records.pb-c.h"
#include "engine/revocation.h"

#define NOW 1800000000
#define DAY INT64_C(86400)

static int setup(void **state)
{
	static struct fixture f;
	clock_freeze(NOW);
	fixture_make(&f, fixture_sections);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	clock_freeze(0);
	fixture_end(*state);
	return 0;
}

static void open_with(struct fixture *f, const char *retention, const char *exits)
{
	char sections[8192];
	snprintf(sections, sizeof sections, "%s%s%s", fixture_sections, retention, exits);
	fixture_configure(f, sections);
	fixture_open(f);
}

static uint64_t submit(struct fixture *f, const char *name, const char *key)
{
	struct signet_outcome out;
	struct signet_submission s =
		fixture_submission(fixture_csr(f->arena, f->key, "", name, NULL), key);
	assert_int_equal(fixture_submit(f, &s, &out, NULL), 0);
	return out.request_id;
}

/* All batches; the sum. */
static struct prune_batch prune(struct fixture *f, bool dry_run)
{
	struct prune_batch sum = {0};
	struct check_place place = {0};
	struct configuration *configuration = configuration_take(f->engine->holder);
	for (bool done = false; !done;) {
		struct prune_batch batch;
		struct error err = {0};
		if (prune_some(f->engine, configuration, &place, "uid 7", dry_run, &batch, &err))
			fail_msg("%s", err.message);
		sum.certificates += batch.certificates;
		sum.requests += batch.requests;
		sum.events += batch.events;
		place = batch.next;
		done = batch.done;
	}
	configuration_release(f->engine->holder, configuration);
	return sum;
}

static void expect_sound(struct fixture *f)
{
	struct check_portion *portion = calloc(1, sizeof *portion);
	struct check_place place = {0};
	struct configuration *configuration = configuration_take(f->engine->holder);
	assert_non_null(portion);
	do {
		assert_int_equal(check_portion(f->engine->database, configuration, &place, portion, NULL), 0);
		if (portion->count)
			fail_msg("%s %s: %s", portion->findings[0].table, portion->findings[0].key,
			         portion->findings[0].problem);
		place = portion->next;
	} while (!portion->done);
	configuration_release(f->engine->holder, configuration);
	free(portion);
}

static int count_rows(struct store_txn *txn, void *arg)
{
	uint64_t *counts = arg;
	for (unsigned i = 0; i < TABLE_COUNT; i++)
		counts[i] = store_count(txn, i);
	return store_error(txn);
}

static void count(struct fixture *f, uint64_t counts[TABLE_COUNT])
{
	assert_int_equal(store_read(database_store(f->engine->database), count_rows, counts, NULL), 0);
}

static bool is_there(struct fixture *f, uint64_t id)
{
	struct stored stored;
	return database_find(f->engine->database, f->arena, id, &stored, NULL) == 0;
}

/* What is done when a CRL has told of certificates that have ended. */
static int sweep(struct store_txn *txn, void *arg)
{
	struct store_cursor *cursor;
	struct store_key key;
	(void)arg;
	int result = store_cursor_open(&cursor, txn, TABLE_REVOKED);
	if (result == 0)
		result = store_next(cursor);
	if (result)
		return result;
	store_key_begin(&key);
	store_key_bytes(&key, store_cursor_key(cursor));
	return store_delete(txn, TABLE_REVOKED, store_key_get(&key));
}

static void only_old_events_go_by_default(void **state)
{
	struct fixture *f = *state;
	uint64_t counts[TABLE_COUNT];
	open_with(f, "", "");
	submit(f, "dns:a.example.com", "1");
	submit(f, "dns:b.example.com", "2");
	clock_freeze(NOW + 29 * DAY);
	assert_int_equal(prune(f, false).events, 0);
	clock_freeze(NOW + 4000 * DAY);
	struct prune_batch sum = prune(f, false);
	assert_int_equal(sum.events, 1); /* the newest stays */
	assert_int_equal(sum.certificates + sum.requests, 0);
	count(f, counts);
	assert_int_equal(counts[TABLE_EVENTS], 1);
	assert_int_equal(counts[TABLE_CERTIFICATES], 2);
	expect_sound(f);
}

static void expired_certificates_go_with_all_that_is_of_them(void **state)
{
	struct fixture *f = *state;
	uint64_t counts[TABLE_COUNT], before[TABLE_COUNT];
	open_with(f, "retention: {expired: 60d, events: 30d}\n", "");
	count(f, before);
	uint64_t first = submit(f, "dns:a.example.com", "1");
	struct stored stored;
	struct certificate parsed;
	assert_int_equal(database_find(f->engine->database, f->arena, first, &stored, NULL), 0);
	assert_int_equal(certificate_parse(&parsed, f->arena,
	                                   bytes_make(stored.certificate->der.data,
	                                              stored.certificate->der.len), NULL), 0);
	struct revocation r = {.serial = parsed.serial, .reason = 1, .comment = "", .actor = "uid 1"};
	assert_int_equal(revocation_order(f->engine, f->arena, &r, NULL), 0);
	int64_t end = parsed.not_after;
	certificate_clear(&parsed);
	clock_freeze(end + 59 * DAY);
	uint64_t last = submit(f, "dns:b.example.com", "2");
	assert_int_equal(prune(f, false).certificates, 0);
	clock_freeze(end + 61 * DAY);
	/* a CRL has still to tell of it */
	struct configuration *configuration = configuration_take(f->engine->holder);
	configuration->authorities[0].crl.published = true;
	configuration_release(f->engine->holder, configuration);
	assert_int_equal(prune(f, false).certificates, 0);
	assert_int_equal(store_write(database_store(f->engine->database), sweep, NULL, NULL), 0);
	assert_int_equal(prune(f, true).certificates, 1);
	assert_true(is_there(f, first));
	struct prune_batch sum = prune(f, false);
	assert_int_equal(sum.certificates, 1);
	assert_false(is_there(f, first));
	assert_true(is_there(f, last));
	count(f, counts);
	assert_int_equal(counts[TABLE_REQUESTS], 1);
	assert_int_equal(counts[TABLE_CERTIFICATES], 1);
	assert_int_equal(counts[TABLE_SERIALS], 1);
	assert_int_equal(counts[TABLE_NAMES], 1);
	assert_int_equal(counts[TABLE_KEYS], 1);
	assert_int_equal(counts[TABLE_FINGERPRINTS], 1);
	assert_int_equal(counts[TABLE_EXPIRY], 1);
	assert_int_equal(counts[TABLE_IDEMPOTENCY], 1);
	assert_int_equal(counts[TABLE_REVOKED], 0);
	assert_int_equal(counts[TABLE_LABELS], before[TABLE_LABELS] + 3);
	assert_int_equal(counts[TABLE_LATE], 0);
	expect_sound(f);
	/* ids go on, and the key is free again */
	assert_int_equal(submit(f, "dns:a.example.com", "1"), last + 1);
	expect_sound(f);
}

static void denied_and_failed_requests_go_by_their_own_times(void **state)
{
	struct fixture *f = *state;
	open_with(f, "retention: {denied: 90d, failed: never, events: 1d, audit: never}\n", "");
	uint64_t denied = submit(f, "dns:forbidden.invalid", "1");
	uint64_t issued = submit(f, "dns:a.example.com", "2");
	clock_freeze(NOW + 89 * DAY);
	submit(f, "dns:b.example.com", "3");
	assert_int_equal(prune(f, false).requests, 0);
	clock_freeze(NOW + 91 * DAY);
	assert_int_equal(prune(f, true).requests, 1);
	assert_true(is_there(f, denied));
	assert_int_equal(prune(f, false).requests, 1);
	assert_false(is_there(f, denied));
	assert_true(is_there(f, issued));
	expect_sound(f);
}

static void events_wait_for_every_exit_that_is_configured(void **state)
{
	struct fixture *f = *state;
	open_with(f, "retention: {denied: 1d, events: 1d}\n",
	          "exit:\n  - file: {directory: published, name: one}\n"
	          "  - file: {directory: published, name: two}\n");
	uint64_t denied = submit(f, "dns:forbidden.invalid", "1");
	for (int i = 0; i < 5; i++) {
		char key[8];
		snprintf(key, sizeof key, "k%d", i);
		submit(f, "dns:a.example.com", key);
	}
	clock_freeze(NOW + 10 * DAY);
	submit(f, "dns:b.example.com", "last");
	assert_int_equal(prune(f, false).events, 0);
	assert_int_equal(consumers_advance(f->engine->consumers, "one", 4, NULL), 0);
	assert_int_equal(consumers_advance(f->engine->consumers, "past", 1, NULL), 0);
	assert_int_equal(prune(f, false).events, 0);
	assert_true(is_there(f, denied));
	assert_int_equal(consumers_advance(f->engine->consumers, "two", 3, NULL), 0);
	assert_int_equal(letters_bury(f->engine->database, "two", 1, 3, "no", "uid 7", NULL), 0);
	assert_int_equal(prune(f, false).events, 2); /* 2 and 3: 1 is a dead letter's */
	assert_true(is_there(f, denied));
	expect_sound(f);
	uint64_t moved;
	assert_int_equal(letters_move(f->engine->database, LETTERS_DROP, "two", 1, "uid 1", &moved,
	                              NULL), 0);
	struct prune_batch sum = prune(f, false);
	assert_int_equal(sum.events, 1);
	assert_int_equal(sum.requests, 0); /* younger events are there from the same time */
	assert_int_equal(consumers_advance(f->engine->consumers, "one", 7, NULL), 0);
	assert_int_equal(consumers_advance(f->engine->consumers, "two", 7, NULL), 0);
	sum = prune(f, false);
	assert_int_equal(sum.events, 3);
	assert_int_equal(sum.requests, 1);
	assert_false(is_there(f, denied));
	expect_sound(f);
}

struct auditing {
	unsigned count;
	char detail[300];
};

static int visit_audit(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	struct auditing *a = arg;
	(void)sequence;
	if (entry->action == AUDIT_PRUNED) {
		a->count++;
		snprintf(a->detail, sizeof a->detail, "%s %s: %s, then %s", entry->actor, entry->detail,
		         entry->before, entry->after);
	}
	return 0;
}

static void each_batch_is_in_the_audit_trail(void **state)
{
	struct fixture *f = *state;
	struct auditing a = {0};
	open_with(f, "", "");
	submit(f, "dns:a.example.com", "1");
	submit(f, "dns:b.example.com", "2");
	clock_freeze(NOW + 31 * DAY);
	prune(f, true);
	audit_read(database_store(f->engine->database), 1, visit_audit, &a, NULL);
	assert_int_equal(a.count, 0);
	prune(f, false);
	prune(f, false);
	audit_read(database_store(f->engine->database), 1, visit_audit, &a, NULL);
	assert_int_equal(a.count, 1);
	assert_string_equal(a.detail, "uid 7 0 certificates with their requests, 0 requests, 1 events: "
	                    "2 certificates, 2 requests, 2 events, then "
	                    "2 certificates, 2 requests, 1 events");
}

static void housekeeping_prunes_by_itself(void **state)
{
	struct fixture *f = *state;
	uint64_t counts[TABLE_COUNT];
	int64_t wait;
	open_with(f, "", "");
	for (int i = 0; i < 4; i++) {
		char key[8];
		snprintf(key, sizeof key, "%d", i);
		submit(f, "dns:a.example.com", key);
	}
	clock_freeze(NOW + 31 * DAY);
	assert_int_equal(housekeeping_round(f->engine, NULL, &wait, NULL), 0);
	count(f, counts);
	assert_int_equal(counts[TABLE_EVENTS], 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_old_events_go_by_default),
		TEST(expired_certificates_go_with_all_that_is_of_them),
		TEST(denied_and_failed_requests_go_by_their_own_times),
		TEST(events_wait_for_every_exit_that_is_configured),
		TEST(each_batch_is_in_the_audit_trail),
		TEST(housekeeping_prunes_by_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
