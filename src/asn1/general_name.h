/*
 * GeneralName (RFC 5280 section 4.2.1.6).
 */
#ifndef SIGNET_ASN1_GENERAL_NAME_H
#define SIGNET_ASN1_GENERAL_NAME_H

#include "asn1/der.h"
#include "base/arena.h"

/* The values are the context tags. */
enum general_name_kind {
	GN_OTHER = 0,
	GN_EMAIL = 1,
	GN_DNS = 2,
	GN_X400 = 3,
	GN_DIRECTORY = 4,
	GN_EDI = 5,
	GN_URI = 6,
	GN_IP = 7,
	GN_REGISTERED_ID = 8,
};

struct general_name {
	enum general_name_kind kind;
	/* email, dns, uri: the characters; ip: 4 or 16 octets; directory: the Name's DER;
	 * registered id: the OID's content; other: the content of [0], that is the OID and the
	 * [0] EXPLICIT value; x400 and EDI: the content */
	struct bytes value;
};

/* GeneralNames, the SEQUENCE. Strict: one name at least, at most LIMIT_SAN_COUNT; dns, email and
 * uri are IA5 without controls and within their limits; dns names are LDH host names, where the
 * first label may be "*"; ip has 4 or 16 octets. The array is allocated in the arena, the values
 * point into der. SIGNET_E_BAD_NAME with what is wrong. */
int general_names_parse(struct arena *arena, struct bytes der, struct general_name **out,
                        size_t *count, struct error *err);
/* The next name as it is encoded, its value not checked. */
int general_name_read(struct der *names, struct general_name *out, struct error *err);
/* One name by the rules of general_names_parse. */
int general_name_check(const struct general_name *name, struct error *err);
void general_name_put(struct der_writer *w, const struct general_name *name);
void general_names_put(struct der_writer *w, const struct general_name *names, size_t count);

/* "dns", "ip", "email", "uri", "other", "directory", "registered-id", "x400", "edi". */
const char *general_name_kind_name(enum general_name_kind kind);
/* -1 for an unknown one. */
int general_name_kind_from_name(const char *name);
/* The value for people and for matching: dns in lower case, ip in text form, directory as
 * RFC 4514, other as OID:hex (of what is inside of its [0]), x400 and edi as hex. NULL without
 * memory or for a value that is not of its kind. */
char *general_name_text(struct arena *arena, const struct general_name *name);
/* "dns:example.com", "ip:192.0.2.1", "email:a@b", "uri:...": the kind's name, a colon and the
 * value as general_name_text gives it, into a name, checked. SIGNET_E_BAD_NAME. */
int general_name_from_text(struct arena *arena, const char *text, struct general_name *out,
                           struct error *err);

#endif
