#include "engine/expiry.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/counters.h"
#include "engine/decision.h"
#include "engine/outline.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"
#include "engine/renewal.h"

/* Entries of a table that one step looks at. */
#define STEP 500
/* Between the time that a certificate says it was issued at and its place in the database there may
 * be so much: what was due within it at its issuance could be missed, so that it is never due. */
#define GRACE 3600

/* ---- what does not read back ---- */

/* One bad record must not hold up those behind it. */
static void pass_by(struct engine *engine, uint64_t id)
{
	struct unreadable *known = &engine->unreadable;
	char number[24];
	for (size_t i = 0; i < known->count; i++)
		if (known->ids[i] == id)
			return;
	if (known->count == UNREADABLE_MAX)
		return;
	known->ids[known->count++] = id;
	snprintf(number, sizeof number, "%llu", (unsigned long long)id);
	log_event(LOG_ERROR, "unreadable", "request", number, "message",
	          known->count < UNREADABLE_MAX
	          ? "the stored request does not read back: it is passed by"
	          : "the stored request does not read back: it is passed by, and others are "
	            "without a word", NULL);
}

/* ---- pending requests ---- */

struct waiting {
	uint64_t after;   /* looks at ids behind this one */
	int64_t limit;    /* submitted until then: too long ago */
	uint64_t ids[STEP];
	size_t count;
	int64_t earliest; /* of those that may still wait */
	bool more;
};

static int look_at(struct store_txn *txn, struct waiting *waiting, uint64_t id)
{
	struct store_key key = store_key_number(id);
	struct bytes value;
	int result = store_get(txn, TABLE_REQUESTS, store_key_get(&key), &value);
	if (result && result != SIGNET_E_NOT_FOUND)
		return result;
	/* 0, long ago, for one that does not read back: deny finds it out */
	int64_t submitted = result ? 0 : record_request_submitted(value);
	if (submitted <= waiting->limit)
		waiting->ids[waiting->count++] = id;
	else if (submitted < waiting->earliest)
		waiting->earliest = submitted;
	waiting->after = id;
	return 0;
}

