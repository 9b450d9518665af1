#include "fixture.h"

#include <stdio.h>

#include "base/clock.h"
#include "engine/expiry.h"
#include "engine/housekeeping.h"
#include "engine/outcome.h"
#include "engine/records.pb-c.h"
#include "engine/revocation.h"

#define DAY 86400

struct world {
	struct fixture f;
	struct bytes csr;
	int64_t now;
	unsigned number; /* of submissions */
};

static int hold(const void *rule, const struct signet_request *request,
                struct signet_draft *draft, struct signet_verdict *verdict)
{
	(void)rule, (void)draft;
	return request->approver_count ? 0 : signet_hold(verdict, "an officer has to look at it");
}

/* No event is pruned: the tests count them over many days. */
static void open_with(struct world *w, const char *sections)
{
	char text[4096];
	snprintf(text, sizeof text, "%sretention: {events: never}\n%s", fixture_sections, sections);
	if (w->f.engine)
		fixture_shut(&w->f);
	fixture_configure(&w->f, text);
	fixture_open(&w->f);
}

static int setup(void **state)
{
	static struct world w;
	w = (struct world){0};
	fixture_make(&w.f, fixture_sections);
	w.now = clock_now();
	clock_freeze(w.now);
	w.csr = fixture_csr(w.f.arena, w.f.key, "", "dns:a.example.com", NULL);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	clock_freeze(0);
	fixture_end(&w->f);
	return 0;
}

/* Of so many days; 0: the profile's 90. */
static uint64_t submit(struct world *w, int64_t days)
{
	struct signet_outcome out;
	struct error err = {0};
	char key[16];
	snprintf(key, sizeof key, "%u", w->number++);
	struct signet_submission s = fixture_submission(w->csr, key);
	s.not_after = days ? w->now + days * DAY : 0;
	if (fixture_submit(&w->f, &s, &out, &err))
		fail_msg("%s", err.message);
	return out.request_id;
}

static void later(struct world *w, int64_t seconds)
{
	w->now += seconds;
	clock_freeze(w->now);
}

static int64_t round_of(struct world *w)
{
	int64_t wait;
	struct error err = {0};
	if (housekeeping_round(w->f.engine, NULL, &wait, &err))
		fail_msg("%s", err.message);
	return wait;
}

/* The requests that have an event of this kind, in the order of the events. */
static void expect(struct world *w, enum signet_event_kind kind, const char *expected)
{
	struct buffer text = BUFFER_MAX(65536);
	struct events_batch batch = {0};
	do {
		assert_int_equal(events_read(w->f.engine->events, w->f.arena, SIGNET_EVENT_BIT(kind),
		                             batch.last, 50, 0, &batch, NULL), 0);
		for (size_t i = 0; i < batch.count; i++)
			buffer_printf(&text, "%llu ", (unsigned long long)batch.rows[i].stored.id);
	} while (batch.count);
	assert_string_equal(text.length ? buffer_text(&text) : "", expected);
	buffer_free(&text);
}

static unsigned count(struct world *w, enum signet_event_kind kind)
{
	unsigned n = 0;
	struct events_batch batch = {0};
	do {
		assert_int_equal(events_read(w->f.engine->events, w->f.arena, SIGNET_EVENT_BIT(kind),
		                             batch.last, 50, 0, &batch, NULL), 0);
		n += (unsigned)batch.count;
	} while (batch.count);
	return n;
}

static enum signet_request_state state_of(struct world *w, uint64_t id, const char **message)
{
	struct stored stored;
	assert_int_equal(database_find(w->f.engine->database, w->f.arena, id, &stored, NULL), 0);
	*message = stored.request->message;
	return (enum signet_request_state)stored.request->state;
}

/* ---- pending requests ---- */

