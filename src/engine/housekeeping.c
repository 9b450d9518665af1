#include "engine/housekeeping.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/expiry.h"
#include "engine/ocsp.h"
#include "engine/prune.h"

/* The clock may be set, and requests come that are due before all that was there. */
#define WAIT_MAX 60
#define PRUNE_EVERY 3600

struct housekeeping {
	struct engine *engine;
	pthread_t thread;
	pthread_mutex_t lock;  /* guards woken */
	pthread_cond_t changed;
	bool woken;
	atomic_bool stopping;
};

static bool is_stopping(const atomic_bool *stopping)
{
	return stopping && atomic_load(stopping);
}

static int deny_pending(struct engine *engine, const struct configuration *configuration,
                        const atomic_bool *stopping, int64_t *due, struct error *err)
{
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	uint64_t after = 0;
	int result = arena ? 0 : error_nomem(err);
	while (result == 0 && !is_stopping(stopping))
		result = expiry_deny_pending(engine, configuration, arena, &after, due, err);
	arena_free(arena);
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static int warn(struct engine *engine, const struct schedule *schedule,
                const atomic_bool *stopping, int64_t *due, struct error *err)
{
	int result = expiry_forget(engine, schedule, err);
	for (size_t i = 0; result == 0 && i < schedule->warning_count; i++) {
		while (result == 0 && !is_stopping(stopping))
			result = expiry_warn(engine, schedule->warnings[i], schedule->renewed, due,
			                     err);
		result = result == SIGNET_E_NOT_FOUND ? 0 : result;
	}
	return result;
}

static int prune(struct engine *engine, const struct configuration *configuration,
                 const atomic_bool *stopping, int64_t now, struct error *err)
{
	struct check_place place = {0};
	struct prune_batch batch = {0};
	int result = 0;
	if (engine->pruned && now >= engine->pruned && now - engine->pruned < PRUNE_EVERY)
		return 0;
	engine->pruned = now;
	while (result == 0 && !batch.done && !is_stopping(stopping)) {
		result = prune_some(engine, configuration, &place, "engine", false, &batch, err);
		place = batch.next;
	}
	return result;
}

/* A request that comes now is due after as long as it may wait. */
static int64_t longest_wait(const struct schedule *schedule)
{
	int64_t wait = WAIT_MAX;
	if (schedule->pending && schedule->pending < wait)
		wait = schedule->pending;
	return wait;
}

int housekeeping_round(struct engine *engine, const atomic_bool *stopping, int64_t *wait,
                       struct error *err)
{
	struct configuration *c = configuration_take(engine->holder);
	int64_t now = clock_now(), due = now + longest_wait(&c->schedule);
	struct error later = {0};
	int result = deny_pending(engine, c, stopping, &due, err);
	/* what fails in one part is no reason to leave the others undone */
	int warned = warn(engine, &c->schedule, stopping, &due, result ? &later : err);
	int pruned = prune(engine, c, stopping, now, result || warned ? &later : err);
	configuration_release(engine->holder, c);
	if (result == 0)
		result = warned;
	int kept = ocsp_keep(engine->ocsp, &due, result ? &later : err);
	*wait = due > now ? due - now : 1;
	return result ? result : kept ? kept : pruned;
}

/* Sleeps for so long, or until there is a reason not to. */
static void sleep_for(struct housekeeping *h, int64_t seconds)
{
	int64_t deadline = clock_monotonic_us() + seconds * 1000000;
	pthread_mutex_lock(&h->lock);
	while (!h->woken && !atomic_load(&h->stopping) &&
	       clock_wait(&h->changed, &h->lock, deadline) == 0)
		;
	h->woken = false;
	pthread_mutex_unlock(&h->lock);
}

static void *run(void *arg)
{
	struct housekeeping *h = arg;
	while (!atomic_load(&h->stopping)) {
		struct error err = {0};
		int64_t wait = WAIT_MAX;
		if (housekeeping_round(h->engine, &h->stopping, &wait, &err)) {
			log_error(LOG_ERROR, "housekeeping-failed", &err, NULL);
			wait = WAIT_MAX;
		}
		sleep_for(h, wait);
	}
	return NULL;
}

static void clear(struct housekeeping *h)
{
	pthread_cond_destroy(&h->changed);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

int housekeeping_start(struct housekeeping **out, struct engine *engine, struct error *err)
{
	struct housekeeping *h = calloc(1, sizeof *h);
	if (!h)
		return error_nomem(err);
	h->engine = engine;
	pthread_mutex_init(&h->lock, NULL);
	clock_condition_init(&h->changed);
	if (pthread_create(&h->thread, NULL, run, h)) {
		clear(h);
		return error_set(err, SIGNET_E_NOMEM, "cannot start a thread");
	}
	pthread_setname_np(h->thread, "housekeeping");
	*out = h;
	return 0;
}

void housekeeping_wake(struct housekeeping *h)
{
	if (!h)
		return;
	pthread_mutex_lock(&h->lock);
	h->woken = true;
	pthread_cond_signal(&h->changed);
	pthread_mutex_unlock(&h->lock);
}

void housekeeping_stop(struct housekeeping *h)
{
	if (!h)
		return;
	atomic_store(&h->stopping, true);
	housekeeping_wake(h);
	pthread_join(h->thread, NULL);
	clear(h);
}
