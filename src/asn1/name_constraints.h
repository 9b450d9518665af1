/*
 * The subtrees of nameConstraints (RFC 5280 section 4.2.1.10): what their
 * bases may be, and what lies below one. Private to asn1.
 */
#ifndef SIGNET_ASN1_NAME_CONSTRAINTS_H
#define SIGNET_ASN1_NAME_CONSTRAINTS_H

#include "asn1/general_name.h"

/* One of the five kinds that can be applied: email, dns, directory, uri, ip. */
bool subtree_can_apply(enum general_name_kind kind);

/* A base of these kinds is of its form. lenient: as others wrote it, who put a dot before a dns
 * base, left an email or uri base empty, or set bits of an address behind its mask. */
bool subtree_is_valid(const struct general_name *base, bool lenient);

/* Those who verify do not agree on every corner, and so what is permitted is taken as narrowly
 * and what is excluded as widely as any of them would. */
enum subtree_side { SUBTREE_PERMITTED, SUBTREE_EXCLUDED };

/* The name, checked and of the base's kind, is one of the subtree's; excluded: or stands for one,
 * as a wildcard does. A URI has a host (uri_host). */
bool subtree_contains(const struct general_name *base, const struct general_name *name,
                      enum subtree_side side);

/* The host of an absolute URI that is a host name: false for one without an authority, and for an
 * address. */
bool uri_host(struct bytes uri, struct bytes *host);

/* The 4 octets of an IPv4 address that an IPv6 address of ::ffff:0:0/96 stands for; BYTES_NONE for
 * any other address. */
struct bytes ip_mapped(struct bytes address);

#endif
