#include "asn1/name.h"

#include "asn1/name_attribute.h"

/* The AttributeTypeAndValue. */
static int encode_part(struct arena *arena, const struct name_part *part, struct bytes *out,
                       struct error *err)
{
	_cleanup_buffer_ struct buffer pair = BUFFER_MAX(LIMIT_NAME);
	struct der_writer w = der_write(&pair);
	if (part->tag == 0) {
		int result = name_attribute_put(&w, part->oid, part->value, err);
		if (result)
			return result;
	} else {
		der_begin(&w, DER_SEQUENCE);
		der_put_oid(&w, part->oid);
		der_put(&w, part->tag, part->value);
		der_end(&w);
	}
	int result = der_writer_finish(&w);
	if (result == SIGNET_E_TOO_BIG)
		return error_set(err, SIGNET_E_BAD_NAME, "name: %s is too long",
		                 name_attribute_title(part->oid));
	if (result || arena_bytes(arena, buffer_bytes(&pair), out))
		return error_nomem(err);
	return 0;
}

static void put_sets(struct der_writer *w, const struct name_part *parts, struct bytes *pairs,
                     size_t count)
{
	der_begin(w, DER_SEQUENCE);
	for (size_t start = 0, end; start < count; start = end) {
		end = start + 1;
		while (end < count && parts[end].joined)
			end++;
		name_attribute_put_set(w, pairs + start, end - start);
	}
	der_end(w);
}

int name_from_parts(struct arena *arena, const struct name_part *parts, size_t count,
                    struct bytes *out, struct error *err)
{
	struct bytes pairs[LIMIT_NAME_PARTS];
	if (count > LIMIT_NAME_PARTS)
		return error_set(err, SIGNET_E_BAD_NAME, "name: more than %d attributes",
		                 LIMIT_NAME_PARTS);
	for (size_t i = 0; i < count; i++) {
		int result = encode_part(arena, &parts[i], &pairs[i], err);
		if (result)
			return result;
	}
	_cleanup_buffer_ struct buffer name = BUFFER_MAX(LIMIT_NAME);
	struct der_writer w = der_write(&name);
	put_sets(&w, parts, pairs, count);
	int result = der_writer_finish(&w);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	if (result)
		return error_set(err, SIGNET_E_BAD_NAME, "name: more than %d octets", LIMIT_NAME);
	result = name_check(buffer_bytes(&name), err);
	if (result)
		return result;
	return arena_bytes(arena, buffer_bytes(&name), out) ? error_nomem(err) : 0;
}
