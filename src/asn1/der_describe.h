/*
 * DER as a person reads it: what is shown of a value that has no handler.
 */
#ifndef SIGNET_ASN1_DER_DESCRIBE_H
#define SIGNET_ASN1_DER_DESCRIBE_H

#include "asn1/der.h"
#include "base/arena.h"

/* Appends the one element of value on one line: SEQUENCE { OID 1.2.3, UTF8String "x", [0] 0500 }.
 * Strings are quoted, with \" and \\ inside; numbers are decimal up to 64 bits and hex after 0x above;
 * octets are hex. What lies too deep, or is more than a screen, is "...". SIGNET_E_INVALID, and nothing
 * is appended, for what is not one element of DER; SIGNET_E_NOMEM; the buffer's error. */
int der_describe(struct buffer *out, struct arena *arena, struct bytes value);

/* The name of an OID that oid.h knows, else its dotted form. SIGNET_E_NOMEM. */
int der_describe_oid(struct buffer *out, struct arena *arena, struct bytes oid);

#endif
