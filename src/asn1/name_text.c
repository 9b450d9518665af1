#include "asn1/name.h"

#include "asn1/der_string.h"
#include "asn1/name_attribute.h"
#include "asn1/oid.h"
#include "base/encoding.h"

/* An octet is at most "\\" and itself, two hex digits, or an arc of four characters. */
#define TEXT_MAX (LIMIT_NAME * 8)

char *name_part_text(struct arena *arena, const struct name_part *part)
{
	return der_string_text(arena, part->tag, part->value);
}

char *name_common_name(struct arena *arena, struct bytes name)
{
	struct name_reader reader = name_open(name);
	struct name_part part, last = {0};
	while (name_next(&reader, &part))
		if (bytes_equal(part.oid, OID_COMMON_NAME))
			last = part;
	return last.oid.length ? name_part_text(arena, &last) : NULL;
}

/* RFC 4514 section 2.4 */
static void put_escaped(struct buffer *out, const char *text)
{
	size_t length = strlen(text);
	for (size_t i = 0; i < length; i++) {
		bool edge_blank = text[i] == ' ' && (i == 0 || i == length - 1);
		if (edge_blank || (i == 0 && text[i] == '#') || strchr("\"+,;<>\\", text[i]))
			buffer_append_octet(out, '\\');
		buffer_append_octet(out, (uint8_t)text[i]);
	}
}

/* The dotted form with the value's encoding (RFC 4514 sections 2.3, 2.4). */
static int put_unknown(struct buffer *out, struct arena *arena, const struct name_part *part)
{
	const char *dotted = oid_to_text(arena, part->oid);
	if (!dotted)
		return SIGNET_E_NOMEM;
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_NAME);
	struct der_writer w = der_write(&value);
	der_put(&w, part->tag, part->value);
	if (der_writer_finish(&w))
		return value.error;
	buffer_append_text(out, dotted);
	buffer_append_text(out, "=#");
	return hex_encode(out, buffer_bytes(&value));
}

static int put_part(struct buffer *out, struct arena *arena, const struct name_part *part)
{
	if (!name_attribute_find(part->oid))
		return put_unknown(out, arena, part);
	const char *text = name_part_text(arena, part);
	if (!text)
		return SIGNET_E_NOMEM;
	buffer_append_text(out, oid_name(part->oid));
	buffer_append_octet(out, '=');
	put_escaped(out, text);
	return out->error;
}

/* The parts of one RDN stand in their order; the RDNs in the reverse of theirs. */
static int put_reversed(struct buffer *out, struct arena *arena, const struct name_part *parts,
                        size_t count)
{
	for (size_t end = count; end > 0;) {
		size_t start = end - 1;
		while (parts[start].joined)
			start--;
		for (size_t i = start; i < end; i++) {
			if (i > start)
				buffer_append_octet(out, '+');
			else if (end < count)
				buffer_append_octet(out, ',');
			int result = put_part(out, arena, &parts[i]);
			if (result)
				return result;
		}
		end = start;
	}
	return out->error;
}

char *name_to_text(struct arena *arena, struct bytes name)
{
	struct name_part parts[LIMIT_NAME_PARTS];
	struct name_reader reader = name_open(name);
	size_t count = 0;
	while (count < LIMIT_NAME_PARTS && name_next(&reader, &parts[count]))
		count++;
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(TEXT_MAX);
	if (put_reversed(&out, arena, parts, count))
		return NULL;
	return arena_text(arena, buffer_bytes(&out));
}
