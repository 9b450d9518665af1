#include "engine/crl_keeper.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/audit.h"
#include "engine/crl_due.h"
#include "engine/crl_publish.h"
#include "engine/crl_trouble.h"
#include "engine/records.pb-c.h"
#include "engine/repository.h"
#include "engine/revoke_key.h"

#define WAIT_MAX 60          /* seconds: the clock may be set, and files may vanish */
#define GATHER_US 200000     /* revocations that come within this time after one go with it */
#define REST_FACTOR 4        /* many revocations may take a fifth of a processor */
#define REST_MAX_US 30000000
#define REVOKE_BATCHES 100   /* then other authorities have their turn */
#define RETRY_MIN 1          /* seconds; doubled with each failure */
#define RETRY_MAX 300

struct crl_keeper {
	struct engine *engine;
	pthread_mutex_t publishing; /* one at a time: guards what follows, down to troubles */
	struct arena *arena;
	uint64_t looked;            /* generation; 0: not yet */
	bool thorough;              /* the files were looked at */
	int64_t retry;              /* seconds to wait after a failure; 0: there was none */
	struct crl_troubles troubles;
	atomic_uint busy, failures; /* for people to see, without the lock */
	pthread_mutex_t lock;       /* guards woken, stopping, running */
	pthread_cond_t changed;
	pthread_t thread;
	bool woken, stopping, running;
};

int crl_keeper_new(struct crl_keeper **out, struct engine *engine, struct error *err)
{
	struct crl_keeper *keeper = calloc(1, sizeof *keeper);
	if (!keeper)
		return error_nomem(err);
	keeper->engine = engine;
	keeper->arena = arena_new(LIMIT_REQUEST_ARENA);
	pthread_mutex_init(&keeper->publishing, NULL);
	pthread_mutex_init(&keeper->lock, NULL);
	clock_condition_init(&keeper->changed);
	if (!keeper->arena) {
		crl_keeper_free(keeper);
		return error_nomem(err);
	}
	*out = keeper;
	return 0;
}

void crl_keeper_free(struct crl_keeper *keeper)
{
	if (!keeper)
		return;
	crl_keeper_stop(keeper);
	pthread_cond_destroy(&keeper->changed);
	pthread_mutex_destroy(&keeper->lock);
	pthread_mutex_destroy(&keeper->publishing);
	arena_free(keeper->arena);
	free(keeper);
}

/* One key of an authority, as the clock or an administrator looks at it. */
struct task {
	struct crl_keeper *keeper;
	const struct authority *key;
	bool earlier;
	int64_t now;
	int64_t *next;        /* when something is due */
	unsigned failures;
	unsigned published;
	uint64_t superfluous; /* rows */
};

struct shards {
	const uint8_t *issuer;
	unsigned count;
};

static int read_shards(struct store_txn *txn, void *arg)
{
	struct shards *shards = arg;
	return crl_record_shards(txn, shards->issuer, &shards->count);
}

/* Certificates name as many as there ever were. */
static unsigned shards_of(struct engine *engine, const struct authority *key)
{
	struct shards shards = {key->issuer, 0};
	store_read(database_store(engine->database), read_shards, &shards, NULL);
	return shards.count > key->crl.shards ? shards.count : key->crl.shards;
}

/* with: the complete CRL that was published just before a delta one; NULL: none. */
static int publish(struct task *task, unsigned shard, const Signet__Db__Crl *with, bool delta,
                   const char *actor, Signet__Db__Crl **out, struct error *err)
{
	const struct crl_order order = {task->key, task->earlier, shard, delta, actor, with};
	uint64_t superfluous = 0;
	atomic_fetch_add(&task->keeper->busy, 1);
	int result = crl_publish(task->keeper->engine, task->keeper->arena, &order, out,
	                         &superfluous, err);
	atomic_fetch_sub(&task->keeper->busy, 1);
	if (result == SIGNET_E_CONFLICT && with)
		return publish(task, shard, NULL, delta, actor, out, err);
	if (result)
		return result;
	task->published++;
	task->superfluous += superfluous;
	return 0;
}

static void failed(struct task *task, const char *why, const struct error *err)
{
	task->failures++;
	crl_trouble_note(&task->keeper->troubles, task->key->public_name, why, err);
}

