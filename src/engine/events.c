#include "engine/events.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"

#define BATCH_ROWS 64
/* Octets of certificates in one batch, so that it fits a message with all that is said of them, and
 * the arena of a call with what it is made of. */
#define BATCH_OCTETS 32768
/* A request's record takes memory alone, of which there is more: so many octets count as one. */
#define RECORD_OCTETS 8
/* Events that one look at the table passes by before it lets go of its snapshot. */
#define SCAN_MAX 10000
#define WAIT_MAX_MS 60000

struct events {
	struct database *database;
	pthread_mutex_t lock; /* guards newest and stopping */
	pthread_cond_t grown;
	uint64_t newest;      /* sequence that is committed */
	bool stopping;
};

static int read_newest(struct store_txn *txn, void *arg)
{
	uint64_t next, *newest = arg;
	int result = database_next(txn, TABLE_EVENTS, &next);
	if (result == 0)
		*newest = next - 1;
	return result;
}

int events_new(struct events **out, struct database *database, struct error *err)
{
	struct events *events = calloc(1, sizeof *events);
	if (!events)
		return error_nomem(err);
	events->database = database;
	pthread_mutex_init(&events->lock, NULL);
	clock_condition_init(&events->grown);
	int result = store_read(database_store(database), read_newest, &events->newest, err);
	if (result) {
		events_free(events);
		return result;
	}
	*out = events;
	return 0;
}

void events_free(struct events *events)
{
	if (!events)
		return;
	pthread_cond_destroy(&events->grown);
	pthread_mutex_destroy(&events->lock);
	free(events);
}

int events_append_record(struct store_txn *txn, const struct record_event *event,
                         uint64_t *sequence)
{
	uint8_t small[RECORD_EVENT_MAX];
	size_t size = record_event_size(event);
	uint8_t *packed = size <= sizeof small ? small : malloc(size);
	if (!packed)
		return store_fail(txn, SIGNET_E_NOMEM);
	record_pack_event(event, packed);
	if (database_next(txn, TABLE_EVENTS, sequence) == 0) {
		struct store_key key = store_key_number(*sequence);
		store_insert(txn, TABLE_EVENTS, store_key_get(&key), bytes_make(packed, size));
	}
	if (packed != small)
		free(packed);
	return store_error(txn);
}

int events_append(struct store_txn *txn, enum signet_event_kind kind, int64_t time,
                  uint64_t request, uint64_t *sequence)
{
	struct record_event event = {kind, time, request, "", BYTES_NONE, 0, false};
	return events_append_record(txn, &event, sequence);
}

void events_announce(struct events *events, uint64_t sequence)
{
	pthread_mutex_lock(&events->lock);
	if (sequence > events->newest)
		events->newest = sequence;
	pthread_cond_broadcast(&events->grown);
	pthread_mutex_unlock(&events->lock);
}

void events_stop(struct events *events)
{
	pthread_mutex_lock(&events->lock);
	events->stopping = true;
	pthread_cond_broadcast(&events->grown);
	pthread_mutex_unlock(&events->lock);
}

/* Whether there is an event after this one, waiting for it until the deadline. */
static bool wait_for_next(struct events *events, uint64_t after, int64_t deadline_us)
{
	int result = 0;
	pthread_mutex_lock(&events->lock);
	while (events->newest <= after && !events->stopping && result == 0)
		result = clock_wait(&events->grown, &events->lock, deadline_us);
	bool there = events->newest > after;
	pthread_mutex_unlock(&events->lock);
	return there;
}

struct reading {
	struct arena *arena;
	uint64_t kinds;
	unsigned limit;
	size_t octets;
	struct events_batch *batch;
};

static int take(struct store_txn *txn, struct arena *arena, struct bytes packed,
                uint64_t sequence, struct event_row *row, size_t *octets)
{
	struct record_event event;
	int result = record_unpack_event(arena, packed, &event);
	if (result)
		return result;
	*row = (struct event_row){sequence, (enum signet_event_kind)event.kind, event.time, {0},
	                          event.authority, event.data, event.shard, event.earlier};
	if (event.request)
		result = database_load(txn, arena, event.request, &row->stored);
	if (result)
		return result;
	*octets += row->stored.certificate ? row->stored.certificate->der.len : event.data.length;
	if (row->stored.request)
		*octets += signet__db__request__get_packed_size(row->stored.request) / RECORD_OCTETS;
	return 0;
}

int events_load(struct store_txn *txn, struct arena *arena, uint64_t sequence,
                struct event_row *out, size_t *octets)
{
	struct store_key key = store_key_number(sequence);
	struct bytes value;
	int result = store_get(txn, TABLE_EVENTS, store_key_get(&key), &value);
	if (result)
		return result == SIGNET_E_NOT_FOUND ? SIGNET_E_CORRUPT : result;
	result = take(txn, arena, value, sequence, out, octets);
	return result == SIGNET_E_NOT_FOUND ? SIGNET_E_CORRUPT : result;
}

static int scan(struct store_txn *txn, void *arg)
{
	struct reading *reading = arg;
	struct events_batch *batch = reading->batch;
	struct store_key key = store_key_number(batch->last + 1);
	struct store_cursor *cursor;
	unsigned steps = 0;
	int result = store_cursor_open(&cursor, txn, TABLE_EVENTS);
	if (result == 0)
		result = store_seek(cursor, store_key_get(&key));
	while (result == 0 && steps++ < SCAN_MAX && batch->count < reading->limit &&
	       reading->octets < BATCH_OCTETS) {
		uint64_t sequence = store_key_to_u64(store_cursor_key(cursor));
		struct bytes packed = store_cursor_value(cursor);
		unsigned kind = record_event_kind(packed);
		if (kind == 0)
			return SIGNET_E_CORRUPT;
		if (kind < 64 && reading->kinds >> kind & 1) {
			result = take(txn, reading->arena, packed, sequence,
			              &batch->rows[batch->count], &reading->octets);
			batch->count += result == 0;
			/* raised late, and its request pruned since: there is nothing to tell */
			if (result == SIGNET_E_NOT_FOUND)
				result = 0;
		}
		if (result == 0) {
			batch->last = sequence;
			result = store_next(cursor);
		}
	}
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

int events_read(struct events *events, struct arena *arena, uint64_t kinds, uint64_t after,
                unsigned limit, unsigned wait_ms, struct events_batch *out, struct error *err)
{
	if (limit == 0 || limit > BATCH_ROWS)
		limit = BATCH_ROWS;
	if (wait_ms > WAIT_MAX_MS)
		wait_ms = WAIT_MAX_MS;
	int64_t deadline = clock_monotonic_us() + (int64_t)wait_ms * 1000;
	struct events_batch batch = {arena_array(arena, limit, sizeof *batch.rows), 0, after};
	struct reading reading = {arena, kinds, limit, 0, &batch};
	int result = batch.rows ? 0 : error_nomem(err);
	while (result == 0 && batch.count == 0 && wait_for_next(events, batch.last, deadline))
		result = store_read(database_store(events->database), scan, &reading, err);
	if (result == SIGNET_E_CORRUPT)
		return error_set(err, result, "a stored event does not read back");
	if (result == 0)
		*out = batch;
	return result;
}
