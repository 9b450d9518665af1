#include "crl_world.h"

#include "base/clock.h"
#include "engine/records.pb-c.h"
#include "engine/revoke_key.h"

#define DAY 86400
enum { CA_COMPROMISE = 2, CESSATION = 5 };
#define MANY 450 /* more than two batches */

static int setup(void **state)
{
	static struct crl_world w;
	crl_world_make(&w, "{interval: 1d}");
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	crl_world_end(*state);
	return 0;
}

static int mark(struct crl_world *w, unsigned reason, struct key_progress *out)
{
	struct configuration *c = configuration_take(w->f.engine->holder);
	const struct key_order order = {&c->authorities[0], reason, "lost", "uid 1000"};
	struct error err = {0};
	int result = revoke_key_mark(w->f.engine, w->f.arena, &order, out, &err);
	configuration_release(w->f.engine->holder, c);
	return result;
}

static struct key_progress step(struct crl_world *w)
{
	struct configuration *c = configuration_take(w->f.engine->holder);
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	struct key_progress progress;
	assert_int_equal(revoke_key_step(w->f.engine, arena, &c->authorities[0], &progress, NULL), 0);
	arena_free(arena);
	configuration_release(w->f.engine->holder, c);
	return progress;
}

static struct key_progress progress_of(struct crl_world *w)
{
	struct configuration *c = configuration_take(w->f.engine->holder);
	struct key_progress progress;
	assert_int_equal(revoke_key_progress(w->f.engine, c->authorities[0].issuer, &progress, NULL), 0);
	configuration_release(w->f.engine->holder, c);
	return progress;
}

static const Signet__Db__Certificate *find(struct crl_world *w, struct bytes serial)
{
	struct stored stored;
	assert_int_equal(database_find_serial(w->f.engine->database, w->f.arena, serial, &stored, NULL), 0);
	return stored.certificate;
}

static void it_issues_no_more(void **state)
{
	struct crl_world *w = *state;
	struct signet_outcome out;
	struct key_progress progress;
	struct error err = {0};
	crl_world_issue(w);
	assert_int_equal(progress_of(w).revoked, 0);
	assert_int_equal(mark(w, HOLD, &progress), SIGNET_E_INVALID);
	assert_int_equal(mark(w, REMOVE, &progress), SIGNET_E_INVALID);
	assert_int_equal(mark(w, CESSATION, &progress), 0);
	assert_int_equal(progress.revoked, w->now);
	struct signet_submission s = fixture_submission(
		fixture_csr(w->f.arena, w->f.key, "", "dns:a.example.com", NULL), "late");
	assert_int_equal(fixture_submit(&w->f, &s, &out, &err), SIGNET_E_DENIED);
	assert_non_null(strstr(err.message, "'issuing' is revoked"));
	crl_world_restart(w, "{interval: 1d}");
	assert_int_equal(fixture_submit(&w->f, &s, &out, &err), SIGNET_E_DENIED);
}

/* As a request that was looked at before the mark, and is stored after it. */
static void nothing_is_added_behind_the_mark(void **state)
{
	struct crl_world *w = *state;
	struct key_progress progress;
	struct error err = {0};
	struct configuration *c = configuration_take(w->f.engine->holder);
	const uint8_t idempotency[INDEX_HASH_SIZE] = {1};
	struct database_entry entry = {
		.arena = w->f.arena, .state = SIGNET_REQUEST_ISSUED, .time = w->now,
		.record = bytes_text("\x08\x01"), .idempotency = idempotency,
		.certificate = bytes_text("x"), .serial = bytes_text("serial"),
		.issuer = c->authorities[0].issuer, .authority = "issuing"};
	assert_int_equal(mark(w, CESSATION, &progress), 0);
	assert_int_equal(database_add(w->f.engine->database, &entry, &err), SIGNET_E_DENIED);
	assert_non_null(strstr(err.message, "is revoked"));
	configuration_release(w->f.engine->holder, c);
}

static void all_that_have_not_ended_are_revoked_and_listed(void **state)
{
	struct crl_world *w = *state;
	struct key_progress progress;
	struct bytes ended = crl_world_issue(w);
	crl_world_later(w, 91 * DAY);
	struct bytes valid = crl_world_issue(w), held = crl_world_issue(w), gone = crl_world_issue(w);
	crl_world_revoke(w, held, HOLD);
	crl_world_revoke(w, gone, SUPERSEDED);
	crl_world_round(w);
	int64_t since = find(w, held)->revoked;
	crl_world_later(w, 10);
	assert_int_equal(mark(w, CESSATION, &progress), 0);
	crl_world_round(w);
	progress = progress_of(w);
	assert_true(progress.finished);
	assert_int_equal(progress.count, 2);
	assert_int_equal(find(w, valid)->reason, CESSATION);
	assert_int_equal(find(w, valid)->state, SIGNET_REVOKED);
	assert_int_equal(find(w, held)->state, SIGNET_REVOKED);
	assert_int_equal(find(w, held)->revoked, since);
	assert_int_equal(find(w, ended)->state, 0);
	/* at once, although the reason alone may wait */
	assert_int_equal(crl_world_reason(w, "issuing.crl", valid), CESSATION);
	assert_int_equal(crl_world_reason(w, "issuing.crl", held), CESSATION);
	assert_int_equal(crl_world_reason(w, "issuing.crl", gone), SUPERSEDED);
	assert_int_equal(crl_world_reason(w, "issuing.crl", ended), -1);
	uint64_t number = crl_world_number(w, "issuing.crl");
	/* again: nothing but how far it is */
	assert_int_equal(mark(w, CESSATION, &progress), 0);
	assert_true(progress.finished);
	crl_world_round(w);
	assert_int_equal(crl_world_number(w, "issuing.crl"), number);
}

