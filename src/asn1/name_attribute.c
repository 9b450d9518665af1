#include "asn1/name_attribute.h"

#include "asn1/der_string.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/text.h"

/* ub-name of RFC 5280 is 32768, but a name of ours is shorter anyway. */
#define UB_NAME LIMIT_NAME

static const struct name_attribute attributes[] = {
	{&OID_COMMON_NAME, ATTRIBUTE_DIRECTORY, 64},
	{&OID_SURNAME, ATTRIBUTE_DIRECTORY, UB_NAME},
	{&OID_SERIAL_NUMBER, ATTRIBUTE_PRINTABLE, 64},
	{&OID_COUNTRY, ATTRIBUTE_PRINTABLE, 2},
	{&OID_LOCALITY, ATTRIBUTE_DIRECTORY, 128},
	{&OID_STATE, ATTRIBUTE_DIRECTORY, 128},
	{&OID_STREET, ATTRIBUTE_DIRECTORY, 128},
	{&OID_ORGANIZATION, ATTRIBUTE_DIRECTORY, 64},
	{&OID_ORGANIZATIONAL_UNIT, ATTRIBUTE_DIRECTORY, 64},
	{&OID_TITLE, ATTRIBUTE_DIRECTORY, 64},
	{&OID_POSTAL_CODE, ATTRIBUTE_DIRECTORY, 40},
	{&OID_GIVEN_NAME, ATTRIBUTE_DIRECTORY, UB_NAME},
	{&OID_INITIALS, ATTRIBUTE_DIRECTORY, UB_NAME},
	{&OID_DN_QUALIFIER, ATTRIBUTE_PRINTABLE, UB_NAME},
	{&OID_USER_ID, ATTRIBUTE_DIRECTORY, 256},
	{&OID_DOMAIN_COMPONENT, ATTRIBUTE_IA5, 63},
	{&OID_EMAIL_ADDRESS, ATTRIBUTE_IA5, 255},
	{&OID_UNSTRUCTURED_NAME, ATTRIBUTE_PKCS9, 255},
	{&OID_UNSTRUCTURED_ADDRESS, ATTRIBUTE_DIRECTORY, 255},
};

#define ATTRIBUTE_COUNT (sizeof attributes / sizeof *attributes)

const struct name_attribute *name_attribute_find(struct bytes oid)
{
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++)
		if (bytes_equal(*attributes[i].oid, oid))
			return &attributes[i];
	return NULL;
}

const struct name_attribute *name_attribute_find_name(struct bytes name)
{
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++)
		if (bytes_equal_nocase(name, bytes_text(oid_name(*attributes[i].oid))))
			return &attributes[i];
	return NULL;
}

const char *name_attribute_title(struct bytes oid)
{
	return name_attribute_find(oid) ? oid_name(oid) : "attribute";
}

static bool is_directory_string(uint8_t tag)
{
	return tag == DER_UTF8_STRING || tag == DER_PRINTABLE_STRING || tag == DER_T61_STRING ||
	       tag == DER_BMP_STRING || tag == DER_UNIVERSAL_STRING;
}

bool name_attribute_allows(struct bytes oid, uint8_t tag)
{
	const struct name_attribute *attribute = name_attribute_find(oid);
	if (!attribute)
		return der_is_string(tag);
	switch (attribute->type) {
	case ATTRIBUTE_PRINTABLE:
		return tag == DER_PRINTABLE_STRING;
	case ATTRIBUTE_IA5:
		return tag == DER_IA5_STRING;
	case ATTRIBUTE_PKCS9:
		return tag == DER_IA5_STRING || is_directory_string(tag);
	case ATTRIBUTE_DIRECTORY:
		return is_directory_string(tag);
	}
	return false;
}

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The type to write, and whether the value fits it and the upper bound. */
static int check_value(struct bytes oid, struct bytes value, uint8_t *tag, struct error *err)
{
	const struct name_attribute *attribute = name_attribute_find(oid);
	const char *title = name_attribute_title(oid);
	size_t characters;
	*tag = DER_UTF8_STRING;
	if (der_string_check(*tag, value, &characters))
		return error_set(err, SIGNET_E_BAD_NAME,
		                 "%s: empty, not UTF-8, or with a control character", title);
	if (characters > (attribute ? attribute->maximum : LIMIT_NAME))
		return error_set(err, SIGNET_E_BAD_NAME, "%s: longer than %zu characters", title,
		                 attribute ? attribute->maximum : (size_t)LIMIT_NAME);
	if (attribute && attribute->type == ATTRIBUTE_PRINTABLE)
		*tag = DER_PRINTABLE_STRING;
	if (attribute && attribute->type == ATTRIBUTE_IA5)
		*tag = DER_IA5_STRING;
	if (der_string_check(*tag, value, NULL))
		return error_set(err, SIGNET_E_BAD_NAME, "%s: a character that %s does not have",
		                 title, *tag == DER_IA5_STRING ? "IA5String" : "PrintableString");
	/* ISO 3166 alpha-2 (RFC 5280 appendix A) */
	if (bytes_equal(oid, OID_COUNTRY) &&
	    (value.length != 2 || !is_letter(value.data[0]) || !is_letter(value.data[1])))
		return error_set(err, SIGNET_E_BAD_NAME, "C: not two letters");
	return 0;
}

static void put_pair(struct der_writer *w, struct bytes oid, uint8_t tag, struct bytes value)
{
	der_begin(w, DER_SEQUENCE);
	der_put_oid(w, oid);
	der_put(w, tag, value);
	der_end(w);
}

int name_attribute_put(struct der_writer *w, struct bytes oid, struct bytes value,
                       struct error *err)
{
	uint8_t tag;
	int result = check_value(oid, value, &tag, err);
	if (result)
		return result;
	put_pair(w, oid, tag, value);
	return 0;
}

int name_put_part(struct der_writer *w, struct bytes oid, struct bytes value, struct error *err)
{
	uint8_t tag;
	int result = check_value(oid, value, &tag, err);
	if (result)
		return result;
	der_begin(w, DER_SET);
	put_pair(w, oid, tag, value);
	der_end(w);
	return 0;
}

/* SET OF is in the order of the encodings (X.690 section 11.6). */
static void sort(struct bytes *pairs, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct bytes pair = pairs[i];
		size_t k = i;
		for (; k > 0 && bytes_compare(pairs[k - 1], pair) > 0; k--)
			pairs[k] = pairs[k - 1];
		pairs[k] = pair;
	}
}

void name_attribute_put_set(struct der_writer *w, struct bytes *pairs, size_t count)
{
	sort(pairs, count);
	der_begin(w, DER_SET);
	for (size_t i = 0; i < count; i++)
		der_put_raw(w, pairs[i]);
	der_end(w);
}
