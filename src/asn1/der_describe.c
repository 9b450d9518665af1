#include "asn1/der_describe.h"

#include "asn1/der_string.h"
#include "asn1/oid.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/text.h"

#define DEPTH_MAX 8
#define TEXT_MAX 4096 /* octets after which no further element is begun */
#define HEX_MAX 512   /* octets of a value that are shown */
#define QUOTED_MIN 4  /* shorter values under context tags are hardly text */

struct dump {
	struct buffer *out;
	struct arena *arena;
	size_t end;
};

static const char *type_name(uint8_t tag)
{
	static const char *const names[0x20] = {
		[DER_BOOLEAN] = "BOOLEAN", [DER_INTEGER] = "INTEGER",
		[DER_BIT_STRING] = "BIT STRING", [DER_OCTET_STRING] = "OCTET STRING",
		[DER_NULL] = "NULL", [DER_OID] = "OID", [DER_ENUMERATED] = "ENUMERATED",
		[DER_UTF8_STRING] = "UTF8String", [DER_NUMERIC_STRING] = "NumericString",
		[DER_PRINTABLE_STRING] = "PrintableString", [DER_T61_STRING] = "T61String",
		[DER_IA5_STRING] = "IA5String", [DER_UTC_TIME] = "UTCTime",
		[DER_GENERALIZED_TIME] = "GeneralizedTime",
		[DER_VISIBLE_STRING] = "VisibleString",
		[DER_UNIVERSAL_STRING] = "UniversalString", [DER_BMP_STRING] = "BMPString",
	};
	if (tag == DER_SEQUENCE)
		return "SEQUENCE";
	if (tag == DER_SET)
		return "SET";
	return tag < 0x20 ? names[tag] : NULL;
}

/* "[0]", "[APPLICATION 1]", "[PRIVATE 2]", and "[UNIVERSAL 9]" for a type without a name. */
static void put_tag(struct buffer *out, uint8_t tag)
{
	static const char *const classes[] = {"UNIVERSAL ", "APPLICATION ", "", "PRIVATE "};
	const char *name = type_name(tag);
	if (name)
		buffer_append_text(out, name);
	else
		buffer_printf(out, "[%s%u]", classes[tag >> 6], tag & 0x1fu);
}

static void put_hex(struct buffer *out, struct bytes value)
{
	bool cut = value.length > HEX_MAX;
	if (cut)
		value.length = HEX_MAX;
	hex_encode(out, value);
	if (cut)
		buffer_append_text(out, "...");
}

static void put_quoted(struct buffer *out, struct bytes text)
{
	buffer_append_octet(out, '"');
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] == '"' || text.data[i] == '\\')
			buffer_append_octet(out, '\\');
		buffer_append_octet(out, text.data[i]);
	}
	buffer_append_octet(out, '"');
}

static int put_string(const struct dump *dump, uint8_t tag, struct bytes content)
{
	const char *text = "";
	if (content.length > TEXT_MAX ||
	    (content.length && der_string_check(tag, content, NULL))) {
		put_hex(dump->out, content);
		return 0;
	}
	if (content.length)
		text = der_string_text(dump->arena, tag, content);
	if (!text)
		return SIGNET_E_NOMEM;
	put_quoted(dump->out, bytes_text(text));
	return 0;
}

static void put_number(struct buffer *out, struct bytes content)
{
	bool negative = content.data[0] >= 0x80;
	if (content.length > 8) {
		buffer_append_text(out, "0x");
		put_hex(out, content);
		return;
	}
	/* the sign goes into all octets above */
	uint64_t value = negative ? UINT64_MAX : 0;
	for (size_t i = 0; i < content.length; i++)
		value = value << 8 | content.data[i];
	buffer_printf(out, negative ? "-%llu" : "%llu",
	              (unsigned long long)(negative ? 0 - value : value));
}

static void put_bits(struct buffer *out, struct bytes content)
{
	put_hex(out, bytes_make(content.data + 1, content.length - 1));
	if (content.data[0])
		buffer_printf(out, "/%u", content.data[0]);
}

