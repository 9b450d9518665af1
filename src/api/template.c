#include "api/template.h"

#include "asn1/der_string.h"
#include "asn1/name.h"
#include "base/limits.h"
#include "base/text.h"

#define CHECK_MEMORY 65536
#define NOT_FOUND (-1)
#define MAX_SHOWN 64

/* "{place.key|filter|filter}", without the braces; slices of the template. */
struct place {
	struct bytes whole;
	struct bytes name;
	struct bytes key; /* NULL data: there is no "." */
	struct bytes filters;
};

enum place_kind {
	PLACE_REQUEST,
	PLACE_SUBJECT,
	PLACE_SAN,
	PLACE_ATTRIBUTE,
	PLACE_KEYED, /* those before have a key */
	PLACE_REQUESTER = PLACE_KEYED,
	PLACE_PROFILE,
	PLACE_AUTHORITY,
	PLACE_INTERMEDIARY,
	PLACE_PROTOCOL,
	PLACE_ADDRESS,
	PLACE_VALUE,
};

static const char *const place_names[] = {
	[PLACE_REQUEST] = "request", [PLACE_SUBJECT] = "subject",
	[PLACE_SAN] = "san", [PLACE_ATTRIBUTE] = "attribute",
	[PLACE_REQUESTER] = "requester", [PLACE_PROFILE] = "profile",
	[PLACE_AUTHORITY] = "authority", [PLACE_INTERMEDIARY] = "intermediary",
	[PLACE_PROTOCOL] = "protocol", [PLACE_ADDRESS] = "address",
	[PLACE_VALUE] = "value", NULL,
};

enum filter { FILTER_LOWER, FILTER_UPPER, FILTER_LOCAL, FILTER_DOMAIN, FILTER_LABEL };

static const char *const filter_names[] = {
	[FILTER_LOWER] = "lower", [FILTER_UPPER] = "upper", [FILTER_LOCAL] = "local",
	[FILTER_DOMAIN] = "domain", [FILTER_LABEL] = "label", NULL,
};

/* The place of the text among the names; NOT_FOUND when it is none of them. */
static int find_name(const char *const *names, struct bytes text)
{
	for (int i = 0; names[i]; i++)
		if (bytes_is_text(text, names[i]))
			return i;
	return NOT_FOUND;
}

/* What is before the first such character, which is dropped, and leaves the rest; whole is true when
 * there is none. */
static struct bytes cut(struct bytes *text, char at, bool *whole)
{
	const uint8_t *found = text->length ? memchr(text->data, at, text->length) : NULL;
	struct bytes head = *text;
	*whole = !found;
	if (!found) {
		*text = bytes_make(text->data + text->length, 0);
		return head;
	}
	head.length = (size_t)(found - text->data);
	*text = bytes_make(found + 1, text->length - head.length - 1);
	return head;
}

static int refuse_place(const struct place *place, int code, const char *what, struct error *err)
{
	size_t shown = place->whole.length > MAX_SHOWN ? MAX_SHOWN : place->whole.length;
	return error_set(err, code, "{%.*s}: %s", (int)shown, (const char *)place->whole.data,
	                 what);
}

/* text stands behind the "{", and is moved behind the "}". */
static int read_place(const char **text, struct place *out, struct error *err)
{
	size_t length = strcspn(*text, "{}");
	if ((*text)[length] != '}')
		return error_set(err, SIGNET_E_INVALID, "a \"{\" without its \"}\"");
	struct place place = {.whole = bytes_make(*text, length)};
	bool single, plain;
	place.filters = place.whole;
	struct bytes head = cut(&place.filters, '|', &single);
	if (!single && place.filters.length == 0)
		return refuse_place(&place, SIGNET_E_INVALID, "a filter is missing", err);
	place.name = cut(&head, '.', &plain);
	place.key = plain ? BYTES_NONE : head;
	*text += length + 1;
	*out = place;
	return 0;
}

/* A run of characters that stand for themselves, braces in pairs among them. */
static int read_literal(const char **text, struct buffer *out, struct error *err)
{
	while (**text && (**text != '{' || (*text)[1] == '{')) {
		if (**text == '}' && (*text)[1] != '}')
			return error_set(err, SIGNET_E_INVALID, "a \"}\" without its \"{\"");
		buffer_append_octet(out, (uint8_t)**text);
		*text += **text == '{' || **text == '}' ? 2 : 1;
	}
	return 0;
}

