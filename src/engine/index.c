#include "engine/index.h"

#include <stdlib.h>

#include "asn1/der_string.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/limits.h"
#include "base/text.h"
#include "crypto/hash.h"

/* no name begins with a control character */
#define HASHED 0x01
#define SUBJECT 0x02
#define END 0x00
#define LABEL_HASH 7    /* octets of a label's hash */
#define ADDRESS_TEXT 46 /* as text_from_address wants it */

/* Whether a text has only one spelling, case apart. */
static bool is_plain(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c >= 0x80 || *c == ':' ||
		    (*c == ' ' && (c == text || c[1] == ' ' || c[1] == '\0')))
			return false;
	return true;
}

/* The text itself, unless it is another spelling; NULL without memory. */
static const char *plain_form(struct arena *arena, const char *text)
{
	const struct name_part part = {.tag = DER_UTF8_STRING, .value = bytes_text(text)};
	uint8_t octets[16];
	if (is_plain(text))
		return text;
	struct bytes address = bytes_make(octets, text_to_address(text, octets));
	struct bytes unmapped = address_unmapped(address);
	if (unmapped.length != address.length) {
		char *v4 = arena_alloc(arena, ADDRESS_TEXT);
		return v4 ? text_from_address(unmapped, v4) : NULL;
	}
	return der_string_check(part.tag, part.value, NULL) ? text : name_part_folded(arena, &part);
}

int index_name(struct arena *arena, const char *text, struct bytes *out)
{
	if (!(text = plain_form(arena, text)))
		return SIGNET_E_NOMEM;
	size_t length = strlen(text);
	uint8_t *lower = arena_alloc(arena, length + 1);
	if (!lower)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < length; i++)
		lower[i] = (uint8_t)text_lower(text[i]);
	lower[length] = END;
	if (length <= INDEX_NAME_MAX) {
		*out = bytes_make(lower, length + 1);
		return 0;
	}
	uint8_t digest[HASH_SIZE_MAX];
	int result = hash_compute(HASH_SHA256, bytes_make(lower, length), digest);
	uint8_t *hashed = arena_alloc(arena, 1 + INDEX_HASH_SIZE);
	if (result || !hashed)
		return result ? result : SIGNET_E_NOMEM;
	hashed[0] = HASHED;
	memcpy(hashed + 1, digest, INDEX_HASH_SIZE);
	*out = bytes_make(hashed, 1 + INDEX_HASH_SIZE);
	return 0;
}

/* Appends the form unless it is there. */
static int add_name(struct arena *arena, const char *text, struct bytes *list, size_t *count)
{
	struct bytes form;
	int result = text ? index_name(arena, text, &form) : SIGNET_E_NOMEM;
	if (result)
		return result;
	for (size_t i = 0; i < *count; i++)
		if (bytes_equal(list[i], form))
			return 0;
	list[(*count)++] = form;
	return 0;
}

/* What stands for the names of a certificate that has none. */
static int add_subject(struct arena *arena, struct bytes subject, struct bytes *list,
                       size_t *count)
{
	uint8_t digest[HASH_SIZE_MAX], *form = arena_alloc(arena, 1 + INDEX_HASH_SIZE);
	_cleanup_buffer_ struct buffer folded = BUFFER_MAX(8 * LIMIT_NAME);
	struct name_reader reader = name_open(subject);
	struct name_part part;
	while (name_next(&reader, &part)) {
		const char *value = name_part_folded(arena, &part);
		if (!value)
			return SIGNET_E_NOMEM;
		buffer_append_octet(&folded, part.joined);
		buffer_append_bytes(&folded, part.oid);
		buffer_append(&folded, value, strlen(value) + 1);
	}
	int result = folded.error;
	if (result == 0)
		result = hash_compute(HASH_SHA256, buffer_bytes(&folded), digest);
	if (result == 0 && !form)
		result = SIGNET_E_NOMEM;
	if (result)
		return result;
	form[0] = SUBJECT;
	memcpy(form + 1, digest, INDEX_HASH_SIZE);
	list[(*count)++] = bytes_make(form, 1 + INDEX_HASH_SIZE);
	return 0;
}

int index_names(struct arena *arena, struct bytes subject, const struct general_name *names,
                size_t count, struct bytes **out, size_t *out_count)
{
	struct bytes *list = arena_array(arena, count + LIMIT_NAME_PARTS, sizeof *list);
	size_t length = 0;
	int result = list ? 0 : SIGNET_E_NOMEM;
	for (size_t i = 0; result == 0 && i < count; i++)
		result = add_name(arena, general_name_text(arena, &names[i]), list, &length);
	struct name_reader reader = name_open(subject);
	struct name_part part;
	while (result == 0 && subject.length && name_next(&reader, &part))
		if (bytes_equal(part.oid, OID_COMMON_NAME))
			result = add_name(arena, name_part_text(arena, &part), list, &length);
	if (result == 0 && length == 0 && subject.length && !name_is_empty(subject))
		result = add_subject(arena, subject, list, &length);
	if (result)
		return result;
	*out = list;
	*out_count = length;
	return 0;
}

