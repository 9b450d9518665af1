#include "exit/ldap_place.h"

#include <inttypes.h>

#include "asn1/der_string.h"
#include "asn1/name.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "base/text.h"

#define CHECK_MEMORY 65536

/* otherName with id-ms-san-upn, as event names print it: the OID and the value in hex */
#define UPN "other:1.3.6.1.4.1.311.20.2.3:"

/* NULL in *out when there is none; SIGNET_E_NOMEM. */
typedef int find_function(const char **out, const struct directory_source *source,
                          struct bytes key);

static int refuse(const struct directory_place *place, int code, const char *what, struct error *err)
{
	int shown = place->whole.length > 64 ? 64 : (int)place->whole.length;
	return error_set(err, code, "{%.*s}: %s", shown, (const char *)place->whole.data, what);
}

static int find_subject(const char **out, const struct directory_source *source, struct bytes key)
{
	struct name_reader reader = name_open(source->subject);
	struct name_part part, last = {0};
	struct bytes oid;
	int result = name_type_from_text(source->arena, key, &oid);
	if (result)
		return result;
	while (name_next(&reader, &part))
		if (bytes_equal(part.oid, oid))
			last = part;
	*out = last.oid.length ? name_part_text(source->arena, &last) : NULL;
	return last.oid.length && !*out ? SIGNET_E_NOMEM : 0;
}

static int find_common_name(const char **out, const struct directory_source *source,
                            struct bytes key)
{
	(void)key;
	return find_subject(out, source, bytes_text("CN"));
}

/* A UTF8String in hex. */
static int read_upn(const char **out, struct arena *arena, const char *digits)
{
	_cleanup_buffer_ struct buffer octets = BUFFER_MAX(LIMIT_NAME);
	int result = hex_decode(&octets, bytes_text(digits));
	struct der der = der_open(buffer_bytes(&octets));
	struct bytes text;
	*out = NULL;
	if (result == SIGNET_E_NOMEM)
		return result;
	if (result || der_expect(&der, DER_UTF8_STRING, &text) || der_finish(&der) ||
	    !text_is_utf8(text))
		return 0;
	*out = arena_text(arena, text);
	return *out ? 0 : SIGNET_E_NOMEM;
}

static int find_san(const char **out, const struct directory_source *source, struct bytes key)
{
	const struct signet_event *event = source->event;
	bool upn = bytes_is_text(key, "upn");
	*out = NULL;
	for (size_t i = 0; i < event->name_count; i++) {
		const char *name = event->names[i];
		if (upn && strncmp(name, UPN, strlen(UPN)) == 0)
			return read_upn(out, source->arena, name + strlen(UPN));
		if (!upn && strncmp(name, (const char *)key.data, key.length) == 0 &&
		    name[key.length] == ':') {
			*out = name + key.length + 1;
			return 0;
		}
	}
	return 0;
}

static int find_email(const char **out, const struct directory_source *source, struct bytes key)
{
	(void)key;
	int result = find_san(out, source, bytes_text("email"));
	return result || *out ? result : find_subject(out, source, bytes_text("emailAddress"));
}

static int find_name(const char **out, const struct directory_source *source, struct bytes key)
{
	const char *first = source->event->name_count ? source->event->names[0] : NULL;
	const char *colon = first ? strchr(first, ':') : NULL;
	if (!colon)
		return find_common_name(out, source, key);
	*out = colon + 1;
	return 0;
}

static int find_serial(const char **out, const struct directory_source *source, struct bytes key)
{
	(void)key;
	*out = hex_text(source->arena, source->event->serial);
	return *out ? 0 : SIGNET_E_NOMEM;
}

static int number_text(const char **out, const struct directory_source *source, uint64_t number)
{
	*out = number ? arena_printf(source->arena, "%" PRIu64, number) : "";
	return *out ? 0 : SIGNET_E_NOMEM;
}

static int find_certificate_id(const char **out, const struct directory_source *source,
                               struct bytes key)
{
	(void)key;
	return number_text(out, source, source->event->certificate_id);
}

static int find_request_id(const char **out, const struct directory_source *source,
                           struct bytes key)
{
	(void)key;
	return number_text(out, source, source->event->request_id);
}

static int find_authority(const char **out, const struct directory_source *source,
                          struct bytes key)
{
	(void)key;
	*out = source->event->authority;
	return 0;
}

static int find_profile(const char **out, const struct directory_source *source, struct bytes key)
{
	(void)key;
	*out = source->event->profile;
	return 0;
}

static int find_requester(const char **out, const struct directory_source *source,
                          struct bytes key)
{
	(void)key;
	*out = source->event->requester;
	return 0;
}

static const struct place_kind {
	const char *name;
	bool keyed;
	bool of_authority; /* known without a certificate, too */
	find_function *find;
} kinds[] = {
	{"common-name", false, false, find_common_name},
	{"subject", true, false, find_subject},
	{"name", false, false, find_name},
	{"san", true, false, find_san},
	{"email", false, false, find_email},
	{"serial", false, false, find_serial},
	{"certificate-id", false, false, find_certificate_id},
	{"request-id", false, false, find_request_id},
	{"authority", false, true, find_authority},
	{"profile", false, false, find_profile},
	{"requester", false, false, find_requester},
};

