#include "asn1/der_string.h"

#include "base/text.h"

bool der_is_string(uint8_t tag)
{
	switch (tag) {
	case DER_UTF8_STRING:
	case DER_NUMERIC_STRING:
	case DER_PRINTABLE_STRING:
	case DER_T61_STRING:
	case DER_IA5_STRING:
	case DER_VISIBLE_STRING:
	case DER_UNIVERSAL_STRING:
	case DER_BMP_STRING:
		return true;
	default:
		return false;
	}
}

/* Sets of ASCII characters, of which the types admit one each; control characters are in none. */
#define ANY 1       /* of the types that have all */
#define PRINTABLE 2 /* X.680 section 41.4 */
#define NUMERIC 4
#define P (ANY | PRINTABLE)
#define N (ANY | PRINTABLE | NUMERIC)

static const uint8_t ascii_sets[128] = {
	[' '] = N, ['!'] = ANY, ['"'] = ANY, ['#'] = ANY, ['$'] = ANY, ['%'] = ANY, ['&'] = ANY,
	['\''] = P, ['('] = P, [')'] = P, ['*'] = ANY, ['+'] = P, [','] = P, ['-'] = P, ['.'] = P,
	['/'] = P, ['0' ... '9'] = N, [':'] = P, [';'] = ANY, ['<'] = ANY, ['='] = P, ['>'] = ANY,
	['?'] = P, ['@'] = ANY, ['A' ... 'Z'] = P, ['[' ... '`'] = ANY, ['a' ... 'z'] = P,
	['{' ... '~'] = ANY,
};

static uint8_t set_of(uint8_t tag)
{
	return tag == DER_PRINTABLE_STRING ? PRINTABLE : tag == DER_NUMERIC_STRING ? NUMERIC : ANY;
}

static bool is_char_of(uint8_t tag, uint32_t c)
{
	if (c < 0x80)
		return ascii_sets[c] & set_of(tag);
	if (c < 0xa0 || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
		return false;
	return tag != DER_PRINTABLE_STRING && tag != DER_NUMERIC_STRING && tag != DER_IA5_STRING &&
	       tag != DER_VISIBLE_STRING;
}

/* Whether an octet below 0x80 is a character. */
static bool has_ascii_octets(uint8_t tag)
{
	return tag != DER_BMP_STRING && tag != DER_UNIVERSAL_STRING;
}

/* How many octets at the start are ASCII characters of this type, one each: mostly all are. */
static size_t ascii_length(uint8_t tag, struct bytes in)
{
	uint8_t set = set_of(tag);
	size_t n = 0;
	if (has_ascii_octets(tag))
		while (n < in.length && in.data[n] < 0x80 && ascii_sets[in.data[n]] & set)
			n++;
	return n;
}

static size_t read_utf8(struct bytes in, uint32_t *c)
{
	static const uint8_t lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	size_t n = text_utf8_length(in);
	if (n == 0)
		return 0;
	*c = in.data[0] & lead_bits[n];
	for (size_t i = 1; i < n; i++)
		*c = *c << 6 | (in.data[i] & 0x3f);
	return n;
}

/* Octets of the next character; 0 when there is none of this type. */
static size_t next_char(uint8_t tag, struct bytes in, uint32_t *c)
{
	size_t n;
	if (tag == DER_UTF8_STRING) {
		n = read_utf8(in, c);
	} else {
		n = tag == DER_BMP_STRING ? 2 : tag == DER_UNIVERSAL_STRING ? 4 : 1;
		if (in.length < n)
			return 0;
		*c = 0;
		for (size_t i = 0; i < n; i++)
			*c = *c << 8 | in.data[i];
	}
	return n && is_char_of(tag, *c) ? n : 0;
}

bool der_string_next(uint8_t tag, struct bytes *rest, uint32_t *c)
{
	size_t n = next_char(tag, *rest, c);
	if (n == 0)
		return false;
	rest->data += n;
	rest->length -= n;
	return true;
}

int der_string_check(uint8_t tag, struct bytes content, size_t *characters)
{
	uint32_t c;
	if (!der_is_string(tag) || content.length == 0)
		return SIGNET_E_INVALID;
	size_t count = ascii_length(tag, content);
	content = bytes_make(content.data + count, content.length - count);
	while (der_string_next(tag, &content, &c))
		count++;
	if (content.length)
		return SIGNET_E_INVALID;
	if (characters)
		*characters = count;
	return 0;
}

char *der_string_put(char *at, uint32_t c)
{
	if (c < 0x80) {
		*at++ = (char)c;
		return at;
	}
	if (c < 0x800) {
		*at++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*at++ = (char)(0xe0 | c >> 12);
		} else {
			*at++ = (char)(0xf0 | c >> 18);
			*at++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*at++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*at++ = (char)(0x80 | (c & 0x3f));
	return at;
}

char *der_string_text(struct arena *arena, uint8_t tag, struct bytes content)
{
	size_t characters;
	uint32_t c;
	if (der_string_check(tag, content, &characters))
		return NULL;
	char *text = arena_array(arena, characters + 1, 4), *at = text;
	if (!text)
		return NULL;
	size_t plain = ascii_length(tag, content);
	memcpy(text, content.data, plain);
	at += plain;
	content = bytes_make(content.data + plain, content.length - plain);
	while (der_string_next(tag, &content, &c))
		at = der_string_put(at, c);
	*at = '\0';
	return text;
}
