#include "engine/tally.h"

#include <endian.h>

#include "base/buffer.h"
#include "crypto/hash.h"
#include "engine/counters.h"
#include "engine/database.h"

/* Parts of a window that have a number each. */
#define PARTS 60
/* What a row holds at most: the parts of a window, and some of those that it had before. Beyond, the
 * oldest two are joined. */
#define ROW_PARTS 120
/* Rows that are looked at for each new part: what is of no use is at most a part of them. */
#define SWEEP_STEPS 4
#define SCOPE_MAX 65536
/* What keys begin with. */
#define KEY_TEXT 't'
#define KEY_HASH 'h'

/* As it is stored, in the order of the network: what was counted from start on, for width seconds,
 * and how long after its start it is of use. Parts come in the order in which they began to be
 * counted. */
struct part {
	uint64_t start;
	uint32_t life;
	uint32_t count;
};
_Static_assert(sizeof(struct part) == 16, "a part is stored as it is");

struct row {
	struct part parts[ROW_PARTS + 1];
	size_t count;
};

static int hash_key(struct tally *out, struct bytes rule, struct bytes scope)
{
	uint8_t digest[HASH_SIZE_MAX];
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(SCOPE_MAX);
	buffer_append_bytes(&text, rule);
	buffer_append_octet(&text, 0);
	buffer_append_bytes(&text, scope);
	if (text.error)
		return text.error;
	int result = hash_compute(HASH_SHA256, buffer_bytes(&text), digest);
	if (result)
		return result;
	out->key[0] = KEY_HASH;
	memcpy(out->key + 1, digest, INDEX_HASH_SIZE);
	out->length = 1 + INDEX_HASH_SIZE;
	return 0;
}

int tally_make(struct tally *out, const char *rule, struct bytes scope, int64_t window)
{
	struct bytes name = bytes_text(rule);
	out->window = window;
	if (name.length > TALLY_TEXT_MAX || scope.length > TALLY_TEXT_MAX - name.length)
		return hash_key(out, name, scope);
	out->key[0] = KEY_TEXT;
	memcpy(out->key + 1, rule, name.length + 1);
	if (scope.length)
		memcpy(out->key + name.length + 2, scope.data, scope.length);
	out->length = name.length + 2 + scope.length;
	return 0;
}

static struct bytes key_of(const struct tally *tally)
{
	return bytes_make(tally->key, tally->length);
}

bool tally_is_same(const struct tally *a, const struct tally *b)
{
	return bytes_equal(key_of(a), key_of(b));
}

static int64_t width_of(const struct tally *tally)
{
	return tally->window < PARTS ? 1 : tally->window / PARTS;
}

static struct part part_at(struct bytes row, size_t at)
{
	struct part part;
	memcpy(&part, row.data + at * sizeof part, sizeof part);
	return part;
}

bool tally_is_key(struct bytes key)
{
	if (key.length < 2 || key.length > 2 + TALLY_TEXT_MAX)
		return false;
	return key.data[0] == KEY_TEXT ? memchr(key.data + 1, 0, key.length - 1) != NULL
	                               : key.data[0] == KEY_HASH && key.length == 1 + INDEX_HASH_SIZE;
}

const char *tally_check_row(struct bytes key, struct bytes value)
{
	if (!tally_is_key(key) || value.length == 0 || value.length % sizeof(struct part) ||
	    value.length > ROW_PARTS * sizeof(struct part))
		return "it cannot be read";
	for (size_t i = 0; i < value.length / sizeof(struct part); i++) {
		struct part part = part_at(value, i);
		if (part.count == 0 || part.life == 0)
			return "it counts nothing";
	}
	return NULL;
}

static uint64_t sum_of(struct bytes row, const struct tally *tally, int64_t now)
{
	int64_t first = now - tally->window - width_of(tally) + 1;
	uint64_t total = 0;
	for (size_t i = 0; i < row.length / sizeof(struct part); i++) {
		struct part part = part_at(row, i);
		if ((int64_t)be64toh(part.start) >= first)
			total += be32toh(part.count);
	}
	return total;
}

