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

/* The texts of a list as they are compared. */
static int read_list(struct arena *arena, const struct conf_node *map, const char *key,
                     entry_form form, const char *wanted,
                     const struct bytes **out, size_t *count, struct error *err)
{
	const struct conf_node *node = conf_find(map, key);
	if (!node)
		return 0;
	if (conf_expect(node, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	struct bytes *list = arena_array(arena, conf_count(node), sizeof *list);
	if (!list)
		return error_nomem(err);
	for (size_t i = 0; i < conf_count(node); i++) {
		const char *text;
		char ascii[LIMIT_EMAIL + 1];
		if (conf_text(conf_item(node, i), &text, err))
			return SIGNET_E_CONFIG;
		const char *entry = form(text, ascii);
		if (!entry)
			return conf_error(conf_item(node, i), err, "'%.200s' is not %s", text,
			                  wanted);
		if (arena_bytes(arena, bytes_text(entry), &list[i]))
			return error_nomem(err);
	}
	*out = list;
	*count = conf_count(node);
	return 0;
}

static int read_networks(struct name_set *set, struct arena *arena,
                         const struct conf_node *node, struct error *err)
{
	if (!node)
		return 0;
	if (conf_expect(node, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	struct network *list = arena_array(arena, conf_count(node), sizeof *list);
	if (!list)
		return error_nomem(err);
	for (size_t i = 0; i < conf_count(node); i++) {
		const char *text;
		if (conf_text(conf_item(node, i), &text, err))
			return SIGNET_E_CONFIG;
		if (text_to_network(text, &list[i]))
			return conf_error(conf_item(node, i), err, "'%.64s' is no address and no "
			                  "network (the bits behind the prefix must be 0)", text);
	}
	set->ip = list;
	set->ip_count = conf_count(node);
	return 0;
}

static int read_oids(struct name_set *set, struct arena *arena,
                         const struct conf_node *node, struct error *err)
{
	if (!node)
		return 0;
	if (conf_expect(node, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	struct bytes *list = arena_array(arena, conf_count(node), sizeof *list);
	if (!list)
		return error_nomem(err);
	for (size_t i = 0; i < conf_count(node); i++) {
		const char *text;
		if (conf_text(conf_item(node, i), &text, err))
			return SIGNET_E_CONFIG;
		if (oid_from_text(arena, text, &list[i]))
			return conf_error(conf_item(node, i), err, "'%.64s' is no OID", text);
	}
	set->other = list;
	set->other_count = conf_count(node);
	return 0;
}

static bool is_part_pattern(const char *text)
{
	return *text && *text != '@' && text_is_utf8(bytes_text(text));
}

/* In lower case, as values are compared. */
static int read_patterns(struct part_patterns *part, struct arena *arena,
                         const struct conf_node *node, struct error *err)
{
	struct bytes *list = arena_array(arena, conf_count(node), sizeof *list);
	if (!list)
		return error_nomem(err);
	for (size_t i = 0; i < conf_count(node); i++) {
		const char *text;
		if (conf_text(conf_item(node, i), &text, err))
			return SIGNET_E_CONFIG;
		if (!is_part_pattern(text))
			return conf_error(conf_item(node, i), err,
			                  "'%.64s' is no pattern of values", text);
		char *lower = arena_strdup(arena, text);
		if (!lower)
			return error_nomem(err);
		for (char *c = lower; *c; c++)
			*c = text_lower(*c);
		list[i] = bytes_text(lower);
	}
	part->patterns = list;
	part->count = conf_count(node);
	return 0;
}

static int read_parts(struct name_set *set, struct arena *arena, const struct conf_node *map,
                      struct error *err)
{
	if (!map)
		return 0;
	if (conf_expect(map, CONF_MAP, err))
		return SIGNET_E_CONFIG;
	if (conf_count(map) > PARTS_MAX)
		return conf_error(map, err, "more than %d attributes", PARTS_MAX);
	struct part_patterns *parts = arena_array(arena, conf_count(map), sizeof *parts);
	if (!parts)
		return error_nomem(err);
	for (size_t i = 0; i < conf_count(map); i++) {
		const struct conf_node *node = conf_item(map, i);
		if (oid_from_text(arena, conf_key(node), &parts[i].oid))
			return conf_error(node, err, "there is no attribute of this name");
		if (conf_expect(node, CONF_LIST, err) || read_patterns(&parts[i], arena, node, err))
			return SIGNET_E_CONFIG;
	}
	set->parts = parts;
	set->part_count = conf_count(map);
	return 0;
}

int name_set_read(struct name_set *out, struct arena *arena, const struct conf_node *map,
                  bool denied, struct error *err)
{
	int result = read_list(arena, map, "dns", host_form, "a host name or *.DOMAIN", &out->dns,
	                       &out->dns_count, err);
	if (result == 0)
		result = read_list(arena, map, "email", email_form,
		                   "a mailbox, a domain or *.DOMAIN", &out->email,
		                   &out->email_count, err);
	if (result == 0)
		result = read_list(arena, map, "uri", denied ? denied_uri_form : uri_form,
		                   "the beginning of a URI with its scheme and host", &out->uri,
		                   &out->uri_count, err);
	if (result == 0)
		result = read_networks(out, arena, conf_find(map, "ip"), err);
	if (result == 0)
		result = read_oids(out, arena, conf_find(map, "other"), err);
	return result ? result : read_parts(out, arena, conf_find(map, "subject"), err);
}
