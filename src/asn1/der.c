#include "asn1/der.h"

#include "base/clock.h"

/* No length of ours needs more; what does is hostile. */
#define LENGTH_OCTETS_MAX 4

#define CONSTRUCTED 0x20
#define CLASS_MASK 0xc0
#define NUMBER_MASK 0x1f

static size_t left(const struct der *der)
{
	return (size_t)(der->end - der->at);
}

/* Tag and length (X.690 sections 8.1.2, 10.1): one tag octet, a minimal definite length, and the
 * content inside of the slice. */
static int read_header(const struct der *der, size_t *header, size_t *length)
{
	size_t available = left(der);
	if (available < 2)
		return SIGNET_E_INVALID;
	uint8_t tag = der->at[0], first = der->at[1];
	if (tag == 0 || (tag & NUMBER_MASK) == NUMBER_MASK)
		return SIGNET_E_INVALID;
	size_t octets = 0, n = first;
	if (first >= 0x80) {
		octets = first & 0x7f;
		if (octets == 0 || octets > LENGTH_OCTETS_MAX || octets > available - 2)
			return SIGNET_E_INVALID;
		n = 0;
		for (size_t i = 0; i < octets; i++)
			n = n << 8 | der->at[2 + i];
		if (n < 0x80 || der->at[2] == 0)
			return SIGNET_E_INVALID;
	}
	if (n > available - 2 - octets)
		return SIGNET_E_INVALID;
	*header = 2 + octets;
	*length = n;
	return 0;
}

int der_any(struct der *der, uint8_t *tag, struct bytes *content, struct bytes *whole)
{
	size_t header, length;
	if (read_header(der, &header, &length))
		return SIGNET_E_INVALID;
	if (tag)
		*tag = der->at[0];
	if (content)
		*content = bytes_make(der->at + header, length);
	if (whole)
		*whole = bytes_make(der->at, header + length);
	der->at += header + length;
	return 0;
}

int der_finish(const struct der *der)
{
	return der_at_end(der) ? 0 : SIGNET_E_INVALID;
}

uint8_t der_peek(const struct der *der)
{
	return der_at_end(der) ? 0 : der->at[0];
}

int der_expect(struct der *der, uint8_t tag, struct bytes *content)
{
	return der_peek(der) == tag ? der_any(der, NULL, content, NULL) : SIGNET_E_INVALID;
}

int der_whole(struct der *der, uint8_t tag, struct bytes *whole)
{
	return der_peek(der) == tag ? der_any(der, NULL, NULL, whole) : SIGNET_E_INVALID;
}

int der_enter(struct der *der, uint8_t tag, struct der *inside)
{
	struct bytes content;
	if (der_expect(der, tag, &content))
		return SIGNET_E_INVALID;
	*inside = der_open(content);
	return 0;
}

static bool is_integer(struct bytes c)
{
	if (c.length == 0)
		return false;
	if (c.length == 1)
		return true;
	/* X.690 section 8.3.2: the first nine bits are neither all zero nor all one */
	return !(c.data[0] == 0x00 && c.data[1] < 0x80) && !(c.data[0] == 0xff && c.data[1] >= 0x80);
}

static bool is_oid(struct bytes c)
{
	bool starts = true;
	if (c.length == 0 || c.length > LIMIT_OID)
		return false;
	for (size_t i = 0; i < c.length; i++) {
		if (starts && c.data[i] == 0x80)
			return false;
		starts = c.data[i] < 0x80;
	}
	return starts;
}

static bool is_bits(struct bytes c)
{
	if (c.length == 0 || c.data[0] > 7)
		return false;
	if (c.length == 1)
		return c.data[0] == 0;
	return (c.data[c.length - 1] & ((1u << c.data[0]) - 1)) == 0;
}

static bool is_boolean(struct bytes c)
{
	return c.length == 1 && (c.data[0] == 0x00 || c.data[0] == 0xff);
}

/* Takes the next element when it has the tag and fits the check. */
static int take(struct der *der, uint8_t tag, bool (*fits)(struct bytes), struct bytes *content)
{
	struct der next = *der;
	struct bytes c;
	if (der_expect(&next, tag, &c) || (fits && !fits(c)))
		return SIGNET_E_INVALID;
	*content = c;
	*der = next;
	return 0;
}

int der_boolean(struct der *der, bool *out)
{
	struct bytes c;
	if (take(der, DER_BOOLEAN, is_boolean, &c))
		return SIGNET_E_INVALID;
	*out = c.data[0] != 0;
	return 0;
}

int der_integer(struct der *der, struct bytes *out)
{
	return take(der, DER_INTEGER, is_integer, out);
}

int der_uint(struct der *der, uint64_t *out)
{
	return der_uint_as(der, DER_INTEGER, out);
}

int der_uint_as(struct der *der, uint8_t tag, uint64_t *out)
{
	struct der next = *der;
	struct bytes c;
	if (take(&next, tag, is_integer, &c) || c.data[0] >= 0x80)
		return SIGNET_E_INVALID;
	if (c.length > 9 || (c.length == 9 && c.data[0] != 0))
		return SIGNET_E_TOO_BIG;
	uint64_t value = 0;
	for (size_t i = 0; i < c.length; i++)
		value = value << 8 | c.data[i];
	*out = value;
	*der = next;
	return 0;
}