/* The row's value; empty when there is none. */
static int find_row(struct store_txn *txn, const struct tally *tally, struct bytes *out)
{
	int result = store_get(txn, TABLE_TALLIES, key_of(tally), out);
	if (result == SIGNET_E_NOT_FOUND) {
		*out = BYTES_NONE;
		return 0;
	}
	return result;
}

int tally_sum(struct store_txn *txn, const struct tally *tally, int64_t now, uint64_t *out)
{
	struct bytes row;
	int result = find_row(txn, tally, &row);
	if (result)
		return result;
	*out = sum_of(row, tally, now);
	return 0;
}

static bool has_ended(const struct part *part, int64_t now)
{
	return (int64_t)(be64toh(part->start) + be32toh(part->life)) <= now;
}

static bool has_left(struct bytes row, int64_t now)
{
	for (size_t i = 0; i < row.length / sizeof(struct part); i++) {
		struct part part = part_at(row, i);
		if (!has_ended(&part, now))
			return false;
	}
	return true;
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

/* The parts that are of use still. */
static void load_row(struct row *row, struct bytes value, int64_t now)
{
	row->count = 0;
	for (size_t i = 0; i < value.length / sizeof(struct part) && i < ROW_PARTS; i++) {
		struct part part = part_at(value, i);
		if (!has_ended(&part, now))
			row->parts[row->count++] = part;
	}
}

/* As late as the later one: what is counted leaves late, and never early. */
static void join_oldest(struct row *row)
{
	struct part *a = &row->parts[0], *b = &row->parts[1];
	uint64_t end = be64toh(a->start) + be32toh(a->life), other = be64toh(b->start) + be32toh(b->life);
	uint64_t start = be64toh(a->start) > be64toh(b->start) ? be64toh(a->start) : be64toh(b->start);
	uint64_t count = (uint64_t)be32toh(a->count) + be32toh(b->count);
	b->start = htobe64(start);
	b->life = htobe32((uint32_t)((end > other ? end : other) - start));
	b->count = htobe32(count > UINT32_MAX ? UINT32_MAX : (uint32_t)count);
	row->count--;
	for (size_t i = 0; i < row->count; i++)
		row->parts[i] = row->parts[i + 1];
}

/* Whether there was such a part. */
static bool increment(struct row *row, uint64_t start, uint32_t life)
{
	for (size_t i = row->count; i-- > 0;) {
		struct part *part = &row->parts[i];
		if (part->start != htobe64(start) || part->life != htobe32(life))
			continue;
		if (part->count != UINT32_MAX)
			part->count = htobe32(be32toh(part->count) + 1);
		return true;
	}
	return false;
}

static void add_to(struct store_txn *txn, const struct tally *tally, struct bytes value, int64_t now)
{
	struct row row;
	int64_t width = width_of(tally), start = now > 0 ? now - now % width : 0;
	uint32_t life = (uint32_t)(width + tally->window);
	load_row(&row, value, now);
	bool found = increment(&row, (uint64_t)start, life);
	if (!found) {
		row.parts[row.count++] = (struct part){htobe64((uint64_t)start), htobe32(life),
		                                       htobe32(1)};
		if (row.count > ROW_PARTS)
			join_oldest(&row);
	}
	store_put(txn, TABLE_TALLIES, key_of(tally),
	          bytes_make(row.parts, row.count * sizeof *row.parts));
	if (!found)
		sweep(txn, now);
}

void tally_add(struct store_txn *txn, const struct tally *tally, int64_t now)
{
	struct bytes row;
	if (find_row(txn, tally, &row) == 0)
		add_to(txn, tally, row, now);
}

int tally_take(struct store_txn *txn, const struct tally *tally, int64_t now, uint64_t below)
{
	struct bytes row;
	int result = find_row(txn, tally, &row);
	if (result)
		return result;
	if (below && sum_of(row, tally, now) >= below)
		return SIGNET_E_CONFLICT;
	add_to(txn, tally, row, now);
	return store_error(txn);
}
