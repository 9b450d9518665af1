#include "publisher/worker.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"

#define READ_LIMIT 100          /* events of one read */
#define READ_WAIT_MS 1000
#define GATHER_EVENTS 8         /* after a read of fewer the next one waits ... */
#define GATHER_US 20000         /* ... so long, to bring several at once */
#define SETTLE_EVENTS 100       /* the cursor moves after so many events at the latest ... */
#define SETTLE_US 250000        /* ... or so long after the first of them */
#define RETRY_FIRST_US 250000
#define RETRY_MAX_US 60000000

struct worker {
	const struct exit_instance *item;
	const struct exits *exits;
	pthread_t thread;
	struct arena *arena;
	/* of the thread alone */
	uint64_t after;         /* read on behind this event; 0: behind the stored cursor */
	uint64_t done;          /* all events up to this one are done */
	uint64_t advanced;      /* the cursor as last stored by this thread; 0 before that */
	unsigned unsettled;     /* events that were notified since then */
	int64_t unsettled_at;   /* when the cursor began to lag behind what is done */
	unsigned limit;
	unsigned failures;      /* in a row */
	pthread_mutex_t lock;   /* guards the two below */
	pthread_cond_t changed;
	bool stop;
	bool ended;
};

static bool is_stopping(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	bool stop = worker->stop;
	pthread_mutex_unlock(&worker->lock);
	return stop;
}

static struct timespec timespec_of(int64_t at)
{
	return (struct timespec){at / 1000000, at % 1000000 * 1000};
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
	struct timespec until = timespec_of(clock_monotonic_us() + time_us);
	pthread_mutex_lock(&worker->lock);
	while (!worker->stop)
		if (pthread_cond_timedwait(&worker->changed, &worker->lock, &until))
			break;
	pthread_mutex_unlock(&worker->lock);
}

static void pause_after_failure(struct worker *worker)
{
	worker->failures++;
	rest(worker, retry_delay(worker->failures));
}

static void log_failure(const struct worker *worker, enum log_level level, const char *event,
                        uint64_t sequence, const struct error *err)
{
	char number[24];
	snprintf(number, sizeof number, "%llu", (unsigned long long)sequence);
	log_error(level, event, err, "exit", worker->item->name, "sequence", sequence ? number : NULL,
	          NULL);
}

static void note_success(struct worker *worker)
{
	if (worker->failures)
		log_event(LOG_INFO, "exit-recovered", "exit", worker->item->name, NULL);
	worker->failures = 0;
}

/* Everything done so far becomes durable, then the engine may forget it. Returns false when that
 * failed; what could not be flushed is read again. */
static bool settle(struct worker *worker)
{
	const struct exit_instance *item = worker->item;
	struct error err = {0};
	if (worker->done <= worker->advanced)
		return true;
	if (worker->unsettled && item->module->flush &&
	    item->module->flush(item->instance, &err)) {
		log_failure(worker, LOG_WARNING, "exit-retry", worker->done, &err);
		worker->after = worker->done = worker->advanced;
		worker->unsettled = 0;
		return false;
	}
	worker->unsettled = 0;
	if (signet_advance_events(worker->exits->client, item->name, worker->done, &err)) {
		log_failure(worker, LOG_WARNING, "cursor-not-stored", worker->done, &err);
		return false;
	}
	worker->advanced = worker->done;
	note_success(worker);
	return true;
}

/* Notes that everything up to this event is done. */
static void set_done(struct worker *worker, uint64_t sequence)
{
	if (worker->done <= worker->advanced)
		worker->unsettled_at = clock_monotonic_us();
	worker->after = worker->done = sequence;
}

/* Milliseconds until the cursor has to move; 0 when that is due. */
static unsigned settle_due(const struct worker *worker)
{
	int64_t left = worker->unsettled_at + SETTLE_US - clock_monotonic_us();
	return worker->unsettled >= SETTLE_EVENTS || left < 1000 ? 0 : (unsigned)(left / 1000);
}

/* Until the module says done or gives up; false when it is to stop before that. */
static bool publish(struct worker *worker, const struct signet_event *event)
{
	while (!is_stopping(worker)) {
		struct error err = {0};
		enum signet_exit_result result =
			worker->item->module->notify(worker->item->instance, event, &err);
		if (result == SIGNET_EXIT_GIVE_UP)
			log_failure(worker, LOG_ERROR, "exit-gave-up", event->sequence, &err);
		if (result != SIGNET_EXIT_RETRY)
			return true;
		log_failure(worker, LOG_WARNING, "exit-retry", event->sequence, &err);
		/* what was done before must not wait for this one */
		uint64_t after = worker->after;
		settle(worker);
		pause_after_failure(worker);
		if (worker->after != after)
			return false;
	}
	return false;
}

/* Publishes what was read. Returns false when the rest has to be read again. */
static bool publish_all(struct worker *worker, const struct signet_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!publish(worker, &events[i]))
			return false;
		set_done(worker, events[i].sequence);
		worker->unsettled++;
		if (settle_due(worker) == 0 && !settle(worker)) {
			pause_after_failure(worker);
			return false;
		}
	}
	return true;
}

static void read_failed(struct worker *worker, const struct error *err)
{
	/* events of unusual size: fewer at once */
	if (err->code == SIGNET_E_TOO_BIG && worker->limit > 1) {
		worker->limit /= 2;
		return;
	}
	if (is_stopping(worker))
		return;
	if (worker->failures == 0)
		log_failure(worker, LOG_WARNING, "events-not-read", 0, err);
	pause_after_failure(worker);
}

static void read_and_publish(struct worker *worker)
{
	struct signet_event *events;
	size_t count;
	uint64_t last;
	struct error err = {0};
	/* nothing more comes until the cursor is due: it moves then, before the long wait */
	unsigned wait_ms = worker->done > worker->advanced ? settle_due(worker) : READ_WAIT_MS;
	arena_clear(worker->arena);
	if (signet_read_events(worker->exits->reader, worker->arena, worker->item->name,
	                       worker->item->kinds, worker->after, worker->limit, wait_ms, &events,
	                       &count, &last, &err)) {
		read_failed(worker, &err);
		return;
	}
	worker->limit = READ_LIMIT;
	if (!publish_all(worker, events, count))
		return;
	if (last > worker->after)
		set_done(worker, last);
	if (worker->done > worker->advanced && settle_due(worker) == 0 && !settle(worker))
		pause_after_failure(worker);
	else if (count && count < GATHER_EVENTS)
		rest(worker, GATHER_US);
	else if (count == 0)
		note_success(worker);
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	while (!is_stopping(worker))
		read_and_publish(worker);
	settle(worker);
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
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&worker->changed, &attributes);
	pthread_condattr_destroy(&attributes);
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
	struct timespec at = timespec_of(until);
	pthread_mutex_lock(&worker->lock);
	while (!worker->ended)
		if (pthread_cond_timedwait(&worker->changed, &worker->lock, &at))
			break;
	bool ended = worker->ended;
	pthread_mutex_unlock(&worker->lock);
	if (!ended)
		return false;
	pthread_join(worker->thread, NULL);
	worker_free(worker);
	return true;
}
