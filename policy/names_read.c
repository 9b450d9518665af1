/*
 * The configuration of sets of names.
 */
#include "asn1/oid.h"
#include "base/idn.h"
#include "base/limits.h"
#include "policy/names_match.h"

#define PARTS_MAX 32

/* An entry as it is compared, in out or the text itself; NULL when it is none of its kind. */
typedef const char *(*entry_form)(const char *text, char out[LIMIT_EMAIL + 1]);

/* A host name or a pattern for some, with A-labels. */
static const char *host_form(const char *text, char out[LIMIT_EMAIL + 1])
{
	if (strcmp(text, "*") == 0 || text_is_dns_name(text, true))
		return text;
	return idn_to_ascii(text, out) == 0 ? out : NULL;
}

/* A mailbox, or as host_form. */
static const char *email_form(const char *text, char out[LIMIT_EMAIL + 1])
{
	struct general_name name = {GN_EMAIL, bytes_text(text)};
	const char *at = strchr(text, '@');
	if (!at)
		return host_form(text, out);
	return !strchr(at + 1, '@') && general_name_check(&name, NULL) == 0 ? text : NULL;
}

static const char *uri_form(const char *text, char out[LIMIT_EMAIL + 1])
{
	const char *colon = strchr(text, ':');
	(void)out;
	if (!colon || colon == text || !text_is_printable(bytes_text(text)))
		return NULL;
	/* with an authority, a whole one: "https://ex" is no beginning of anything meant */
	if (strncmp(colon, "://", 3) == 0 && (colon[3] == '\0' || colon[3] == '/'))
		return NULL;
	return text;
}

/* Where names are denied a host stands for all URIs with it. */
static const char *denied_uri_form(const char *text, char out[LIMIT_EMAIL + 1])
{
	const char *uri = uri_form(text, out);
	return uri ? uri : host_form(text, out);
}

/* One set that is being read. */
struct reading {
	struct name_set *set;
	struct arena *arena;
	bool denied; /* it is one of denied names */
	struct error *err;
};

/* A zeroed array for the list's entries. A list of denied names without any is a slip. */
static int make_list(const struct reading *r, const struct conf_node *node, size_t size,
                     void **out)
{
	if (conf_expect(node, CONF_LIST, r->err))
		return SIGNET_E_CONFIG;
	if (r->denied && conf_count(node) == 0)
		return conf_error(node, r->err, "is empty");
	*out = arena_array(r->arena, conf_count(node), size);
	return *out ? 0 : error_nomem(r->err);
}

/* The texts of a list as they are compared. */
static int read_list(const struct reading *r, const struct conf_node *node, entry_form form,
                     const char *wanted, const struct bytes **out, size_t *count)
{
	void *made;
	int result = node ? make_list(r, node, sizeof(struct bytes), &made) : 0;
	if (result || !node)
		return result;
	struct bytes *list = made;
	for (size_t i = 0; i < conf_count(node); i++) {
		const char *text;
		char ascii[LIMIT_EMAIL + 1];
		if (conf_text(conf_item(node, i), &text, r->err))
			return SIGNET_E_CONFIG;
		const char *entry = form(text, ascii);
		if (!entry)
			return conf_error(conf_item(node, i), r->err, "'%.200s' is not %s", text,
			                  wanted);
		if (arena_bytes(r->arena, bytes_text(entry), &list[i]))
			return error_nomem(r->err);
	}
	*out = list;
	*count = conf_count(node);
	return 0;
}

static int read_networks(const struct reading *r, const struct conf_node *node)
{
	void *made;
	int result = node ? make_list(r, node, sizeof(struct network), &made) : 0;
	if (result || !node)
		return result;
	struct network *list = made;
	for (size_t i = 0; i < conf_count(node); i++) {
		const char *text;
		if (conf_text(conf_item(node, i), &text, r->err))
			return SIGNET_E_CONFIG;
		if (text_to_network(text, &list[i]))
			return conf_error(conf_item(node, i), r->err, "'%.64s' is no address and no "
			                  "network (the bits behind the prefix must be 0)", text);
	}
	r->set->ip = list;
	r->set->ip_count = conf_count(node);
	return 0;
}

