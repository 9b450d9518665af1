/* certificatePolicies (RFC 5280 section 4.2.1.4). */
#include "asn1/extension.h"

#include "asn1/der_string.h"
#include "asn1/extension_list.h"
#include "asn1/oid.h"

#define EXPLICIT_TEXT_MAX 200

static bool is_valid(const struct policy_information *item)
{
	size_t characters;
	if (item->cps && !extension_is_uri(bytes_text(item->cps)))
		return false;
	return !item->notice || (der_string_check(DER_UTF8_STRING, bytes_text(item->notice),
	                                          &characters) == 0 &&
	                         characters <= EXPLICIT_TEXT_MAX);
}

static bool is_repeated(const struct policy_information *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(items[i].oid, items[count].oid))
			return true;
	return false;
}

static void put_qualifiers(struct der_writer *w, const struct policy_information *item)
{
	der_begin(w, DER_SEQUENCE);
	if (item->cps) {
		der_begin(w, DER_SEQUENCE);
		der_put_oid(w, OID_CPS);
		der_put(w, DER_IA5_STRING, bytes_text(item->cps));
		der_end(w);
	}
	if (item->notice) {
		der_begin(w, DER_SEQUENCE);
		der_put_oid(w, OID_USER_NOTICE);
		der_begin(w, DER_SEQUENCE);
		der_put(w, DER_UTF8_STRING, bytes_text(item->notice));
		der_end(w);
		der_end(w);
	}
	der_end(w);
}

int certificate_policies_encode(struct buffer *out, const struct policy_information *items,
                                size_t count)
{
	if (count == 0)
		return SIGNET_E_INVALID;
	for (size_t i = 0; i < count; i++)
		if (!is_valid(&items[i]) || is_repeated(items, i))
			return SIGNET_E_INVALID;
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	for (size_t i = 0; i < count; i++) {
		der_begin(&w, DER_SEQUENCE);
		der_put_oid(&w, items[i].oid);
		if (items[i].cps || items[i].notice)
			put_qualifiers(&w, &items[i]);
		der_end(&w);
	}
	der_end(&w);
	return der_writer_finish(&w);
}

static int read_display_text(struct arena *arena, struct der *der, const char **text)
{
	uint8_t tag;
	struct bytes content;
	size_t characters;
	if (der_any(der, &tag, &content, NULL))
		return SIGNET_E_INVALID;
	bool known = tag == DER_IA5_STRING || tag == DER_VISIBLE_STRING || tag == DER_BMP_STRING ||
	             tag == DER_UTF8_STRING;
	if (!known || der_string_check(tag, content, &characters) || characters > EXPLICIT_TEXT_MAX)
		return SIGNET_E_INVALID;
	*text = der_string_text(arena, tag, content);
	return *text ? 0 : SIGNET_E_NOMEM;
}

/* NoticeReference: organization and numbers, which have no place in our struct. */
static int skip_reference(struct arena *arena, struct der *der)
{
	struct der reference, numbers;
	const char *organization;
	if (der_enter(der, DER_SEQUENCE, &reference) ||
	    read_display_text(arena, &reference, &organization) ||
	    der_enter(&reference, DER_SEQUENCE, &numbers) || der_finish(&reference))
		return SIGNET_E_INVALID;
	while (!der_at_end(&numbers)) {
		struct bytes number;
		if (der_integer(&numbers, &number))
			return SIGNET_E_INVALID;
	}
	return 0;
}

static int read_notice(struct arena *arena, struct der *der, const char **text)
{
	struct der notice;
	if (der_enter(der, DER_SEQUENCE, &notice))
		return SIGNET_E_INVALID;
	if (der_peek(&notice) == DER_SEQUENCE && skip_reference(arena, &notice))
		return SIGNET_E_INVALID;
	if (!der_at_end(&notice)) {
		int result = read_display_text(arena, &notice, text);
		if (result)
			return result;
	}
	return der_finish(&notice);
}

static int read_cps(struct arena *arena, struct der *der, const char **uri)
{
	struct bytes content;
	if (der_expect(der, DER_IA5_STRING, &content) || !extension_is_uri(content))
		return SIGNET_E_INVALID;
	*uri = arena_text(arena, content);
	return *uri ? 0 : SIGNET_E_NOMEM;
}

/* PolicyQualifierInfo; the last one of a kind stands, kinds that are not known are skipped. */
static int read_qualifier(struct arena *arena, struct der *list, struct policy_information *item)
{
	struct der pair;
	struct bytes oid;
	int result = 0;
	if (der_enter(list, DER_SEQUENCE, &pair) || der_oid(&pair, &oid))
		return SIGNET_E_INVALID;
	if (bytes_equal(oid, OID_CPS))
		result = read_cps(arena, &pair, &item->cps);
	else if (bytes_equal(oid, OID_USER_NOTICE))
		result = read_notice(arena, &pair, &item->notice);
	else
		result = der_any(&pair, NULL, NULL, NULL);
	return result ? result : der_finish(&pair);
}

static int read_policy(struct arena *arena, struct der *list, struct policy_information *item)
{
	struct der policy, qualifiers;
	if (der_enter(list, DER_SEQUENCE, &policy) || der_oid(&policy, &item->oid))
		return SIGNET_E_INVALID;
	if (der_at_end(&policy))
		return 0;
	if (der_enter(&policy, DER_SEQUENCE, &qualifiers) || der_finish(&policy) ||
	    der_at_end(&qualifiers))
		return SIGNET_E_INVALID;
	while (!der_at_end(&qualifiers)) {
		int result = read_qualifier(arena, &qualifiers, item);
		if (result)
			return result;
	}
	return 0;
}

int certificate_policies_decode(struct arena *arena, struct bytes value,
                                struct policy_information **items, size_t *count)
{
	struct der list;
	size_t n;
	int result = der_check(value);
	if (result == 0)
		result = extension_list_open(value, &list, &n);
	if (result)
		return result;
	struct policy_information *array = arena_array(arena, n, sizeof *array);
	if (!array)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < n; i++) {
		result = read_policy(arena, &list, &array[i]);
		if (result)
			return result;
		if (is_repeated(array, i))
			return SIGNET_E_INVALID;
	}
	*items = array;
	*count = n;
	return 0;
}
