/*
 * The character string types of names (RFC 5280 section 4.1.2.4) and of
 * DisplayText: UTF8String, PrintableString, IA5String, VisibleString,
 * NumericString, BMPString, UniversalString, and T61String, which is read as
 * Latin-1 as everybody does.
 */
#ifndef SIGNET_ASN1_DER_STRING_H
#define SIGNET_ASN1_DER_STRING_H

#include "asn1/der.h"
#include "base/arena.h"

bool der_is_string(uint8_t tag);

/* Not empty, every character is one of the type, and none is NUL or another control character.
 * characters: how many, may be NULL. SIGNET_E_INVALID, also for a tag of no string type. */
int der_string_check(uint8_t tag, struct bytes content, size_t *characters);

/* Takes the next character of a string; false at the end and where none of the type is. */
bool der_string_next(uint8_t tag, struct bytes *rest, uint32_t *c);

/* Writes the character in UTF-8, up to four octets, and gives the place behind it. */
char *der_string_put(char *at, uint32_t c);

/* A checked string as UTF-8; NULL when it is none or without memory. */
char *der_string_text(struct arena *arena, uint8_t tag, struct bytes content);

#endif