static void who_waits_too_long_is_denied(void **state)
{
	struct world *w = *state;
	const char *message;
	open_with(w, "pending: {expires: 2d}\n");
	fixture_use_rule(&w->f, hold);
	uint64_t first = submit(w, 0);
	later(w, DAY);
	uint64_t second = submit(w, 0);
	later(w, DAY - 1);
	assert_int_equal(round_of(w), 1);
	assert_int_equal(state_of(w, first, &message), SIGNET_REQUEST_PENDING);
	later(w, 1);
	round_of(w);
	assert_int_equal(state_of(w, first, &message), SIGNET_REQUEST_DENIED);
	assert_string_equal(message, "nobody decided within 2 days");
	assert_int_equal(state_of(w, second, &message), SIGNET_REQUEST_PENDING);
	round_of(w);
	expect(w, SIGNET_EVENT_DENIED, "1 ");
	/* late is not never */
	later(w, 100 * DAY);
	round_of(w);
	expect(w, SIGNET_EVENT_DENIED, "1 2 ");
	struct database_counts counts;
	assert_int_equal(database_count(w->f.engine->database, &counts, NULL), 0);
	assert_int_equal(counts.pending, 0);
}

static int visit(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	(void)sequence;
	if (entry->action == AUDIT_DENIED)
		buffer_printf(arg, "%s: %s", entry->actor, entry->detail);
	return 0;
}

static void the_engine_answers_for_it(void **state)
{
	struct world *w = *state;
	struct buffer text = BUFFER_MAX(4096);
	struct stored stored;
	open_with(w, "pending: {expires: 90s}\n");
	fixture_use_rule(&w->f, hold);
	uint64_t id = submit(w, 0);
	later(w, 90);
	round_of(w);
	assert_int_equal(audit_read(database_store(w->f.engine->database), 1, visit, &text, NULL), 0);
	assert_string_equal(buffer_text(&text), "engine: nobody decided within 90 seconds");
	buffer_free(&text);
	assert_int_equal(database_find(w->f.engine->database, w->f.arena, id, &stored, NULL), 0);
	assert_int_equal(stored.request->reason, SIGNET_REASON_POLICY);
	assert_string_equal(stored.request->trace[1]->rule, "engine");
}

static void many_are_denied_in_steps(void **state)
{
	enum { COUNT = 1100 };
	struct world *w = *state;
	struct database_counts counts;
	open_with(w, "pending: {expires: 1d}\n");
	fixture_use_rule(&w->f, hold);
	for (unsigned i = 0; i < COUNT; i++) {
		submit(w, 0);
		arena_clear(w->f.arena);
		w->csr = i + 1 < COUNT ? fixture_csr(w->f.arena, w->f.key, "", "dns:a.example.com", NULL)
		                       : BYTES_NONE;
	}
	later(w, DAY);
	round_of(w);
	assert_int_equal(database_count(w->f.engine->database, &counts, NULL), 0);
	assert_int_equal(counts.pending, 0);
	assert_int_equal(count(w, SIGNET_EVENT_DENIED), COUNT);
}

static void with_0_they_wait_for_ever(void **state)
{
	struct world *w = *state;
	const char *message;
	open_with(w, "pending: {expires: 0}\n");
	fixture_use_rule(&w->f, hold);
	uint64_t id = submit(w, 0);
	later(w, 1000 * DAY);
	assert_int_equal(round_of(w), 60);
	assert_int_equal(state_of(w, id, &message), SIGNET_REQUEST_PENDING);
}

/* ---- what does not read back ---- */

struct spoiling {
	uint64_t id;
	const char *value; /* NULL: the record is gone */
};

static int spoil_record(struct store_txn *txn, void *arg)
{
	const struct spoiling *spoiling = arg;
	struct store_key key = store_key_number(spoiling->id);
	return spoiling->value
		? store_put(txn, TABLE_REQUESTS, store_key_get(&key), bytes_text(spoiling->value))
		: store_delete(txn, TABLE_REQUESTS, store_key_get(&key));
}

static void spoil(struct world *w, uint64_t id, const char *value)
{
	struct spoiling spoiling = {id, value};
	assert_int_equal(store_write(database_store(w->f.engine->database), spoil_record, &spoiling,
	                             NULL), 0);
}

