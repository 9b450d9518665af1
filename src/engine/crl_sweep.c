#include "engine/crl_publish.h"
#include "engine/crl_source.h"
#include "engine/records.pb-c.h"

#define BATCH 1000 /* rows that one transaction deletes */

/* What is known of a CRL that has had its say of a row. */
struct told {
	int64_t this_update;
	uint64_t generation;
};

struct sweeping {
	struct store_txn *txn;
	struct arena *arena;
	const struct authority *key;
	struct told complete, shard; /* shard: that of the last row */
	unsigned shard_number;
	struct revoked rows[BATCH];
	size_t count;
};

static int find_told(struct sweeping *s, unsigned shard, struct told *out)
{
	struct crl_scope scope = crl_scope_of(s->key, shard, false);
	Signet__Db__Crl *record;
	int result = crl_record_find(s->txn, s->arena, &scope, &record);
	*out = result ? (struct told){0} : (struct told){record->this_update, record->generation};
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static bool is_done(const struct told *told, const struct revoked *row)
{
	if (row->reason == CRL_REASON_REMOVE)
		return row->changed <= told->generation;
	return row->not_after < told->this_update;
}

static int look(void *arg, const struct revoked *row)
{
	struct sweeping *s = arg;
	if (row->shard && row->shard != s->shard_number) {
		int result = find_told(s, row->shard, &s->shard);
		if (result)
			return result;
		s->shard_number = row->shard;
	}
	if (!is_done(&s->complete, row) || (row->shard && !is_done(&s->shard, row)))
		return 0;
	s->rows[s->count] = *row;
	s->rows[s->count++].serial = BYTES_NONE;
	return s->count == BATCH ? SIGNET_E_EXISTS : 0;
}

static int collect(struct store_txn *txn, void *arg)
{
	struct sweeping *s = arg;
	s->txn = txn;
	s->count = 0;
	s->shard_number = 0;
	int result = find_told(s, 0, &s->complete);
	if (result == 0)
		result = crl_rows_each(txn, s->key->issuer, 0, 0, look, s);
	return result == SIGNET_E_EXISTS ? 0 : result;
}

static int delete_rows(struct store_txn *txn, void *arg)
{
	const struct sweeping *s = arg;
	for (size_t i = 0; i < s->count; i++)
		revoked_delete(txn, &s->rows[i]);
	return store_error(txn);
}

int crl_sweep(struct engine *engine, struct arena *arena, const struct authority *key,
              struct error *err)
{
	struct store *store = database_store(engine->database);
	struct sweeping *s = arena_alloc(arena, sizeof *s);
	int result = s ? 0 : error_nomem(err);
	if (result)
		return result;
	s->arena = arena;
	s->key = key;
	do {
		result = store_read(store, collect, s, err);
		if (result == 0 && s->count)
			result = store_write(store, delete_rows, s, err);
	} while (result == 0 && s->count == BATCH);
	return result;
}
