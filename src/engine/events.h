/*
 * The event queue: appended in the transaction that does what the event
 * tells, read in order by consumers, each with a cursor of its own.
 */
#ifndef SIGNET_ENGINE_EVENTS_H
#define SIGNET_ENGINE_EVENTS_H

#include "api/exit.h"
#include "engine/database.h"

struct events;

int events_new(struct events **out, struct database *database, struct error *err);
void events_free(struct events *events);

/* Inside a transaction; sticky in it. *sequence is then to be announced. */
int events_append(struct store_txn *txn, enum signet_event_kind kind, int64_t time,
                  uint64_t request, uint64_t *sequence);
/* After the commit: wakes who waits. */
void events_announce(struct events *events, uint64_t sequence);
/* Ends all waiting for good. */
void events_stop(struct events *events);

struct event_row {
	uint64_t sequence;
	enum signet_event_kind kind;
	int64_t time;
	struct stored stored; /* id 0 for none */
};

struct events_batch {
	struct event_row *rows;
	size_t count;
	uint64_t last; /* looked at, wanted or not */
};

/* See signet_read_events. */
int events_read(struct events *events, struct arena *arena, const char *consumer, uint64_t kinds,
                uint64_t after, unsigned limit, unsigned wait_ms, struct events_batch *out,
                struct error *err);
/* Durable when it returns; a cursor never goes back. SIGNET_E_INVALID: beyond the newest event;
 * SIGNET_E_TOO_BIG: a new consumer where there are too many. */
int events_advance(struct events *events, const char *consumer, uint64_t sequence,
                   struct error *err);

/* All consumers that have advanced once. */
int events_consumers(struct events *events, struct arena *arena,
                     struct signet_consumer_status **out, size_t *count, struct error *err);

#endif
