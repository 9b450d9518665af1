#include "engine/crl_record.h"

#include "base/clock.h"
#include "base/limits.h"
#include "engine/database.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"
#include "engine/scan.h"

#define SCOPE_SIZE (AUTHORITY_ISSUER_SIZE + 3)
#define ISSUER_MEMORY (8 * LIMIT_CRL_BASES * LIMIT_URI) /* for a few tries of a transaction */

static struct bytes issuer_key(const uint8_t issuer[AUTHORITY_ISSUER_SIZE])
{
	return bytes_make(issuer, AUTHORITY_ISSUER_SIZE);
}

static struct store_key scope_key(const struct crl_scope *scope)
{
	const uint8_t rest[3] = {(uint8_t)(scope->shard >> 8), (uint8_t)scope->shard, scope->delta};
	struct store_key key;
	store_key_begin(&key);
	store_key_bytes(&key, issuer_key(scope->issuer));
	store_key_bytes(&key, BYTES_OF(rest));
	return key;
}

int crl_record_find(struct store_txn *txn, struct arena *arena, const struct crl_scope *scope,
                    struct Signet__Db__Crl **out)
{
	struct store_key key = scope_key(scope);
	struct bytes value;
	int result = store_get(txn, TABLE_CRLS, store_key_get(&key), &value);
	return result ? result : record_unpack_crl(arena, value, out);
}

int crl_record_put(struct store_txn *txn, struct arena *arena, const struct crl_scope *scope,
                   const struct Signet__Db__Crl *record)
{
	struct store_key key = scope_key(scope);
	struct bytes packed;
	if (record_pack_crl(arena, record, &packed))
		return store_fail(txn, SIGNET_E_NOMEM);
	return store_put(txn, TABLE_CRLS, store_key_get(&key), packed);
}

int crl_record_delete(struct store_txn *txn, const struct crl_scope *scope)
{
	struct store_key key = scope_key(scope);
	int result = store_delete(txn, TABLE_CRLS, store_key_get(&key));
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static void read_scope(struct bytes key, struct crl_scope *out)
{
	memcpy(out->issuer, key.data, AUTHORITY_ISSUER_SIZE);
	key.data += AUTHORITY_ISSUER_SIZE;
	out->shard = (unsigned)key.data[0] << 8 | key.data[1];
	out->delta = key.data[2];
}

int crl_record_next(struct store_txn *txn, struct arena *arena, const struct crl_scope *after,
                    struct crl_scope *scope, struct Signet__Db__Crl **out)
{
	struct store_cursor *cursor;
	struct store_key key;
	store_key_begin(&key);
	if (after) {
		key = scope_key(after);
		store_key_bytes(&key, BYTES_OF(""));
	}
	int result = store_cursor_open(&cursor, txn, TABLE_CRLS);
	if (result)
		return result;
	result = after ? store_seek(cursor, store_key_get(&key)) : store_next(cursor);
	/* the records of issuers stand between those of their scopes */
	while (result == 0 && store_cursor_key(cursor).length != SCOPE_SIZE)
		result = store_next(cursor);
	if (result == 0) {
		read_scope(store_cursor_key(cursor), scope);
		result = record_unpack_crl(arena, store_cursor_value(cursor), out);
	}
	store_cursor_close(cursor);
	return result;
}

int crl_issuer_find(struct store_txn *txn, struct arena *arena,
                    const uint8_t issuer[AUTHORITY_ISSUER_SIZE], Signet__Db__CrlIssuer **out)
{
	struct bytes value;
	int result = store_get(txn, TABLE_CRLS, issuer_key(issuer), &value);
	if (result == SIGNET_E_NOT_FOUND)
		value = BYTES_NONE; /* no octets are a message without fields */
	else if (result)
		return result;
	return record_unpack_crl_issuer(arena, value, out);
}

int crl_issuer_put(struct store_txn *txn, struct arena *arena,
                   const uint8_t issuer[AUTHORITY_ISSUER_SIZE],
                   const Signet__Db__CrlIssuer *record)
{
	struct bytes packed;
	if (record_pack_crl_issuer(arena, record, &packed))
		return store_fail(txn, SIGNET_E_NOMEM);
	return store_put(txn, TABLE_CRLS, issuer_key(issuer), packed);
}

/* Fields of struct CrlIssuer (records.proto). */
enum { SHARDS = 2, REVOKED = 3, REASON = 4 };

/* For those who want one field, as each OCSP answer does. */
static int read_issuer(struct store_txn *txn, const uint8_t *issuer, unsigned *shards,
                       struct crl_issuer_mark *mark)
{
	struct bytes value;
	*shards = 0;
	*mark = (struct crl_issuer_mark){0};
	int result = store_get(txn, TABLE_CRLS, issuer_key(issuer), &value);
	if (result)
		return result == SIGNET_E_NOT_FOUND ? 0 : result;
	struct scan_field fields[REASON + 1];
	result = scan_record(value, REASON, fields);
	if (result)
		return result;
	*shards = (unsigned)fields[SHARDS].number;
	*mark = (struct crl_issuer_mark){(int64_t)fields[REVOKED].number,
	                                 (unsigned)fields[REASON].number};
	return 0;
}

int crl_issuer_mark(struct store_txn *txn, const uint8_t issuer[AUTHORITY_ISSUER_SIZE],
                    struct crl_issuer_mark *out)
{
	unsigned shards;
	return read_issuer(txn, issuer, &shards, out);
}

struct taking {
	const struct authority *key;
	struct arena *arena;
	uint64_t number;
};

/* Puts it last. Of more than there is room for, the oldest goes: certificates that name it are the oldest. */
static int add_base(struct arena *arena, Signet__Db__CrlIssuer *record, char *base)
{
	size_t count = 0;
	if (record->n_bases && strcmp(record->bases[record->n_bases - 1], base) == 0)
		return 0;
	char **bases = arena_array(arena, record->n_bases + 1, sizeof *bases);
	if (!bases)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < record->n_bases; i++)
		if (strcmp(record->bases[i], base) != 0)
			bases[count++] = record->bases[i];
	bases[count++] = base;
	size_t over = count > LIMIT_CRL_BASES ? count - LIMIT_CRL_BASES : 0;
	record->bases = bases + over;
	record->n_bases = count - over;
	return 0;
}

static int write_number(struct store_txn *txn, void *arg)
{
	struct taking *taking = arg;
	const struct authority *key = taking->key;
	uint64_t now = (uint64_t)clock_now_us();
	Signet__Db__CrlIssuer *record;
	int result = crl_issuer_find(txn, taking->arena, key->issuer, &record);
	if (result == 0 && key->crl.shards && key->base_url)
		result = add_base(taking->arena, record, key->base_url);
	if (result)
		return result;
	record->number = record->number + 1 > now ? record->number + 1 : now;
	if (key->crl.shards > record->shards)
		record->shards = key->crl.shards;
	taking->number = record->number;
	return crl_issuer_put(txn, taking->arena, key->issuer, record);
}

int crl_record_take_number(struct store *store, const struct authority *key, uint64_t *number,
                           struct error *err)
{
	struct taking taking = {key, arena_new(ISSUER_MEMORY), 0};
	if (!taking.arena)
		return error_nomem(err);
	int result = store_write(store, write_number, &taking, err);
	arena_free(taking.arena);
	if (result == 0)
		*number = taking.number;
	return result;
}

int crl_record_shards(struct store_txn *txn, const uint8_t issuer[AUTHORITY_ISSUER_SIZE],
                      unsigned *shards)
{
	struct crl_issuer_mark mark;
	return read_issuer(txn, issuer, shards, &mark);
}
