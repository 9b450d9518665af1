#include "engine/events.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"

#define BATCH_ROWS 64
/* Octets of certificates in one batch, so that it fits a message with all that is said of them. */
#define BATCH_OCTETS 32768
/* Events that one look at the table passes by before it lets go of its snapshot. */
#define SCAN_MAX 10000
#define WAIT_MAX_MS 60000
#define CONSUMERS_MAX 256

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

int events_append(struct store_txn *txn, enum signet_event_kind kind, int64_t time,
                  uint64_t request, uint64_t *sequence)
{
	uint8_t packed[RECORD_EVENT_MAX];
	struct record_event event = {kind, time, request};
	size_t size = record_pack_event(&event, packed);
	if (database_next(txn, TABLE_EVENTS, sequence))
		return store_error(txn);
	struct store_key key = store_key_number(*sequence);
	return store_insert(txn, TABLE_EVENTS, store_key_get(&key), bytes_make(packed, size));
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

static int take(struct store_txn *txn, struct reading *reading, const struct record_event *event,
                uint64_t sequence)
{
	struct event_row *row = &reading->batch->rows[reading->batch->count];
	*row = (struct event_row){sequence, (enum signet_event_kind)event->kind, event->time, {0}};
	int result = event->request
		? database_load(txn, reading->arena, event->request, &row->stored) : 0;
	if (result)
		return result == SIGNET_E_NOT_FOUND ? SIGNET_E_CORRUPT : result;
	if (row->stored.certificate)
		reading->octets += row->stored.certificate->der.len;
	reading->batch->count++;
	return 0;
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
		struct record_event event;
		result = record_unpack_event(store_cursor_value(cursor), &event);
		if (result == 0 && event.kind < 64 && reading->kinds >> event.kind & 1)
			result = take(txn, reading, &event, sequence);
		if (result == 0) {
			batch->last = sequence;
			result = store_next(cursor);
		}
	}
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

struct cursor {
	struct bytes name;
	uint64_t sequence;
};

static int read_cursor(struct store_txn *txn, void *arg)
{
	struct cursor *cursor = arg;
	struct bytes value;
	int result = store_get(txn, TABLE_CONSUMERS, cursor->name, &value);
	cursor->sequence = result == 0 ? store_key_to_u64(value) : 0;
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static int start_after(struct events *events, const char *consumer, uint64_t after,
                       uint64_t *out, struct error *err)
{
	struct cursor cursor = {bytes_text(consumer), after};
	int result = after ? 0 : store_read(database_store(events->database), read_cursor, &cursor,
	                                    err);
	*out = cursor.sequence;
	return result;
}

static int check_consumer(const char *consumer, struct error *err)
{
	size_t length = strlen(consumer);
	if (length == 0 || length > LIMIT_ATTRIBUTE / 4)
		return error_set(err, SIGNET_E_INVALID, "a consumer's name has 1 to %d characters",
		                 LIMIT_ATTRIBUTE / 4);
	if (!text_is_printable(bytes_text(consumer)))
		return error_set(err, SIGNET_E_INVALID,
		                 "a consumer's name is made of printable ASCII characters");
	return 0;
}

int events_read(struct events *events, struct arena *arena, const char *consumer, uint64_t kinds,
                uint64_t after, unsigned limit, unsigned wait_ms, struct events_batch *out,
                struct error *err)
{
	if (limit == 0 || limit > BATCH_ROWS)
		limit = BATCH_ROWS;
	if (wait_ms > WAIT_MAX_MS)
		wait_ms = WAIT_MAX_MS;
	int64_t deadline = clock_monotonic_us() + (int64_t)wait_ms * 1000;
	struct events_batch batch = {arena_array(arena, limit, sizeof *batch.rows), 0, 0};
	struct reading reading = {arena, kinds, limit, 0, &batch};
	int result = batch.rows ? check_consumer(consumer, err) : error_nomem(err);
	if (result == 0)
		result = start_after(events, consumer, after, &batch.last, err);
	while (result == 0 && batch.count == 0 && wait_for_next(events, batch.last, deadline))
		result = store_read(database_store(events->database), scan, &reading, err);
	if (result == SIGNET_E_CORRUPT)
		return error_set(err, result, "a stored event does not read back");
	if (result == 0)
		*out = batch;
	return result;
}

static int write_cursor(struct store_txn *txn, void *arg)
{
	const struct cursor *cursor = arg;
	struct bytes value;
	uint64_t next;
	if (database_next(txn, TABLE_EVENTS, &next))
		return store_error(txn);
	if (cursor->sequence >= next)
		return SIGNET_E_INVALID;
	int result = store_get(txn, TABLE_CONSUMERS, cursor->name, &value);
	if (result == 0 && store_key_to_u64(value) >= cursor->sequence)
		return 0;
	/* names are the publisher's to choose, how many there are is not */
	if (result == SIGNET_E_NOT_FOUND && store_count(txn, TABLE_CONSUMERS) >= CONSUMERS_MAX)
		return SIGNET_E_TOO_BIG;
	struct store_key number = store_key_number(cursor->sequence);
	return store_put(txn, TABLE_CONSUMERS, cursor->name, store_key_get(&number));
}

int events_advance(struct events *events, const char *consumer, uint64_t sequence,
                   struct error *err)
{
	struct cursor cursor = {bytes_text(consumer), sequence};
	if (check_consumer(consumer, err))
		return SIGNET_E_INVALID;
	int result = store_write(database_store(events->database), write_cursor, &cursor, err);
	if (result == SIGNET_E_INVALID)
		return error_set(err, result, "there is no event %llu yet",
		                 (unsigned long long)sequence);
	if (result == SIGNET_E_TOO_BIG)
		return error_set(err, result, "there are %d consumers already", CONSUMERS_MAX);
	return result;
}

struct consumers {
	struct arena *arena;
	struct signet_consumer_status *list;
	size_t count;
};

static int read_consumers(struct store_txn *txn, void *arg)
{
	struct consumers *consumers = arg;
	struct store_cursor *cursor;
	uint64_t next = 1;
	int result = database_next(txn, TABLE_EVENTS, &next);
	if (result == 0)
		result = store_cursor_open(&cursor, txn, TABLE_CONSUMERS);
	if (result == 0)
		result = store_next(cursor);
	while (result == 0 && consumers->count < CONSUMERS_MAX) {
		struct signet_consumer_status *status = &consumers->list[consumers->count++];
		status->name = arena_text(consumers->arena, store_cursor_key(cursor));
		status->cursor = store_key_to_u64(store_cursor_value(cursor));
		status->waiting = next - 1 - status->cursor;
		result = status->name ? store_next(cursor) : SIGNET_E_NOMEM;
	}
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

int events_consumers(struct events *events, struct arena *arena,
                     struct signet_consumer_status **out, size_t *count, struct error *err)
{
	struct consumers consumers = {
		arena, arena_array(arena, CONSUMERS_MAX, sizeof *consumers.list), 0};
	if (!consumers.list)
		return error_nomem(err);
	int result = store_read(database_store(events->database), read_consumers, &consumers, err);
	if (result == 0) {
		*out = consumers.list;
		*count = consumers.count;
	}
	return result;
}