/* One word for each record behind the issuances. */
static int visit_trail(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	(void)sequence;
	if (strcmp(entry->actor, "uid 1000") == 0)
		buffer_printf(arg, "%s %llu '%s' '%s'\n", audit_action_name(entry->action),
		              (unsigned long long)entry->request, entry->before ? entry->before : "",
		              entry->after ? entry->after : "");
	return 0;
}

static void the_reason_can_be_corrected(void **state)
{
	struct crl_world *w = *state;
	struct key_progress progress;
	struct buffer trail = BUFFER_MAX(4096);
	struct bytes valid = crl_world_issue(w), own = crl_world_issue(w), given = crl_world_issue(w);
	crl_world_revoke(w, own, SUPERSEDED);
	crl_world_round(w);
	assert_int_equal(mark(w, CESSATION, &progress), 0);
	int64_t since = progress.revoked;
	crl_world_round(w);
	crl_world_revoke(w, given, UNSPECIFIED);
	crl_world_later(w, 10);
	assert_int_equal(mark(w, CA_COMPROMISE, &progress), 0);
	assert_int_equal(progress.revoked, since);
	assert_false(progress.finished);
	crl_world_round(w);
	progress = progress_of(w);
	assert_true(progress.finished);
	assert_int_equal(progress.count, 1);
	assert_int_equal(find(w, valid)->reason, CA_COMPROMISE);
	assert_int_equal(find(w, valid)->revoked, since);
	assert_int_equal(crl_world_reason(w, "issuing.crl", valid), CA_COMPROMISE);
	assert_int_equal(find(w, own)->reason, SUPERSEDED);
	assert_int_equal(find(w, given)->reason, UNSPECIFIED);
	assert_int_equal(audit_read(database_store(w->f.engine->database), 1, visit_trail, &trail, NULL),
	                 0);
	assert_string_equal(buffer_text(&trail),
		"revoked 2 'valid' 'revoked, superseded'\n"
		"authority-revoked 0 'valid' 'revoked, cessation-of-operation'\n"
		"revoked 1 'valid' 'revoked, cessation-of-operation'\n"
		"revoked 3 'valid' 'revoked, cessation-of-operation'\n"
		"authority-certificates-revoked 0 '0 certificates revoked with it' '2 certificates revoked with it, finished'\n"
		"corrected 3 'revoked, cessation-of-operation' 'revoked, unspecified'\n"
		"authority-revocation-corrected 0 'revoked, cessation-of-operation' 'revoked, ca-compromise'\n"
		"corrected 1 'revoked, cessation-of-operation' 'revoked, ca-compromise'\n"
		"authority-certificates-revoked 0 '0 certificates revoked with it' '1 certificates revoked with it, finished'\n");
	buffer_free(&trail);
}

struct told {
	unsigned batches, certificates;
};

static int visit(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	(void)sequence;
	struct told *told = arg;
	if (entry->action == AUDIT_KEY_BATCH) {
		assert_string_equal(entry->actor, "uid 1000");
		assert_non_null(strstr(entry->detail, "issuing: "));
		told->batches++;
	} else if (entry->action == AUDIT_REVOKED) {
		assert_string_equal(entry->actor, "uid 1000");
		assert_non_null(strstr(entry->detail, "key-compromise: with the key issuing"));
		assert_int_equal(entry->request, ++told->certificates);
	}
	return 0;
}

static void batches_go_on_over_restarts(void **state)
{
	struct crl_world *w = *state;
	struct bytes first = crl_world_issue(w);
	struct key_progress progress;
	struct told told = {0};
	unsigned events = 0;
	for (unsigned i = 1; i < MANY; i++)
		crl_world_issue(w);
	assert_int_equal(mark(w, KEY_COMPROMISE, &progress), 0);
	progress = step(w);
	assert_in_range(progress.count, 1, 200);
	assert_false(progress.finished);
	uint64_t generation = w->f.engine->revocations;
	assert_int_equal(generation, 1 + progress.count);
	crl_world_restart(w, "{interval: 1d}");
	assert_int_equal(progress_of(w).count, progress.count);
	crl_world_round(w);
	progress = progress_of(w);
	assert_true(progress.finished);
	assert_int_equal(progress.count, MANY);
	assert_int_equal(w->f.engine->revocations, 1 + MANY);
	struct crl crl = crl_world_open(w, "issuing.crl", NULL);
	crl_close(&crl);
	assert_int_equal(crl_world_reason(w, "issuing.crl", first), KEY_COMPROMISE);
	assert_int_equal(audit_read(database_store(w->f.engine->database), 1, visit, &told, NULL), 0);
	assert_in_range(told.batches, 3, 12);
	assert_int_equal(told.certificates, MANY);
	/* each has its event, for those who publish certificates */
	struct events_batch list = {0};
	for (;;) {
		struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
		uint64_t last = list.last;
		assert_int_equal(events_read(w->f.engine->events, arena,
		                             SIGNET_EVENT_BIT(SIGNET_EVENT_REVOKED), last, 64, 0, &list, NULL),
		                 0);
		events += (unsigned)list.count;
		arena_free(arena);
		if (list.count == 0)
			break;
	}
	assert_int_equal(events, MANY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_issues_no_more),
		TEST(nothing_is_added_behind_the_mark),
		TEST(all_that_have_not_ended_are_revoked_and_listed),
		TEST(the_reason_can_be_corrected),
		TEST(batches_go_on_over_restarts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