int der_oid(struct der *der, struct bytes *out)
{
	return take(der, DER_OID, is_oid, out);
}

static bool is_empty(struct bytes c)
{
	return c.length == 0;
}

int der_null(struct der *der)
{
	struct bytes c;
	return take(der, DER_NULL, is_empty, &c);
}

int der_octets(struct der *der, struct bytes *out)
{
	return take(der, DER_OCTET_STRING, NULL, out);
}

int der_bits(struct der *der, struct bytes *out, unsigned *unused)
{
	struct der next = *der;
	struct bytes c;
	if (take(&next, DER_BIT_STRING, is_bits, &c) || (!unused && c.data[0] != 0))
		return SIGNET_E_INVALID;
	if (unused)
		*unused = c.data[0];
	*out = bytes_make(c.data + 1, c.length - 1);
	*der = next;
	return 0;
}

/* count decimal digits; -1 when one is none. */
static int digits(const uint8_t *at, size_t count)
{
	int value = 0;
	for (size_t i = 0; i < count; i++) {
		if (at[i] < '0' || at[i] > '9')
			return -1;
		value = value * 10 + (at[i] - '0');
	}
	return value;
}

/* YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ: seconds always, fractions and offsets never. */
static int read_time(uint8_t tag, struct bytes c, int64_t *seconds)
{
	size_t year_digits = tag == DER_UTC_TIME ? 2 : 4;
	if (c.length != year_digits + 11 || c.data[c.length - 1] != 'Z')
		return SIGNET_E_INVALID;
	const uint8_t *at = c.data + year_digits;
	struct clock_date date = {
		.year = digits(c.data, year_digits),
		.month = digits(at, 2),
		.day = digits(at + 2, 2),
		.hour = digits(at + 4, 2),
		.minute = digits(at + 6, 2),
		.second = digits(at + 8, 2),
	};
	if (date.year < 0)
		return SIGNET_E_INVALID;
	if (tag == DER_UTC_TIME)
		date.year += date.year >= 50 ? 1900 : 2000;
	return clock_from_date(&date, seconds);
}

int der_time(struct der *der, int64_t *seconds)
{
	struct der next = *der;
	uint8_t tag = der_peek(der);
	struct bytes c;
	if ((tag != DER_UTC_TIME && tag != DER_GENERALIZED_TIME) || der_expect(&next, tag, &c) ||
	    read_time(tag, c, seconds))
		return SIGNET_E_INVALID;
	*der = next;
	return 0;
}

/* Universal types whose DER is always constructed: EXTERNAL, EMBEDDED PDV, SEQUENCE, SET and
 * CHARACTER STRING; DER encodes all others as primitive. */
static bool is_form_right(uint8_t tag)
{
	const uint32_t constructed = 1u << 8 | 1u << 11 | 1u << 16 | 1u << 17 | 1u << 29;
	if ((tag & CLASS_MASK) != 0)
		return true;
	return !!(tag & CONSTRUCTED) == (constructed >> (tag & NUMBER_MASK) & 1);
}

static bool is_primitive_right(uint8_t tag, struct bytes c)
{
	int64_t seconds;
	switch (tag) {
	case DER_BOOLEAN:
		return is_boolean(c);
	case DER_INTEGER:
	case DER_ENUMERATED:
		return is_integer(c);
	case DER_BIT_STRING:
		return is_bits(c);
	case DER_NULL:
		return is_empty(c);
	case DER_OID:
		return is_oid(c);
	case DER_UTC_TIME:
	case DER_GENERALIZED_TIME:
		return read_time(tag, c, &seconds) == 0;
	default:
		return true;
	}
}

/* The components of a SET come by tag, those of a SET OF by their encoding (X.690 sections 10.3,
 * 11.6). The type is not known here: one of the two must hold. */
static bool is_set_ordered(struct bytes a, struct bytes b)
{
	return bytes_compare(a, b) <= 0 || (a.data[0] & ~CONSTRUCTED) < (b.data[0] & ~CONSTRUCTED);
}

static int check_elements(struct der der, bool is_set, unsigned depth)
{
	struct bytes before = BYTES_NONE;
	if (depth > LIMIT_DER_DEPTH)
		return SIGNET_E_INVALID;
	while (!der_at_end(&der)) {
		uint8_t tag;
		struct bytes content, whole;
		if (der_any(&der, &tag, &content, &whole) || !is_form_right(tag))
			return SIGNET_E_INVALID;
		if (is_set && before.length && !is_set_ordered(before, whole))
			return SIGNET_E_INVALID;
		before = whole;
		if (!(tag & CONSTRUCTED)) {
			if (!is_primitive_right(tag, content))
				return SIGNET_E_INVALID;
		} else if (check_elements(der_open(content), tag == DER_SET, depth + 1)) {
			return SIGNET_E_INVALID;
		}
	}
	return 0;
}

int der_check(struct bytes bytes)
{
	return check_elements(der_open(bytes), false, 0);
}
