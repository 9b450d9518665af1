/*
 * Distinguished names (RFC 5280 section 4.1.2.4). A name travels as its DER,
 * tag and length included; the text form is RFC 4514, whose order is the
 * reverse of the encoding's.
 */
#ifndef SIGNET_ASN1_NAME_H
#define SIGNET_ASN1_NAME_H

#include "asn1/der.h"
#include "base/arena.h"

/* A name without any attribute. */
extern const struct bytes NAME_EMPTY;

/* Strict: string types of RFC 5280 section 4.1.2.4 and IA5String where their attribute wants it,
 * contents valid for their type, no NUL and no control character, no empty value, at most
 * LIMIT_NAME octets and LIMIT_NAME_PARTS attributes, SETs in DER order. SIGNET_E_BAD_NAME with
 * what is wrong. */
int name_check(struct bytes name, struct error *err);
bool name_is_empty(struct bytes name);

/* The attributes of a checked name in their order in the encoding. */
struct name_part {
	struct bytes oid;
	uint8_t tag;        /* of the value's string type */
	struct bytes value; /* content octets */
	bool joined;        /* in the same RDN as the one before */
};
struct name_reader {
	struct der sequence, set;
};
struct name_reader name_open(struct bytes name);
/* false at the end. */
bool name_next(struct name_reader *reader, struct name_part *part);

/* Whether the RDNs of prefix are the first ones of name: two checked names. The strings are compared
 * as text of whatever type, where ASCII case is ignored and blanks are folded (RFC 5280 section
 * 7.1). widely: characters are also the same that look alike only to some who compare (the case
 * of Latin, Greek and Cyrillic letters, full width forms, other blanks, what has no width). */
bool name_begins_with(struct bytes name, struct bytes prefix, bool widely);

/* Whether two names are the same by RFC 5280 section 7.1, as far as name_begins_with compares them, not
 * widely. Names may come as they are: one that name_check refuses is the same as its own octets alone. */
bool name_equal(struct bytes a, struct bytes b);

/* A part's value, of a string type, in UTF-8 as name_begins_with compares it widely: two parts with the
 * same one look the same to somebody. NULL without memory. */
char *name_part_folded(struct arena *arena, const struct name_part *part);

/* The last common name as UTF-8; NULL when there is none (or no memory). */
char *name_common_name(struct arena *arena, struct bytes name);
/* A part's value as UTF-8 (BMPString, UniversalString and T61String converted). */
char *name_part_text(struct arena *arena, const struct name_part *part);

/* RFC 4514: "CN=example.com,O=Example". Known attributes by their short name, others in dotted
 * form with a #hex value. NULL without memory. */
char *name_to_text(struct arena *arena, struct bytes name);
/* The reverse, strict; PrintableString for C, serialNumber and dnQualifier, IA5String for DC and
 * emailAddress, UTF8String else. "" is the empty name. SIGNET_E_BAD_NAME. */
int name_from_text(struct arena *arena, const char *text, struct bytes *out, struct error *err);

/* The attribute type of a short name ("CN", ASCII case ignored) or of a dotted form, which is
 * encoded into the arena. SIGNET_E_INVALID for another text, SIGNET_E_NOMEM. */
int name_type_from_text(struct arena *arena, struct bytes text, struct bytes *oid);

/* A name of these attributes in their order, as name_next gives them, checked. One whose tag is 0
 * has a value in UTF-8 and gets the string type that name_from_text would use, within the upper bound
 * of RFC 5280 appendix A. SIGNET_E_BAD_NAME, SIGNET_E_NOMEM. */
int name_from_parts(struct arena *arena, const struct name_part *parts, size_t count,
                    struct bytes *out, struct error *err);

/* Appends one RDN with one attribute, in the string type that name_from_text would use. For
 * use between der_begin(w, DER_SEQUENCE) and der_end. value is UTF-8. SIGNET_E_BAD_NAME when it
 * does not fit the type or the upper bound of RFC 5280 appendix A. */
int name_put_part(struct der_writer *w, struct bytes oid, struct bytes value, struct error *err);

#endif
