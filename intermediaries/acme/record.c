#include "intermediaries/acme/record.h"

const struct store_table acme_tables[] = {
	[ACME_META] = {"meta", 0},
	[ACME_ACCOUNT] = {"account", STORE_GROWING},
	[ACME_KEY] = {"key", 0},
	[ACME_ORDER] = {"order", STORE_GROWING},
	[ACME_PROVEN] = {"proven", 0},
	[ACME_LIST] = {"list", 0},
	[ACME_WORK] = {"work", 0},
	{NULL, 0},
};

const char *acme_status_name(enum acme_status status)
{
	static const char *const names[] = {
		[ACME_DEPENDS] = "pending", [ACME_PENDING] = "pending",
		[ACME_READY] = "ready", [ACME_PROCESSING] = "processing",
		[ACME_VALID] = "valid", [ACME_INVALID] = "invalid",
		[ACME_DEACTIVATED] = "deactivated", [ACME_EXPIRED] = "expired",
	};
	return (size_t)status < sizeof names / sizeof *names ? names[status] : "invalid";
}

static void *arena_allocator_alloc(void *arena, size_t size)
{
	return arena_alloc(arena, size);
}

static void arena_allocator_free(void *arena, void *memory)
{
	(void)arena;
	(void)memory; /* goes with the arena */
}

int record_read(struct store_txn *txn, struct arena *arena,
                const ProtobufCMessageDescriptor *descriptor, struct bytes value, void *out)
{
	ProtobufCAllocator allocator = {arena_allocator_alloc, arena_allocator_free, arena};
	ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, &allocator, value.length,
	                                                      value.data);
	if (!message)
		return store_fail(txn, SIGNET_E_CORRUPT);
	memcpy(out, &message, sizeof message);
	return 0;
}

static int get(struct store_txn *txn, const struct signet_state *state, struct arena *arena,
               enum acme_table table, struct store_key key,
               const ProtobufCMessageDescriptor *descriptor, void *out)
{
	struct bytes value;
	int result = store_get(txn, signet_state_table(state, table), store_key_get(&key), &value);
	return result < 0 ? result : record_read(txn, arena, descriptor, value, out);
}

int record_get_account(struct store_txn *txn, const struct signet_state *state,
                       struct arena *arena, uint64_t number, Acme__Account **out)
{
	return get(txn, state, arena, ACME_ACCOUNT, store_key_number(number),
	           &acme__account__descriptor, out);
}

int record_get_order(struct store_txn *txn, const struct signet_state *state,
                     struct arena *arena, uint64_t number, Acme__Order **out)
{
	return get(txn, state, arena, ACME_ORDER, store_key_number(number),
	           &acme__order__descriptor, out);
}

int record_get_authorization(struct store_txn *txn, const struct signet_state *state,
                             struct arena *arena, uint64_t number, Acme__Order **order,
                             Acme__Authorization **out)
{
	size_t place = number % AUTHORIZATION_PLACES;
	int result = record_get_order(txn, state, arena, authorization_order(number), order);
	if (result < 0)
		return result;
	if (place >= (*order)->n_authorizations || (*order)->authorizations[place]->other)
		return SIGNET_E_NOT_FOUND;
	*out = (*order)->authorizations[place];
	return 0;
}

int record_get_work(struct store_txn *txn, const struct signet_state *state,
                    struct arena *arena, enum acme_work kind, uint64_t number,
                    Acme__Work **out)
{
	return get(txn, state, arena, ACME_WORK, record_work_key(kind, number),
	           &acme__work__descriptor, out);
}

static int put(struct store_txn *txn, struct arena *arena, unsigned table, struct store_key key,
               const ProtobufCMessage *message)
{
	size_t size = protobuf_c_message_get_packed_size(message);
	uint8_t *octets = arena_alloc(arena, size ? size : 1);
	if (!octets)
		return store_fail(txn, SIGNET_E_NOMEM);
	protobuf_c_message_pack(message, octets);
	return store_put(txn, table, store_key_get(&key), bytes_make(octets, size));
}

int record_put(struct store_txn *txn, const struct signet_state *state, struct arena *arena,
               enum acme_table table, uint64_t number, const ProtobufCMessage *message)
{
	return put(txn, arena, signet_state_table(state, table), store_key_number(number), message);
}

int record_put_work(struct store_txn *txn, const struct signet_state *state, struct arena *arena,
                    enum acme_work kind, uint64_t number, const Acme__Work *work)
{
	return put(txn, arena, signet_state_table(state, ACME_WORK), record_work_key(kind, number),
	           &work->base);
}

int record_delete_work(struct store_txn *txn, const struct signet_state *state,
                       enum acme_work kind, uint64_t number)
{
	struct store_key key = record_work_key(kind, number);
	int result = store_delete(txn, signet_state_table(state, ACME_WORK), store_key_get(&key));
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

int record_next_number(struct store_txn *txn, const struct signet_state *state,
                       enum acme_table table, uint64_t *out)
{
	struct store_cursor *cursor;
	int result = store_cursor_open(&cursor, txn, signet_state_table(state, table));
	if (result < 0)
		return result;
	result = store_seek_before(cursor, BYTES_NONE);
	if (result == 0)
		*out = store_key_to_u64(store_cursor_key(cursor)) + 1;
	else if (result == SIGNET_E_NOT_FOUND)
		*out = 1;
	store_cursor_close(cursor);
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

Acme__Problem *problem_to_record(const struct acme_problem *problem, struct arena *arena)
{
	Acme__Problem *record = arena_alloc(arena, sizeof *record);
	if (!record)
		return NULL;
	acme__problem__init(record);
	record->type = problem->type;
	record->detail = arena_strdup(arena, problem->detail);
	return record->detail ? record : NULL;
}

struct acme_problem problem_from_record(const Acme__Problem *record)
{
	struct acme_problem problem = {0};
	problem_set(&problem, (enum acme_problem_type)record->type, "%s", record->detail);
	return problem;
}

struct store_key record_proven_key(uint64_t account, const char *name)
{
	struct store_key key;
	store_key_begin(&key);
	store_key_u64(&key, account);
	store_key_bytes(&key, bytes_text(name));
	return key;
}

struct store_key record_list_key(uint64_t account, uint64_t order)
{
	struct store_key key;
	store_key_begin(&key);
	store_key_u64(&key, account);
	store_key_u64(&key, order);
	return key;
}

struct store_key record_work_key(enum acme_work kind, uint64_t number)
{
	struct store_key key;
	store_key_begin(&key);
	store_key_bytes(&key, bytes_make(&(uint8_t){(uint8_t)kind}, 1));
	store_key_u64(&key, number);
	return key;
}

int record_put_number(struct store_txn *txn, unsigned table, struct bytes key, uint64_t number)
{
	struct store_key value = store_key_number(number);
	return store_put(txn, table, key, store_key_get(&value));
}

int record_get_number(struct store_txn *txn, unsigned table, struct bytes key, uint64_t *out)
{
	struct bytes value;
	int result = store_get(txn, table, key, &value);
	if (result < 0)
		return result;
	if (value.length != sizeof *out)
		return store_fail(txn, SIGNET_E_CORRUPT);
	*out = store_key_to_u64(value);
	return 0;
}
