#include "gateway/reporter.h"

#include <pthread.h>
#include <stdlib.h>

#include "api/metrics.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"

#define INTERVAL_US 5000000 /* the engine forgets what is older than a few of them */

struct reporter {
	struct reporter_sources sources;
	struct signet_client *client;
	struct arena *arena;
	pthread_mutex_t lock; /* guards stopping */
	pthread_cond_t changed;
	pthread_t thread;
	bool running, stopping;
};

static int gather(struct reporter *r, struct signet_gateway_load *out)
{
	struct signet_intermediary_load beside;
	struct meter_totals totals;
	unsigned threads, busy;
	arena_clear(r->arena);
	int result = meter_read(r->sources.meter, r->arena, &totals);
	if (result)
		return result;
	server_load(r->sources.server, &threads, &busy);
	host_load(r->sources.host, &beside);
	*out = (struct signet_gateway_load){
		.threads = threads, .busy = busy < threads ? busy : threads,
		.connections = totals.connections, .requests = totals.requests,
		.errors = totals.errors, .working = beside.working, .waiting = beside.waiting,
		.prepared = beside.prepared, .doubtful = beside.doubtful};
	return 0;
}

/* That the engine is away is told by who needs it. */
static void tell(struct reporter *r)
{
	struct signet_gateway_load load;
	struct error err = {0};
	int result = gather(r, &load);
	if (result)
		error_set(&err, result, "the report cannot be made");
	else
		result = signet_report(r->client, &load, &err);
	if (result)
		log_error(LOG_DEBUG, "not-reported", &err, NULL);
}

/* False: it is to stop. */
static bool pause_until(struct reporter *r, int64_t time)
{
	pthread_mutex_lock(&r->lock);
	while (!r->stopping && clock_wait(&r->changed, &r->lock, time) == 0)
		;
	bool stopping = r->stopping;
	pthread_mutex_unlock(&r->lock);
	return !stopping;
}

static void *run(void *arg)
{
	struct reporter *r = arg;
	do
		tell(r);
	while (pause_until(r, clock_monotonic_us() + INTERVAL_US));
	return NULL;
}

int reporter_start(struct reporter **out, const char *socket, const struct reporter_sources *sources,
                   struct error *err)
{
	struct reporter *r = calloc(1, sizeof *r);
	if (!r)
		return error_nomem(err);
	r->sources = *sources;
	pthread_mutex_init(&r->lock, NULL);
	clock_condition_init(&r->changed);
	r->arena = arena_new(LIMIT_REQUEST_ARENA);
	int result = r->arena ? signet_client_open(&r->client, socket, err) : error_nomem(err);
	if (!result && pthread_create(&r->thread, NULL, run, r))
		result = error_set(err, SIGNET_E_NOMEM, "cannot start a thread");
	if (result) {
		reporter_stop(r);
		return result;
	}
	pthread_setname_np(r->thread, "reporter");
	r->running = true;
	*out = r;
	return 0;
}

void reporter_stop(struct reporter *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->stopping = true;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	if (r->client)
		signet_client_cancel(r->client);
	if (r->running)
		pthread_join(r->thread, NULL);
	signet_client_close(r->client);
	arena_free(r->arena);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
	free(r);
}
