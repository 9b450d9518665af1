#include "engine/crl_status.h"

#include "engine/crl_publish.h"
#include "engine/records.pb-c.h"

#define RECORD_MEMORY 65536

struct reading {
	const struct configuration *configuration;
	int64_t now;
	struct arena *arena; /* of one record */
	int (*visit)(void *arg, const struct crl_summary *summary);
	void *arg;
};

static void add(struct crl_summary *s, const Signet__Db__Crl *record, int64_t now)
{
	bool first = s->count++ == 0;
	s->entries += record->entries;
	s->stale += record->next_update < now;
	if (first || record->number < s->number)
		s->number = record->number;
	if (first || record->this_update < s->this_update)
		s->this_update = record->this_update;
	if (first || record->next_update < s->next_update)
		s->next_update = record->next_update;
}

/* Of the shards from first to last. */
static int sum_up(struct store_txn *txn, const struct reading *reading, const struct authority *key,
                  bool delta, unsigned first, unsigned last)
{
	struct crl_summary s = {.authority = key->public_name, .shards = first > 0, .delta = delta};
	for (unsigned shard = first; shard <= last; shard++) {
		struct crl_scope scope = crl_scope_of(key, shard, delta);
		Signet__Db__Crl *record;
		arena_clear(reading->arena);
		int result = crl_record_find(txn, reading->arena, &scope, &record);
		if (result == 0)
			add(&s, record, reading->now);
		else if (result == SIGNET_E_NOT_FOUND)
			s.stale++;
		else
			return result;
	}
	return reading->visit(reading->arg, &s);
}

static int read_key(struct store_txn *txn, const struct reading *reading,
                    const struct authority *key)
{
	unsigned shards;
	if (!key->crl.published)
		return 0;
	int result = crl_record_shards(txn, key->issuer, &shards);
	if (shards < key->crl.shards)
		shards = key->crl.shards;
	for (int delta = 0; result == 0 && delta <= (key->crl.delta != 0); delta++) {
		result = sum_up(txn, reading, key, delta, 0, 0);
		if (result == 0 && shards)
			result = sum_up(txn, reading, key, delta, 1, shards);
	}
	return result;
}

static int read_keys(struct store_txn *txn, void *arg)
{
	const struct reading *reading = arg;
	const struct configuration *c = reading->configuration;
	int result = 0;
	for (size_t i = 0; result == 0 && i < c->authority_count; i++) {
		const struct authority *a = &c->authorities[i];
		result = read_key(txn, reading, a);
		for (size_t k = 0; result == 0 && k < a->previous_count; k++)
			result = read_key(txn, reading, &a->previous[k]);
	}
	return result;
}

int crl_status_read(struct store *store, const struct configuration *configuration, int64_t now,
                    int (*visit)(void *arg, const struct crl_summary *summary), void *arg,
                    struct error *err)
{
	struct reading reading = {configuration, now, arena_new(RECORD_MEMORY), visit, arg};
	if (!reading.arena)
		return error_nomem(err);
	int result = store_read(store, read_keys, &reading, err);
	arena_free(reading.arena);
	return result;
}