static int read_oids(const struct reading *r, const struct conf_node *node)
{
	void *made;
	int result = node ? make_list(r, node, sizeof(struct bytes), &made) : 0;
	if (result || !node)
		return result;
	struct bytes *list = made;
	for (size_t i = 0; i < conf_count(node); i++) {
		const char *text;
		if (conf_text(conf_item(node, i), &text, r->err))
			return SIGNET_E_CONFIG;
		if (oid_from_text(r->arena, text, &list[i]))
			return conf_error(conf_item(node, i), r->err, "'%.64s' is no OID", text);
	}
	r->set->other = list;
	r->set->other_count = conf_count(node);
	return 0;
}

/* ---- subject ---- */

static bool is_part_pattern(const char *text)
{
	return *text && *text != '@' && text_is_utf8(bytes_text(text));
}

/* In lower case, as values are compared; a denied one then stands there folded, too. */
static int read_pattern(const struct reading *r, const struct conf_node *node,
                        struct part_patterns *part)
{
	const char *text;
	if (conf_text(node, &text, r->err))
		return SIGNET_E_CONFIG;
	if (!is_part_pattern(text))
		return conf_error(node, r->err, "'%.64s' is no pattern of values", text);
	const struct name_part value = {.tag = DER_UTF8_STRING, .value = bytes_text(text)};
	char *lower = arena_strdup(r->arena, text);
	const char *folded = r->denied ? name_part_folded(r->arena, &value) : "";
	if (!lower || !folded)
		return error_nomem(r->err);
	for (char *c = lower; *c; c++)
		*c = text_lower(*c);
	part->patterns[part->count++] = bytes_text(lower);
	if (*folded)
		part->patterns[part->count++] = bytes_text(folded);
	return 0;
}

static int read_part(const struct reading *r, const struct conf_node *node,
                     struct part_patterns *part)
{
	void *made;
	int result = name_type_from_text(r->arena, bytes_text(conf_key(node)), &part->oid);
	if (result)
		return result == SIGNET_E_NOMEM ? error_nomem(r->err)
			: conf_error(node, r->err, "there is no attribute of this name");
	if (name_set_part(r->set, part->oid))
		return conf_error(node, r->err, "this attribute is there twice");
	result = make_list(r, node, 2 * sizeof(struct bytes), &made);
	if (result)
		return result;
	part->patterns = made;
	for (size_t i = 0; result == 0 && i < conf_count(node); i++)
		result = read_pattern(r, conf_item(node, i), part);
	return result;
}

static int read_parts(const struct reading *r, const struct conf_node *map)
{
	if (!map)
		return 0;
	if (conf_expect(map, CONF_MAP, r->err))
		return SIGNET_E_CONFIG;
	if (conf_count(map) > PARTS_MAX)
		return conf_error(map, r->err, "more than %d attributes", PARTS_MAX);
	if (r->denied && conf_count(map) == 0)
		return conf_error(map, r->err, "is empty");
	struct part_patterns *parts = arena_array(r->arena, conf_count(map), sizeof *parts);
	if (!parts)
		return error_nomem(r->err);
	r->set->parts = parts;
	for (size_t i = 0; i < conf_count(map); i++) {
		int result = read_part(r, conf_item(map, i), &parts[i]);
		if (result)
			return result;
		r->set->part_count++;
	}
	return 0;
}

int name_set_read(struct name_set *out, struct arena *arena, const struct conf_node *map,
                  bool denied, struct error *err)
{
	const struct reading r = {out, arena, denied, err};
	if (denied && map && conf_count(map) == 0)
		return conf_error(map, err, "denies nothing");
	int result = read_list(&r, conf_find(map, "dns"), host_form, "a host name or *.DOMAIN",
	                       &out->dns, &out->dns_count);
	if (result == 0)
		result = read_list(&r, conf_find(map, "email"), email_form,
		                   "a mailbox, a domain or *.DOMAIN", &out->email,
		                   &out->email_count);
	if (result == 0)
		result = read_list(&r, conf_find(map, "uri"), denied ? denied_uri_form : uri_form,
		                   "the beginning of a URI with its scheme and host", &out->uri,
		                   &out->uri_count);
	if (result == 0)
		result = read_networks(&r, conf_find(map, "ip"));
	if (result == 0)
		result = read_oids(&r, conf_find(map, "other"));
	return result ? result : read_parts(&r, conf_find(map, "subject"));
}
