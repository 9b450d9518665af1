#include "asn1/name.h"

#include "asn1/der_string.h"
#include "asn1/name_attribute.h"

static const uint8_t empty[] = {DER_SEQUENCE, 0};
const struct bytes NAME_EMPTY = {empty, sizeof empty};

static int broken(struct error *err)
{
	return error_set(err, SIGNET_E_BAD_NAME,
	                 "name: not the DER of a Name (RFC 5280 section 4.1.2.4)");
}

static int read_part(struct der *set, struct name_part *part)
{
	struct der pair;
	if (der_enter(set, DER_SEQUENCE, &pair) || der_oid(&pair, &part->oid) ||
	    der_any(&pair, &part->tag, &part->value, NULL) || der_finish(&pair))
		return SIGNET_E_BAD_NAME;
	return 0;
}

static int check_part(const struct name_part *part, struct error *err)
{
	const char *title = name_attribute_title(part->oid);
	if (!name_attribute_allows(part->oid, part->tag))
		return error_set(err, SIGNET_E_BAD_NAME,
		                 "name: %s in a string type that it may not have", title);
	if (part->value.length == 0)
		return error_set(err, SIGNET_E_BAD_NAME, "name: %s is empty", title);
	if (der_string_check(part->tag, part->value, NULL))
		return error_set(err, SIGNET_E_BAD_NAME,
		                 "name: %s holds a character that its type does not allow", title);
	return 0;
}

/* RelativeDistinguishedName: SET SIZE (1..MAX) OF, in order and without repetition. */
static int check_set(struct der set, size_t *parts, struct error *err)
{
	struct bytes before = BYTES_NONE;
	if (der_at_end(&set))
		return error_set(err, SIGNET_E_BAD_NAME, "name: a part without an attribute");
	while (!der_at_end(&set)) {
		struct name_part part;
		const uint8_t *start = set.at;
		if (read_part(&set, &part))
			return broken(err);
		if (++*parts > LIMIT_NAME_PARTS)
			return error_set(err, SIGNET_E_BAD_NAME, "name: more than %d attributes",
			                 LIMIT_NAME_PARTS);
		struct bytes whole = bytes_make(start, (size_t)(set.at - start));
		if (before.length && bytes_compare(before, whole) >= 0)
			return error_set(err, SIGNET_E_BAD_NAME,
			                 "name: a SET that is not in DER order");
		before = whole;
		int result = check_part(&part, err);
		if (result)
			return result;
	}
	return 0;
}

int name_check(struct bytes name, struct error *err)
{
	struct der der = der_open(name), sequence, set;
	size_t parts = 0;
	if (name.length > LIMIT_NAME)
		return error_set(err, SIGNET_E_BAD_NAME, "name: more than %d octets", LIMIT_NAME);
	if (der_enter(&der, DER_SEQUENCE, &sequence) || der_finish(&der))
		return broken(err);
	while (!der_at_end(&sequence)) {
		if (der_enter(&sequence, DER_SET, &set))
			return broken(err);
		int result = check_set(set, &parts, err);
		if (result)
			return result;
	}
	return 0;
}

bool name_is_empty(struct bytes name)
{
	return bytes_equal(name, NAME_EMPTY);
}

struct name_reader name_open(struct bytes name)
{
	struct der der = der_open(name);
	struct name_reader reader = {der_open(BYTES_NONE), der_open(BYTES_NONE)};
	der_enter(&der, DER_SEQUENCE, &reader.sequence);
	return reader;
}

bool name_next(struct name_reader *reader, struct name_part *part)
{
	struct name_part next = {.joined = !der_at_end(&reader->set)};
	if (!next.joined && der_enter(&reader->sequence, DER_SET, &reader->set))
		return false;
	if (read_part(&reader->set, &next))
		return false;
	*part = next;
	return true;
}
