#include "engine/tally.h"

#include "base/buffer.h"
#include "crypto/hash.h"
#include "engine/counters.h"
#include "engine/database.h"

/* Parts of a window that have a number each. */
#define PARTS 60
/* A number and the time from which on it is of no use. */
#define ROW_SIZE 16
/* Numbers that are looked at for each new one: what is of no use is at most a part of them. */
#define SWEEP_STEPS 4
#define SCOPE_MAX 65536

int tally_make(struct tally *out, const char *rule, struct bytes scope, int64_t window)
{
	uint8_t digest[HASH_SIZE_MAX];
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(SCOPE_MAX);
	buffer_append_text(&text, rule);
	buffer_append_octet(&text, 0);
	buffer_append_bytes(&text, scope);
	if (text.error)
		return text.error;
	int result = hash_compute(HASH_SHA256, buffer_bytes(&text), digest);
	if (result)
		return result;
	memcpy(out->hash, digest, INDEX_HASH_SIZE);
	out->window = window;
	return 0;
}

static int64_t width_of(const struct tally *tally)
{
	return tally->window < PARTS ? 1 : tally->window / PARTS;
}

static struct store_key row_key(const struct tally *tally, int64_t start)
{
	return index_key(BYTES_OF(tally->hash), start > 0 ? (uint64_t)start : 0);
}

static bool is_of(const struct tally *tally, struct bytes key)
{
	return key.length == sizeof tally->hash + 8 &&
	       memcmp(key.data, tally->hash, sizeof tally->hash) == 0;
}

int tally_sum(struct store_txn *txn, const struct tally *tally, int64_t now, uint64_t *out)
{
	struct store_key first = row_key(tally, now - tally->window - width_of(tally) + 1);
	struct store_cursor *cursor;
	uint64_t total = 0;
	int result = store_cursor_open(&cursor, txn, TABLE_TALLIES);
	if (result)
		return result;
	for (result = store_seek(cursor, store_key_get(&first));
	     result == 0 && is_of(tally, store_cursor_key(cursor)); result = store_next(cursor))
		total += store_key_to_u64(store_cursor_value(cursor));
	store_cursor_close(cursor);
	if (result && result != SIGNET_E_NOT_FOUND)
		return result;
	*out = total;
	return 0;
}

static bool has_left(struct bytes row, int64_t now)
{
	return row.length != ROW_SIZE ||
	       (int64_t)store_key_to_u64(bytes_make(row.data + 8, 8)) <= now;
}

/* In the order of the table: what goes lies on few pages. */
static void sweep(struct store_txn *txn, int64_t now)
{
	struct store_cursor *cursor;
	struct store_key place;
	struct bytes at;
	store_key_begin(&place);
	if (store_get(txn, TABLE_COUNTERS, bytes_text(COUNTER_TALLY_SWEEP), &at) == 0)
		store_key_bytes(&place, at);
	if (store_cursor_open(&cursor, txn, TABLE_TALLIES))
		return;
	int result = store_seek(cursor, store_key_get(&place));
	for (unsigned i = 0; result == 0 && i < SWEEP_STEPS; i++, result = store_next(cursor)) {
		store_key_begin(&place);
		store_key_bytes(&place, store_cursor_key(cursor));
		if (has_left(store_cursor_value(cursor), now))
			store_delete(txn, TABLE_TALLIES, store_key_get(&place));
	}
	if (result == SIGNET_E_NOT_FOUND) /* round again */
		store_key_begin(&place);
	store_cursor_close(cursor);
	store_put(txn, TABLE_COUNTERS, bytes_text(COUNTER_TALLY_SWEEP), store_key_get(&place));
}

void tally_add(struct store_txn *txn, const struct tally *tally, int64_t now)
{
	int64_t width = width_of(tally), start = now > 0 ? now - now % width : 0;
	struct store_key key = row_key(tally, start), row;
	struct bytes value;
	uint64_t before = 0;
	if (store_get(txn, TABLE_TALLIES, store_key_get(&key), &value) == 0)
		before = store_key_to_u64(value);
	else
		sweep(txn, now);
	store_key_begin(&row);
	store_key_u64(&row, before + 1);
	store_key_u64(&row, (uint64_t)(start + width + tally->window));
	store_put(txn, TABLE_TALLIES, store_key_get(&key), store_key_get(&row));
}

const char *tally_check_row(struct bytes key, struct bytes value)
{
	if (key.length != INDEX_HASH_SIZE + 8 || value.length != ROW_SIZE)
		return "it cannot be read";
	uint64_t start = store_key_to_u64(bytes_make(key.data + INDEX_HASH_SIZE, 8));
	uint64_t end = store_key_to_u64(bytes_make(value.data + 8, 8));
	return store_key_to_u64(value) && end > start ? NULL : "it counts nothing";
}