static void a_request_that_does_not_read_back_holds_up_nobody(void **state)
{
	struct world *w = *state;
	const char *message;
	open_with(w, "pending: {expires: 1d}\nexpiring: {before: [7d], renewed: true}\n");
	uint64_t issued = submit(w, 8);
	fixture_use_rule(&w->f, hold);
	uint64_t garbage = submit(w, 0), gone = submit(w, 0), cut = submit(w, 0), last = submit(w, 0);
	spoil(w, garbage, "\xff\xff\xff");
	spoil(w, gone, NULL);
	spoil(w, cut, "\x08\x03\x10\x01\x1a\x40");
	later(w, DAY);
	for (unsigned i = 0; i < 3; i++) {
		round_of(w);
		assert_int_equal(state_of(w, last, &message), SIGNET_REQUEST_DENIED);
		/* each is told of once */
		const struct unreadable *unreadable = &w->f.engine->unreadable;
		assert_int_equal(unreadable->count, 3);
		assert_int_equal(unreadable->ids[0], garbage);
		assert_int_equal(unreadable->ids[1], gone);
		assert_int_equal(unreadable->ids[2], cut);
		assert_int_equal(count(w, SIGNET_EVENT_EXPIRING), 1);
	}
	expect(w, SIGNET_EVENT_EXPIRING, "1 ");
	assert_int_equal(issued, 1);
}

static void a_certificate_that_does_not_read_back_hides_no_other(void **state)
{
	struct world *w = *state;
	open_with(w, "expiring: {before: [7d], renewed: true}\n");
	uint64_t first = submit(w, 8);
	submit(w, 9);
	spoil(w, first, "\xff\xff\xff");
	round_of(w);
	later(w, 2 * DAY);
	round_of(w);
	expect(w, SIGNET_EVENT_EXPIRING, "2 ");
	assert_int_equal(w->f.engine->unreadable.count, 1);
	assert_int_equal(w->f.engine->unreadable.ids[0], first);
}

/* ---- certificates ---- */

static void each_certificate_is_announced_once_for_each_time(void **state)
{
	struct world *w = *state;
	open_with(w, "expiring: {before: [30d, 7d], renewed: true}\n");
	submit(w, 80);
	submit(w, 40);
	submit(w, 60);
	round_of(w);
	expect(w, SIGNET_EVENT_EXPIRING, "");
	later(w, 10 * DAY);
	round_of(w);
	round_of(w);
	expect(w, SIGNET_EVENT_EXPIRING, "2 ");
	later(w, 23 * DAY);
	round_of(w);
	expect(w, SIGNET_EVENT_EXPIRING, "2 3 2 ");
	fixture_shut(&w->f);
	fixture_open(&w->f);
	round_of(w);
	expect(w, SIGNET_EVENT_EXPIRING, "2 3 2 ");
}

static void the_moment_is_exact(void **state)
{
	struct world *w = *state;
	open_with(w, "expiring: {before: [7d], renewed: true}\n");
	submit(w, 20);
	later(w, 13 * DAY - 1);
	assert_int_equal(round_of(w), 1);
	expect(w, SIGNET_EVENT_EXPIRING, "");
	later(w, 1);
	round_of(w);
	expect(w, SIGNET_EVENT_EXPIRING, "1 ");
}

static void what_was_missed_comes_late(void **state)
{
	struct world *w = *state;
	open_with(w, "expiring: {before: [30d, 7d], renewed: true}\n");
	submit(w, 60);
	submit(w, 70);
	round_of(w);
	fixture_shut(&w->f);
	later(w, 65 * DAY);
	fixture_open(&w->f);
	round_of(w);
	/* both of the first, which has ended by now, and both of the second */
	assert_int_equal(count(w, SIGNET_EVENT_EXPIRING), 4);
	round_of(w);
	assert_int_equal(count(w, SIGNET_EVENT_EXPIRING), 4);
}

