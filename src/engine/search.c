#include "engine/search_private.h"

/* Octets of records that one page copies: rows and what is made of them share one arena. */
#define PAGE_MEMORY (512u << 10)
/* What becomes of a certificate's record beside itself. */
#define ROW_MEMORY (LIMIT_CERTIFICATE / 16)

/* How long the walk may take in a page where another index has been tried in vain. */
#define REST_US 10000

/* Of a place's first octet, beside the kind of its walk. */
#define IN_VAIN 0x80

struct collecting {
	struct search search;
	struct walk walk;
	struct walk_place place;
	struct bytes asked;      /* the place that the query came with */
	bool in_vain;            /* and it says that there are too many to be sorted */
	struct stored *rows;
	struct bytes *resume;
	size_t count, limit, memory, looked;
	struct error *err;
};

static int take(struct store_txn *txn, void *arg, uint64_t id, size_t octets)
{
	struct collecting *c = arg;
	if (c->count == c->limit || (c->count && c->memory + octets > PAGE_MEMORY))
		return WALK_FULL;
	if (arena_bytes(c->search.arena, bytes_make(c->place.data, c->place.length),
	                &c->resume[c->count]))
		return SIGNET_E_NOMEM;
	int result = database_load(txn, c->search.arena, id, &c->rows[c->count]);
	if (result)
		return result == SIGNET_E_NOT_FOUND ? SIGNET_E_CORRUPT : result;
	c->memory += octets + ROW_MEMORY;
	c->count++;
	return 0;
}

static int look(struct store_txn *txn, void *arg, unsigned table, uint64_t id, struct bytes key)
{
	struct collecting *c = arg;
	bool matches;
	size_t octets = 0;
	c->looked++;
	int result = search_match(txn, &c->search, table, id, key, &matches, &octets);
	return result || !matches ? result : take(txn, c, id, octets);
}

/* Pages that follow do not try again what was tried for the first. */
static int read_place(struct collecting *c)
{
	struct walk_place asked = {.length = c->asked.length};
	if (asked.length > sizeof asked.data)
		return SIGNET_E_INVALID;
	if (asked.length)
		memcpy(asked.data, c->asked.data, asked.length);
	c->in_vain = asked.length && asked.data[0] & IN_VAIN;
	asked.data[0] &= (uint8_t)~IN_VAIN;
	return walk_read_place(&c->place, &c->walk, bytes_make(asked.data, asked.length));
}

static int collect(struct store_txn *txn, void *arg)
{
	struct collecting *c = arg;
	c->count = c->memory = c->looked = 0;
	int result = search_plan(txn, &c->search, &c->walk);
	if (result)
		return result;
	c->walk.look = look;
	c->walk.arg = c;
	if (read_place(c))
		return error_set(c->err, SIGNET_E_INVALID, "this is no page of this query");
	enum search_sorting sorting = SEARCH_TOO_MANY;
	if (!c->in_vain)
		result = search_sorted(txn, &c->search, &c->walk, c->limit, &c->place, take, c, &sorting,
		                       &c->looked);
	if (result || sorting == SEARCH_SORTED)
		return result;
	if (!c->in_vain && sorting == SEARCH_TOO_MANY)
		c->walk.budget_us = REST_US;
	result = walk_run(txn, &c->walk, &c->place);
	if (c->place.length && sorting == SEARCH_TOO_MANY)
		c->place.data[0] |= IN_VAIN;
	return result;
}

static int explain(int result, struct error *err)
{
	if (result == SIGNET_E_CORRUPT)
		return error_set(err, result, "a stored record does not read back");
	if (result == SIGNET_E_TOO_BIG)
		return error_set(err, result, "there are too many CRLs to sort by revocation");
	return result;
}

static int begin(struct collecting *c, struct arena *arena, unsigned limit, struct bytes place,
                 struct error *err)
{
	c->asked = place;
	c->limit = limit && limit < LIMIT_LIST ? limit : LIMIT_LIST;
	c->rows = arena_array(arena, c->limit, sizeof *c->rows);
	c->resume = arena_array(arena, c->limit, sizeof *c->resume);
	c->err = err;
	return c->rows && c->resume ? 0 : error_nomem(err);
}

static int finish(struct collecting *c, struct arena *arena, struct search_page *out,
                  struct error *err)
{
	struct search_page page = {.rows = c->rows, .resume = c->resume, .count = c->count,
	                           .looked = c->looked};
	if (arena_bytes(arena, bytes_make(c->place.data, c->place.length), &page.place))
		return error_nomem(err);
	*out = page;
	return 0;
}

int search_certificates(struct database *database, struct arena *arena,
                        const struct signet_certificate_query *query, int64_t now,
                        struct search_page *out, struct error *err)
{
	struct collecting c = {0};
	struct error unwanted = {0};
	if (!err)
		err = &unwanted;
	int result = search_prepare(&c.search, arena, query, now, err);
	if (result == 0)
		result = begin(&c, arena, query->limit, query->place, err);
	if (result)
		return result;
	result = store_read(database_store(database), collect, &c, err);
	return result ? explain(result, err) : finish(&c, arena, out, err);
}