static int put_hash(struct index_row *row, struct bytes content)
{
	uint8_t digest[HASH_SIZE_MAX];
	int result = hash_compute(HASH_SHA256, content, digest);
	if (result)
		return result;
	memcpy(row->data + row->length, digest, INDEX_HASH_SIZE);
	row->length += INDEX_HASH_SIZE;
	return 0;
}

void index_row_stamp(struct index_row *row, int64_t time)
{
	struct store_key number = store_key_number(time > 0 ? (uint64_t)time : 0);
	memcpy(row->data, number.data, 8);
}

static void begin_row(struct index_row *row)
{
	index_row_stamp(row, 0);
	row->length = 8;
}

static int compare_forms(const void *a, const void *b)
{
	return bytes_compare(*(const struct bytes *)a, *(const struct bytes *)b);
}

/* All forms in their order, of which there are several. */
static int put_sorted(struct index_row *out, const struct bytes *forms, size_t count)
{
	_cleanup_buffer_ struct buffer all =
		BUFFER_MAX((LIMIT_SAN_COUNT + LIMIT_NAME_PARTS) * (INDEX_NAME_MAX + 1));
	if (count > LIMIT_SAN_COUNT + LIMIT_NAME_PARTS)
		return SIGNET_E_TOO_BIG;
	struct bytes *sorted = calloc(count, sizeof *sorted);
	if (!sorted)
		return SIGNET_E_NOMEM;
	memcpy(sorted, forms, count * sizeof *sorted);
	qsort(sorted, count, sizeof *sorted, compare_forms);
	for (size_t i = 0; i < count; i++)
		buffer_append_bytes(&all, sorted[i]);
	free(sorted);
	return all.error ? all.error : put_hash(out, buffer_bytes(&all));
}

int index_name_row(struct index_row *out, const struct bytes *forms, size_t count)
{
	begin_row(out);
	return count > 1 ? put_sorted(out, forms, count)
	                 : put_hash(out, count ? forms[0] : BYTES_NONE);
}

int index_key_row(struct index_row *out, const uint8_t fingerprint[32], struct bytes subject)
{
	begin_row(out);
	memcpy(out->data + out->length, fingerprint + INDEX_HASH_SIZE, INDEX_HASH_SIZE);
	out->length += INDEX_HASH_SIZE;
	return name_is_empty(subject) ? 0 : put_hash(out, subject);
}

struct bytes index_row_get(const struct index_row *row)
{
	return bytes_make(row->data, row->length);
}

struct bytes index_row_key(struct bytes row)
{
	return row.length < 8 + INDEX_HASH_SIZE ? BYTES_NONE
	                                        : bytes_make(row.data + 8, INDEX_HASH_SIZE);
}

struct bytes index_row_subject(struct bytes row)
{
	size_t before = 8 + INDEX_HASH_SIZE;
	return row.length <= before ? BYTES_NONE
	                            : bytes_make(row.data + before, row.length - before);
}

struct store_key index_key(struct bytes prefix, uint64_t id)
{
	struct store_key key;
	store_key_begin(&key);
	store_key_bytes(&key, prefix);
	store_key_u64(&key, id);
	return key;
}

struct store_key index_time(int64_t time, uint64_t id)
{
	struct store_key key;
	store_key_begin(&key);
	store_key_u64(&key, time > 0 ? (uint64_t)time : 0);
	store_key_u64(&key, id);
	return key;
}

int index_label(struct store_key *out, enum index_label_kind kind, const char *text, uint64_t id)
{
	uint8_t digest[HASH_SIZE_MAX];
	int result = hash_compute(HASH_SHA256, bytes_text(text), digest);
	if (result)
		return result;
	digest[LABEL_HASH] = digest[0];
	digest[0] = (uint8_t)kind;
	*out = index_key(bytes_make(digest, 1 + LABEL_HASH), id);
	return 0;
}

int index_fingerprint(struct bytes der, uint8_t out[INDEX_FINGERPRINT_SIZE])
{
	uint8_t digest[HASH_SIZE_MAX];
	int result = hash_compute(HASH_SHA256, der, digest);
	if (result == 0)
		memcpy(out, digest, INDEX_FINGERPRINT_SIZE);
	return result;
}

int index_idempotency(const char *intermediary, const char *idempotency_key,
                      uint8_t out[INDEX_HASH_SIZE])
{
	uint8_t digest[HASH_SIZE_MAX];
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(4096);
	buffer_append_text(&text, intermediary);
	buffer_append_octet(&text, END);
	buffer_append_text(&text, idempotency_key);
	if (text.error)
		return text.error;
	int result = hash_compute(HASH_SHA256, buffer_bytes(&text), digest);
	if (result == 0)
		memcpy(out, digest, INDEX_HASH_SIZE);
	return result;
}
