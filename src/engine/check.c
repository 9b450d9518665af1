#include "engine/check.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "engine/check_private.h"

/* A snapshot keeps pages from being used again: it is let go of often. */
#define PORTION_US 200000
#define PORTION_ROWS 20000
#define HEX_OCTETS 24

/* Every table is walked, and each row looked at from both sides: what it says by itself, and what it points
 * to; what points to it is looked for where that stands. */
static const struct {
	unsigned table;
	const char *name;
	int (*look)(struct checking *c);
} steps[] = {
	{TABLE_CERTIFICATES, "certificates", check_certificate},
	{TABLE_REQUESTS, "requests", check_request},
	{TABLE_SERIALS, "serials", check_serial},
	{TABLE_NAMES, "names", check_name},
	{TABLE_KEYS, "keys", check_key},
	{TABLE_EXPIRY, "expiry", check_expiry},
	{TABLE_FINGERPRINTS, "fingerprints", check_fingerprint},
	{TABLE_LABELS, "labels", check_label},
	{TABLE_LATE, "late", check_late},
	{TABLE_PENDING, "pending", check_pending},
	{TABLE_IDEMPOTENCY, "idempotency", check_idempotency},
	{TABLE_EVENTS, "events", check_event},
	{TABLE_LETTERS, "letters", check_letter},
	{TABLE_REVOKED, "revoked", check_revoked},
	{TABLE_CRLS, "crls", check_crl},
	{TABLE_CONSUMERS, "consumers", check_consumer},
	{TABLE_COUNTERS, "counters", check_counter},
	{TABLE_TALLIES, "tallies", check_tally},
	{TABLE_AUDIT, "audit", check_audit},
};
#define STEP_COUNT (sizeof steps / sizeof *steps)
_Static_assert(STEP_COUNT == TABLE_COUNT, "each table of the database is checked");

static const char *table_name(unsigned table)
{
	for (size_t i = 0; i < STEP_COUNT; i++)
		if (steps[i].table == table)
			return steps[i].name;
	return "?";
}

void check_note(struct checking *c, uint64_t id, const char *problem)
{
	if (c->out->count == CHECK_FINDINGS_MAX)
		return;
	struct check_finding *finding = &c->out->findings[c->out->count++];
	finding->table = table_name(c->table);
	finding->id = id;
	snprintf(finding->problem, sizeof finding->problem, "%s", problem);
	if (c->key.length == 8) {
		snprintf(finding->key, sizeof finding->key, "%llu",
		         (unsigned long long)store_key_to_u64(c->key));
		return;
	}
	size_t length = c->key.length < HEX_OCTETS ? c->key.length : HEX_OCTETS;
	size_t at = 0;
	for (size_t i = 0; i < length; i++)
		at += (size_t)snprintf(finding->key + at, sizeof finding->key - at, "%02x",
		                       c->key.data[i]);
	if (length < c->key.length)
		snprintf(finding->key + at, sizeof finding->key - at, "...");
	finding->key[at + (length < c->key.length ? 3 : 0)] = '\0';
}

struct portion {
	struct checking checking;
	const struct check_place *from;
	int64_t deadline;
};

static bool is_full(const struct portion *portion)
{
	const struct check_portion *out = portion->checking.out;
	/* one row has less findings than this */
	return out->looked >= PORTION_ROWS || out->count > CHECK_FINDINGS_MAX / 2 ||
	       clock_monotonic_us() >= portion->deadline;
}

static uint64_t count_all(struct store_txn *txn)
{
	uint64_t total = 0;
	for (size_t i = 0; i < STEP_COUNT; i++)
		total += store_count(txn, steps[i].table);
	return total;
}

/* The number of the row before this one, where tables are counted through. */
static uint64_t number_before(const struct check_place *place)
{
	return place->key.length == 8 ? store_key_to_u64(store_key_get(&place->key)) : 0;
}

/* Walks on in one table, from behind the key. SIGNET_E_NOT_FOUND at its end. */
static int walk(struct portion *portion, size_t step, struct check_place *place)
{
	struct checking *c = &portion->checking;
	struct store_cursor *cursor;
	int result = store_cursor_open(&cursor, c->txn, steps[step].table);
	if (result)
		return result;
	c->table = steps[step].table;
	c->previous = number_before(place);
	result = place->key.length ? store_seek(cursor, store_key_get(&place->key)) : store_next(cursor);
	if (result == 0 && place->key.length &&
	    bytes_equal(store_cursor_key(cursor), store_key_get(&place->key)))
		result = store_next(cursor);
	while (result == 0 && !is_full(portion)) {
		arena_clear(c->arena);
		c->key = store_cursor_key(cursor);
		c->value = store_cursor_value(cursor);
		result = steps[step].look(c);
		c->out->looked++;
		store_key_begin(&place->key);
		store_key_bytes(&place->key, c->key);
		c->previous = number_before(place);
		if (result == 0)
			result = store_next(cursor);
	}
	store_cursor_close(cursor);
	return result;
}

static int run(struct store_txn *txn, void *arg)
{
	struct portion *portion = arg;
	struct check_portion *out = portion->checking.out;
	struct check_place place = *portion->from;
	portion->checking.txn = txn;
	*out = (struct check_portion){.total = count_all(txn)};
	while (place.step < STEP_COUNT) {
		int result = walk(portion, place.step, &place);
		if (result == 0) {
			out->next = place;
			return 0;
		}
		if (result != SIGNET_E_NOT_FOUND)
			return result;
		place.step++;
		store_key_begin(&place.key);
	}
	out->done = true;
	return 0;
}

int check_portion(struct database *database, const struct configuration *configuration,
                  const struct check_place *place, struct check_portion *out, struct error *err)
{
	struct portion portion = {.from = place, .deadline = clock_monotonic_us() + PORTION_US};
	portion.checking.configuration = configuration;
	portion.checking.out = out;
	portion.checking.arena = arena_new(LIMIT_REQUEST_ARENA);
	if (!portion.checking.arena)
		return error_nomem(err);
	int result = store_read(database_store(database), run, &portion, err);
	arena_free(portion.checking.arena);
	return result;
}

struct bytes check_place_pack(const struct check_place *place, struct arena *arena)
{
	struct store_key packed;
	store_key_begin(&packed);
	const uint8_t step = (uint8_t)place->step;
	store_key_bytes(&packed, bytes_make(&step, 1));
	store_key_bytes(&packed, store_key_get(&place->key));
	uint8_t *copy = packed.overflow ? NULL : arena_memdup(arena, packed.data, packed.length);
	return copy ? bytes_make(copy, packed.length) : BYTES_NONE;
}

int check_place_unpack(struct check_place *out, struct bytes packed)
{
	*out = (struct check_place){0};
	if (packed.length == 0)
		return 0;
	if (packed.data[0] >= STEP_COUNT || packed.length - 1 > STORE_KEY_MAX - 1)
		return SIGNET_E_INVALID;
	out->step = packed.data[0];
	store_key_begin(&out->key);
	store_key_bytes(&out->key, bytes_make(packed.data + 1, packed.length - 1));
	return 0;
}
