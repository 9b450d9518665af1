#include "engine/database.h"
#include "engine/record.h"

/* Octets of records that one list copies: rows and what is made of them share one arena. */
#define LIST_MEMORY (512u << 10)
/* Rows that one list looks at before it says that there may be more. */
#define LIST_STEPS 100000

struct search {
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
	const struct search *search = arg;
	return database_load(txn, search->arena, search->id, search->out);
}

static int load_by_key(struct store_txn *txn, void *arg)
{
	const struct search *search = arg;
	struct bytes value;
	int result = store_get(txn, search->table, search->key, &value);
	if (result)
		return result;
	result = database_load(txn, search->arena, store_key_to_u64(value), search->out);
	return result == SIGNET_E_NOT_FOUND ? SIGNET_E_CORRUPT : result;
}

static int find(struct database *database, store_function fn, struct search *search,
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
	struct search search = {.arena = arena, .id = id, .out = out};
	return find(database, load_by_id, &search, err);
}

int database_find_serial(struct database *database, struct arena *arena, struct bytes serial,
                         struct stored *out, struct error *err)
{
	struct search search = {
		.arena = arena, .key = serial, .table = TABLE_SERIALS, .out = out};
	if (serial.length == 0 || serial.length > STORE_KEY_MAX)
		return error_set(err, SIGNET_E_NOT_FOUND, "there is no such certificate");
	return find(database, load_by_key, &search, err);
}

int database_find_submission(struct database *database, struct arena *arena,
                             const uint8_t idempotency[INDEX_HASH_SIZE], struct stored *out,
                             struct error *err)
{
	struct search search = {
		.arena = arena, .key = bytes_make(idempotency, INDEX_HASH_SIZE),
		.table = TABLE_IDEMPOTENCY, .out = out};
	return find(database, load_by_key, &search, err);
}

/* A walk from new to old over a table whose keys are a prefix and an id. */
struct listing {
	struct arena *arena;
	unsigned table;
	struct bytes prefix;
	uint64_t before;
	unsigned limit;
	enum signet_request_state state; /* 0: all */
	struct stored *rows;
	size_t count;
	size_t memory;
	bool more;
};

static bool is_wanted(struct store_txn *txn, const struct listing *listing, uint64_t id,
                      size_t *memory)
{
	struct store_key key = store_key_number(id);
	struct bytes value;
	if (store_get(txn, TABLE_REQUESTS, store_key_get(&key), &value))
		return true; /* that it is missing is found when it is loaded */
	*memory = value.length;
	return !listing->state || record_request_state(value) == listing->state;
}

static int list_one(struct store_txn *txn, struct listing *listing, uint64_t id)
{
	size_t memory = 0;
	if (!is_wanted(txn, listing, id, &memory))
		return 0;
	if (listing->count == listing->limit ||
	    (listing->count && listing->memory + memory > LIST_MEMORY)) {
		listing->more = true;
		return 0;
	}
	struct stored *row = &listing->rows[listing->count];
	int result = database_load(txn, listing->arena, id, row);
	if (result)
		return result == SIGNET_E_NOT_FOUND ? SIGNET_E_CORRUPT : result;
	listing->memory += memory + (row->certificate ? LIMIT_CERTIFICATE / 16 : 0);
	listing->count++;
	return 0;
}

static int walk(struct store_txn *txn, void *arg)
{
	struct listing *listing = arg;
	struct store_key key =
		index_key(listing->prefix, listing->before ? listing->before : UINT64_MAX);
	struct store_cursor *cursor;
	listing->count = 0;
	listing->memory = 0;
	listing->more = false;
	int result = store_cursor_open(&cursor, txn, listing->table);
	if (result == 0)
		result = store_seek_before(cursor, store_key_get(&key));
	for (unsigned steps = 0; result == 0 && !listing->more; steps++) {
		struct bytes at = store_cursor_key(cursor), prefix = listing->prefix;
		size_t length = prefix.length;
		if (at.length != length + 8 || !bytes_equal(bytes_make(at.data, length), prefix))
			break;
		if (steps == LIST_STEPS)
			listing->more = true;
		else
			result = list_one(txn, listing,
			                  store_key_to_u64(bytes_make(at.data + length, 8)));
		if (result == 0)
			result = store_previous(cursor);
	}
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static int list(struct database *database, struct listing *listing, struct stored **out,
                size_t *count, bool *more, struct error *err)
{
	if (listing->limit == 0 || listing->limit > LIMIT_LIST)
		listing->limit = LIMIT_LIST;
	listing->rows = arena_array(listing->arena, listing->limit, sizeof *listing->rows);
	if (!listing->rows)
		return error_nomem(err);
	int result = store_read(database_store(database), walk, listing, err);
	if (result == SIGNET_E_CORRUPT)
		return error_set(err, result, "a stored record does not read back");
	if (result)
		return result;
	*out = listing->rows;
	*count = listing->count;
	*more = listing->more;
	return 0;
}

int database_list_requests(struct database *database, struct arena *arena, uint64_t before,
                           unsigned limit, enum signet_request_state state, struct stored **out,
                           size_t *count, bool *more, struct error *err)
{
	struct listing listing = {
		.arena = arena, .before = before, .limit = limit, .state = state,
		.table = state == SIGNET_REQUEST_PENDING ? TABLE_PENDING : TABLE_REQUESTS};
	return list(database, &listing, out, count, more, err);
}

int database_list_certificates(struct database *database, struct arena *arena, uint64_t before,
                               unsigned limit, const char *name, struct stored **out,
                               size_t *count, bool *more, struct error *err)
{
	struct listing listing = {
		.arena = arena, .before = before, .limit = limit, .table = TABLE_CERTIFICATES};
	if (*name) {
		listing.table = TABLE_NAMES;
		int result = index_name(arena, name, &listing.prefix);
		if (result)
			return error_set(err, result, "cannot look for this name");
	}
	return list(database, &listing, out, count, more, err);
}
