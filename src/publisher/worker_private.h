/*
 * What the files of the worker share. Private to src/publisher: worker.c has
 * the thread and its loop, delivery.c what is done with one event, retry.c the
 * dead letters that are tried again.
 */
#ifndef SIGNET_PUBLISHER_WORKER_PRIVATE_H
#define SIGNET_PUBLISHER_WORKER_PRIVATE_H

#include <pthread.h>

#include "base/log.h"
#include "publisher/worker.h"

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
	unsigned failures;      /* in a row, of whatever kind: they make the pauses longer */
	uint64_t failing;       /* the event that failed last; 0: none since the last success */
	unsigned tries;         /* that it took so far */
	struct signet_exit_counts counts;
	char trouble[ERROR_MESSAGE_MAX]; /* what the module said last; "" while all is well */
	int64_t letters_due;    /* when to look for letters that are to be tried again */
	pthread_mutex_t lock;   /* guards the two below */
	pthread_cond_t changed;
	bool stop;
	bool ended;
};

bool worker_is_stopping(struct worker *worker);
/* Waits so long, less when it is to stop, or (true) when an administrator sent letters back meanwhile:
 * these have been tried, and the queue is to be, too. */
bool worker_pause(struct worker *worker, int64_t time_us);
void worker_log(const struct worker *worker, enum log_level level, const char *event,
                uint64_t sequence, const struct error *err);

/* All events in order; false when one of them or a flush failed, or it is to stop: what is left is
 * to be read again. */
bool delivery_publish(struct worker *worker, const struct signet_event *events, size_t count);
/* Everything up to this event is done or of no interest. */
void delivery_set_done(struct worker *worker, uint64_t sequence);
/* Whether the cursor lags behind what is done, and in how many milliseconds it has to move; 0 when
 * that is due. */
bool delivery_lags(const struct worker *worker);
unsigned delivery_due(const struct worker *worker);
/* Everything done so far becomes durable, then the engine may forget it. False when that failed. */
bool delivery_settle(struct worker *worker);
/* All is well again. proven: something was published, or read where that had failed. */
void delivery_note_success(struct worker *worker, bool proven);

/* The parts of it: asks the module, whose reason is in err unless it said done; */
enum signet_exit_result delivery_notify(struct worker *worker, const struct signet_event *event,
                                        struct error *err);
/* has the module make durable what it has done, else that is read again; */
bool delivery_flush(struct worker *worker);
/* gives an event up. False: the engine does not take it. */
bool delivery_bury(struct worker *worker, uint64_t sequence, unsigned tries,
                   const struct error *reason);

/* Tries the letters that an administrator sent back, a few at a time and not more often than once a
 * second. Whether there were any. */
bool retry_letters(struct worker *worker);

#endif
