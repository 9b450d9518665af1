/* By which index a query is answered, and which part of it. */
#include "engine/record.h"
#include "engine/search_private.h"

#define BUDGET_US 20000
#define FIRST_NAME 0x20 /* below it: what stands for long names and subjects */

/* ---- what the query says ---- */

static int read_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The least and the greatest serial number of its length that begins so: half an octet may be open. */
static int read_serial(struct search *s, const char *text, struct error *err)
{
	size_t digits = 0;
	while (text[0] == '0' && text[1] == '0' && text[2])
		text += 2; /* as people copy it from DER */
	for (; *text; text++) {
		int digit = read_digit(*text);
		if (*text == ':')
			continue;
		if (digit < 0 || digits / 2 > SERIAL_SIZE)
			return error_set(err, SIGNET_E_INVALID,
			                 "this is no beginning of a serial number in hex");
		size_t at = digits / 2;
		s->serial_low[at] |= (uint8_t)(digits % 2 ? digit : digit << 4);
		s->serial_high[at] |= (uint8_t)(digits % 2 ? digit : digit << 4 | 0x0f);
		if (digits % 2)
			s->serial_high[at] = s->serial_low[at];
		digits++;
	}
	s->serial_length = (digits + 1) / 2;
	return 0;
}

static bool has(const char *text)
{
	return text && *text;
}

static bool is_revoked_state(enum signet_certificate_state state)
{
	return state == SIGNET_REVOKED || state == SIGNET_HELD;
}

enum search_index search_choose(const struct search *s)
{
	const struct signet_certificate_query *q = s->query;
	bool any = q->sort == SIGNET_SORT_ANY;
	if (q->sort == SIGNET_SORT_EXPIRES)
		return SEARCH_EXPIRY;
	if (q->sort == SIGNET_SORT_REVOKED)
		return SEARCH_REVOKED;
	if (s->serial_length && any)
		return SEARCH_SERIAL;
	if (q->key)
		return SEARCH_KEY;
	if (s->name.given && !s->name.pattern)
		return SEARCH_NAME;
	if (s->name.pattern && any)
		return SEARCH_PATTERN;
	if (has(q->requester))
		return SEARCH_REQUESTER;
	if (is_revoked_state(q->state) && any)
		return SEARCH_REVOKED;
	if ((q->expires_after || q->expires_before || q->state == SIGNET_EXPIRED) && any)
		return SEARCH_EXPIRY;
	if (has(q->profile))
		return SEARCH_PROFILE;
	if (has(q->authority))
		return SEARCH_AUTHORITY;
	return SEARCH_IDS;
}

int search_prepare(struct search *out, struct arena *arena,
                   const struct signet_certificate_query *query, int64_t now, struct error *err)
{
	*out = (struct search){.arena = arena, .query = query, .now = now};
	if (query->state > SIGNET_EXPIRED || query->sort > SIGNET_SORT_REVOKED)
		return error_set(err, SIGNET_E_INVALID, "there is no such state or order");
	int result = search_read_name(&out->name, arena, query->name, err);
	if (result == 0 && has(query->serial))
		result = read_serial(out, query->serial, err);
	out->windowed = query->issued_after || query->issued_before;
	out->id_high = query->before ? query->before : UINT64_MAX;
	out->index = search_choose(out);
	return result;
}

/* ---- the ranges ---- */

struct planning {
	struct store_txn *txn;
	struct search *search;
	struct walk_span *spans;
	size_t count;
};

static struct bytes kept(struct arena *arena, struct bytes key)
{
	struct bytes copy = BYTES_NONE;
	if (key.length)
		arena_bytes(arena, key, &copy);
	return copy;
}

static int add(struct planning *p, unsigned table, struct bytes low, struct bytes high)
{
	struct arena *arena = p->search->arena;
	struct walk_span *span = &p->spans[p->count];
	*span = (struct walk_span){.table = table, .low = kept(arena, low), .high = kept(arena, high)};
	if ((low.length && !span->low.length) || (high.length && !span->high.length))
		return SIGNET_E_NOMEM;
	p->count++;
	return 0;
}