static bool is_san_kind(struct bytes key)
{
	static const char *const kinds[] = {"dns", "ip", "email", "uri", NULL};
	return find_name(kinds, key) != NOT_FOUND;
}

static int check_key(const struct place *place, int kind, struct arena *arena, struct error *err)
{
	struct bytes oid;
	if (kind >= PLACE_KEYED)
		return place->key.data ? refuse_place(place, SIGNET_E_INVALID, "it takes no \".\"", err) : 0;
	if (place->key.length == 0)
		return refuse_place(place, SIGNET_E_INVALID, "it needs a \".\" and what is meant", err);
	if (kind == PLACE_SAN && !is_san_kind(place->key))
		return refuse_place(place, SIGNET_E_INVALID, "not dns, ip, email or uri", err);
	if (kind != PLACE_REQUEST && kind != PLACE_SUBJECT)
		return 0;
	int result = name_type_from_text(arena, place->key, &oid);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	return result ? refuse_place(place, SIGNET_E_INVALID, "not an attribute of a name", err) : 0;
}

static int check_place(const struct place *place, bool value, struct arena *arena,
                       struct error *err)
{
	int kind = find_name(place_names, place->name);
	if (kind == NOT_FOUND || (kind == PLACE_VALUE && !value))
		return refuse_place(place, SIGNET_E_INVALID, "not known here", err);
	int result = check_key(place, kind, arena, err);
	for (struct bytes filters = place->filters; result == 0 && filters.length;) {
		bool last;
		struct bytes filter = cut(&filters, '|', &last);
		if (find_name(filter_names, filter) == NOT_FOUND || (!last && filters.length == 0))
			return refuse_place(place, SIGNET_E_INVALID, "the filters are lower, upper, local, domain "
			                    "and label", err);
	}
	return result;
}

static int check_text(const char *text, bool value, struct arena *arena, struct error *err)
{
	_cleanup_buffer_ struct buffer literal = BUFFER_MAX(LIMIT_TEMPLATE);
	if (der_string_check(DER_UTF8_STRING, bytes_text(text), NULL))
		return error_set(err, SIGNET_E_INVALID,
		                 "empty, not UTF-8, or with a control character");
	if (strlen(text) > LIMIT_TEMPLATE)
		return error_set(err, SIGNET_E_INVALID, "longer than %d octets", LIMIT_TEMPLATE);
	for (;;) {
		struct place place;
		int result = read_literal(&text, &literal, err);
		if (result || !*text)
			return result;
		text++;
		result = read_place(&text, &place, err);
		if (result == 0)
			result = check_place(&place, value, arena, err);
		if (result)
			return result;
	}
}

int signet_template_check(const char *text, bool value, struct error *err)
{
	struct arena *arena = arena_new(CHECK_MEMORY);
	if (!arena)
		return error_nomem(err);
	int result = check_text(text, value, arena, err);
	arena_free(arena);
	return result;
}

/* The last attribute of this type; NULL in *out when there is none. */
static int find_part(struct arena *arena, struct bytes name, struct bytes type, const char **out)
{
	struct name_reader reader = name_open(name);
	struct name_part part, last = {0};
	struct bytes oid;
	int result = name_type_from_text(arena, type, &oid);
	if (result)
		return result;
	while (name_next(&reader, &part))
		if (bytes_equal(part.oid, oid))
			last = part;
	*out = NULL;
	if (last.oid.length == 0)
		return 0;
	*out = name_part_text(arena, &last);
	return *out ? 0 : SIGNET_E_NOMEM;
}

static int find_san(struct arena *arena, const struct signet_draft *draft, struct bytes key,
                    const char **out)
{
	size_t count = 0;
	const struct general_name *names = draft ? signet_draft_alt_names(draft, &count) : NULL;
	*out = NULL;
	for (size_t i = 0; i < count; i++) {
		if (!bytes_is_text(key, general_name_kind_name(names[i].kind)))
			continue;
		*out = general_name_text(arena, &names[i]);
		return *out ? 0 : SIGNET_E_NOMEM;
	}
	return 0;
}

static int find_attribute(struct arena *arena, const struct signet_request *request,
                          struct bytes key, const char **out)
{
	const char *name = arena_text(arena, key);
	if (!name)
		return SIGNET_E_NOMEM;
	*out = signet_request_attribute(request, name);
	return 0;
}

