/*
 * DER (X.690): a strict reader over a slice and a writer into a bounded
 * buffer. The reader takes definite, minimal lengths and single-octet tags
 * only, and never reads past its slice.
 */
#ifndef SIGNET_ASN1_DER_H
#define SIGNET_ASN1_DER_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_ENUMERATED = 0x0a,
	DER_UTF8_STRING = 0x0c,
	DER_NUMERIC_STRING = 0x12,
	DER_PRINTABLE_STRING = 0x13,
	DER_T61_STRING = 0x14,
	DER_IA5_STRING = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_VISIBLE_STRING = 0x1a,
	DER_UNIVERSAL_STRING = 0x1c,
	DER_BMP_STRING = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
};
#define DER_CONTEXT(n) (0x80 | (n))             /* [n] IMPLICIT, primitive */
#define DER_CONTEXT_CONSTRUCTED(n) (0xa0 | (n)) /* [n] EXPLICIT, or IMPLICIT of a constructed type */

/* A reader: what is left of a slice. Functions return 0 and move on, or SIGNET_E_INVALID and
 * stay where they were. */
struct der {
	const uint8_t *at;
	const uint8_t *end;
};

static inline struct der der_open(struct bytes bytes)
{
	/* an offset to NULL is undefined, even one of zero */
	return (struct der){bytes.data, bytes.length ? bytes.data + bytes.length : bytes.data};
}
static inline bool der_at_end(const struct der *der)
{
	return der->at == der->end;
}
/* 0 when everything was consumed. */
int der_finish(const struct der *der);

/* The next element, whatever it is. content and whole (tag and length included) may be NULL. */
int der_any(struct der *der, uint8_t *tag, struct bytes *content, struct bytes *whole);
/* The tag of the next element; 0 at the end. */
uint8_t der_peek(const struct der *der);
/* An element with this tag. */
int der_expect(struct der *der, uint8_t tag, struct bytes *content);
/* The same, tag and length included. */
int der_whole(struct der *der, uint8_t tag, struct bytes *whole);
/* A constructed element with this tag, as a reader of its content. */
int der_enter(struct der *der, uint8_t tag, struct der *inside);
/* Every element, down to LIMIT_DER_DEPTH, is well formed: the check for values that are passed
 * through without a parser of their own. */
int der_check(struct bytes bytes);

int der_boolean(struct der *der, bool *out);              /* 0x00 or 0xff only */
/* Two's complement content octets, minimal. */
int der_integer(struct der *der, struct bytes *out);
/* A non-negative INTEGER of at most 64 bits; SIGNET_E_TOO_BIG for a larger one. */
int der_uint(struct der *der, uint64_t *out);
/* The same under another tag: an ENUMERATED, or an IMPLICIT one. */
int der_uint_as(struct der *der, uint8_t tag, uint64_t *out);
int der_oid(struct der *der, struct bytes *out);          /* content octets, checked */
int der_null(struct der *der);
int der_octets(struct der *der, struct bytes *out);
/* Unused bits are zero; unused: 0 to 7, may be NULL when none are allowed. */
int der_bits(struct der *der, struct bytes *out, unsigned *unused);
/* UTCTime or GeneralizedTime in the forms of RFC 5280 section 4.1.2.5, as seconds since 1970. */
int der_time(struct der *der, int64_t *seconds);

/* The writer. Errors are sticky in the buffer. */
struct der_writer {
	struct buffer *out;
	size_t open[LIMIT_DER_DEPTH]; /* where the contents of the open elements begin */
	unsigned depth;
};

static inline struct der_writer der_write(struct buffer *out)
{
	return (struct der_writer){.out = out};
}
/* Everything until the matching der_end is the element's content. */
void der_begin(struct der_writer *w, uint8_t tag);
void der_end(struct der_writer *w);
/* The end of a SET, whose elements are put into the order of DER: by tag, and where tags are the same
 * by encoding (X.690 sections 10.3, 11.6). */
void der_end_set(struct der_writer *w);
/* 0, or the buffer's error; SIGNET_E_INTERNAL when an element is still open. */
int der_writer_finish(struct der_writer *w);

void der_put(struct der_writer *w, uint8_t tag, struct bytes content);
void der_put_raw(struct der_writer *w, struct bytes elements);
void der_put_boolean(struct der_writer *w, bool value);
void der_put_uint(struct der_writer *w, uint64_t value);
void der_put_uint_as(struct der_writer *w, uint8_t tag, uint64_t value);
/* A non-negative INTEGER from its magnitude, big-endian; leading zeros are dropped and added as
 * DER wants them. */
void der_put_magnitude(struct der_writer *w, struct bytes magnitude);
void der_put_oid(struct der_writer *w, struct bytes oid);
void der_put_null(struct der_writer *w);
void der_put_bits(struct der_writer *w, struct bytes bits, unsigned unused);
/* UTCTime up to 2049, GeneralizedTime from 2050 (RFC 5280 section 4.1.2.5). */
void der_put_time(struct der_writer *w, int64_t seconds);
/* As DER_UTC_TIME (1950 to 2049) or DER_GENERALIZED_TIME. */
void der_put_time_as(struct der_writer *w, uint8_t tag, int64_t seconds);

/* Octets that an element of this content length takes. */
size_t der_size(size_t content_length);

#endif