static int put_time(struct buffer *out, uint8_t tag, struct bytes content)
{
	uint8_t element[2 + 15] = {tag, (uint8_t)content.length};
	char text[CLOCK_TEXT_SIZE];
	int64_t seconds;
	memcpy(element + 2, content.data, content.length);
	struct der der = der_open(bytes_make(element, 2 + content.length));
	if (der_time(&der, &seconds))
		return SIGNET_E_INVALID;
	buffer_append_text(out, clock_format(seconds, text));
	return 0;
}

/* A value under a tag that does not tell its type: text, if it looks like one. */
static void put_untyped(struct buffer *out, struct bytes content)
{
	if (content.length < QUOTED_MIN || content.length > TEXT_MAX ||
	    !text_is_printable(content))
		put_hex(out, content);
	else
		put_quoted(out, content);
}

int der_describe_oid(struct buffer *out, struct arena *arena, struct bytes oid)
{
	const char *name = oid_name(oid);
	if (!name)
		name = oid_to_text(arena, oid);
	return name ? buffer_append_text(out, name) : SIGNET_E_NOMEM;
}

/* The content was checked by der_check. */
static int put_primitive(const struct dump *dump, uint8_t tag, struct bytes content)
{
	size_t empty = tag == DER_BIT_STRING ? 1 : 0;
	if (content.length == empty && !der_is_string(tag))
		return 0;
	buffer_append_octet(dump->out, ' ');
	switch (tag) {
	case DER_BOOLEAN:
		buffer_append_text(dump->out, content.data[0] ? "TRUE" : "FALSE");
		return 0;
	case DER_INTEGER:
	case DER_ENUMERATED:
		put_number(dump->out, content);
		return 0;
	case DER_BIT_STRING:
		put_bits(dump->out, content);
		return 0;
	case DER_OCTET_STRING:
		put_hex(dump->out, content);
		return 0;
	case DER_OID:
		return der_describe_oid(dump->out, dump->arena, content);
	case DER_UTC_TIME:
	case DER_GENERALIZED_TIME:
		return put_time(dump->out, tag, content);
	default:
		break;
	}
	if (der_is_string(tag))
		return put_string(dump, tag, content);
	put_untyped(dump->out, content);
	return 0;
}

static int put_element(const struct dump *dump, struct der *der, unsigned depth);

static int put_elements(const struct dump *dump, struct bytes content, unsigned depth)
{
	struct der inside = der_open(content);
	int result = 0;
	buffer_append_text(dump->out, " {");
	for (bool first = true; result == 0 && !der_at_end(&inside); first = false) {
		buffer_append_text(dump->out, first ? " " : ", ");
		if (depth == DEPTH_MAX || dump->out->length >= dump->end) {
			buffer_append_text(dump->out, "...");
			break;
		}
		result = put_element(dump, &inside, depth + 1);
	}
	buffer_append_text(dump->out, content.length ? " }" : "}");
	return result;
}

static int put_element(const struct dump *dump, struct der *der, unsigned depth)
{
	const uint8_t constructed = 0x20;
	uint8_t tag;
	struct bytes content;
	if (der_any(der, &tag, &content, NULL))
		return SIGNET_E_INVALID;
	put_tag(dump->out, tag);
	return tag & constructed ? put_elements(dump, content, depth)
	                         : put_primitive(dump, tag, content);
}

int der_describe(struct buffer *out, struct arena *arena, struct bytes value)
{
	const struct dump dump = {out, arena, out->length + TEXT_MAX};
	struct der der = der_open(value), rest = der;
	size_t start = out->length;
	if (der_check(value) || der_any(&rest, NULL, NULL, NULL) || der_finish(&rest))
		return SIGNET_E_INVALID;
	int result = put_element(&dump, &der, 0);
	if (result && !out->error)
		out->length = start;
	return out->error ? out->error : result;
}