/* NULL in *out when there is none. */
static int find_value(const struct place *place, const struct signet_template_source *source,
                      struct arena *arena, const char **out)
{
	static const struct signet_request nothing;
	const struct signet_request *request = source->request ? source->request : &nothing;
	switch (find_name(place_names, place->name)) {
	case PLACE_REQUEST:
		return find_part(arena, request->subject, place->key, out);
	case PLACE_SUBJECT:
		return find_part(arena,
		                 source->draft ? signet_draft_subject(source->draft) : NAME_EMPTY,
		                 place->key, out);
	case PLACE_SAN:
		return find_san(arena, source->draft, place->key, out);
	case PLACE_ATTRIBUTE:
		return find_attribute(arena, request, place->key, out);
	case PLACE_REQUESTER:
		*out = request->requester;
		return 0;
	case PLACE_PROFILE:
		*out = request->profile;
		return 0;
	case PLACE_AUTHORITY:
		*out = request->authority;
		return 0;
	case PLACE_INTERMEDIARY:
		*out = request->intermediary;
		return 0;
	case PLACE_PROTOCOL:
		*out = request->protocol;
		return 0;
	case PLACE_ADDRESS:
		*out = request->address;
		return 0;
	case PLACE_VALUE:
		*out = source->value;
		return 0;
	default:
		return SIGNET_E_INVALID;
	}
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

/* In place; what is left of the text. */
static struct bytes apply_filter(int filter, char *text)
{
	char *at = strrchr(text, '@');
	switch (filter) {
	case FILTER_LOWER:
		for (char *c = text; *c; c++)
			*c = text_lower(*c);
		break;
	case FILTER_UPPER:
		for (char *c = text; *c; c++)
			*c = upper(*c);
		break;
	case FILTER_LOCAL:
		return at ? bytes_make(text, (size_t)(at - text)) : BYTES_NONE;
	case FILTER_DOMAIN:
		return at ? bytes_text(at + 1) : BYTES_NONE;
	case FILTER_LABEL:
		return bytes_make(text, strcspn(text, "."));
	}
	return bytes_text(text);
}

static int apply_filters(struct bytes filters, struct arena *arena, const char **value)
{
	while (filters.length) {
		bool last;
		struct bytes filter = cut(&filters, '|', &last);
		char *copy = arena_strdup(arena, *value);
		if (copy)
			*value = arena_text(arena,
			                    apply_filter(find_name(filter_names, filter), copy));
		if (!copy || !*value)
			return SIGNET_E_NOMEM;
	}
	return 0;
}

static int fill_place(const struct place *place, const struct signet_template_source *source,
                      struct arena *arena, struct buffer *out, struct error *err)
{
	const char *value;
	int result = find_value(place, source, arena, &value);
	if (result == 0 && value)
		result = apply_filters(place->filters, arena, &value);
	if (result)
		return result == SIGNET_E_NOMEM ? error_nomem(err)
		                                : refuse_place(place, SIGNET_E_INVALID, "not known here", err);
	if (!value || !*value)
		return refuse_place(place, SIGNET_E_NOT_FOUND, "the request brings none", err);
	if (der_string_check(DER_UTF8_STRING, bytes_text(value), NULL))
		return refuse_place(place, SIGNET_E_BAD_NAME,
		                    "not UTF-8, or with a control character", err);
	if (source->refused && strpbrk(value, source->refused))
		return refuse_place(place, SIGNET_E_BAD_NAME,
		                    "with a character that cannot stand there", err);
	buffer_append_text(out, value);
	return 0;
}

int signet_template_expand(const char *text, const struct signet_template_source *source,
                           struct arena *arena, const char **out, struct error *err)
{
	_cleanup_buffer_ struct buffer expanded = BUFFER_MAX(LIMIT_TEMPLATE);
	for (;;) {
		struct place place;
		int result = read_literal(&text, &expanded, err);
		if (result)
			return result;
		if (!*text)
			break;
		text++;
		result = read_place(&text, &place, err);
		if (result == 0)
			result = fill_place(&place, source, arena, &expanded, err);
		if (result)
			return result;
	}
	if (expanded.error == SIGNET_E_TOO_BIG)
		return error_set(err, SIGNET_E_TOO_BIG, "longer than %d octets", LIMIT_TEMPLATE);
	const char *copy = expanded.error ? NULL : arena_text(arena, buffer_bytes(&expanded));
	if (!copy)
		return error_nomem(err);
	*out = copy;
	return 0;
}
