/*
 * Strings: what the C library lacks.
 */
#ifndef SIGNET_BASE_TEXT_H
#define SIGNET_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>

#include "base/bytes.h"

/* Octets of the UTF-8 character at the start (RFC 3629: no surrogates, no overlong forms);
 * 0 when there is none. */
size_t text_utf8_length(struct bytes text);
/* Every character is UTF-8 and none is NUL. */
bool text_is_utf8(struct bytes text);
/* A control character of ASCII or of U+0080 to U+009F is in it. */
bool text_has_control(const char *text);
/* Printable ASCII only, 0x20 to 0x7e. */
bool text_is_printable(struct bytes text);

/* As vsnprintf, but what is too long is never cut within a UTF-8 character: JSON has no place for a
 * half one. Returns the length of what is in out. */
size_t text_format(char *out, size_t size, const char *format, va_list ap)
	__attribute__((format(printf, 3, 0)));

/* ASCII case is ignored; no locale. */
bool text_equal_nocase(const char *a, const char *b);
bool bytes_equal_nocase(struct bytes a, struct bytes b);
char text_lower(char c);

/* A host name in LDH form with at least one label, each 1 to 63 characters, in all at most
 * LIMIT_DNS_NAME, no final dot, no number in its last label (digits, or hexadecimal after
 * "0x"). With wildcard, its first label may be "*". RFC 1034 section 3.5, RFC 5280 section 4.2.1.6. */
bool text_is_dns_name(const char *name, bool wildcard);

/* Whether a host name has no dot, or can be nobody's in the public DNS: it is kept for a special use or
 * below a domain that no registry gives (RFC 6761, 6762, 8375, 9476, SAC 113). */
bool text_is_internal_name(struct bytes host);

/* Unsigned decimal without sign or blanks; SIGNET_E_INVALID, SIGNET_E_TOO_BIG over maximum. */
int text_to_uint(const char *text, uint64_t maximum, uint64_t *out);

/* "192.0.2.1" or "2001:db8::1" into 4 or 16 octets; returns the length, 0 if it is neither. */
size_t text_to_address(const char *text, uint8_t out[16]);
/* The same for the address of a peer, which may have a zone behind it that is passed over
 * ("fe80::1%eth0", RFC 4007 section 11). */
size_t text_to_peer(const char *text, uint8_t out[16]);
/* The reverse of text_to_address; out has at least 46 characters. NULL for another length than 4 or 16. */
char *text_from_address(struct bytes address, char *out);

/* An IPv4-mapped IPv6 address (::ffff:192.0.2.1) as the IPv4 address that it is, any other as it
 * is. */
struct bytes address_unmapped(struct bytes address);

/* An IP network, "10.0.0.0/8", "::1" (a single host). SIGNET_E_INVALID, also for host bits set. */
struct network {
	uint8_t address[16];
	uint8_t length; /* of the address: 4 or 16 */
	uint8_t prefix; /* bits */
};
int text_to_network(const char *text, struct network *out);
/* IPv4-mapped IPv6 addresses are taken for the IPv4 address that they are, here and in the text
 * of a network. */
bool network_contains(const struct network *network, struct bytes address);

#endif
