#include "asn1/name.h"

#include "asn1/name_attribute.h"
#include "asn1/oid.h"
#include "base/encoding.h"

#define ESCAPABLE " \"#+,;<=>\\"
#define MUST_ESCAPE "\";<>"

struct reader {
	const char *text, *at;
	struct arena *arena;
	struct error *err;
	/* AttributeTypeAndValue of each, in the order of the text */
	struct bytes parts[LIMIT_NAME_PARTS];
	bool joined[LIMIT_NAME_PARTS];
	size_t count;
};

static int refuse(const struct reader *r, const char *what)
{
	return error_set(r->err, SIGNET_E_BAD_NAME, "name: %s at character %zu (RFC 4514)", what,
	                 (size_t)(r->at - r->text) + 1);
}

int name_type_from_text(struct arena *arena, struct bytes text, struct bytes *oid)
{
	if (text.length && text.data[0] >= '0' && text.data[0] <= '9') {
		const char *dotted = arena_text(arena, text);
		return dotted ? oid_from_text(arena, dotted, oid) : SIGNET_E_NOMEM;
	}
	const struct name_attribute *attribute = name_attribute_find_name(text);
	if (!attribute)
		return SIGNET_E_INVALID;
	*oid = *attribute->oid;
	return 0;
}

static int read_type(struct reader *r, struct bytes *oid)
{
	size_t length = strcspn(r->at, "=,+");
	if (r->at[length] != '=')
		return refuse(r, "an attribute without \"=\"");
	int result = name_type_from_text(r->arena, bytes_make(r->at, length), oid);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(r->err);
	if (result)
		return refuse(r, r->at[0] >= '0' && r->at[0] <= '9'
		              ? "a type that is no object identifier"
		              : "an unknown attribute type");
	r->at += length + 1;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int hex_pair(const char *at)
{
	int high = hex_digit(at[0]), low = high < 0 ? -1 : hex_digit(at[1]);
	return low < 0 ? -1 : high << 4 | low;
}

static int read_escape(struct reader *r, struct buffer *value)
{
	int octet = hex_pair(r->at + 1);
	if (octet >= 0) {
		r->at += 3;
		return buffer_append_octet(value, (uint8_t)octet);
	}
	if (!r->at[1] || !strchr(ESCAPABLE, r->at[1]))
		return refuse(r, "a broken escape");
	r->at += 2;
	return buffer_append_octet(value, (uint8_t)r->at[-1]);
}

static int read_string(struct reader *r, struct buffer *value)
{
	bool blank = false; /* the last one was an unescaped blank */
	if (*r->at == ' ')
		return refuse(r, "a blank that is not escaped");
	while (*r->at && *r->at != ',' && *r->at != '+') {
		blank = *r->at == ' ';
		if (*r->at == '\\') {
			int result = read_escape(r, value);
			if (result)
				return result;
			continue;
		}
		if (strchr(MUST_ESCAPE, *r->at))
			return refuse(r, "a character that is not escaped");
		buffer_append_octet(value, (uint8_t)*r->at++);
	}
	return blank ? refuse(r, "a blank that is not escaped") : 0;
}

/* "#" and the encoding of the value; name_check looks at its type afterwards. */
static int read_hex(struct reader *r, struct bytes oid, struct der_writer *w)
{
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_NAME);
	size_t length = strcspn(r->at + 1, ",+");
	int result = hex_decode(&value, bytes_make(r->at + 1, length));
	struct der der = der_open(buffer_bytes(&value));
	if (result || der_any(&der, NULL, NULL, NULL) || der_finish(&der))
		return refuse(r, "a value that is not the hex of a DER element");
	der_begin(w, DER_SEQUENCE);
	der_put_oid(w, oid);
	der_put_raw(w, buffer_bytes(&value));
	der_end(w);
	r->at += 1 + length;
	return 0;
}

static int read_value(struct reader *r, struct bytes oid, struct der_writer *w)
{
	if (*r->at == '#')
		return read_hex(r, oid, w);
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_NAME);
	int result = read_string(r, &value);
	if (result)
		return result;
	if (value.error == SIGNET_E_NOMEM)
		return error_nomem(r->err);
	if (value.error)
		return refuse(r, "a value that is too long");
	return name_attribute_put(w, oid, buffer_bytes(&value), r->err);
}

static int read_part(struct reader *r, bool joined)
{
	struct bytes oid;
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(LIMIT_NAME);
	struct der_writer w = der_write(&out);
	if (r->count == LIMIT_NAME_PARTS)
		return refuse(r, "too many attributes");
	int result = read_type(r, &oid);
	if (result == 0)
		result = read_value(r, oid, &w);
	if (result)
		return result;
	if (der_writer_finish(&w) == SIGNET_E_NOMEM ||
	    arena_bytes(r->arena, buffer_bytes(&out), &r->parts[r->count]))
		return error_nomem(r->err);
	if (out.error)
		return refuse(r, "a value that is too long");
	r->joined[r->count++] = joined;
	return 0;
}

static int read_parts(struct reader *r)
{
	bool joined = false;
	if (!*r->at)
		return 0;
	for (;;) {
		int result = read_part(r, joined);
		if (result || !*r->at)
			return result;
		joined = *r->at++ == '+';
	}
}

/* The RDNs in the reverse of their order in the text. */
static void put_sets(struct reader *r, struct der_writer *w)
{
	der_begin(w, DER_SEQUENCE);
	for (size_t end = r->count; end > 0;) {
		size_t start = end - 1;
		while (r->joined[start])
			start--;
		name_attribute_put_set(w, r->parts + start, end - start);
		end = start;
	}
	der_end(w);
}

int name_from_text(struct arena *arena, const char *text, struct bytes *out, struct error *err)
{
	struct reader r = {.text = text, .at = text, .arena = arena, .err = err};
	int result = read_parts(&r);
	if (result)
		return result;
	_cleanup_buffer_ struct buffer name = BUFFER_MAX(LIMIT_NAME);
	struct der_writer w = der_write(&name);
	put_sets(&r, &w);
	result = der_writer_finish(&w);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	if (result)
		return error_set(err, SIGNET_E_BAD_NAME, "name: more than %d octets", LIMIT_NAME);
	result = name_check(buffer_bytes(&name), err);
	if (result)
		return result;
	return arena_bytes(arena, buffer_bytes(&name), out) ? error_nomem(err) : 0;
}
