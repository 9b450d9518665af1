/* Rows of numbers and places, and what is known of the CRLs. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "engine/check_private.h"
#include "engine/counters.h"
#include "engine/crl_record.h"
#include "engine/revocation.h"
#include "engine/tally.h"

#define EXPIRY_KEY_SIZE 16 /* of index_time */

static bool is_name(struct bytes text)
{
	return text.length > 0 && text_is_printable(text);
}

/* The last number of a table that is counted through; 0: it has no row. */
static uint64_t last_number(struct checking *c, unsigned table)
{
	uint64_t next = 1;
	return database_next(c->txn, table, &next) ? 0 : next - 1;
}

/* Events are read in order, and the newest one stays. */
int check_consumer(struct checking *c)
{
	if (c->value.length != 8 || c->key.length > LIMIT_CONSUMER || !is_name(c->key))
		check_note(c, 0, "it cannot be read");
	else if (store_key_to_u64(c->value) > last_number(c, TABLE_EVENTS))
		check_note(c, 0, "it has passed events that there never were");
	return store_error(c->txn);
}

/* ---- counters ---- */

static const char *check_length(struct bytes value, size_t length)
{
	return value.length == length ? NULL : "it cannot be read";
}

static const char *check_issued(struct checking *c, struct bytes rest)
{
	if (c->value.length != 8 || !is_name(rest))
		return "it cannot be read";
	return store_key_to_u64(c->value) > last_number(c, TABLE_CERTIFICATES)
		? "it counts more certificates than there ever were" : NULL;
}

static const char *check_stored(struct checking *c, struct bytes rest)
{
	if (c->value.length != 8 || rest.length)
		return "it cannot be read";
	uint64_t stored = store_key_to_u64(c->value);
	if (stored < store_count(c->txn, TABLE_CERTIFICATES))
		return "there are more certificates";
	return stored > last_number(c, TABLE_REQUESTS) ? "it counts more certificates than there ever were" : NULL;
}

static const char *check_authority(struct checking *c, struct bytes rest)
{
	return is_name(rest) ? check_length(c->value, COUNTER_AUTHORITY_SIZE) : "it cannot be read";
}

static const char *check_cross(struct checking *c, struct bytes rest)
{
	return is_name(rest) && c->value.length % 32 == 0 && c->value.length <= 32 * LIMIT_CROSS
		? NULL : "it cannot be read";
}

static const char *check_expiring(struct checking *c, struct bytes rest)
{
	return rest.length == 8 ? check_length(c->value, EXPIRY_KEY_SIZE) : "it cannot be read";
}

/* The dead letters of a consumer: their keys begin with its name and a zero. */
static int count_letters(struct checking *c, struct bytes consumer, uint64_t *dead, uint64_t *retrying)
{
	struct store_cursor *cursor;
	struct store_key key;
	store_key_begin(&key);
	store_key_bytes(&key, consumer);
	store_key_bytes(&key, bytes_make((const uint8_t *)"", 1));
	*dead = *retrying = 0;
	int result = store_cursor_open(&cursor, c->txn, TABLE_LETTERS);
	if (result)
		return result;
	for (result = store_seek(cursor, store_key_get(&key)); result == 0; result = store_next(cursor)) {
		struct record_letter letter;
		struct bytes found = store_cursor_key(cursor);
		if (found.length != key.length + 8 || memcmp(found.data, key.data, key.length) != 0)
			break;
		++*dead;
		if (record_unpack_letter(store_cursor_value(cursor), &letter) == 0 && letter.retrying)
			++*retrying;
	}
	store_cursor_close(cursor);
	return 0;
}

static const char *check_letters(struct checking *c, struct bytes rest)
{
	uint64_t dead, retrying;
	if (c->value.length != 8 || !is_name(rest) || count_letters(c, rest, &dead, &retrying))
		return "it cannot be read";
	bool of_retrying = memcmp(c->key.data, COUNTER_RETRYING, strlen(COUNTER_RETRYING)) == 0;
	return store_key_to_u64(c->value) == (of_retrying ? retrying : dead)
		? NULL : "the consumer has another number of dead letters";
}