static int publish_due(struct task *task, unsigned shard, const struct crl_due *due,
                       struct error *err)
{
	Signet__Db__Crl *complete = NULL, *delta;
	int result = due->complete ? publish(task, shard, NULL, false, NULL, &complete, err) : 0;
	if (result == 0 && task->key->crl.delta)
		result = publish(task, shard, complete, true, NULL, &delta, err);
	return result;
}

/* A delta CRL that nobody keeps up would be taken for one that says nothing has changed. */
struct withdrawal {
	struct crl_scope scope;
	const char *file;
	struct arena *arena;
};

static int forget_delta(struct store_txn *txn, void *arg)
{
	const struct withdrawal *w = arg;
	Signet__Db__Crl *record;
	int result = crl_record_find(txn, w->arena, &w->scope, &record);
	if (result)
		return result == SIGNET_E_NOT_FOUND ? 0 : result;
	const struct audit_entry entry = {
		.time = clock_now(), .action = AUDIT_CRL_WITHDRAWN, .actor = "engine",
		.detail = w->file, .after = "none", .before = arena_printf(w->arena, "number %llu",
		                                                         (unsigned long long)record->number)};
	if (!entry.before)
		return SIGNET_E_NOMEM;
	crl_record_delete(txn, &w->scope);
	return audit_append(txn, &entry);
}

static int has_row(struct store_txn *txn, void *arg)
{
	const struct withdrawal *w = arg;
	Signet__Db__Crl *record;
	return crl_record_find(txn, w->arena, &w->scope, &record);
}

/* The row goes first: what a kill leaves is a file without one, which the next look takes away. A row
 * without its file goes, too. */
static void drop_delta(struct task *task, unsigned shard)
{
	struct crl_keeper *keeper = task->keeper;
	struct withdrawal w = {.scope = crl_scope_of(task->key, shard, true), .arena = keeper->arena};
	char *file = authority_crl_file(keeper->arena, task->key, shard, true);
	char *path = file ? arena_printf(keeper->arena, "%s/" REPOSITORY_CRL "/%s",
	                                 keeper->engine->state, file) : NULL;
	struct store *store = database_store(keeper->engine->database);
	struct error err = {0};
	w.file = file;
	int result = path ? store_read(store, has_row, &w, &err) : error_nomem(&err);
	if (result == 0)
		result = store_write(store, forget_delta, &w, &err);
	if (result && result != SIGNET_E_NOT_FOUND) {
		failed(task, "delta-withdrawn", &err);
	} else if (unlink(path) && errno != ENOENT) {
		error_errno(&err, "%s", path);
		failed(task, "delta-withdrawn", &err);
	}
}

static void look_at(struct task *task, unsigned shard)
{
	struct crl_keeper *keeper = task->keeper;
	const struct crl_look look = {keeper->engine, task->key, shard, task->now, keeper->looked,
	                              !keeper->thorough};
	struct crl_due due;
	struct error err = {0};
	arena_clear(keeper->arena);
	if (crl_due_find(&due, keeper->arena, &look, &err)) {
		failed(task, "unknown", &err);
		return;
	}
	if (!task->key->crl.delta)
		drop_delta(task, shard);
	if (due.complete || due.delta) {
		if (publish_due(task, shard, &due, &err))
			failed(task, due.complete ? due.complete : due.delta, &err);
		/* when the next is due is asked in the next round */
		due.next = task->now + 1;
	}
	if (due.next < *task->next)
		*task->next = due.next;
}

/* Some more certificates of a key that is revoked. */
static void go_on_revoking(struct task *task)
{
	struct crl_keeper *keeper = task->keeper;
	struct key_progress progress;
	struct error err = {0};
	int result = revoke_key_progress(keeper->engine, task->key->issuer, &progress, &err);
	for (unsigned i = 0; result == 0 && progress.revoked && !progress.finished; i++) {
		if (i == REVOKE_BATCHES) {
			*task->next = task->now;
			return;
		}
		atomic_fetch_add(&keeper->busy, 1);
		result = revoke_key_step(keeper->engine, keeper->arena, task->key, &progress, &err);
		atomic_fetch_sub(&keeper->busy, 1);
	}
	if (result)
		failed(task, "authority-revoked", &err);
}

static void publish_all_due(struct task *task)
{
	struct error err = {0};
	unsigned shards = shards_of(task->keeper->engine, task->key);
	for (unsigned shard = 0; shard <= shards; shard++)
		look_at(task, shard);
	arena_clear(task->keeper->arena);
	if (task->superfluous && task->failures == 0 &&
	    crl_sweep(task->keeper->engine, task->keeper->arena, task->key, &err))
		failed(task, "sweep", &err);
}

