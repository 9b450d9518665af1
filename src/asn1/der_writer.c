#include "asn1/der.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"

#define CONSTRUCTED 0x20

/* Octets behind the first one of a length. */
static size_t length_octets(size_t length)
{
	size_t octets = 0;
	if (length < 0x80)
		return 0;
	for (; length; length >>= 8)
		octets++;
	return octets;
}

size_t der_size(size_t content_length)
{
	return 2 + length_octets(content_length) + content_length;
}

static uint8_t *put_length(uint8_t *at, size_t length)
{
	size_t octets = length_octets(length);
	if (octets == 0) {
		*at++ = (uint8_t)length;
		return at;
	}
	*at++ = (uint8_t)(0x80 | octets);
	while (octets--)
		*at++ = (uint8_t)(length >> (8 * octets));
	return at;
}

/* Room for one element, its header written; NULL when the buffer is in error. */
static uint8_t *put_header(struct der_writer *w, uint8_t tag, size_t length)
{
	size_t size = der_size(length);
	if (size < length || buffer_reserve(w->out, size)) {
		if (!w->out->error)
			w->out->error = SIGNET_E_TOO_BIG;
		return NULL;
	}
	uint8_t *at = w->out->data + w->out->length;
	w->out->length += size;
	*at++ = tag;
	return put_length(at, length);
}

void der_begin(struct der_writer *w, uint8_t tag)
{
	const uint8_t header[2] = {tag, 0};
	buffer_append(w->out, header, sizeof header);
	if (w->depth < LIMIT_DER_DEPTH)
		w->open[w->depth] = w->out->length;
	else if (!w->out->error)
		w->out->error = SIGNET_E_INTERNAL;
	w->depth++;
}

void der_end(struct der_writer *w)
{
	assert(w->depth > 0);
	w->depth--;
	if (w->out->error)
		return;
	size_t start = w->open[w->depth];
	size_t length = w->out->length - start;
	size_t octets = length_octets(length);
	/* the header was written for a short length: a longer one moves the content */
	if (octets) {
		if (buffer_reserve(w->out, octets))
			return;
		memmove(w->out->data + start + octets, w->out->data + start, length);
		w->out->length += octets;
	}
	put_length(w->out->data + start - 1, length);
}

static int compare_elements(const void *a, const void *b)
{
	const struct bytes *x = a, *y = b;
	int by_tag = (x->data[0] & ~CONSTRUCTED) - (y->data[0] & ~CONSTRUCTED);
	return by_tag ? by_tag : bytes_compare(*x, *y);
}

static void sort_elements(struct buffer *out, size_t start)
{
	struct bytes set = bytes_make(out->data + start, out->length - start);
	size_t count = 0;
	for (struct der der = der_open(set); !der_at_end(&der); count++)
		if (der_any(&der, NULL, NULL, NULL)) {
			out->error = SIGNET_E_INTERNAL;
			return;
		}
	struct bytes *elements = calloc(count + 1, sizeof *elements);
	uint8_t *copy = malloc(set.length + 1);
	if (elements && copy) {
		memcpy(copy, set.data, set.length);
		struct der der = der_open(bytes_make(copy, set.length));
		for (size_t i = 0; i < count; i++)
			der_any(&der, NULL, NULL, &elements[i]);
		qsort(elements, count, sizeof *elements, compare_elements);
		out->length = start;
		for (size_t i = 0; i < count; i++)
			buffer_append_bytes(out, elements[i]);
	} else {
		out->error = SIGNET_E_NOMEM;
	}
	free(elements);
	free(copy);
}

void der_end_set(struct der_writer *w)
{
	assert(w->depth > 0);
	if (!w->out->error)
		sort_elements(w->out, w->open[w->depth - 1]);
	der_end(w);
}

int der_writer_finish(struct der_writer *w)
{
	if (w->out->error)
		return w->out->error;
	return w->depth ? SIGNET_E_INTERNAL : 0;
}

