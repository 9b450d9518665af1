/*
 * Values of ASN.1's primitive types from text: what a configuration spells an
 * extension with that has no handler of its own.
 */
#ifndef SIGNET_ASN1_DER_PRIMITIVE_H
#define SIGNET_ASN1_DER_PRIMITIVE_H

#include "asn1/der.h"

/* Appends one element. type, and what its text is:
 *   boolean          true or false
 *   integer          decimal, perhaps negative, or hexadecimal after 0x; at most 128 octets
 *   enumerated       as integer
 *   null             nothing
 *   oid              dotted, or a name that asn1/oid.h knows
 *   octets           hex
 *   bits             hex, perhaps with the number of unused bits: a0, a0/5
 *   utf8, printable, ia5, numeric, visible, bmp
 *                    UTF-8 of the type's characters, without control characters; may be empty
 *   utctime, generalizedtime
 *                    2026-11-23T12:49:00Z
 * SIGNET_E_INVALID says what is wrong, and nothing is appended. Errors of the buffer are the
 * writer's. */
int der_put_primitive(struct der_writer *w, const char *type, const char *text,
                      struct error *err);

/* Whether there is such a type. */
bool der_primitive_is(const char *type);

#endif
