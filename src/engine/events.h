/*
 * The event queue: appended in the transaction that does what the event
 * tells, and read in order.
 */
#ifndef SIGNET_ENGINE_EVENTS_H
#define SIGNET_ENGINE_EVENTS_H

#include "api/exit.h"
#include "engine/database.h"

struct events;
struct record_event;

int events_new(struct events **out, struct database *database, struct error *err);
void events_free(struct events *events);

/* Inside a transaction; sticky in it. *sequence is then to be announced. */
int events_append(struct store_txn *txn, enum signet_event_kind kind, int64_t time,
                  uint64_t request, uint64_t *sequence);
/* The same for one of any kind. */
int events_append_record(struct store_txn *txn, const struct record_event *event,
                         uint64_t *sequence);
/* After the commit: wakes who waits. */
void events_announce(struct events *events, uint64_t sequence);
/* Ends all waiting for good. */
void events_stop(struct events *events);

struct event_row {
	uint64_t sequence;
	enum signet_event_kind kind;
	int64_t time;
	struct stored stored; /* id 0 for none: then */
	const char *authority; /* whose it is, */
	struct bytes data;    /* and what (ca-certificate: DER; crl-published: its file) */
	unsigned shard;       /* crl-published */
	bool earlier;         /* crl-published: of an earlier key */
};

struct events_batch {
	struct event_row *rows;
	size_t count;
	uint64_t last; /* looked at, wanted or not */
};

/* Events of the wanted kinds (bit n: kind n) after this one; waits for the first of them. */
int events_read(struct events *events, struct arena *arena, uint64_t kinds, uint64_t after,
                unsigned limit, unsigned wait_ms, struct events_batch *out, struct error *err);

/* Inside a transaction: one event. Adds the octets of its certificate to *octets.
 * SIGNET_E_CORRUPT when it is not there or does not read back. */
int events_load(struct store_txn *txn, struct arena *arena, uint64_t sequence,
                struct event_row *out, size_t *octets);

#endif