void der_put(struct der_writer *w, uint8_t tag, struct bytes content)
{
	uint8_t *at = put_header(w, tag, content.length);
	if (at && content.length)
		memcpy(at, content.data, content.length);
}

void der_put_raw(struct der_writer *w, struct bytes elements)
{
	buffer_append_bytes(w->out, elements);
}

void der_put_boolean(struct der_writer *w, bool value)
{
	const uint8_t octet = value ? 0xff : 0x00;
	der_put(w, DER_BOOLEAN, bytes_make(&octet, 1));
}

static void put_magnitude(struct der_writer *w, uint8_t tag, struct bytes magnitude)
{
	while (magnitude.length && magnitude.data[0] == 0) {
		magnitude.data++;
		magnitude.length--;
	}
	/* zero has one octet, and a high bit would make it negative */
	bool lead = magnitude.length == 0 || magnitude.data[0] >= 0x80;
	uint8_t *at = put_header(w, tag, magnitude.length + lead);
	if (!at)
		return;
	if (lead)
		*at++ = 0;
	if (magnitude.length)
		memcpy(at, magnitude.data, magnitude.length);
}

void der_put_magnitude(struct der_writer *w, struct bytes magnitude)
{
	put_magnitude(w, DER_INTEGER, magnitude);
}

void der_put_uint(struct der_writer *w, uint64_t value)
{
	der_put_uint_as(w, DER_INTEGER, value);
}

void der_put_uint_as(struct der_writer *w, uint8_t tag, uint64_t value)
{
	uint8_t octets[8];
	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (uint8_t)(value >> (56 - 8 * i));
	put_magnitude(w, tag, BYTES_OF(octets));
}

void der_put_oid(struct der_writer *w, struct bytes oid)
{
	der_put(w, DER_OID, oid);
}

void der_put_null(struct der_writer *w)
{
	der_put(w, DER_NULL, BYTES_NONE);
}

void der_put_bits(struct der_writer *w, struct bytes bits, unsigned unused)
{
	assert(unused <= 7 && (bits.length || unused == 0));
	uint8_t *at = put_header(w, DER_BIT_STRING, bits.length + 1);
	if (!at)
		return;
	*at++ = (uint8_t)unused;
	if (bits.length == 0)
		return;
	memcpy(at, bits.data, bits.length);
	at[bits.length - 1] &= (uint8_t)(0xff << unused);
}

static uint8_t *put_digits(uint8_t *at, int value, int count)
{
	for (int i = count - 1; i >= 0; i--, value /= 10)
		at[i] = (uint8_t)('0' + value % 10);
	return at + count;
}

void der_put_time_as(struct der_writer *w, uint8_t tag, int64_t seconds)
{
	static const int64_t year_0000 = -62167219200, year_9999_end = 253402300799;
	struct clock_date date = {0};
	bool utc = tag == DER_UTC_TIME;
	bool fits = seconds >= year_0000 && seconds <= year_9999_end;
	if (fits)
		clock_to_date(seconds, &date);
	if (!fits || (utc && (date.year < 1950 || date.year >= 2050))) {
		if (!w->out->error)
			w->out->error = SIGNET_E_INVALID;
		return;
	}
	uint8_t *at = put_header(w, tag, utc ? 13 : 15);
	if (!at)
		return;
	at = utc ? put_digits(at, date.year % 100, 2) : put_digits(at, date.year, 4);
	at = put_digits(at, date.month, 2);
	at = put_digits(at, date.day, 2);
	at = put_digits(at, date.hour, 2);
	at = put_digits(at, date.minute, 2);
	at = put_digits(at, date.second, 2);
	*at = 'Z';
}

void der_put_time(struct der_writer *w, int64_t seconds)
{
	static const int64_t year_1950 = -631152000, year_2050 = 2524608000;
	bool utc = seconds >= year_1950 && seconds < year_2050;
	der_put_time_as(w, utc ? DER_UTC_TIME : DER_GENERALIZED_TIME, seconds);
}