static void revoke(struct world *w, uint64_t id, unsigned reason)
{
	struct stored stored;
	struct bytes serial;
	assert_int_equal(database_find(w->f.engine->database, w->f.arena, id, &stored, NULL), 0);
	assert_int_equal(outcome_serial(bytes_make(stored.certificate->der.data,
	                                           stored.certificate->der.len), &serial), 0);
	struct revocation revocation = {serial, reason, 0, "", "uid 0"};
	assert_int_equal(revocation_order(w->f.engine, w->f.arena, &revocation, NULL), 0);
}

static void revoked_ones_are_passed_by(void **state)
{
	struct world *w = *state;
	open_with(w, "expiring: {before: [7d], renewed: true}\n");
	revoke(w, submit(w, 20), 4);
	revoke(w, submit(w, 20), 6);
	submit(w, 20);
	later(w, 15 * DAY);
	round_of(w);
	/* a held one may be valid again, and ends all the same */
	expect(w, SIGNET_EVENT_EXPIRING, "2 3 ");
}

/* Names, and another key when it is said. */
static uint64_t submit_names(struct world *w, const struct key *key, int64_t days, const char *a,
                             const char *b)
{
	w->csr = fixture_csr(w->f.arena, key, "", a, b, NULL);
	return submit(w, days);
}

static void renewed_ones_are_passed_by(void **state)
{
	struct world *w = *state;
	const struct key *key = w->f.key, *other = w->f.root_key;
	open_with(w, "expiring: [7d]\n");
	submit_names(w, key, 20, "dns:a.example.com", NULL);                        /* 1: renewed by 5 */
	submit_names(w, key, 20, "dns:b.example.com", "dns:c.example.com");         /* 2: by 6 */
	submit_names(w, other, 20, "dns:d.example.com", "dns:e.example.com");       /* 3: one is left out */
	submit_names(w, key, 20, "dns:f.example.com", "dns:g.example.com");         /* 4: by 8, of its key */
	submit_names(w, other, 40, "dns:A.example.com", NULL);
	submit_names(w, other, 41, "dns:c.example.com", "dns:b.example.com");
	submit_names(w, key, 42, "dns:d.example.com", NULL);
	submit_names(w, key, 43, "dns:f.example.com", "dns:h.example.com");
	later(w, 14 * DAY);
	round_of(w);
	expect(w, SIGNET_EVENT_EXPIRING, "3 ");
}

static void what_is_no_good_renews_nothing(void **state)
{
	struct world *w = *state;
	open_with(w, "expiring: [7d]\n");
	submit(w, 20);
	revoke(w, submit(w, 30), 4); /* revoked, */
	revoke(w, submit(w, 31), 6); /* held, */
	submit(w, 19);               /* and one that ends before */
	later(w, 12 * DAY);
	round_of(w);
	expect(w, SIGNET_EVENT_EXPIRING, "");
	later(w, DAY);
	round_of(w);
	expect(w, SIGNET_EVENT_EXPIRING, "1 ");
}

static void the_gateway_looks_after_its_own(void **state)
{
	struct world *w = *state;
	struct signet_outcome out;
	struct error err = {0};
	open_with(w, "expiring: {before: [7d], renewed: true}\n");
	struct signet_submission s = fixture_submission(
		fixture_csr(w->f.arena, w->f.key, "", "dns:ca.example.com", NULL), "own");
	s.profile = s.intermediary = s.protocol = "gateway";
	if (fixture_submit(&w->f, &s, &out, &err) || out.disposition != SIGNET_ISSUED)
		fail_msg("%s %s", err.message, err.code ? "" : out.message);
	submit(w, 0);
	later(w, 89 * DAY);
	round_of(w);
	expect(w, SIGNET_EVENT_EXPIRING, "2 ");
}

