/* Requests: by their ids, or those that are pending. */
#include "engine/record.h"
#include "engine/scan.h"
#include "engine/search_private.h"
#include "pki/csr.h"

#define BUDGET_US 20000
#define PAGE_MEMORY (512u << 10)

/* The fields of records.proto. */
enum {
	REQUEST_STATE = 1, REQUEST_SUBMITTED = 2, REQUEST_PROFILE = 4, REQUEST_INTERMEDIARY = 6,
	REQUEST_REQUESTER = 8, REQUEST_CSR = 10,
};

struct collecting {
	struct arena *arena;
	const struct signet_request_query *query;
	struct search_name name;
	struct walk walk;
	struct walk_span span;
	struct walk_place place;
	struct stored *rows;
	struct bytes *resume;
	size_t count, limit, memory;
	struct error *err;
};

static bool is_text(const struct scan_field *field, const char *wanted)
{
	return !wanted || !*wanted || bytes_is_text(field->octets, wanted);
}

static bool is_plain_match(const struct signet_request_query *q, const struct scan_field *f)
{
	int64_t submitted = (int64_t)f[REQUEST_SUBMITTED].number;
	return (!q->state || f[REQUEST_STATE].number == q->state) &&
	       is_text(&f[REQUEST_PROFILE], q->profile) &&
	       is_text(&f[REQUEST_INTERMEDIARY], q->intermediary) &&
	       is_text(&f[REQUEST_REQUESTER], q->requester) &&
	       (!q->submitted_after || submitted >= q->submitted_after) &&
	       (!q->submitted_before || submitted < q->submitted_before);
}

/* The names that a request asks for. */
static int matches_csr(const struct search_name *name, struct bytes der, bool *out)
{
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	struct csr csr;
	struct bytes *forms;
	size_t count = 0;
	*out = false;
	int result = arena ? 0 : SIGNET_E_NOMEM;
	if (result == 0 && csr_parse(&csr, arena, der, NULL) == 0) {
		result = index_names(arena, csr.subject, csr.alt_names, csr.alt_name_count, &forms,
		                     &count);
		for (size_t i = 0; result == 0 && i < count; i++)
			*out = *out || search_is_name(name, forms[i]);
		csr_clear(&csr);
	}
	arena_free(arena);
	return result;
}

static int matches_certificate(const struct search_name *name, struct bytes packed, bool *out)
{
	struct scan_field fields[2];
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	struct bytes found = BYTES_NONE;
	int result = arena ? scan_record(packed, 1, fields) : SIGNET_E_NOMEM;
	if (result == 0)
		result = search_find_name(arena, name, fields[1].octets, &found);
	*out = found.length != 0;
	arena_free(arena);
	return result;
}

static int matches_name(struct store_txn *txn, const struct collecting *c, uint64_t id,
                        const struct scan_field *fields, bool *out)
{
	struct store_key number = store_key_number(id);
	struct bytes value;
	*out = true;
	if (!c->name.given)
		return 0;
	if (fields[REQUEST_STATE].number != SIGNET_REQUEST_ISSUED)
		return matches_csr(&c->name, fields[REQUEST_CSR].octets, out);
	if (!c->name.pattern) {
		struct store_key key = index_key(c->name.form, id);
		*out = store_has(txn, TABLE_NAMES, store_key_get(&key));
		return 0;
	}
	int result = store_get(txn, TABLE_CERTIFICATES, store_key_get(&number), &value);
	return result ? result : matches_certificate(&c->name, value, out);
}

static int look(struct store_txn *txn, void *arg, unsigned table, uint64_t id, struct bytes key)
{
	struct collecting *c = arg;
	struct scan_field fields[REQUEST_CSR + 1];
	struct store_key number = store_key_number(id);
	struct bytes value;
	bool matches;
	(void)table, (void)key;
	int result = store_get(txn, TABLE_REQUESTS, store_key_get(&number), &value);
	if (result == 0)
		result = scan_record(value, REQUEST_CSR, fields);
	if (result == 0 && !is_plain_match(c->query, fields))
		return 0;
	size_t octets = value.length;
	if (result == 0)
		result = matches_name(txn, c, id, fields, &matches);
	if (result)
		return result == SIGNET_E_NOT_FOUND ? SIGNET_E_CORRUPT : result;
	if (!matches)
		return 0;
	if (c->count == c->limit || (c->count && c->memory + octets > PAGE_MEMORY))
		return WALK_FULL;
	c->memory += octets + LIMIT_CERTIFICATE / 16;
	if (arena_bytes(c->arena, bytes_make(c->place.data, c->place.length), &c->resume[c->count]))
		return SIGNET_E_NOMEM;
	return database_load(txn, c->arena, id, &c->rows[c->count++]);
}

static int plan(struct store_txn *txn, struct collecting *c)
{
	const struct signet_request_query *q = c->query;
	uint64_t low = 0, high = UINT64_MAX;
	int result = 0;
	if (q->submitted_after)
		result = search_first_id(txn, q->submitted_after, &low);
	if (result == 0 && q->submitted_before)
		result = search_first_id(txn, q->submitted_before, &high);
	if (q->before && q->before < high)
		high = q->before;
	struct store_key from = store_key_number(low), until = store_key_number(high);
	c->span.table = q->state == SIGNET_REQUEST_PENDING ? TABLE_PENDING : TABLE_REQUESTS;
	if (result == 0 && (arena_bytes(c->arena, store_key_get(&from), &c->span.low) ||
	                    arena_bytes(c->arena, store_key_get(&until), &c->span.high)))
		result = SIGNET_E_NOMEM;
	c->walk = (struct walk){
		.kind = q->state == SIGNET_REQUEST_PENDING ? SEARCH_PENDING : SEARCH_IDS,
		.spans = &c->span, .count = 1, .ascending = q->reverse, .budget_us = BUDGET_US,
		.look = look, .arg = c};
	return result;
}

static int collect(struct store_txn *txn, void *arg)
{
	struct collecting *c = arg;
	c->count = c->memory = 0;
	int result = plan(txn, c);
	if (result)
		return result;
	if (walk_read_place(&c->place, &c->walk, c->query->place))
		return error_set(c->err, SIGNET_E_INVALID, "this is no page of this query");
	return walk_run(txn, &c->walk, &c->place);
}

int search_requests(struct database *database, struct arena *arena,
                    const struct signet_request_query *query, struct search_page *out,
                    struct error *err)
{
	struct error unwanted = {0};
	struct collecting c = {.arena = arena, .query = query, .err = err ? err : &unwanted};
	struct search_page page;
	if (query->state > SIGNET_REQUEST_FAILED)
		return error_set(c.err, SIGNET_E_INVALID, "there is no such state");
	int result = search_read_name(&c.name, arena, query->name, c.err);
	if (result)
		return result;
	c.limit = query->limit && query->limit < LIMIT_LIST ? query->limit : LIMIT_LIST;
	c.rows = arena_array(arena, c.limit, sizeof *c.rows);
	c.resume = arena_array(arena, c.limit, sizeof *c.resume);
	if (!c.rows || !c.resume)
		return error_nomem(c.err);
	result = store_read(database_store(database), collect, &c, c.err);
	if (result == SIGNET_E_CORRUPT || result == SIGNET_E_NOT_FOUND)
		return error_set(c.err, SIGNET_E_CORRUPT, "a stored record does not read back");
	if (result)
		return result;
	page = (struct search_page){.rows = c.rows, .resume = c.resume, .count = c.count};
	if (arena_bytes(arena, bytes_make(c.place.data, c.place.length), &page.place))
		return error_nomem(c.err);
	*out = page;
	return 0;
}
