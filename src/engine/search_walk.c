#include "engine/search_walk.h"

#include <stdlib.h>

#include "base/clock.h"

#define RANK_SIZE 16
#define LOOKS_BETWEEN_CLOCKS 64

int walk_read_place(struct walk_place *out, const struct walk *walk, struct bytes place)
{
	struct walk_place made = {.length = place.length};
	if (place.length > sizeof made.data)
		return SIGNET_E_INVALID;
	if (place.length) {
		memcpy(made.data, place.data, place.length);
		if (place.length < 2 || place.data[0] != walk->kind ||
		    (walk->merged ? place.data[1] != WALK_MERGED || place.length != 2 + RANK_SIZE
		                  : place.data[1] >= walk->count))
			return SIGNET_E_INVALID;
	}
	*out = made;
	return 0;
}

void walk_set_place(struct walk_place *place, const struct walk *walk, size_t span, struct bytes key)
{
	place->data[0] = walk->kind;
	place->data[1] = (uint8_t)span;
	if (key.length)
		memcpy(place->data + 2, key.data, key.length);
	place->length = 2 + key.length;
}

static bool is_within(const struct walk_span *span, struct bytes key)
{
	return bytes_compare(key, span->low) >= 0 &&
	       (span->high.length == 0 || bytes_compare(key, span->high) < 0);
}

/* On the first entry of the span in the walk's order; behind `after` unless that is empty. */
static int enter(struct store_cursor *cursor, const struct walk *walk,
                 const struct walk_span *span, struct bytes after)
{
	if (!walk->ascending)
		return store_seek_before(cursor, after.length ? after : span->high);
	int result = store_seek(cursor, after.length ? after : span->low);
	if (result == 0 && after.length && bytes_equal(store_cursor_key(cursor), after))
		result = store_next(cursor);
	return result;
}

static int step(struct store_cursor *cursor, const struct walk *walk)
{
	return walk->ascending ? store_next(cursor) : store_previous(cursor);
}

static uint64_t id_of(const struct store_cursor *cursor, const struct walk_span *span)
{
	struct bytes at = span->value_is_id ? store_cursor_value(cursor) : store_cursor_key(cursor);
	return at.length < 8 ? 0 : store_key_to_u64(bytes_make(at.data + at.length - 8, 8));
}

/* How much has been done. */
struct effort {
	int64_t deadline;
	unsigned looks;
};

static bool is_spent(struct effort *effort)
{
	return ++effort->looks % LOOKS_BETWEEN_CLOCKS == 0 && clock_monotonic_us() >= effort->deadline;
}

/* One span, behind *place, to its end or until it is full or enough. */
static int walk_span(struct store_txn *txn, const struct walk *walk, size_t which,
                     struct walk_place *place, struct effort *effort, bool *ended)
{
	const struct walk_span *span = &walk->spans[which];
	struct store_cursor *cursor;
	struct bytes after = bytes_make(place->data + 2, place->length - 2);
	int result = store_cursor_open(&cursor, txn, span->table);
	if (result)
		return result;
	result = enter(cursor, walk, span, after);
	while (result == 0 && is_within(span, store_cursor_key(cursor))) {
		struct bytes key = store_cursor_key(cursor);
		bool spent = is_spent(effort);
		result = walk->look(txn, walk->arg, span->table, id_of(cursor, span), key);
		if (result == 0)
			walk_set_place(place, walk, which, key);
		if (result || spent) {
			*ended = false;
			break;
		}
		result = step(cursor, walk);
	}
	store_cursor_close(cursor);
	return result == SIGNET_E_NOT_FOUND || result == WALK_FULL ? 0 : result;
}

static int run_sequence(struct store_txn *txn, const struct walk *walk, struct walk_place *place,
                        struct effort *effort)
{
	bool ended = true;
	int result = 0;
	if (!place->length)
		walk_set_place(place, walk, 0, BYTES_NONE);
	for (size_t i = place->data[1]; result == 0 && ended && i < walk->count; i++) {
		if (place->data[1] != i)
			walk_set_place(place, walk, i, BYTES_NONE);
		result = walk_span(txn, walk, i, place, effort, &ended);
	}
	if (result == 0 && ended)
		place->length = 0;
	return result;
}

/* ---- all at once ---- */

struct strand {
	struct store_cursor *cursor; /* NULL: at its end */
	const struct walk_span *span;
	uint8_t rank[RANK_SIZE];     /* of the entry that it is on */
};

static int settle(struct strand *strand, int result)
{
	struct bytes key = result == 0 ? store_cursor_key(strand->cursor) : BYTES_NONE;
	if (result == 0 && key.length >= RANK_SIZE && is_within(strand->span, key)) {
		memcpy(strand->rank, key.data + key.length - RANK_SIZE, RANK_SIZE);
		return 0;
	}
	store_cursor_close(strand->cursor);
	strand->cursor = NULL;
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

/* In each range a place is the rank behind what its keys begin with. */
static int begin(struct strand *strand, struct store_txn *txn, const struct walk *walk,
                 const struct walk_span *span, const struct walk_place *place)
{
	uint8_t key[STORE_KEY_MAX];
	struct bytes after = BYTES_NONE;
	size_t prefix = span->low.length - RANK_SIZE;
	strand->span = span;
	int result = store_cursor_open(&strand->cursor, txn, span->table);
	if (result)
		return result;
	if (place->length) {
		memcpy(key, span->low.data, prefix);
		memcpy(key + prefix, place->data + 2, RANK_SIZE);
		after = bytes_make(key, prefix + RANK_SIZE);
	}
	return settle(strand, enter(strand->cursor, walk, span, after));
}

static struct strand *next_of(struct strand *strands, const struct walk *walk)
{
	struct strand *best = NULL;
	for (size_t i = 0; i < walk->count; i++) {
		if (!strands[i].cursor)
			continue;
		int order = best ? memcmp(strands[i].rank, best->rank, RANK_SIZE) : 0;
		if (!best || (walk->ascending ? order < 0 : order > 0))
			best = &strands[i];
	}
	return best;
}

static int run_merged(struct store_txn *txn, const struct walk *walk, struct walk_place *place,
                      struct effort *effort)
{
	struct strand *strands = calloc(walk->count + 1, sizeof *strands), *at;
	int result = strands ? 0 : SIGNET_E_NOMEM;
	bool ended = true, spent = false;
	for (size_t i = 0; result == 0 && i < walk->count; i++)
		result = begin(&strands[i], txn, walk, &walk->spans[i], place);
	while (result == 0 && !spent && (at = next_of(strands, walk))) {
		spent = is_spent(effort);
		result = walk->look(txn, walk->arg, at->span->table, id_of(at->cursor, at->span),
		                    store_cursor_key(at->cursor));
		if (result == 0) {
			walk_set_place(place, walk, WALK_MERGED, bytes_make(at->rank, RANK_SIZE));
			result = settle(at, step(at->cursor, walk));
		}
	}
	ended = result == 0 && !spent;
	for (size_t i = 0; strands && i < walk->count; i++)
		if (strands[i].cursor)
			store_cursor_close(strands[i].cursor);
	free(strands);
	if (ended)
		place->length = 0;
	return result == WALK_FULL ? 0 : result;
}

int walk_run(struct store_txn *txn, const struct walk *walk, struct walk_place *place)
{
	struct effort effort = {.deadline = clock_monotonic_us() + walk->budget_us};
	return walk->merged ? run_merged(txn, walk, place, &effort)
	                    : run_sequence(txn, walk, place, &effort);
}
