#include "crypto/hash.h"
#include "engine/database.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"

struct finding {
	struct arena *arena;
	uint64_t id;
	struct bytes key;
	unsigned table;
	struct stored *out;
};

int database_load(struct store_txn *txn, struct arena *arena, uint64_t id, struct stored *out)
{
	struct store_key key = store_key_number(id);
	struct bytes value;
	struct stored found = {.id = id};
	int result = store_get(txn, TABLE_REQUESTS, store_key_get(&key), &value);
	if (result == 0)
		result = record_unpack_request(arena, value, &found.request);
	if (result)
		return result;
	result = store_get(txn, TABLE_CERTIFICATES, store_key_get(&key), &value);
	if (result == 0)
		result = record_unpack_certificate(arena, value, &found.certificate);
	if (result && result != SIGNET_E_NOT_FOUND)
		return result;
	*out = found;
	return 0;
}

static int load_by_id(struct store_txn *txn, void *arg)
{
	const struct finding *search = arg;
	return database_load(txn, search->arena, search->id, search->out);
}

static int load_by_key(struct store_txn *txn, void *arg)
{
	const struct finding *search = arg;
	struct bytes value;
	int result = store_get(txn, search->table, search->key, &value);
	if (result)
		return result;
	result = database_load(txn, search->arena, store_key_to_u64(value), search->out);
	return result == SIGNET_E_NOT_FOUND ? SIGNET_E_CORRUPT : result;
}

static int find(struct database *database, store_function fn, struct finding *search,
                struct error *err)
{
	int result = store_read(database_store(database), fn, search, err);
	if (result == SIGNET_E_NOT_FOUND)
		return error_set(err, result, "there is no such request or certificate");
	if (result == SIGNET_E_CORRUPT)
		return error_set(err, result, "a stored record does not read back");
	return result;
}

int database_find(struct database *database, struct arena *arena, uint64_t id,
                  struct stored *out, struct error *err)
{
	struct finding search = {.arena = arena, .id = id, .out = out};
	return find(database, load_by_id, &search, err);
}

int database_find_serial(struct database *database, struct arena *arena, struct bytes serial,
                         struct stored *out, struct error *err)
{
	struct finding search = {
		.arena = arena, .key = serial, .table = TABLE_SERIALS, .out = out};
	if (serial.length == 0 || serial.length > STORE_KEY_MAX)
		return error_set(err, SIGNET_E_NOT_FOUND, "there is no such certificate");
	return find(database, load_by_key, &search, err);
}

/* The index has only the beginning of a fingerprint. */
static int load_if_same(struct store_txn *txn, const struct finding *search, uint64_t id, bool *same)
{
	struct stored stored;
	uint8_t digest[HASH_SIZE_MAX];
	int result = database_load(txn, search->arena, id, &stored);
	if (result == SIGNET_E_NOT_FOUND || (result == 0 && !stored.certificate))
		return SIGNET_E_CORRUPT;
	if (result == 0)
		result = hash_compute(HASH_SHA256, bytes_make(stored.certificate->der.data,
		                                              stored.certificate->der.len), digest);
	*same = result == 0 && memcmp(digest, search->key.data, search->key.length) == 0;
	if (*same)
		*search->out = stored;
	return result;
}

static int load_by_fingerprint(struct store_txn *txn, void *arg)
{
	const struct finding *search = arg;
	const struct bytes print = bytes_make(search->key.data, INDEX_FINGERPRINT_SIZE);
	struct store_cursor *cursor;
	bool same = false;
	int result = store_cursor_open(&cursor, txn, TABLE_FINGERPRINTS);
	if (result)
		return result;
	result = store_seek(cursor, print);
	while (result == 0 && !same) {
		struct bytes key = store_cursor_key(cursor);
		if (key.length != print.length + 8 || memcmp(key.data, print.data, print.length) != 0)
			result = SIGNET_E_NOT_FOUND;
		else
			result = load_if_same(txn, search, store_key_to_u64(
				bytes_make(key.data + print.length, 8)), &same);
		if (result == 0 && !same)
			result = store_next(cursor);
	}
	store_cursor_close(cursor);
	return result;
}

int database_find_fingerprint(struct database *database, struct arena *arena,
                              const uint8_t sha256[32], struct stored *out, struct error *err)
{
	struct finding search = {.arena = arena, .key = bytes_make(sha256, 32), .out = out};
	return find(database, load_by_fingerprint, &search, err);
}

int database_find_submission(struct database *database, struct arena *arena,
                             const uint8_t idempotency[INDEX_HASH_SIZE], struct stored *out,
                             struct error *err)
{
	struct finding search = {
		.arena = arena, .key = bytes_make(idempotency, INDEX_HASH_SIZE),
		.table = TABLE_IDEMPOTENCY, .out = out};
	return find(database, load_by_key, &search, err);
}
