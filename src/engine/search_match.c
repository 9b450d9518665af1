/* Whether a certificate is one that is looked for: what is cheap to know first. */
#include "engine/outcome.h"
#include "engine/scan.h"
#include "engine/search_private.h"

/* The fields of records.proto. */
enum { REQUEST_RESOLVED = 3, REQUEST_PROFILE = 4, REQUEST_AUTHORITY = 5, REQUEST_REQUESTER = 8 };
enum { CERTIFICATE_DER = 1, CERTIFICATE_STATE = 2, CERTIFICATE_NOT_AFTER = 9 };

static bool is_text(const struct scan_field *field, const char *wanted)
{
	return !wanted || !*wanted || bytes_is_text(field->octets, wanted);
}

static bool is_between(int64_t time, int64_t after, int64_t before)
{
	return (!after || time >= after) && (!before || time < before);
}

static bool matches_request(const struct search *s, const struct scan_field *fields)
{
	const struct signet_certificate_query *q = s->query;
	return is_text(&fields[REQUEST_PROFILE], q->profile) &&
	       is_text(&fields[REQUEST_AUTHORITY], q->authority) &&
	       is_text(&fields[REQUEST_REQUESTER], q->requester) &&
	       is_between((int64_t)fields[REQUEST_RESOLVED].number, q->issued_after,
	                  q->issued_before);
}

static bool matches_state(const struct search *s, const struct scan_field *fields)
{
	const struct signet_certificate_query *q = s->query;
	unsigned state = (unsigned)fields[CERTIFICATE_STATE].number;
	int64_t not_after = (int64_t)fields[CERTIFICATE_NOT_AFTER].number;
	if (state != SIGNET_REVOKED && state != SIGNET_HELD)
		state = s->now > not_after ? SIGNET_EXPIRED : SIGNET_VALID;
	if (!is_between(not_after, q->expires_after, q->expires_before))
		return false;
	if (q->sort == SIGNET_SORT_REVOKED && state != SIGNET_REVOKED && state != SIGNET_HELD)
		return false;
	return !q->state || state == q->state;
}

static bool matches_serial(const struct search *s, struct bytes der)
{
	struct bytes serial;
	size_t length = s->serial_length;
	if (!length)
		return true;
	if (outcome_serial(der, &serial) || serial.length < length)
		return false;
	serial.length = length;
	return bytes_compare(serial, bytes_make(s->serial_low, length)) >= 0 &&
	       bytes_compare(serial, bytes_make(s->serial_high, length)) <= 0;
}

static bool matches_key(struct store_txn *txn, const struct search *s, uint64_t id)
{
	const uint8_t *wanted = s->query->key;
	struct bytes row;
	if (!wanted)
		return true;
	struct store_key key = index_key(bytes_make(wanted, INDEX_HASH_SIZE), id);
	if (store_get(txn, TABLE_KEYS, store_key_get(&key), &row))
		return false;
	struct bytes rest = index_row_key(row);
	return rest.length == 0 ||
	       bytes_equal(rest, bytes_make(wanted + INDEX_HASH_SIZE, INDEX_HASH_SIZE));
}

/* By the index where the name is whole. A pattern may be several names of one certificate, which is to
 * come once: with the first of them. */
static int matches_name(struct store_txn *txn, const struct search *s, uint64_t id,
                        struct bytes at, struct bytes der, bool *out)
{
	*out = true;
	if (!s->name.given || s->names_later)
		return 0;
	if (!s->name.pattern) {
		struct store_key key = index_key(s->name.form, id);
		*out = store_has(txn, TABLE_NAMES, store_key_get(&key));
		return 0;
	}
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	struct bytes least = BYTES_NONE;
	int result = arena ? search_find_name(arena, &s->name, der, &least) : SIGNET_E_NOMEM;
	*out = result == 0 && least.length != 0;
	if (*out && s->index == SEARCH_PATTERN)
		*out = bytes_equal(least, bytes_make(at.data, at.length - 8));
	arena_free(arena);
	return result;
}

/* A name's own entry of the index says it before any record is read. */
static bool is_other_name(const struct search *s, struct bytes at)
{
	return s->index == SEARCH_PATTERN &&
	       (at.length <= 8 || !search_is_name(&s->name, bytes_make(at.data, at.length - 8)));
}

/* Those that came late are left to the range of ids where they are in both. */
static bool is_elsewhere(const struct search *s, unsigned table, uint64_t id)
{
	if (s->query->before && id >= s->query->before)
		return true;
	return table == TABLE_LATE && id >= s->id_low && id < s->id_high;
}

int search_match(struct store_txn *txn, const struct search *search, unsigned table, uint64_t id,
                 struct bytes key, bool *matches, size_t *octets)
{
	struct scan_field request[REQUEST_REQUESTER + 1], certificate[CERTIFICATE_NOT_AFTER + 1];
	struct store_key number = store_key_number(id);
	struct bytes value;
	*matches = false;
	if (is_elsewhere(search, table, id) || is_other_name(search, key))
		return 0;
	int result = store_get(txn, TABLE_REQUESTS, store_key_get(&number), &value);
	if (result == 0)
		result = scan_record(value, REQUEST_REQUESTER, request);
	if (result || !matches_request(search, request))
		return result == SIGNET_E_NOT_FOUND ? SIGNET_E_CORRUPT : result;
	*octets = value.length;
	result = store_get(txn, TABLE_CERTIFICATES, store_key_get(&number), &value);
	if (result == 0)
		result = scan_record(value, CERTIFICATE_NOT_AFTER, certificate);
	if (result)
		return result == SIGNET_E_NOT_FOUND ? SIGNET_E_CORRUPT : result;
	*octets += value.length;
	struct bytes der = certificate[CERTIFICATE_DER].octets;
	if (!matches_state(search, certificate) || !matches_serial(search, der) ||
	    !matches_key(txn, search, id))
		return 0;
	return matches_name(txn, search, id, key, der, matches);
}
