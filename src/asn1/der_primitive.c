#include "asn1/der_primitive.h"

#include "asn1/der_string.h"
#include "asn1/oid.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/text.h"

#define INTEGER_MAX 128 /* octets */

struct type {
	const char *name;
	uint8_t tag;
	int (*put)(struct der_writer *w, uint8_t tag, const char *text, struct error *err);
};

static int refuse(struct error *err, const char *what)
{
	return error_set(err, SIGNET_E_INVALID, "%s", what);
}

static int put_boolean(struct der_writer *w, uint8_t tag, const char *text, struct error *err)
{
	bool value = strcmp(text, "true") == 0;
	(void)tag;
	if (!value && strcmp(text, "false") != 0)
		return refuse(err, "neither true nor false");
	der_put_boolean(w, value);
	return 0;
}

static int put_null(struct der_writer *w, uint8_t tag, const char *text, struct error *err)
{
	(void)tag;
	if (*text)
		return refuse(err, "null has no value");
	der_put_null(w);
	return 0;
}

/* A magnitude, big-endian, in the last octets; the first one stays zero for the sign. */
struct number {
	uint8_t octets[INTEGER_MAX + 1];
};

static bool multiply_add(struct number *number, unsigned factor, unsigned addend)
{
	unsigned carry = addend;
	for (size_t i = sizeof number->octets; i-- > 0;) {
		carry += number->octets[i] * factor;
		number->octets[i] = (uint8_t)carry;
		carry >>= 8;
	}
	/* the highest bit is the sign's */
	return carry == 0 && number->octets[0] == 0 && number->octets[1] < 0x80;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = text_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

static bool read_number(const char *digits, unsigned base, struct number *number)
{
	bool fits = *digits != '\0';
	*number = (struct number){{0}};
	for (; fits && *digits; digits++) {
		int digit = digit_of(*digits);
		fits = digit < (int)base && multiply_add(number, base, (unsigned)digit);
	}
	return fits;
}

static void negate(struct number *number)
{
	unsigned carry = 1;
	for (size_t i = sizeof number->octets; i-- > 0;) {
		carry += (uint8_t)~number->octets[i];
		number->octets[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

/* Two's complement without what the first octets have too many (X.690 section 8.3.2). */
static struct bytes shortest(const struct number *number)
{
	const uint8_t *at = number->octets;
	size_t length = sizeof number->octets;
	while (length > 1 && ((at[0] == 0x00 && at[1] < 0x80) || (at[0] == 0xff && at[1] >= 0x80))) {
		at++;
		length--;
	}
	return bytes_make(at, length);
}

static int put_integer(struct der_writer *w, uint8_t tag, const char *text, struct error *err)
{
	struct number number;
	bool negative = *text == '-';
	text += negative;
	bool is_hex = text[0] == '0' && text[1] == 'x';
	if (!read_number(is_hex ? text + 2 : text, is_hex ? 16 : 10, &number))
		return refuse(err, "not a decimal number, nor 0x and a hexadecimal one, of at most "
		                   "128 octets");
	if (negative)
		negate(&number);
	der_put(w, tag, shortest(&number));
	return 0;
}

static int put_oid(struct der_writer *w, uint8_t tag, const char *text, struct error *err)
{
	struct bytes oid;
	struct arena *arena = arena_new(4096);
	if (!arena)
		return error_nomem(err);
	int result = oid_from_text(arena, text, &oid);
	if (result == 0)
		der_put(w, tag, oid);
	arena_free(arena);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	return result ? refuse(err, "not an object identifier") : 0;
}

static int read_hex(struct buffer *out, struct bytes text, struct error *err)
{
	int result = hex_decode(out, text);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	if (result == SIGNET_E_TOO_BIG)
		return refuse(err, "more octets than a certificate takes");
	return result ? refuse(err, "not hex digits in pairs") : 0;
}

static int put_octets(struct der_writer *w, uint8_t tag, const char *text, struct error *err)
{
	_cleanup_buffer_ struct buffer octets = BUFFER_MAX(LIMIT_CERTIFICATE);
	int result = read_hex(&octets, bytes_text(text), err);
	if (result == 0)
		der_put(w, tag, buffer_bytes(&octets));
	return result;
}

static int put_bits(struct der_writer *w, uint8_t tag, const char *text, struct error *err)
{
	_cleanup_buffer_ struct buffer octets = BUFFER_MAX(LIMIT_CERTIFICATE);
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	uint64_t unused = 0;
	(void)tag;
	int result = read_hex(&octets, bytes_make(text, length), err);
	if (result)
		return result;
	if (slash && (text_to_uint(slash + 1, 7, &unused) || (unused && !octets.length)))
		return refuse(err, "not 0 to 7 unused bits");
	if (unused && octets.data[octets.length - 1] & ((1u << unused) - 1))
		return refuse(err, "the unused bits are not zero");
	der_put_bits(w, buffer_bytes(&octets), (unsigned)unused);
	return 0;
}

static int put_string(struct der_writer *w, uint8_t tag, const char *text, struct error *err)
{
	struct bytes value = bytes_text(text);
	if (value.length && der_string_check(tag, value, NULL))
		return refuse(err, "a character that this string type does not have");
	der_put(w, tag, value);
	return 0;
}

static int put_bmp(struct der_writer *w, uint8_t tag, const char *text, struct error *err)
{
	_cleanup_buffer_ struct buffer units = BUFFER_MAX(LIMIT_CERTIFICATE);
	struct bytes rest = bytes_text(text);
	uint32_t c;
	bool fits = true;
	while (der_string_next(DER_UTF8_STRING, &rest, &c)) {
		fits &= c <= 0xffff;
		buffer_append_octet(&units, (uint8_t)(c >> 8));
		buffer_append_octet(&units, (uint8_t)c);
	}
	if (units.error == SIGNET_E_NOMEM)
		return error_nomem(err);
	if (units.error || rest.length || !fits)
		return refuse(err, "a character that this string type does not have");
	der_put(w, tag, buffer_bytes(&units));
	return 0;
}

static int put_time(struct der_writer *w, uint8_t tag, const char *text, struct error *err)
{
	struct clock_date date;
	int64_t seconds;
	if (clock_parse(text, &seconds))
		return refuse(err, "not a time such as 2026-11-23T12:49:00Z");
	clock_to_date(seconds, &date);
	if (tag == DER_UTC_TIME && (date.year < 1950 || date.year > 2049))
		return refuse(err, "UTCTime reaches from 1950 to 2049");
	der_put_time_as(w, tag, seconds);
	return 0;
}

static const struct type types[] = {
	{"boolean", DER_BOOLEAN, put_boolean},
	{"integer", DER_INTEGER, put_integer},
	{"enumerated", DER_ENUMERATED, put_integer},
	{"null", DER_NULL, put_null},
	{"oid", DER_OID, put_oid},
	{"octets", DER_OCTET_STRING, put_octets},
	{"bits", DER_BIT_STRING, put_bits},
	{"utf8", DER_UTF8_STRING, put_string},
	{"printable", DER_PRINTABLE_STRING, put_string},
	{"ia5", DER_IA5_STRING, put_string},
	{"numeric", DER_NUMERIC_STRING, put_string},
	{"visible", DER_VISIBLE_STRING, put_string},
	{"bmp", DER_BMP_STRING, put_bmp},
	{"utctime", DER_UTC_TIME, put_time},
	{"generalizedtime", DER_GENERALIZED_TIME, put_time},
};

static const struct type *find(const char *name)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

bool der_primitive_is(const char *type)
{
	return find(type) != NULL;
}

int der_put_primitive(struct der_writer *w, const char *type, const char *text,
                      struct error *err)
{
	const struct type *found = find(type);
	if (!found)
		return error_set(err, SIGNET_E_INVALID, "there is no ASN.1 type '%s'", type);
	int result = found->put(w, found->tag, text, err);
	if (result == SIGNET_E_INVALID)
		error_prefix(err, "%s", type);
	return result;
}