static const char *check_number(struct checking *c, struct bytes rest)
{
	return rest.length ? "there is no such counter" : check_length(c->value, 8);
}

/* "" or the key of a row, which may have gone since. */
static const char *check_sweep(struct checking *c, struct bytes rest)
{
	if (rest.length)
		return "there is no such counter";
	return !c->value.length || tally_is_key(c->value) ? NULL : "it cannot be read";
}

static const struct {
	const char *beginning;
	const char *(*look)(struct checking *c, struct bytes rest);
} counters[] = {
	{COUNTER_REVOCATIONS, check_number},
	{COUNTER_STORED, check_stored},
	{COUNTER_PROBE, check_number},
	{COUNTER_TALLY_SWEEP, check_sweep},
	{COUNTER_ISSUED, check_issued},
	{COUNTER_AUTHORITY, check_authority},
	{COUNTER_CROSS, check_cross},
	{COUNTER_EXPIRING, check_expiring},
	{COUNTER_LETTERS, check_letters},
	{COUNTER_RETRYING, check_letters},
};

int check_counter(struct checking *c)
{
	const char *problem = "there is no such counter";
	for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
		size_t length = strlen(counters[i].beginning);
		if (c->key.length >= length && memcmp(c->key.data, counters[i].beginning, length) == 0) {
			problem = counters[i].look(c, bytes_make(c->key.data + length,
			                                         c->key.length - length));
			break;
		}
	}
	if (problem)
		check_note(c, 0, problem);
	return store_error(c->txn);
}

int check_tally(struct checking *c)
{
	const char *problem = tally_check_row(c->key, c->value);
	if (problem)
		check_note(c, 0, problem);
	return 0;
}

/* ---- what is known of CRLs ---- */

static const char *check_issuer(struct checking *c)
{
	Signet__Db__CrlIssuer *record;
	if (record_unpack_crl_issuer(c->arena, c->value, &record))
		return "it cannot be read";
	if (record->place.len && record->place.len != EXPIRY_KEY_SIZE)
		return "the place up to which certificates are revoked is none";
	if (record->finished > revocation_read_generation(c->txn))
		return "it was finished by a revocation that there never was";
	return record->revoked || !(record->reason || record->count || record->finished)
		? NULL : "it has revoked certificates of a key that is not revoked";
}

static const char *check_scope(struct checking *c, const Signet__Db__CrlIssuer *issuer)
{
	Signet__Db__Crl *record;
	unsigned shard = (unsigned)c->key.data[AUTHORITY_ISSUER_SIZE] << 8 |
	                 c->key.data[AUTHORITY_ISSUER_SIZE + 1];
	uint8_t delta = c->key.data[AUTHORITY_ISSUER_SIZE + 2];
	if (delta > 1 || record_unpack_crl(c->arena, c->value, &record))
		return "it cannot be read";
	if (record->number > issuer->number)
		return "its number is greater than the last one";
	if (shard > issuer->shards)
		return "it is of a shard that there never was";
	if ((record->base_number != 0) != delta || record->base_number > record->number)
		return "what it adds to is none";
	if (record->generation > revocation_read_generation(c->txn))
		return "it has revocations that there never were";
	return record->next_update <= record->this_update || !*record->file || strchr(record->file, '/')
		? "its times or its file are none" : NULL;
}

int check_crl(struct checking *c)
{
	const char *problem = "it cannot be read";
	if (c->key.length == AUTHORITY_ISSUER_SIZE) {
		problem = check_issuer(c);
	} else if (c->key.length == AUTHORITY_ISSUER_SIZE + 3) {
		Signet__Db__CrlIssuer *issuer;
		int result = crl_issuer_find(c->txn, c->arena, c->key.data, &issuer);
		if (result == 0)
			problem = check_scope(c, issuer);
		else if (result != SIGNET_E_CORRUPT)
			return result;
		else
			problem = NULL; /* a finding of its own row */
	}
	if (problem)
		check_note(c, 0, problem);
	return store_error(c->txn);
}
