/*
 * A list in its order, of few certificates that another index finds: they are gathered and sorted, where a
 * walk along the order would look at all there are. Each page gathers them anew, and keeps no more than
 * itself; its places are those of the walk, so that one may go on where the other has stopped.
 */
#include <stdlib.h>

#include "engine/record.h"
#include "engine/records.pb-c.h"
#include "engine/revoked.h"
#include "engine/scan.h"
#include "engine/search_private.h"

/* When it takes longer, the walk along the order is to find some. */
#define GATHER_US 30000

/* Beyond it, what comes behind the page is dropped now and then. */
#define ENTRIES_MAX (4 * LIMIT_LIST)
#define TAIL 16 /* octets at the end of the keys of a merged walk */
#define ENTRY_KEY_MAX (INDEX_NAME_MAX + 1 + 8)

enum { REQUEST_RESOLVED = 3 };
enum {
	CERTIFICATE_DER = 1, CERTIFICATE_CHANGED = 6, CERTIFICATE_ISSUER = 7, CERTIFICATE_SHARD = 8,
	CERTIFICATE_NOT_AFTER = 9,
};

/* A certificate that is looked for, and where it stands in the order: in a range, by a key. */
struct entry {
	uint64_t id;
	uint32_t octets; /* of the records */
	uint8_t span, length, key[ENTRY_KEY_MAX];
};

struct gathering {
	struct search other;        /* by the other index */
	const struct search *search;
	const struct walk *walk;    /* along the order */
	const struct walk_place *place;
	struct entry *entries;
	size_t count, wanted;
	size_t *looked;
	bool dropped;               /* some that come behind those that are kept */
};

/* ---- where one stands ---- */

static int set_key(struct entry *entry, size_t span, struct bytes key)
{
	if (key.length > sizeof entry->key)
		return SIGNET_E_CORRUPT;
	memcpy(entry->key, key.data, key.length);
	entry->length = (uint8_t)key.length;
	entry->span = (uint8_t)span;
	return 0;
}

static int set_revoked(struct store_txn *txn, const struct scan_field *fields, struct entry *entry,
                       bool *stands)
{
	if (fields[CERTIFICATE_ISSUER].octets.length != AUTHORITY_ISSUER_SIZE)
		return SIGNET_E_CORRUPT;
	struct store_key key = revoked_begin(fields[CERTIFICATE_ISSUER].octets.data,
	                                     (unsigned)fields[CERTIFICATE_SHARD].number,
	                                     fields[CERTIFICATE_CHANGED].number);
	store_key_u64(&key, entry->id);
	*stands = store_has(txn, TABLE_REVOKED, store_key_get(&key));
	return set_key(entry, WALK_MERGED, bytes_make(key.data + key.length - TAIL, TAIL));
}

static int set_name(const struct gathering *g, struct bytes der, struct entry *entry, bool *stands)
{
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	struct bytes least = BYTES_NONE;
	int result = arena ? search_find_name(arena, &g->search->name, der, &least) : SIGNET_E_NOMEM;
	*stands = least.length != 0;
	if (result == 0 && *stands) {
		struct store_key key = index_key(least, entry->id);
		result = set_key(entry, 0, store_key_get(&key));
	}
	arena_free(arena);
	return result;
}

/* Among the ids behind a prefix, or with those that came late. */
static int set_id(struct store_txn *txn, const struct gathering *g, struct entry *entry, bool *stands)
{
	const struct search *s = g->search;
	bool late = entry->id < s->id_low || entry->id >= s->id_high;
	struct scan_field fields[REQUEST_RESOLVED + 1];
	struct store_key key = store_key_number(entry->id);
	struct bytes value;
	size_t span = 0;
	while (span < g->walk->count && (g->walk->spans[span].table == TABLE_LATE) != late)
		span++;
	*stands = span < g->walk->count;
	if (!*stands)
		return 0;
	struct bytes low = g->walk->spans[span].low;
	if (!late) {
		key = index_key(bytes_make(low.data, low.length - 8), entry->id);
		return set_key(entry, span, store_key_get(&key));
	}
	int result = store_get(txn, TABLE_REQUESTS, store_key_get(&key), &value);
	if (result == 0)
		result = scan_record(value, REQUEST_RESOLVED, fields);
	if (result)
		return result;
	key = index_time((int64_t)fields[REQUEST_RESOLVED].number, entry->id);
	*stands = store_has(txn, TABLE_LATE, store_key_get(&key));
	return set_key(entry, span, store_key_get(&key));
}

