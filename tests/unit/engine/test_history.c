#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "api/draft.h"
#include "asn1/name.h"
#include "base/clock.h"
#include "engine/decision.h"
#include "engine/history.h"
#include "engine/request.h"

#define HOUR 3600
#define DAY 86400
#define NOW 1800000000

static int setup(void **state)
{
	static struct fixture f;
	clock_freeze(NOW);
	fixture_make(&f, fixture_sections);
	fixture_open(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	fixture_end(*state);
	clock_freeze(0);
	return 0;
}

/* A judgement at this time, for the rule "quota". */
struct judgement {
	struct fixture *f;
	struct history *history;
	struct signet_draft *draft;
};

static struct judgement judge(struct fixture *f, int64_t now)
{
	struct judgement j = {f, history_new(f->arena, f->engine->database, now),
	                      signet_draft_new(f->arena)};
	assert_non_null(j.history);
	assert_non_null(j.draft);
	history_attach(j.history, j.draft);
	signet_draft_set_rule(j.draft, "quota");
	return j;
}

static uint64_t look(const struct judgement *j, const char *scope, int64_t window, uint64_t max)
{
	uint64_t count = UINT64_MAX;
	assert_int_equal(signet_draft_count(j->draft, bytes_text(scope), window, max, &count), 0);
	history_rest(j->history);
	return count;
}

static int look_at_likes(const struct judgement *j, enum signet_likeness likeness, uint64_t max,
                         uint64_t *count)
{
	int result = signet_draft_count_like(j->draft, likeness, key_public(j->f->key), DAY, max,
	                                     count);
	history_rest(j->history);
	return result;
}

static int claim(struct store_txn *txn, void *arg)
{
	return history_claim(txn, arg);
}

/* As when the certificate is stored. */
static int issue(const struct judgement *j)
{
	return store_write(database_store(j->f->engine->database), claim, j->history, NULL);
}

/* Looks without a limit, and issues. */
static void issue_one(struct fixture *f, int64_t now, const char *scope, int64_t window)
{
	struct judgement j = judge(f, now);
	look(&j, scope, window, 0);
	assert_int_equal(issue(&j), 0);
}

static uint64_t count_at(struct fixture *f, int64_t now, const char *scope, int64_t window)
{
	struct judgement j = judge(f, now);
	return look(&j, scope, window, 0);
}

struct table_size {
	unsigned table;
	uint64_t count;
};

static int read_size(struct store_txn *txn, void *arg)
{
	struct table_size *size = arg;
	size->count = store_count(txn, size->table);
	return 0;
}

static uint64_t rows(struct fixture *f, unsigned table)
{
	struct table_size size = {table, 0};
	assert_int_equal(store_read(database_store(f->engine->database), read_size, &size, NULL), 0);
	return size.count;
}

static void only_what_was_issued_counts(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(count_at(f, NOW, "alice", DAY), 0);
	assert_int_equal(count_at(f, NOW, "alice", DAY), 0); /* looking is not issuing */
	issue_one(f, NOW, "alice", DAY);
	issue_one(f, NOW, "alice", DAY);
	assert_int_equal(count_at(f, NOW, "alice", DAY), 2);
}

static void rules_and_scopes_count_apart(void **state)
{
	struct fixture *f = *state;
	issue_one(f, NOW, "alice", DAY);
	assert_int_equal(count_at(f, NOW, "bob", DAY), 0);
	assert_int_equal(count_at(f, NOW, "", DAY), 0);
	struct judgement other = judge(f, NOW);
	signet_draft_set_rule(other.draft, "quot");
	assert_int_equal(look(&other, "aalice", DAY, 0), 0);
	assert_int_equal(look(&other, "alice", DAY, 0), 0);
}

static void who_relies_on_a_count_that_grew_is_judged_anew(void **state)
{
	struct fixture *f = *state;
	struct judgement first = judge(f, NOW), second = judge(f, NOW), third = judge(f, NOW);
	assert_int_equal(look(&first, "alice", DAY, 2), 0);
	assert_int_equal(look(&second, "alice", DAY, 2), 0);
	assert_int_equal(look(&third, "alice", DAY, 2), 0);
	assert_int_equal(issue(&first), 0);
	assert_int_equal(issue(&second), 0);
	assert_int_equal(issue(&third), SIGNET_E_CONFLICT);
	assert_int_equal(count_at(f, NOW, "alice", DAY), 2);
}

static void a_conflict_leaves_no_count_of_its_other_scopes(void **state)
{
	struct fixture *f = *state;
	struct judgement late = judge(f, NOW);
	look(&late, "all", DAY, 100);
	look(&late, "alice", DAY, 1);
	look(&late, "acme", DAY, 100);
	issue_one(f, NOW, "alice", DAY);
	assert_int_equal(issue(&late), SIGNET_E_CONFLICT);
	assert_int_equal(count_at(f, NOW, "all", DAY), 0);
	assert_int_equal(count_at(f, NOW, "acme", DAY), 0);
	assert_int_equal(rows(f, TABLE_TALLIES), 1);
}

/* As when an officer has lifted the hold of a rule that found too many. */
static void who_knew_of_too_many_relies_on_nothing(void **state)
{
	struct fixture *f = *state;
	issue_one(f, NOW, "alice", DAY);
	struct judgement j = judge(f, NOW);
	assert_int_equal(look(&j, "alice", DAY, 1), 1);
	issue_one(f, NOW, "alice", DAY);
	assert_int_equal(issue(&j), 0);
	assert_int_equal(count_at(f, NOW, "alice", DAY), 3);
}

static void a_scope_counts_once_for_a_certificate(void **state)
{
	struct fixture *f = *state;
	struct judgement j = judge(f, NOW);
	look(&j, "alice", DAY, 5);
	look(&j, "alice", DAY, 1); /* the least of what is relied on stands */
	look(&j, "alice", DAY, 9);
	assert_int_equal(issue(&j), 0);
	assert_int_equal(count_at(f, NOW, "alice", DAY), 1);
	struct judgement again = judge(f, NOW);
	look(&again, "alice", DAY, 9);
	look(&again, "alice", DAY, 2);
	issue_one(f, NOW, "alice", DAY);
	assert_int_equal(issue(&again), SIGNET_E_CONFLICT);
}

static void windows_are_bounded_and_one_for_a_scope(void **state)
{
	struct fixture *f = *state;
	struct judgement j = judge(f, NOW);
	uint64_t count;
	struct bytes scope = bytes_text("alice");
	assert_int_equal(signet_draft_count(j.draft, scope, 59, 1, &count), SIGNET_E_INVALID);
	assert_int_equal(signet_draft_count(j.draft, scope, SIGNET_WINDOW_MAX + 1, 1, &count),
	                 SIGNET_E_INVALID);
	look(&j, "alice", 60, 1);
	assert_int_equal(signet_draft_count(j.draft, scope, DAY, 1, &count), SIGNET_E_INVALID);
	signet_draft_set_rule(j.draft, NULL);
	assert_int_equal(signet_draft_count(j.draft, scope, 60, 1, &count), SIGNET_E_UNSUPPORTED);
}

/* What another thread does meanwhile. */
static void *overtake(void *arg)
{
	struct judgement other = judge(arg, NOW);
	signet_draft_set_rule(other.draft, "test");
	look(&other, "all", DAY, 0);
	assert_int_equal(issue(&other), 0);
	return NULL;
}

static void all_questions_look_at_one_state(void **state)
{
	struct fixture *f = *state;
	struct judgement j = judge(f, NOW);
	pthread_t other;
	uint64_t count;
	signet_draft_set_rule(j.draft, "test");
	assert_int_equal(signet_draft_count(j.draft, bytes_text("alice"), DAY, 0, &count), 0);
	assert_int_equal(pthread_create(&other, NULL, overtake, f), 0);
	pthread_join(other, NULL);
	assert_int_equal(signet_draft_count(j.draft, bytes_text("all"), DAY, 0, &count), 0);
	assert_int_equal(count, 0);
	signet_draft_rest(j.draft);
	assert_int_equal(signet_draft_count(j.draft, bytes_text("all"), DAY, 0, &count), 0);
	assert_int_equal(count, 1);
	history_rest(j.history);
	history_rest(j.history);
}

static void counts_survive_a_restart(void **state)
{
	struct fixture *f = *state;
	issue_one(f, NOW, "alice", DAY);
	fixture_shut(f);
	fixture_open(f);
	assert_int_equal(count_at(f, NOW, "alice", DAY), 1);
}

/* ---- keys ---- */

static void certify(struct fixture *f, const struct key *key, const char *name, const char *id)
{
	struct signet_outcome out;
	struct error err = {0};
	struct signet_submission s =
		fixture_submission(fixture_csr(f->arena, key, "", name, NULL), id);
	if (fixture_submit(f, &s, &out, &err) || out.disposition != SIGNET_ISSUED)
		fail_msg("%s %s", err.message, err.code ? "" : out.message);
}

/* A judgement that asks whether the fixture's key is shared by a draft like this. */
static bool ask(struct fixture *f, struct judgement *j, const char *subject, const char *name)
{
	struct general_name names[1];
	struct bytes encoded;
	bool shared = false;
	*j = judge(f, NOW);
	assert_int_equal(name_from_text(f->arena, subject, &encoded, NULL), 0);
	assert_int_equal(general_name_from_text(f->arena, name, names, NULL), 0);
	assert_int_equal(signet_draft_set_subject(j->draft, encoded), 0);
	assert_int_equal(signet_draft_set_alt_names(j->draft, names, 1), 0);
	assert_int_equal(signet_draft_key_is_shared(j->draft, key_public(f->key), &shared), 0);
	history_rest(j->history);
	return shared;
}

static void a_key_is_shared_by_another_subject(void **state)
{
	struct fixture *f = *state;
	struct judgement j;
	assert_false(ask(f, &j, "CN=a.example.com", "dns:a.example.com"));
	certify(f, f->issuing_key, "dns:b.example.com", "1");
	assert_false(ask(f, &j, "CN=a.example.com", "dns:a.example.com"));
	certify(f, f->key, "dns:a.example.com", "2");
	assert_false(ask(f, &j, "CN=a.example.com", "dns:other.example.com"));
	assert_true(ask(f, &j, "CN=b.example.com", "dns:a.example.com"));
	assert_true(ask(f, &j, "", "dns:a.example.com"));
}

static void a_key_that_became_shared_is_judged_anew(void **state)
{
	struct fixture *f = *state;
	struct judgement a, b;
	assert_false(ask(f, &a, "CN=a.example.com", "dns:a.example.com"));
	assert_false(ask(f, &b, "CN=b.example.com", "dns:b.example.com"));
	certify(f, f->key, "dns:a.example.com", "1");
	assert_int_equal(issue(&a), 0);
	assert_int_equal(issue(&b), SIGNET_E_CONFLICT);
}

static void who_relies_on_likeness_that_grew_is_judged_anew(void **state)
{
	struct fixture *f = *state;
	struct judgement early, late;
	uint64_t count = 9;
	ask(f, &early, "CN=a.example.com", "dns:a.example.com");
	ask(f, &late, "CN=a.example.com", "dns:a.example.com");
	assert_int_equal(look_at_likes(&early, SIGNET_LIKE_NAMES, 2, &count),
	                 0);
	assert_int_equal(count, 0);
	assert_int_equal(look_at_likes(&late, SIGNET_LIKE_NAMES, 1, &count),
	                 0);
	certify(f, f->key, "dns:a.example.com", "1");
	assert_int_equal(issue(&early), 0);
	assert_int_equal(issue(&late), SIGNET_E_CONFLICT);
	assert_int_equal(look_at_likes(&late, SIGNET_LIKE_NAMES, 1, &count),
	                 0);
	assert_int_equal(count, 1);
}

static void who_is_unlike_is_no_reason_to_judge_anew(void **state)
{
	struct fixture *f = *state;
	struct judgement j;
	uint64_t count;
	assert_false(ask(f, &j, "CN=a.example.com", "dns:a.example.com"));
	for (enum signet_likeness l = SIGNET_LIKE_KEY; l <= SIGNET_LIKE_NAME; l++)
		assert_int_equal(look_at_likes(&j, l, 2, &count), 0);
	certify(f, f->issuing_key, "dns:b.example.com", "1");
	certify(f, f->issuing_key, "dns:c.example.com", "2");
	certify(f, f->issuing_key, "dns:d.example.com", "3");
	assert_int_equal(issue(&j), 0);
	certify(f, f->key, "dns:a.example.com", "4");
	certify(f, f->key, "dns:a.example.com", "5");
	assert_int_equal(issue(&j), SIGNET_E_CONFLICT);
}

static int remove_rows(struct store_txn *txn, void *arg)
{
	struct fixture *f = arg;
	uint8_t fingerprint[32];
	struct bytes form;
	pubkey_fingerprint(key_public(f->issuing_key), fingerprint);
	struct store_key key = index_key(bytes_make(fingerprint, INDEX_HASH_SIZE), 1);
	store_delete(txn, TABLE_KEYS, store_key_get(&key));
	index_name(f->arena, "gone.example.com", &form);
	struct store_key name = index_key(form, 1);
	store_delete(txn, TABLE_NAMES, store_key_get(&name));
	return store_error(txn);
}

static void what_is_pruned_hides_nothing_that_has_come(void **state)
{
	struct fixture *f = *state;
	struct judgement shared, like;
	uint64_t count;
	certify(f, f->issuing_key, "dns:gone.example.com", "1");
	assert_false(ask(f, &shared, "CN=a.example.com", "dns:a.example.com"));
	ask(f, &like, "CN=b.example.com", "dns:b.example.com");
	assert_int_equal(look_at_likes(&like, SIGNET_LIKE_NAMES, 1, &count), 0);
	certify(f, f->key, "dns:b.example.com", "2");
	assert_int_equal(store_write(database_store(f->engine->database), remove_rows, f, NULL), 0);
	assert_int_equal(issue(&shared), SIGNET_E_CONFLICT);
	assert_int_equal(issue(&like), SIGNET_E_CONFLICT);
}

static void what_the_draft_becomes_is_another_identity(void **state)
{
	struct fixture *f = *state;
	struct judgement j;
	struct general_name names[1];
	uint64_t count;
	certify(f, f->key, "dns:a.example.com", "1");
	ask(f, &j, "CN=a.example.com", "dns:a.example.com");
	assert_int_equal(look_at_likes(&j, SIGNET_LIKE_NAMES, 5, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(general_name_from_text(f->arena, "dns:b.example.com", names, NULL), 0);
	assert_int_equal(signet_draft_set_alt_names(j.draft, names, 1), 0);
	assert_int_equal(look_at_likes(&j, SIGNET_LIKE_NAMES, 5, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(look_at_likes(&j, SIGNET_LIKE_KEY, 5, &count), 0);
	assert_int_equal(count, 1);
}

/* ---- through the engine ---- */

#define QUOTA 10

static int check_quota(const void *rule, const struct signet_request *request,
                       struct signet_draft *draft, struct signet_verdict *verdict)
{
	uint64_t count;
	(void)rule;
	(void)request;
	int result = signet_draft_count(draft, bytes_text("all"), DAY, QUOTA, &count);
	if (result || count < QUOTA)
		return result;
	return signet_deny(verdict, SIGNET_REASON_POLICY, "too many");
}

/* The same for those whom an officer lets pass. */
static int check_held_quota(const void *rule, const struct signet_request *request,
                            struct signet_draft *draft, struct signet_verdict *verdict)
{
	int result = check_quota(rule, request, draft, verdict);
	return result || verdict->decision == SIGNET_DENY ? result : signet_hold(verdict, "wait");
}

/* Others are always faster. */
static int check_overtaken(const void *rule, const struct signet_request *request,
                           struct signet_draft *draft, struct signet_verdict *verdict)
{
	static _Atomic(struct fixture *) world;
	uint64_t count;
	(void)verdict;
	if (!request) { /* told by the test */
		world = (struct fixture *)(uintptr_t)rule;
		return 0;
	}
	int result = signet_draft_count(draft, bytes_text("all"), DAY, 0, &count);
	if (result == 0)
		result = signet_draft_count(draft, bytes_text("all"), DAY, count + 1, &count);
	pthread_t other;
	assert_int_equal(pthread_create(&other, NULL, overtake, world), 0);
	pthread_join(other, NULL);
	return result;
}

#define THREADS 32

struct caller {
	pthread_t thread;
	struct fixture *f;
	struct bytes csr;
	unsigned number;
	struct arena *arena;
	uint64_t id; /* approves this one; 0: submits */
	int result;
	enum signet_disposition disposition;
};

static void *call(void *arg)
{
	struct caller *caller = arg;
	char key[32];
	struct signet_outcome out = {0};
	snprintf(key, sizeof key, "order-%u", caller->number);
	struct signet_submission s = fixture_submission(caller->csr, key);
	struct decision decision = {caller->id, "uid 1000", "", NULL};
	struct engine *engine = caller->f->engine;
	struct configuration *c = configuration_take(engine->holder);
	caller->result =
		caller->id ? decision_approve(engine, c, caller->arena, &decision, &out, NULL)
		           : request_submit(engine, c, caller->arena, &s, &out, NULL);
	configuration_release(engine->holder, c);
	caller->disposition = out.disposition;
	return NULL;
}

static struct caller callers[THREADS];

/* All at once. Returns how many of them came out like this; the others are denied. */
static unsigned run_all(struct fixture *f, struct bytes csr, bool approve,
                        enum signet_disposition disposition)
{
	unsigned count = 0;
	for (unsigned i = 0; i < THREADS; i++) {
		callers[i] = (struct caller){.f = f, .csr = csr, .number = i, .id = approve ? i + 1 : 0,
		                             .arena = arena_new(LIMIT_REQUEST_ARENA)};
		assert_int_equal(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(callers[i].thread, NULL);
		assert_int_equal(callers[i].result, 0);
		if (callers[i].disposition == disposition)
			count++;
		else
			assert_int_equal(callers[i].disposition, SIGNET_DENIED);
		arena_free(callers[i].arena);
	}
	return count;
}

static void many_at_once_do_not_get_past_a_quota_together(void **state)
{
	struct fixture *f = *state;
	fixture_use_rule(f, check_quota);
	struct bytes csr = fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL);
	assert_int_equal(run_all(f, csr, false, SIGNET_ISSUED), QUOTA);
	assert_int_equal(rows(f, TABLE_CERTIFICATES), QUOTA);
	assert_int_equal(rows(f, TABLE_REQUESTS), THREADS);
}

static void many_approvals_at_once_do_not_either(void **state)
{
	struct fixture *f = *state;
	fixture_use_rule(f, check_held_quota);
	struct bytes csr = fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL);
	assert_int_equal(run_all(f, csr, false, SIGNET_PENDING), THREADS);
	assert_int_equal(run_all(f, csr, true, SIGNET_ISSUED), QUOTA);
	assert_int_equal(rows(f, TABLE_CERTIFICATES), QUOTA);
	assert_int_equal(rows(f, TABLE_PENDING), 0);
}

static void who_is_always_overtaken_is_told_to_try_again(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct error err = {0};
	check_overtaken(f, NULL, NULL, NULL);
	fixture_use_rule(f, check_overtaken);
	struct signet_submission s =
		fixture_submission(fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL), "1");
	assert_int_equal(fixture_submit(f, &s, &out, &err), SIGNET_E_UNAVAILABLE);
	assert_int_equal(err.code, SIGNET_E_UNAVAILABLE);
	assert_int_equal(rows(f, TABLE_REQUESTS), 0);
	/* and the idempotency key is free: the client may come again */
	fixture_use_rule(f, check_quota);
	assert_int_equal(fixture_submit(f, &s, &out, &err), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_what_was_issued_counts),
		TEST(rules_and_scopes_count_apart),
		TEST(who_relies_on_a_count_that_grew_is_judged_anew),
		TEST(a_conflict_leaves_no_count_of_its_other_scopes),
		TEST(who_knew_of_too_many_relies_on_nothing),
		TEST(a_scope_counts_once_for_a_certificate),
		TEST(windows_are_bounded_and_one_for_a_scope),
		TEST(all_questions_look_at_one_state),
		TEST(counts_survive_a_restart),
		TEST(a_key_is_shared_by_another_subject),
		TEST(a_key_that_became_shared_is_judged_anew),
		TEST(who_relies_on_likeness_that_grew_is_judged_anew),
		TEST(who_is_unlike_is_no_reason_to_judge_anew),
		TEST(what_is_pruned_hides_nothing_that_has_come),
		TEST(what_the_draft_becomes_is_another_identity),
		TEST(many_at_once_do_not_get_past_a_quota_together),
		TEST(many_approvals_at_once_do_not_either),
		TEST(who_is_always_overtaken_is_told_to_try_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
