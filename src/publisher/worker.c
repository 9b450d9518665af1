#include "publisher/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/limits.h"
#include "publisher/worker_private.h"

#define READ_LIMIT 100          /* events of one read */
#define READ_WAIT_MS 1000
#define GATHER_EVENTS 8         /* after a read of fewer the next one waits ... */
#define GATHER_US 20000         /* ... so long, to bring several at once */
#define RETRY_FIRST_US 250000
#define RETRY_MAX_US 60000000
#define LOOK_US 1000000         /* during a pause: so often for letters */

bool worker_is_stopping(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	bool stop = worker->stop;
	pthread_mutex_unlock(&worker->lock);
	return stop;
}

/* Doubles with each failure in a row; a quarter up or down, so that instances that failed
 * together do not come again together. */
static int64_t retry_delay(unsigned failures)
{
	int64_t delay = RETRY_FIRST_US;
	for (unsigned i = 1; i < failures && delay < RETRY_MAX_US; i++)
		delay *= 2;
	if (delay > RETRY_MAX_US)
		delay = RETRY_MAX_US;
	uint16_t random = UINT16_MAX / 2;
	if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
		random = UINT16_MAX / 2;
	return delay * 3 / 4 + delay / 2 * random / UINT16_MAX;
}

/* Waits so long, less when it is to stop. */
static void rest(struct worker *worker, int64_t time_us)
{
	int64_t until = clock_monotonic_us() + time_us;
	pthread_mutex_lock(&worker->lock);
	while (!worker->stop)
		if (clock_wait(&worker->changed, &worker->lock, until))
			break;
	pthread_mutex_unlock(&worker->lock);
}

bool worker_pause(struct worker *worker, int64_t time_us)
{
	int64_t until = clock_monotonic_us() + time_us, left = time_us;
	while (left > 0 && !worker_is_stopping(worker)) {
		if (retry_letters(worker))
			return true;
		rest(worker, left < LOOK_US ? left : LOOK_US);
		left = until - clock_monotonic_us();
	}
	return false;
}

void worker_log(const struct worker *worker, enum log_level level, const char *event,
                uint64_t sequence, const struct error *err)
{
	char number[24];
	const char *shown = sequence ? number : NULL;
	snprintf(number, sizeof number, "%llu", (unsigned long long)sequence);
	if (err)
		log_error(level, event, err, "exit", worker->item->name, "sequence", shown, NULL);
	else
		log_event(level, event, "exit", worker->item->name, "sequence", shown, NULL);
}

static struct signet_events_query query_of(const struct worker *worker)
{
	return (struct signet_events_query){
		.consumer = worker->item->name,
		.kinds = worker->item->kinds,
		.after = worker->after,
		/* the others are not told again each time that the first one fails */
		.limit = worker->failing ? 1 : worker->limit,
		.tries = worker->failing ? worker->tries : 0,
		.trouble = worker->trouble,
		.counts = worker->counts,
	};
}

/* A module has failed: what was done before must not wait for it, and people are to see why while it
 * lasts. What is read here is read again, for it may have changed, after the pause. */
static void back_off(struct worker *worker)
{
	struct signet_event *events;
	size_t count;
	uint64_t last;
	if (worker_is_stopping(worker))
		return;
	delivery_settle(worker);
	worker->failures++;
	struct signet_events_query query = query_of(worker);
	query.limit = 1;
	arena_clear(worker->arena);
	signet_read_events(worker->exits->reader, worker->arena, &query, &events, &count, &last,
	                   NULL);
	worker_pause(worker, retry_delay(worker->failures));
}

static void read_failed(struct worker *worker, const struct error *err)
{
	/* events of unusual size: fewer at once */
	if (err->code == SIGNET_E_TOO_BIG && worker->limit > 1) {
		worker->limit /= 2;
		return;
	}
	if (worker_is_stopping(worker))
		return;
	if (worker->failures == 0)
		worker_log(worker, LOG_WARNING, "events-not-read", 0, err);
	worker->failures++;
	rest(worker, retry_delay(worker->failures));
}

static void read_and_publish(struct worker *worker)
{
	struct signet_event *events;
	size_t count;
	uint64_t last;
	struct error err = {0};
	struct signet_events_query query = query_of(worker);
	/* nothing more comes until the cursor is due: it moves then, before the long wait */
	query.wait_ms = delivery_lags(worker) ? delivery_due(worker) : READ_WAIT_MS;
	arena_clear(worker->arena);
	if (signet_read_events(worker->exits->reader, worker->arena, &query, &events, &count, &last,
	                       &err)) {
		read_failed(worker, &err);
		return;
	}
	worker->limit = READ_LIMIT;
	if (!delivery_publish(worker, events, count)) {
		back_off(worker);
		return;
	}
	if (last > worker->after)
		delivery_set_done(worker, last);
	if (delivery_lags(worker) && delivery_due(worker) == 0 && !delivery_settle(worker))
		back_off(worker);
	else if (count && count < GATHER_EVENTS)
		rest(worker, GATHER_US);
	else if (count == 0)
		delivery_note_success(worker, !*worker->trouble);
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	while (!worker_is_stopping(worker)) {
		retry_letters(worker);
		read_and_publish(worker);
	}
	delivery_settle(worker);
	pthread_mutex_lock(&worker->lock);
	worker->ended = true;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

static void worker_free(struct worker *worker)
{
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	arena_free(worker->arena);
	free(worker);
}

int worker_start(struct worker **out, const struct exit_instance *item, const struct exits *exits,
                 struct error *err)
{
	struct worker *worker = calloc(1, sizeof *worker);
	if (!worker)
		return error_nomem(err);
	worker->item = item;
	worker->exits = exits;
	worker->limit = READ_LIMIT;
	worker->arena = arena_new(LIMIT_REQUEST_ARENA);
	pthread_mutex_init(&worker->lock, NULL);
	clock_condition_init(&worker->changed);
	if (!worker->arena || pthread_create(&worker->thread, NULL, work, worker)) {
		worker_free(worker);
		return error_set(err, SIGNET_E_NOMEM, "cannot start the thread of exit '%s'", item->name);
	}
	char name[16];
	snprintf(name, sizeof name, "exit-%.10s", item->name);
	pthread_setname_np(worker->thread, name);
	*out = worker;
	return 0;
}

void worker_ask_stop(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	worker->stop = true;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
}

bool worker_join(struct worker *worker, int64_t until)
{
	pthread_mutex_lock(&worker->lock);
	while (!worker->ended)
		if (clock_wait(&worker->changed, &worker->lock, until))
			break;
	bool ended = worker->ended;
	pthread_mutex_unlock(&worker->lock);
	if (!ended)
		return false;
	pthread_join(worker->thread, NULL);
	worker_free(worker);
	return true;
}
