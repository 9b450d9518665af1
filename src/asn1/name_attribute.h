/*
 * The attributes that Signet writes into names, with their string types and
 * upper bounds (RFC 5280 appendix A). Private to the names of asn1.
 */
#ifndef SIGNET_ASN1_NAME_ATTRIBUTE_H
#define SIGNET_ASN1_NAME_ATTRIBUTE_H

#include "asn1/der.h"

enum name_attribute_type {
	ATTRIBUTE_DIRECTORY, /* DirectoryString; we write UTF8String */
	ATTRIBUTE_PRINTABLE, /* PrintableString only */
	ATTRIBUTE_IA5,       /* IA5String only */
	ATTRIBUTE_PKCS9,     /* IA5String or DirectoryString (RFC 2985 section 5.4.1) */
};

struct name_attribute {
	const struct bytes *oid;
	enum name_attribute_type type;
	size_t maximum; /* characters */
};

/* NULL for one that is not known. */
const struct name_attribute *name_attribute_find(struct bytes oid);
const struct name_attribute *name_attribute_find_name(struct bytes name);

/* The short name, or "attribute" for another; for messages. */
const char *name_attribute_title(struct bytes oid);

/* The string type is one that the attribute may have. */
bool name_attribute_allows(struct bytes oid, uint8_t tag);

/* AttributeTypeAndValue, checked as name_put_part says. */
int name_attribute_put(struct der_writer *w, struct bytes oid, struct bytes value,
                       struct error *err);
/* An RDN of these AttributeTypeAndValues, which are put into the order of DER. */
void name_attribute_put_set(struct der_writer *w, struct bytes *pairs, size_t count);

#endif