static const struct place_kind *find_kind(struct bytes name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (bytes_is_text(name, kinds[i].name))
			return &kinds[i];
	return NULL;
}

/* What stands before the first such character; the rest of *text, without it, stays there. */
static struct bytes cut(struct bytes *text, char at, bool *found)
{
	const uint8_t *place = text->length ? memchr(text->data, at, text->length) : NULL;
	struct bytes head = *text;
	*found = place;
	if (!place) {
		*text = BYTES_NONE;
		return head;
	}
	head.length = (size_t)(place - text->data);
	*text = bytes_make(place + 1, text->length - head.length - 1);
	return head;
}

int directory_place_read(const char **text, struct directory_place *out, struct error *err)
{
	size_t length = strcspn(*text + 1, "{}");
	if ((*text)[1 + length] != '}')
		return error_set(err, SIGNET_E_INVALID, "a \"{\" without its \"}\"");
	bool found;
	out->whole = bytes_make(*text + 1, length);
	out->filters = out->whole;
	struct bytes head = cut(&out->filters, '|', &found);
	if (found && out->filters.length == 0)
		return refuse(out, SIGNET_E_INVALID, "a filter is missing", err);
	out->key = head;
	out->name = cut(&out->key, '.', &found);
	if (!found)
		out->key = BYTES_NONE;
	*text += length + 2;
	return 0;
}

static int check_key(const struct directory_place *place, const struct place_kind *kind, struct error *err)
{
	static const char *const names[] = {"dns", "email", "ip", "uri", "upn"};
	if (kind->find == find_san) {
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			if (bytes_is_text(place->key, names[i]))
				return 0;
		return refuse(place, SIGNET_E_INVALID, "not dns, email, ip, uri or upn", err);
	}
	struct arena *arena = arena_new(CHECK_MEMORY);
	struct bytes oid;
	int result = arena ? name_type_from_text(arena, place->key, &oid) : SIGNET_E_NOMEM;
	arena_free(arena);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	return result ? refuse(place, SIGNET_E_INVALID, "not an attribute of a name", err) : 0;
}

/* In place; what is left of the text. NULL data for a filter that is not known. */
static struct bytes apply_filter(struct bytes filter, char *text)
{
	char *at = strrchr(text, '@');
	if (bytes_is_text(filter, "local"))
		return at ? bytes_make(text, (size_t)(at - text)) : bytes_text("");
	if (bytes_is_text(filter, "domain"))
		return bytes_text(at ? at + 1 : "");
	if (bytes_is_text(filter, "label"))
		return bytes_make(text, strcspn(text, "."));
	bool upper = bytes_is_text(filter, "upper");
	if (!upper && !bytes_is_text(filter, "lower"))
		return BYTES_NONE;
	for (char *c = text; *c; c++)
		*c = !upper ? text_lower(*c) : *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
	return bytes_text(text);
}

static int apply_filters(const char **value, const struct directory_place *place, struct arena *arena,
                         struct error *err)
{
	struct bytes filters = place->filters;
	while (filters.length) {
		bool found;
		struct bytes filter = cut(&filters, '|', &found);
		char *copy = arena_strdup(arena, *value);
		if (!copy)
			return error_nomem(err);
		struct bytes rest = apply_filter(filter, copy);
		if (!rest.data || (found && filters.length == 0))
			return refuse(place, SIGNET_E_INVALID,
			              "the filters are lower, upper, local, domain and label", err);
		*value = arena_text(arena, rest);
		if (!*value)
			return error_nomem(err);
	}
	return 0;
}

int directory_place_check(const struct directory_place *place, enum directory_use use,
                          struct error *err)
{
	const struct place_kind *kind = find_kind(place->name);
	if (!kind || (use == DIRECTORY_OF_AUTHORITY && !kind->of_authority))
		return refuse(place, SIGNET_E_INVALID, "not known here", err);
	if (kind->keyed != (place->key.data != NULL))
		return refuse(place, SIGNET_E_INVALID,
		              kind->keyed ? "it needs a \".\" and what is meant" : "it takes no \".\"",
		              err);
	int result = kind->keyed ? check_key(place, kind, err) : 0;
	struct arena *arena = result == 0 ? arena_new(CHECK_MEMORY) : NULL;
	if (arena) {
		const char *value = "user@host.example";
		result = apply_filters(&value, place, arena, err);
		arena_free(arena);
	} else if (result == 0) {
		result = error_nomem(err);
	}
	return result;
}

int directory_place_value(const char **out, const struct directory_place *place,
                          const struct directory_source *source, struct error *err)
{
	const struct place_kind *kind = find_kind(place->name);
	const char *value = NULL;
	int result = kind ? kind->find(&value, source, place->key) : SIGNET_E_INVALID;
	if (result)
		return result == SIGNET_E_NOMEM ? error_nomem(err)
		                                : refuse(place, result, "not known here", err);
	if (value)
		result = apply_filters(&value, place, source->arena, err);
	if (result)
		return result;
	if (!value || !*value)
		return refuse(place, SIGNET_E_NOT_FOUND, "the certificate has none", err);
	if (der_string_check(DER_UTF8_STRING, bytes_text(value), NULL))
		return refuse(place, SIGNET_E_BAD_NAME, "not UTF-8, or with a control character", err);
	*out = value;
	return 0;
}
