/*
 * A list in an order of its own, of few certificates that another index finds: they are gathered and
 * sorted, where a walk along the order would look at all there are. Each page gathers them anew; its
 * places are those of the walk, so that one may go on where the other has stopped.
 */
#include <stdlib.h>

#include "engine/record.h"
#include "engine/records.pb-c.h"
#include "engine/revoked.h"
#include "engine/scan.h"
#include "engine/search_private.h"

/* With more, or when it takes longer, the walk along the order finds some soon enough. */
#define GATHER_MAX 4096
#define GATHER_US 20000

#define RANK_SIZE 16 /* a time or generation, and the id: as keys of both orders end */

enum { CERTIFICATE_CHANGED = 6, CERTIFICATE_ISSUER = 7, CERTIFICATE_SHARD = 8, CERTIFICATE_NOT_AFTER = 9 };

struct rank {
	uint8_t octets[RANK_SIZE];
	uint32_t size; /* of the records */
};

struct gathering {
	struct search search; /* by the other index */
	enum search_index order;
	struct rank *ranks;
	size_t count;
};

static bool is_by_order(const struct search *s)
{
	return s->index == SEARCH_EXPIRY || s->index == SEARCH_REVOKED;
}

/* The index that would be taken if the order were any; false when it leads to no few. */
static bool choose_other(const struct search *s, struct signet_certificate_query *query,
                         struct search *out)
{
	if (s->query->sort == SIGNET_SORT_ANY || !is_by_order(s))
		return false;
	*query = *s->query;
	query->sort = SIGNET_SORT_ANY;
	*out = *s;
	out->query = query;
	out->index = search_choose(out);
	out->query = s->query;
	if (out->index == SEARCH_PATTERN)
		return s->name.begin.length;
	if (out->index == SEARCH_IDS)
		return s->windowed;
	return out->index != s->index && out->index != SEARCH_PROFILE;
}

/* Where it stands in the order; false when it does not: what CRLs have told long enough has left theirs. */
static int find_rank(struct store_txn *txn, const struct gathering *g, uint64_t id, struct rank *out,
                     bool *stands)
{
	struct scan_field fields[CERTIFICATE_NOT_AFTER + 1];
	struct store_key key = store_key_number(id);
	struct bytes value;
	int result = store_get(txn, TABLE_CERTIFICATES, store_key_get(&key), &value);
	if (result == 0)
		result = scan_record(value, CERTIFICATE_NOT_AFTER, fields);
	if (result)
		return result == SIGNET_E_NOT_FOUND ? SIGNET_E_CORRUPT : result;
	*stands = true;
	if (g->order == SEARCH_EXPIRY) {
		key = index_time((int64_t)fields[CERTIFICATE_NOT_AFTER].number, id);
	} else {
		if (fields[CERTIFICATE_ISSUER].octets.length != AUTHORITY_ISSUER_SIZE)
			return SIGNET_E_CORRUPT;
		key = revoked_begin(fields[CERTIFICATE_ISSUER].octets.data,
		                    (unsigned)fields[CERTIFICATE_SHARD].number,
		                    fields[CERTIFICATE_CHANGED].number);
		store_key_u64(&key, id);
		*stands = store_has(txn, TABLE_REVOKED, store_key_get(&key));
	}
	memcpy(out->octets, key.data + key.length - RANK_SIZE, RANK_SIZE);
	return 0;
}

static int gather(struct store_txn *txn, void *arg, unsigned table, uint64_t id, struct bytes key)
{
	struct gathering *g = arg;
	bool matches, stands;
	size_t octets = 0;
	int result = search_match(txn, &g->search, table, id, key, &matches, &octets);
	if (result || !matches)
		return result;
	if (g->count == GATHER_MAX)
		return WALK_FULL;
	struct rank *rank = &g->ranks[g->count];
	rank->size = (uint32_t)octets;
	result = find_rank(txn, g, id, rank, &stands);
	if (result == 0 && stands)
		g->count++;
	return result;
}

static int compare(const void *a, const void *b)
{
	return memcmp(((const struct rank *)a)->octets, ((const struct rank *)b)->octets, RANK_SIZE);
}

/* The first that stands behind the place. */
static size_t first_behind(const struct gathering *g, const struct walk *walk, struct bytes after)
{
	size_t i = 0;
	while (i < g->count) {
		size_t at = walk->ascending ? i : g->count - 1 - i;
		int order = after.length == RANK_SIZE ? memcmp(g->ranks[at].octets, after.data, RANK_SIZE) : 0;
		if (after.length != RANK_SIZE || (walk->ascending ? order > 0 : order < 0))
			break;
		i++;
	}
	return i;
}

static int give(struct store_txn *txn, const struct gathering *g, const struct walk *walk,
                struct walk_place *place, search_taker *take, void *arg)
{
	size_t i = first_behind(g, walk, bytes_make(place->data + 2, place->length ? place->length - 2 : 0));
	for (; i < g->count; i++) {
		const struct rank *rank = &g->ranks[walk->ascending ? i : g->count - 1 - i];
		struct bytes octets = BYTES_OF(rank->octets);
		int result = take(txn, arg, store_key_to_u64(bytes_make(octets.data + 8, 8)), rank->size);
		if (result)
			return result == WALK_FULL ? 0 : result;
		walk_set_place(place, walk, octets);
	}
	place->length = 0;
	return 0;
}

int search_sorted(struct store_txn *txn, const struct search *search, const struct walk *walk,
                  struct walk_place *place, search_taker *take, void *arg, enum search_sorting *out)
{
	struct gathering g = {.order = search->index};
	struct signet_certificate_query query;
	struct walk other;
	struct walk_place at = {.length = 0};
	*out = SEARCH_WALKED;
	if (!choose_other(search, &query, &g.search))
		return 0;
	g.ranks = arena_array(search->arena, GATHER_MAX, sizeof *g.ranks);
	int result = g.ranks ? search_plan(txn, &g.search, &other) : SIGNET_E_NOMEM;
	if (result)
		return result == SIGNET_E_TOO_BIG ? 0 : result;
	other.look = gather;
	other.arg = &g;
	other.budget_us = GATHER_US;
	result = walk_run(txn, &other, &at);
	*out = at.length ? SEARCH_TOO_MANY : SEARCH_SORTED;
	if (result || at.length)
		return result;
	qsort(g.ranks, g.count, sizeof *g.ranks, compare);
	return give(txn, &g, walk, place, take, arg);
}