static void look_at_key(struct task *task)
{
	unsigned before = task->failures;
	go_on_revoking(task);
	if (task->key->crl.published)
		publish_all_due(task);
	if (task->failures == before)
		crl_trouble_end(&task->keeper->troubles, task->key->public_name);
}

/* For each key of the configuration, the one of now first. */
static void for_each_key(const struct configuration *c, const char *authority, struct task *task,
                         void (*look)(struct task *task))
{
	for (size_t i = 0; i < c->authority_count; i++) {
		const struct authority *a = &c->authorities[i];
		if (*authority && strcmp(authority, a->name) != 0)
			continue;
		task->key = a;
		task->earlier = false;
		look(task);
		for (size_t k = 0; k < a->previous_count; k++) {
			task->key = &a->previous[k];
			task->earlier = true;
			look(task);
		}
	}
}

static void note_failures(struct crl_keeper *keeper, unsigned failures)
{
	atomic_store(&keeper->failures, failures);
	if (!failures)
		keeper->retry = 0;
	else if (!keeper->retry)
		keeper->retry = RETRY_MIN;
	else
		keeper->retry = 2 * keeper->retry < RETRY_MAX ? 2 * keeper->retry : RETRY_MAX;
}

static unsigned do_round(struct crl_keeper *keeper, int64_t *wait)
{
	struct configuration *c = configuration_take(keeper->engine->holder);
	uint64_t generation = atomic_load(&keeper->engine->revocations);
	int64_t now = clock_now(), next = now + WAIT_MAX;
	struct task task = {.keeper = keeper, .now = now, .next = &next};
	for_each_key(c, "", &task, look_at_key);
	configuration_release(keeper->engine->holder, c);
	if (task.failures == 0) {
		keeper->looked = generation;
		keeper->thorough = true;
	}
	note_failures(keeper, task.failures);
	*wait = next > now ? next - now : 1;
	if (keeper->retry)
		*wait = keeper->retry;
	return task.published;
}

int crl_keeper_round(struct crl_keeper *keeper, int64_t *wait)
{
	pthread_mutex_lock(&keeper->publishing);
	do_round(keeper, wait);
	int result = keeper->retry ? SIGNET_E_IO : 0;
	pthread_mutex_unlock(&keeper->publishing);
	return result;
}

/* Sleeps until this time; woken: or until there is a reason not to, which it then tells. */
static bool sleep_until(struct crl_keeper *keeper, int64_t deadline, bool or_woken)
{
	bool woken;
	pthread_mutex_lock(&keeper->lock);
	while (!keeper->stopping && !(or_woken && keeper->woken) &&
	       clock_wait(&keeper->changed, &keeper->lock, deadline) == 0)
		;
	woken = or_woken && keeper->woken;
	if (woken)
		keeper->woken = false;
	pthread_mutex_unlock(&keeper->lock);
	return woken;
}

static bool is_stopping(struct crl_keeper *keeper)
{
	pthread_mutex_lock(&keeper->lock);
	bool stopping = keeper->stopping;
	pthread_mutex_unlock(&keeper->lock);
	return stopping;
}

static void *run(void *arg)
{
	struct crl_keeper *keeper = arg;
	while (!is_stopping(keeper)) {
		int64_t wait = WAIT_MAX, start = clock_monotonic_us();
		pthread_mutex_lock(&keeper->publishing);
		unsigned published = do_round(keeper, &wait);
		pthread_mutex_unlock(&keeper->publishing);
		int64_t end = clock_monotonic_us(), rest = REST_FACTOR * (end - start);
		if (published)
			sleep_until(keeper, end + (rest < REST_MAX_US ? rest : REST_MAX_US), false);
		if (sleep_until(keeper, end + wait * 1000000, true))
			sleep_until(keeper, clock_monotonic_us() + GATHER_US, false);
	}
	return NULL;
}

int crl_keeper_start(struct crl_keeper *keeper, struct error *err)
{
	if (pthread_create(&keeper->thread, NULL, run, keeper))
		return error_set(err, SIGNET_E_NOMEM, "cannot start a thread");
	pthread_setname_np(keeper->thread, "crl");
	keeper->running = true;
	return 0;
}