/* Requests are in the order of their submission, but for what a clock that was set back makes of it. */
int search_first_id(struct store_txn *txn, int64_t time, uint64_t *out)
{
	struct store_cursor *cursor;
	int result = store_cursor_open(&cursor, txn, TABLE_REQUESTS);
	if (result)
		return result;
	uint64_t low = 1, high;
	result = store_seek_before(cursor, BYTES_NONE);
	high = result == 0 ? store_key_to_u64(store_cursor_key(cursor)) + 1 : 1;
	while (result == 0 && low < high) {
		uint64_t middle = low + (high - low) / 2;
		struct store_key key = store_key_number(middle);
		result = store_seek(cursor, store_key_get(&key));
		if (result)
			break;
		uint64_t found = store_key_to_u64(store_cursor_key(cursor));
		if (record_request_submitted(store_cursor_value(cursor)) < time)
			low = found + 1;
		else
			high = middle;
	}
	store_cursor_close(cursor);
	*out = low;
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static int find_ids(struct planning *p)
{
	struct search *s = p->search;
	const struct signet_certificate_query *q = s->query;
	uint64_t high = UINT64_MAX;
	int result = 0;
	if (q->issued_after)
		result = search_first_id(p->txn, q->issued_after, &s->id_low);
	if (result == 0 && q->issued_before)
		result = search_first_id(p->txn, q->issued_before, &high);
	if (high < s->id_high)
		s->id_high = high;
	return result;
}

static int add_late(struct planning *p)
{
	const struct signet_certificate_query *q = p->search->query;
	struct store_key low = index_time(q->issued_after, 0), high = index_time(q->issued_before, 0);
	return add(p, TABLE_LATE, store_key_get(&low),
	           q->issued_before ? store_key_get(&high) : BYTES_NONE);
}

/* What has this prefix, by ids; and those of the issuance window that came late. */
static int add_prefixed(struct planning *p, unsigned table, struct bytes prefix)
{
	struct search *s = p->search;
	int result = find_ids(p);
	struct store_key low = index_key(prefix, s->id_low), high = index_key(prefix, s->id_high);
	if (result == 0 && s->windowed && s->query->reverse)
		result = add_late(p);
	if (result == 0)
		result = add(p, table, store_key_get(&low), store_key_get(&high));
	if (result == 0 && s->windowed && !s->query->reverse)
		result = add_late(p);
	return result;
}

static int add_label(struct planning *p, enum index_label_kind kind, const char *text)
{
	struct store_key key;
	int result = index_label(&key, kind, text, 0);
	return result ? result : add_prefixed(p, TABLE_LABELS, bytes_make(key.data, key.length - 8));
}

static int add_pattern(struct planning *p)
{
	static const uint8_t first = FIRST_NAME;
	struct bytes begin = p->search->name.begin, low = begin, high = BYTES_NONE;
	struct store_key end;
	if (begin.length == 0)
		low = bytes_make(&first, 1);
	store_key_begin(&end);
	store_key_bytes(&end, begin);
	if (begin.length && !end.overflow) {
		end.data[end.length - 1]++; /* no octet of UTF-8 is 0xff */
		high = store_key_get(&end);
	}
	return end.overflow ? SIGNET_E_TOO_BIG : add(p, TABLE_NAMES, low, high);
}

static int add_expiry(struct planning *p)
{
	const struct signet_certificate_query *q = p->search->query;
	int64_t until = q->expires_before;
	if (q->state == SIGNET_EXPIRED && (!until || until > p->search->now))
		until = p->search->now;
	int64_t from = q->expires_after;
	if (q->state == SIGNET_VALID && from < p->search->now)
		from = p->search->now;
	struct store_key low = index_time(from, 0), high = index_time(until, 0);
	return add(p, TABLE_EXPIRY, store_key_get(&low), until ? store_key_get(&high) : BYTES_NONE);
}

static int add_serials(struct planning *p)
{
	const struct search *s = p->search;
	struct store_key high;
	store_key_begin(&high);
	store_key_bytes(&high, bytes_make(s->serial_high, s->serial_length));
	/* all that begin so are below it */
	for (size_t i = s->serial_length; i <= SERIAL_SIZE; i++)
		store_key_bytes(&high, bytes_make("\xff", 1));
	int result = add(p, TABLE_SERIALS, bytes_make(s->serial_low, s->serial_length),
	                 store_key_get(&high));
	if (result == 0)
		p->spans[p->count - 1].value_is_id = true;
	return result;
}

/* Each issuer and shard has rows in the order of their changes. */
static int add_revoked(struct planning *p)
{
	struct store_cursor *cursor;
	static const uint8_t first = 0;
	uint8_t low[32], high[32];
	int result = store_cursor_open(&cursor, p->txn, TABLE_REVOKED);
	if (result)
		return result;
	result = store_seek(cursor, bytes_make(&first, 1));
	while (result == 0) {
		struct bytes key = store_cursor_key(cursor);
		if (key.length < 17 || key.length > sizeof low)
			result = SIGNET_E_CORRUPT;
		else if (p->count == WALK_SPANS_MAX)
			result = SIGNET_E_TOO_BIG;
		if (result)
			break;
		size_t length = key.length, prefix = length - 16;
		memcpy(low, key.data, prefix);
		memset(low + prefix, 0, 16);
		memcpy(high, key.data, prefix);
		memset(high + prefix, 0xff, 16);
		result = add(p, TABLE_REVOKED, bytes_make(low, length), bytes_make(high, length));
		if (result == 0)
			result = store_seek(cursor, bytes_make(high, length));
	}
	store_cursor_close(cursor);
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static int add_spans(struct planning *p)
{
	const struct search *s = p->search;
	switch (s->index) {
	case SEARCH_SERIAL:
		return add_serials(p);
	case SEARCH_KEY:
		return add_prefixed(p, TABLE_KEYS, bytes_make(s->query->key, INDEX_HASH_SIZE));
	case SEARCH_NAME:
		return add_prefixed(p, TABLE_NAMES, s->name.form);
	case SEARCH_PATTERN:
		return add_pattern(p);
	case SEARCH_REQUESTER:
		return add_label(p, INDEX_REQUESTER, s->query->requester);
	case SEARCH_PROFILE:
		return add_label(p, INDEX_PROFILE, s->query->profile);
	case SEARCH_AUTHORITY:
		return add_label(p, INDEX_AUTHORITY, s->query->authority);
	case SEARCH_CHANGED:
		return add_label(p, INDEX_CHANGED, s->query->state == SIGNET_HELD ? INDEX_HELD : INDEX_REVOKED);
	case SEARCH_REVOKED:
		return add_revoked(p);
	case SEARCH_EXPIRY:
		return add_expiry(p);
	default:
		return add_prefixed(p, TABLE_CERTIFICATES, BYTES_NONE);
	}
}

/* Soon ends, and serials and names from their beginning; what has happened, the last first. */
static bool is_ascending(const struct search *s)
{
	bool ascending = s->index == SEARCH_SERIAL || s->index == SEARCH_PATTERN ||
	                 (s->index == SEARCH_EXPIRY && s->query->state != SIGNET_EXPIRED);
	return ascending != s->query->reverse;
}

int search_plan(struct store_txn *txn, struct search *search, struct walk *out)
{
	struct planning p = {.txn = txn, .search = search};
	size_t most = search->index == SEARCH_REVOKED ? WALK_SPANS_MAX : 2;
	p.spans = arena_array(search->arena, most, sizeof *p.spans);
	int result = p.spans ? add_spans(&p) : SIGNET_E_NOMEM;
	if (result)
		return result;
	*out = (struct walk){
		.kind = (uint8_t)search->index, .spans = p.spans, .count = p.count,
		.merged = search->index == SEARCH_REVOKED, .ascending = is_ascending(search),
		.budget_us = BUDGET_US};
	return 0;
}