/* *stands is false where the walk would not come to it: what CRLs have told long enough has left theirs. */
static int find_key(struct store_txn *txn, const struct gathering *g, struct entry *entry, bool *stands)
{
	struct scan_field fields[CERTIFICATE_NOT_AFTER + 1];
	struct store_key key = store_key_number(entry->id);
	struct bytes value;
	int result = store_get(txn, TABLE_CERTIFICATES, store_key_get(&key), &value);
	if (result == 0)
		result = scan_record(value, CERTIFICATE_NOT_AFTER, fields);
	if (result)
		return result;
	*stands = true;
	switch (g->search->index) {
	case SEARCH_EXPIRY:
		key = index_time((int64_t)fields[CERTIFICATE_NOT_AFTER].number, entry->id);
		return set_key(entry, 0, store_key_get(&key));
	case SEARCH_REVOKED:
		return set_revoked(txn, fields, entry, stands);
	case SEARCH_SERIAL:
		result = outcome_serial(fields[CERTIFICATE_DER].octets, &value);
		return result ? SIGNET_E_CORRUPT : set_key(entry, 0, value);
	case SEARCH_PATTERN:
		return set_name(g, fields[CERTIFICATE_DER].octets, entry, stands);
	default:
		return set_id(txn, g, entry, stands);
	}
}

/* ---- the page ---- */

static int compare(const void *a, const void *b, void *arg)
{
	const struct gathering *g = arg;
	const struct entry *x = a, *y = b;
	if (x->span != y->span)
		return x->span < y->span ? -1 : 1;
	int order = bytes_compare(bytes_make(x->key, x->length), bytes_make(y->key, y->length));
	return g->walk->ascending ? order : -order;
}

static bool is_behind_place(const struct gathering *g, const struct entry *entry)
{
	const struct walk_place *place = g->place;
	if (place->length <= 2 || entry->span != place->data[1])
		return place->length == 0 || entry->span >= place->data[1];
	int order = bytes_compare(bytes_make(entry->key, entry->length),
	                          bytes_make(place->data + 2, place->length - 2));
	return g->walk->ascending ? order > 0 : order < 0;
}

static void sort(struct gathering *g)
{
	size_t kept = 0;
	qsort_r(g->entries, g->count, sizeof *g->entries, compare, g);
	for (size_t i = 0; i < g->count; i++) /* each once */
		if (kept == 0 || g->entries[i].id != g->entries[kept - 1].id)
			g->entries[kept++] = g->entries[i];
	g->count = kept;
	g->dropped = g->dropped || g->count > g->wanted;
	if (g->count > g->wanted)
		g->count = g->wanted;
}

static int gather(struct store_txn *txn, void *arg, unsigned table, uint64_t id, struct bytes key)
{
	struct gathering *g = arg;
	bool matches, stands;
	size_t octets = 0;
	++*g->looked;
	int result = search_match(txn, &g->other, table, id, key, &matches, &octets);
	if (result || !matches)
		return result;
	struct entry *entry = &g->entries[g->count];
	*entry = (struct entry){.id = id, .octets = (uint32_t)octets};
	result = find_key(txn, g, entry, &stands);
	if (result)
		return result == SIGNET_E_NOT_FOUND ? SIGNET_E_CORRUPT : result;
	g->count += stands && is_behind_place(g, entry);
	if (g->count == ENTRIES_MAX)
		sort(g);
	return 0;
}

static int give(struct store_txn *txn, const struct gathering *g, struct walk_place *place,
                search_taker *take, void *arg)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct entry *entry = &g->entries[i];
		int result = take(txn, arg, entry->id, entry->octets);
		if (result)
			return result == WALK_FULL ? 0 : result;
		walk_set_place(place, g->walk, entry->span, bytes_make(entry->key, entry->length));
	}
	if (!g->dropped)
		place->length = 0;
	return 0;
}

int search_sorted(struct store_txn *txn, const struct search *search, const struct walk *walk,
                  size_t limit, struct walk_place *place, search_taker *take, void *arg,
                  enum search_sorting *out, size_t *looked)
{
	struct search_other *other = arena_alloc(search->arena, sizeof *other);
	struct walk_place at = {.length = 0};
	int result = other ? search_probe(txn, search, walk, other) : SIGNET_E_NOMEM;
	*out = result ? SEARCH_WALKED : other->sorting;
	if (result || *out != SEARCH_SORTED)
		return result;
	struct gathering g = {.other = other->search, .search = search, .walk = walk, .place = place,
	                      .wanted = limit + 1, .looked = looked};
	/* the entry of the index is a name, or the key in the order wants it */
	g.other.names_later = search->index == SEARCH_PATTERN || other->search.index == SEARCH_PATTERN;
	g.entries = calloc(ENTRIES_MAX, sizeof *g.entries);
	if (!g.entries)
		return SIGNET_E_NOMEM;
	other->walk.look = gather;
	other->walk.arg = &g;
	other->walk.budget_us = GATHER_US;
	result = walk_run(txn, &other->walk, &at);
	if (at.length)
		*out = SEARCH_TOO_MANY;
	else if (result == 0) {
		sort(&g);
		result = give(txn, &g, place, take, arg);
	}
	free(g.entries);
	return result;
}
