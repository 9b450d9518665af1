#include "engine/revoked.h"

#include "engine/database.h"

#define KEY_SIZE (AUTHORITY_ISSUER_SIZE + 2 + 8 + 8)
#define FRAME 27 /* octets of a value before the serial */
#define REASONS_MAX 16

struct store_key revoked_begin(const uint8_t issuer[AUTHORITY_ISSUER_SIZE], unsigned shard,
                               uint64_t changed)
{
	const uint8_t number[2] = {(uint8_t)(shard >> 8), (uint8_t)shard};
	struct store_key key;
	store_key_begin(&key);
	store_key_bytes(&key, bytes_make(issuer, AUTHORITY_ISSUER_SIZE));
	store_key_bytes(&key, BYTES_OF(number));
	store_key_u64(&key, changed);
	return key;
}

static struct store_key make_key(const struct revoked *row)
{
	struct store_key key = revoked_begin(row->issuer, row->shard, row->changed);
	store_key_u64(&key, row->id);
	return key;
}

int revoked_note(struct store_txn *txn, uint64_t id, bool held)
{
	struct store_key key;
	int result = index_label(&key, INDEX_CHANGED, held ? INDEX_HELD : INDEX_REVOKED, id);
	return result ? store_fail(txn, result)
	              : store_put(txn, TABLE_LABELS, store_key_get(&key), BYTES_NONE);
}

int revoked_put(struct store_txn *txn, const struct revoked *row)
{
	struct store_key key = make_key(row), value;
	if (row->shard > REVOKED_SHARD_MAX || row->reason >= REASONS_MAX)
		return store_fail(txn, SIGNET_E_INTERNAL);
	const unsigned reasons = row->reasons | 1u << row->reason;
	const uint8_t why[] = {(uint8_t)row->reason, (uint8_t)(reasons >> 8), (uint8_t)reasons};
	store_key_begin(&value);
	store_key_u64(&value, (uint64_t)row->revoked);
	store_key_u64(&value, (uint64_t)row->invalid);
	store_key_u64(&value, (uint64_t)row->not_after);
	store_key_bytes(&value, BYTES_OF(why));
	store_key_bytes(&value, row->serial);
	if (value.overflow)
		return store_fail(txn, SIGNET_E_TOO_BIG);
	return store_put(txn, TABLE_REVOKED, store_key_get(&key), store_key_get(&value));
}

int revoked_delete(struct store_txn *txn, const struct revoked *row)
{
	struct store_key key = make_key(row);
	int result = store_delete(txn, TABLE_REVOKED, store_key_get(&key));
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

int revoked_take(struct store_txn *txn, struct revoked *row)
{
	struct store_key key = make_key(row);
	struct revoked before;
	struct bytes value;
	int result = store_get(txn, TABLE_REVOKED, store_key_get(&key), &value);
	if (result == SIGNET_E_NOT_FOUND)
		return 0;
	if (result == 0)
		result = revoked_read_row(store_key_get(&key), value, &before);
	if (result)
		return store_fail(txn, result);
	row->reasons |= before.reasons;
	return revoked_delete(txn, row);
}

static int64_t number(struct bytes value, size_t at)
{
	return (int64_t)store_key_to_u64(bytes_make(value.data + at, 8));
}

int revoked_read(const struct store_cursor *cursor, struct revoked *out)
{
	return revoked_read_row(store_cursor_key(cursor), store_cursor_value(cursor), out);
}

int revoked_read_row(struct bytes key, struct bytes value, struct revoked *out)
{
	if (key.length != KEY_SIZE || value.length <= FRAME)
		return SIGNET_E_CORRUPT;
	memcpy(out->issuer, key.data, AUTHORITY_ISSUER_SIZE);
	key.data += AUTHORITY_ISSUER_SIZE;
	out->shard = (unsigned)key.data[0] << 8 | key.data[1];
	out->changed = (uint64_t)number(key, 2);
	out->id = (uint64_t)number(key, 10);
	out->revoked = number(value, 0);
	out->invalid = number(value, 8);
	out->not_after = number(value, 16);
	out->reason = value.data[24];
	out->reasons = (unsigned)value.data[25] << 8 | value.data[26];
	out->serial = bytes_make(value.data + FRAME, value.length - FRAME);
	return 0;
}