void crl_keeper_stop(struct crl_keeper *keeper)
{
	if (!keeper || !keeper->running)
		return;
	pthread_mutex_lock(&keeper->lock);
	keeper->stopping = true;
	pthread_cond_broadcast(&keeper->changed);
	pthread_mutex_unlock(&keeper->lock);
	pthread_join(keeper->thread, NULL);
	keeper->running = false;
}

void crl_keeper_wake(struct crl_keeper *keeper)
{
	if (!keeper)
		return;
	pthread_mutex_lock(&keeper->lock);
	keeper->woken = true;
	pthread_cond_broadcast(&keeper->changed);
	pthread_mutex_unlock(&keeper->lock);
}

bool crl_keeper_is_busy(const struct crl_keeper *keeper)
{
	return atomic_load(&keeper->busy) > 0;
}

unsigned crl_keeper_failures(const struct crl_keeper *keeper)
{
	return atomic_load(&keeper->failures);
}

static bool may_not_wait(const struct authority *a, const uint8_t *issuer, unsigned reason)
{
	bool same = memcmp(a->issuer, issuer, AUTHORITY_ISSUER_SIZE) == 0;
	return same && a->crl.published && reason < 32 && a->crl.immediate >> reason & 1;
}

void crl_keeper_revoked(struct crl_keeper *keeper, const uint8_t issuer[AUTHORITY_ISSUER_SIZE],
                        unsigned reason)
{
	bool urgent = false;
	if (!keeper)
		return;
	struct configuration *c = configuration_take(keeper->engine->holder);
	for (size_t i = 0; !urgent && i < c->authority_count; i++) {
		const struct authority *a = &c->authorities[i];
		urgent = may_not_wait(a, issuer, reason);
		for (size_t k = 0; !urgent && k < a->previous_count; k++)
			urgent = may_not_wait(&a->previous[k], issuer, reason);
	}
	configuration_release(keeper->engine->holder, c);
	if (urgent)
		crl_keeper_wake(keeper);
}

/* What an administrator asks for. */
struct hand {
	struct task task;
	bool delta;
	const char *actor;
	int (*visit)(void *arg, unsigned shard, const struct Signet__Db__Crl *crl);
	void *arg;
	int result;
	struct error *err;
};

static void publish_one(struct hand *hand, unsigned shard, bool delta, Signet__Db__Crl **complete)
{
	Signet__Db__Crl *crl;
	hand->result = publish(&hand->task, shard, delta ? *complete : NULL, delta, hand->actor, &crl,
	                       hand->err);
	if (hand->result)
		return;
	*complete = crl;
	hand->result = hand->visit(hand->arg, shard, crl);
}

static void publish_key(struct task *task)
{
	struct hand *hand = (struct hand *)task;
	if (hand->result || !task->key->crl.published || (hand->delta && !task->key->crl.delta))
		return;
	unsigned shards = shards_of(task->keeper->engine, task->key);
	for (unsigned shard = 0; hand->result == 0 && shard <= shards; shard++) {
		Signet__Db__Crl *complete = NULL;
		arena_clear(task->keeper->arena);
		if (!hand->delta)
			publish_one(hand, shard, false, &complete);
		if (hand->result == 0 && task->key->crl.delta)
			publish_one(hand, shard, true, &complete);
	}
}

int crl_keeper_publish(struct crl_keeper *keeper, const struct configuration *configuration,
                       const char *authority, bool delta, const char *actor,
                       int (*visit)(void *arg, unsigned shard, const struct Signet__Db__Crl *crl),
                       void *arg, struct error *err)
{
	struct hand hand = {.task = {.keeper = keeper}, .delta = delta, .actor = actor,
	                    .visit = visit, .arg = arg, .err = err};
	if (*authority && !configuration_authority(configuration, authority))
		return error_set(err, SIGNET_E_NOT_FOUND, "there is no authority '%s'", authority);
	pthread_mutex_lock(&keeper->publishing);
	for_each_key(configuration, authority, &hand.task, publish_key);
	arena_clear(keeper->arena);
	pthread_mutex_unlock(&keeper->publishing);
	if (hand.result == 0 && hand.task.published == 0)
		return error_set(err, SIGNET_E_NOT_FOUND, delta
		                 ? "no delta CRLs are configured (crl.delta)"
		                 : "no CRLs are configured (crl: none)");
	return hand.result;
}