static void a_short_life_is_not_announced_at_birth(void **state)
{
	struct world *w = *state;
	open_with(w, "expiring: {before: [30d, 7d], renewed: true}\n");
	submit(w, 29);
	submit(w, 7);
	round_of(w);
	expect(w, SIGNET_EVENT_EXPIRING, "");
	later(w, 28 * DAY);
	round_of(w);
	expect(w, SIGNET_EVENT_EXPIRING, "1 ");
}

static void a_new_time_begins_with_what_has_not_ended(void **state)
{
	struct world *w = *state;
	open_with(w, "");
	submit(w, 10);
	submit(w, 20);
	later(w, 15 * DAY);
	round_of(w);
	open_with(w, "expiring: {before: [7d], renewed: true}\n");
	round_of(w);
	expect(w, SIGNET_EVENT_EXPIRING, "2 ");
	/* and what was forgotten is new */
	open_with(w, "");
	round_of(w);
	submit(w, 20);
	later(w, 30 * DAY);
	open_with(w, "expiring: {before: [7d], renewed: true}\n");
	round_of(w);
	expect(w, SIGNET_EVENT_EXPIRING, "2 ");
}

/* Set to a time far ahead by mistake, and back. */
static void a_clock_that_was_wrong_hides_no_certificate(void **state)
{
	struct world *w = *state;
	open_with(w, "expiring: {before: [7d], renewed: true}\n");
	submit(w, 20);
	round_of(w);
	later(w, 400 * DAY);
	round_of(w);
	expect(w, SIGNET_EVENT_EXPIRING, "1 ");
	later(w, -400 * DAY);
	round_of(w);
	submit(w, 15);
	round_of(w);
	later(w, 8 * DAY);
	round_of(w);
	expect(w, SIGNET_EVENT_EXPIRING, "1 2 ");
	/* the first is due again: what was said of it came too early */
	later(w, 6 * DAY);
	round_of(w);
	round_of(w);
	expect(w, SIGNET_EVENT_EXPIRING, "1 2 1 ");
}

static void a_clock_that_is_put_right_a_little_repeats_nothing(void **state)
{
	struct world *w = *state;
	open_with(w, "expiring: {before: [7d], renewed: true}\n");
	submit(w, 20);
	round_of(w);
	later(w, 13 * DAY);
	round_of(w);
	later(w, -60);
	round_of(w);
	later(w, 120);
	round_of(w);
	expect(w, SIGNET_EVENT_EXPIRING, "1 ");
}

static void many_are_announced_in_steps(void **state)
{
	enum { COUNT = 1100 };
	struct world *w = *state;
	open_with(w, "expiring: {before: [7d], renewed: true}\n");
	for (unsigned i = 0; i < COUNT; i++) {
		submit(w, 20);
		arena_clear(w->f.arena);
		w->csr = i + 1 < COUNT ? fixture_csr(w->f.arena, w->f.key, "", "dns:a.example.com", NULL)
		                       : BYTES_NONE;
	}
	later(w, 14 * DAY);
	round_of(w);
	assert_int_equal(count(w, SIGNET_EVENT_EXPIRING), COUNT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_waits_too_long_is_denied),
		TEST(the_engine_answers_for_it),
		TEST(many_are_denied_in_steps),
		TEST(with_0_they_wait_for_ever),
		TEST(a_request_that_does_not_read_back_holds_up_nobody),
		TEST(a_certificate_that_does_not_read_back_hides_no_other),
		TEST(each_certificate_is_announced_once_for_each_time),
		TEST(the_moment_is_exact),
		TEST(what_was_missed_comes_late),
		TEST(revoked_ones_are_passed_by),
		TEST(renewed_ones_are_passed_by),
		TEST(what_is_no_good_renews_nothing),
		TEST(the_gateway_looks_after_its_own),
		TEST(a_short_life_is_not_announced_at_birth),
		TEST(a_new_time_begins_with_what_has_not_ended),
		TEST(a_clock_that_was_wrong_hides_no_certificate),
		TEST(a_clock_that_is_put_right_a_little_repeats_nothing),
		TEST(many_are_announced_in_steps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