static int find_waiting(struct store_txn *txn, void *arg)
{
	struct waiting *waiting = arg;
	struct store_key key = store_key_number(waiting->after + 1);
	struct store_cursor *cursor;
	int result = store_cursor_open(&cursor, txn, TABLE_PENDING);
	if (result == 0)
		result = store_seek(cursor, store_key_get(&key));
	for (unsigned i = 0; result == 0 && i < STEP; i++) {
		result = look_at(txn, waiting, store_key_to_u64(store_cursor_key(cursor)));
		if (result == 0)
			result = store_next(cursor);
	}
	waiting->more = result == 0;
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

/* Somebody may have decided meanwhile. */
static int deny(struct engine *engine, const struct configuration *configuration,
                struct arena *arena, uint64_t id, struct error *err)
{
	struct signet_outcome out;
	const char *time = schedule_text(arena, configuration->schedule.pending);
	const char *reason = arena_printf(arena, "nobody decided within %s", time ? time : "");
	struct decision decision = {id, "engine", reason, NULL};
	if (!time || !reason)
		return error_nomem(err);
	int result = decision_deny(engine, configuration, arena, &decision, &out, err);
	if (result == SIGNET_E_CORRUPT || result == SIGNET_E_NOT_FOUND)
		pass_by(engine, id);
	else if (result && result != SIGNET_E_STATE)
		return result;
	return 0;
}

int expiry_deny_pending(struct engine *engine, const struct configuration *configuration,
                        struct arena *arena, uint64_t *after, int64_t *due, struct error *err)
{
	int64_t wait = configuration->schedule.pending;
	struct waiting waiting = {
		.after = *after, .limit = clock_now() - wait, .earliest = INT64_MAX};
	if (wait == 0)
		return SIGNET_E_NOT_FOUND;
	int result = store_read(database_store(engine->database), find_waiting, &waiting, err);
	for (size_t i = 0; result == 0 && i < waiting.count; i++) {
		arena_clear(arena);
		result = deny(engine, configuration, arena, waiting.ids[i], err);
	}
	if (result)
		return result;
	*after = waiting.after;
	if (waiting.earliest < INT64_MAX && waiting.earliest + wait < *due)
		*due = waiting.earliest + wait;
	return waiting.more ? 0 : SIGNET_E_NOT_FOUND;
}

/* ---- certificates ---- */


/* A walk over the certificates by their end. */
struct walk {
	int64_t seconds;   /* before the end */
	bool renewed;      /* of these, too */
	int64_t now;
	struct arena *arena;
	/* what comes back */
	uint64_t unreadable[UNREADABLE_MAX]; /* ids; more of one step are not kept */
	size_t unreadable_count;
	uint64_t sequence; /* of the last event; 0 for none */
	int64_t next;      /* the end of the first that is not due yet; 0: there is none */
	bool more;
};

static struct store_key position_key(int64_t seconds)
{
	struct store_key key;
	store_key_begin(&key);
	store_key_bytes(&key, bytes_text(COUNTER_EXPIRING));
	store_key_u64(&key, (uint64_t)seconds);
	return key;
}

/* No walk gets so far by the time that it is: the clock was ahead, and has been put right. What comes
 * now would be passed by until it is there again. */
static bool is_ahead(const struct walk *walk, struct bytes position)
{
	return position.length >= 8 &&
	       (int64_t)store_key_to_u64(bytes_make(position.data, 8)) >
	       walk->now + walk->seconds + GRACE;
}

/* The place behind which it goes on; SIGNET_E_NOT_FOUND for a time that is new. */
static int read_position(struct store_txn *txn, const struct walk *walk, struct store_key *out)
{
	struct store_key key = position_key(walk->seconds);
	struct bytes value;
	int result = store_get(txn, TABLE_COUNTERS, store_key_get(&key), &value);
	store_key_begin(out);
	if (result)
		*out = index_time(walk->now, 0);
	else if (is_ahead(walk, value))
		*out = index_time(walk->now + walk->seconds, 0);
	else
		store_key_bytes(out, value);
	return result;
}

/* To the first entry behind the position. */
static int seek_behind(struct store_cursor *cursor, const struct store_key *position)
{
	struct bytes at = store_key_get(position);
	int result = store_seek(cursor, at);
	if (result == 0 && bytes_equal(store_cursor_key(cursor), at))
		result = store_next(cursor);
	return result;
}

static bool is_due(const struct walk *walk, int64_t not_after)
{
	return not_after - walk->seconds <= walk->now;
}

static int64_t end_of(const struct store_cursor *cursor)
{
	return (int64_t)store_key_to_u64(store_cursor_key(cursor));
}

static uint64_t id_of(const struct store_cursor *cursor)
{
	struct bytes key = store_cursor_key(cursor);
	return key.length == 16 ? store_key_to_u64(bytes_make(key.data + 8, 8)) : 0;
}

/* Whether there is something to do: a round mostly ends with this look. */
static int look(struct store_txn *txn, void *arg)
{
	struct walk *walk = arg;
	struct store_cursor *cursor;
	struct store_key position;
	bool new = read_position(txn, walk, &position) == SIGNET_E_NOT_FOUND;
	int result = store_cursor_open(&cursor, txn, TABLE_EXPIRY);
	if (result == 0)
		result = seek_behind(cursor, &position);
	walk->more = new || (result == 0 && is_due(walk, end_of(cursor)));
	walk->next = result == 0 ? end_of(cursor) : 0;
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static bool is_wanted(const struct walk *walk, const struct stored *stored, int64_t not_after)
{
	int64_t issued = stored->request->resolved;
	return stored->certificate && stored->certificate->state != SIGNET_REVOKED &&
	       strcmp(stored->request->profile, PROFILE_GATEWAY) != 0 &&
	       strcmp(stored->request->profile, PROFILE_RESPONDER) != 0 &&
	       not_after - walk->seconds >= issued + GRACE;
}

static int raise_event(struct store_txn *txn, struct walk *walk, uint64_t id, int64_t not_after)
{
	struct stored stored;
	arena_clear(walk->arena);
	int result = database_load(txn, walk->arena, id, &stored);
	if (result == SIGNET_E_NOT_FOUND || result == SIGNET_E_CORRUPT) {
		if (walk->unreadable_count < UNREADABLE_MAX)
			walk->unreadable[walk->unreadable_count++] = id;
		return 0;
	}
	if (result)
		return result;
	if (!is_wanted(walk, &stored, not_after))
		return 0;
	bool renewed = false;
	if (!walk->renewed)
		result = renewal_exists(txn, walk->arena, &stored, walk->now, &renewed);
	if (result || renewed)
		return result;
	return events_append(txn, SIGNET_EVENT_EXPIRING, walk->now, id, &walk->sequence);
}

/* Events and position in one transaction: each is raised once. */
static int write_walk(struct store_txn *txn, void *arg)
{
	struct walk *walk = arg;
	struct store_key key = position_key(walk->seconds), position;
	struct store_cursor *cursor;
	unsigned steps = 0;
	walk->unreadable_count = 0;
	walk->sequence = 0;
	walk->next = 0;
	read_position(txn, walk, &position);
	int result = store_cursor_open(&cursor, txn, TABLE_EXPIRY);
	if (result == 0)
		result = seek_behind(cursor, &position);
	while (result == 0 && steps++ < STEP && is_due(walk, end_of(cursor))) {
		uint64_t id = id_of(cursor);
		int64_t not_after = end_of(cursor);
		position = index_time(not_after, id);
		result = raise_event(txn, walk, id, not_after);
		if (result == 0)
			result = store_next(cursor);
	}
	if (result && result != SIGNET_E_NOT_FOUND)
		return result;
	walk->more = result == 0 && is_due(walk, end_of(cursor));
	walk->next = result == 0 ? end_of(cursor) : 0;
	return store_put(txn, TABLE_COUNTERS, store_key_get(&key), store_key_get(&position));
}

int expiry_warn(struct engine *engine, int64_t seconds, bool renewed, int64_t *due,
                struct error *err)
{
	struct store *store = database_store(engine->database);
	struct walk walk = {.seconds = seconds, .renewed = renewed, .now = clock_now(),
	                    .arena = arena_new(LIMIT_REQUEST_ARENA)};
	int result = walk.arena ? store_read(store, look, &walk, err) : error_nomem(err);
	if (result == 0 && walk.more)
		result = store_write(store, write_walk, &walk, err);
	arena_free(walk.arena);
	if (result)
		return result;
	for (size_t i = 0; i < walk.unreadable_count; i++)
		pass_by(engine, walk.unreadable[i]);
	if (walk.sequence)
		events_announce(engine->events, walk.sequence);
	if (walk.next && walk.next - seconds < *due)
		*due = walk.next - seconds;
	return walk.more ? 0 : SIGNET_E_NOT_FOUND;
}

/* Positions of other times than these. */
struct forgetting {
	const struct schedule *schedule;
	uint64_t stale[SCHEDULE_WARNINGS_MAX];
	size_t count;
};

static bool is_scheduled(const struct schedule *schedule, uint64_t seconds)
{
	for (size_t i = 0; i < schedule->warning_count; i++)
		if ((uint64_t)schedule->warnings[i] == seconds)
			return true;
	return false;
}

static int find_stale(struct store_txn *txn, void *arg)
{
	struct forgetting *forgetting = arg;
	const size_t length = strlen(COUNTER_EXPIRING);
	struct store_cursor *cursor;
	int result = store_cursor_open(&cursor, txn, TABLE_COUNTERS);
	if (result == 0)
		result = store_seek(cursor, bytes_text(COUNTER_EXPIRING));
	while (result == 0 && forgetting->count < SCHEDULE_WARNINGS_MAX) {
		struct bytes key = store_cursor_key(cursor);
		if (key.length != length + 8 || memcmp(key.data, COUNTER_EXPIRING, length) != 0)
			break;
		uint64_t seconds = store_key_to_u64(bytes_make(key.data + length, 8));
		if (!is_scheduled(forgetting->schedule, seconds))
			forgetting->stale[forgetting->count++] = seconds;
		result = store_next(cursor);
	}
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static int remove_stale(struct store_txn *txn, void *arg)
{
	const struct forgetting *forgetting = arg;
	for (size_t i = 0; i < forgetting->count; i++) {
		struct store_key key = position_key((int64_t)forgetting->stale[i]);
		store_delete(txn, TABLE_COUNTERS, store_key_get(&key));
	}
	return store_error(txn);
}

int expiry_forget(struct engine *engine, const struct schedule *schedule, struct error *err)
{
	struct store *store = database_store(engine->database);
	struct forgetting forgetting = {.schedule = schedule};
	int result = store_read(store, find_stale, &forgetting, err);
	if (result || forgetting.count == 0)
		return result;
	return store_write(store, remove_stale, &forgetting, err);
}
