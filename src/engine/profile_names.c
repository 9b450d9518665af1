/* Which alternative names a profile takes from the request, and which it adds: read. */
#include <stdlib.h>

#include "api/template.h"
#include "asn1/oid.h"
#include "engine/profile_private.h"

/* What "from-request" may name: what else a GeneralName can be, no certificate of ours has use for. */
#define KINDS "dns, ip, email, uri, upn, other"

int profile_name_kind(const char *name)
{
	return strcmp(name, "upn") == 0 ? (int)PROFILE_NAME_UPN : general_name_kind_from_name(name);
}

const char *profile_name_kind_name(unsigned kind)
{
	return kind == PROFILE_NAME_UPN ? "upn"
	                                : general_name_kind_name((enum general_name_kind)kind);
}

static bool is_taken_kind(int kind)
{
	return kind == GN_DNS || kind == GN_IP || kind == GN_EMAIL || kind == GN_URI ||
	       kind == GN_OTHER || kind == (int)PROFILE_NAME_UPN;
}

/* ---- reading ---- */

static int take_kind(const struct profile_reader *r, const struct conf_node *node,
                     const char *name, int64_t most)
{
	int kind = profile_name_kind(name);
	if (!is_taken_kind(kind))
		return conf_error(node, r->err, "'%.64s' is none of " KINDS, name);
	r->profile->names.most[kind] = (uint8_t)most;
	return 0;
}

/* A list of kinds, or a map from kinds to the most that is taken of them. */
static int read_taken(const struct profile_reader *r, const struct conf_node *node)
{
	int result = 0;
	if (conf_kind(node) == CONF_MAP) {
		for (size_t i = 0; result == 0 && i < conf_count(node); i++) {
			const struct conf_node *entry = conf_item(node, i);
			int64_t most;
			result = conf_integer(entry, 1, LIMIT_SAN_COUNT, &most, r->err);
			if (result == 0)
				result = take_kind(r, entry, conf_key(entry), most);
		}
		return result;
	}
	const char **list;
	size_t count;
	if (conf_text_list(node, &list, &count, r->err))
		return SIGNET_E_CONFIG;
	for (size_t i = 0; result == 0 && i < count; i++)
		result = take_kind(r, node, list[i], LIMIT_SAN_COUNT);
	free(list);
	return result;
}

static const char *read_kind(const char *text, struct profile_name *out)
{
	char name[32];
	size_t length = strcspn(text, ":");
	if (!text[length])
		return NULL;
	const char *value = text + length + 1;
	out->optional = length > 1 && text[length - 1] == '?';
	length -= out->optional;
	if (length >= sizeof name)
		return NULL;
	memcpy(name, text, length);
	name[length] = '\0';
	int kind = profile_name_kind(name);
	out->kind = (unsigned)kind;
	return kind < 0 ? NULL : value;
}

/* userPrincipalName ([MS-WCCE] section 2.2.2.7.7.4 has its form): "user@suffix". */
static int make_upn(struct arena *arena, const char *text, struct general_name *out,
                    struct error *err)
{
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(LIMIT_NAME);
	struct der_writer w = der_write(&content);
	const char *at = strchr(text, '@');
	if (!at || at == text || !at[1] || strchr(at + 1, '@'))
		return error_set(err, SIGNET_E_BAD_NAME, "upn name: not of the form user@suffix");
	der_put_oid(&w, OID_UPN);
	der_begin(&w, DER_CONTEXT_CONSTRUCTED(0));
	der_put(&w, DER_UTF8_STRING, bytes_text(text));
	der_end(&w);
	int result = der_writer_finish(&w);
	if (result == SIGNET_E_TOO_BIG)
		return error_set(err, SIGNET_E_BAD_NAME, "upn name: too long");
	out->kind = GN_OTHER;
	return result || arena_bytes(arena, buffer_bytes(&content), &out->value) ? error_nomem(err) : 0;
}

int profile_make_name(struct arena *arena, unsigned kind, const char *text,
                      struct general_name *out, struct error *err)
{
	if (kind == PROFILE_NAME_UPN)
		return make_upn(arena, text, out, err);
	const char *whole = arena_printf(arena, "%s:%s", profile_name_kind_name(kind), text);
	return whole ? general_name_from_text(arena, whole, out, err) : error_nomem(err);
}

static int check_template(const struct profile_reader *r, const struct conf_node *node,
                          const struct profile_name *name)
{
	if (name->kind != GN_DNS && name->kind != GN_IP && name->kind != GN_EMAIL &&
	    name->kind != GN_URI && name->kind != PROFILE_NAME_UPN)
		return conf_error(node, r->err, "names of the kind %s are not made by templates",
		                  profile_name_kind_name(name->kind));
	if (strstr(name->template, "{subject."))
		return conf_error(node, r->err, "{subject...} is made after the names");
	return 0;
}

/* "email?:{attribute.mail}" */
static int read_added(const struct profile_reader *r, const struct conf_node *node,
                      struct profile_name *out)
{
	const char *text, *fixed;
	struct error why = {0};
	int result = profile_read_template(r, node, &text);
	if (result)
		return result;
	out->template = read_kind(text, out);
	if (!out->template)
		return conf_error(node, r->err, "not of the form kind:value, with a kind such as dns, "
		                  "ip, email, uri or upn");
	if (profile_is_template(text))
		return check_template(r, node, out);
	result = signet_template_expand(out->template, &(struct signet_template_source){0},
	                                r->arena, &fixed, &why);
	if (result == 0)
		result = profile_make_name(r->arena, out->kind, fixed, &out->fixed, &why);
	out->template = NULL;
	if (result == SIGNET_E_NOMEM)
		return error_nomem(r->err);
	return result ? conf_error(node, r->err, "%s", why.message) : 0;
}

static int read_add(const struct profile_reader *r, const struct conf_node *node)
{
	struct profile_names *n = &r->profile->names;
	size_t count = conf_count(node);
	if (!node)
		return 0;
	if (conf_expect(node, CONF_LIST, r->err))
		return SIGNET_E_CONFIG;
	if (count > LIMIT_SAN_COUNT)
		return conf_error(node, r->err, "more than %d names", LIMIT_SAN_COUNT);
	n->added = arena_array(r->arena, count, sizeof *n->added);
	if (!n->added)
		return error_nomem(r->err);
	for (; n->added_count < count; n->added_count++) {
		int result = read_added(r, conf_item(node, n->added_count),
		                        &n->added[n->added_count]);
		if (result)
			return result;
	}
	return 0;
}

static bool can_have(const struct profile_names *n, unsigned kind)
{
	bool can = n->most[kind] > 0;
	for (size_t i = 0; i < n->added_count; i++)
		can = can || n->added[i].kind == kind;
	return can;
}

static int read_required(const struct profile_reader *r, const struct conf_node *node)
{
	struct profile_names *n = &r->profile->names;
	const char **list;
	size_t count;
	int result = 0;
	if (!node)
		return 0;
	if (conf_text_list(node, &list, &count, r->err))
		return SIGNET_E_CONFIG;
	for (size_t i = 0; result == 0 && i < count; i++) {
		int kind = profile_name_kind(list[i]);
		if (strcmp(list[i], "any") == 0)
			n->any_required = true;
		else if (kind < 0)
			result = conf_error(node, r->err, "'%.64s' is neither any nor one of " KINDS,
			                    list[i]);
		else if (!can_have(n, (unsigned)kind))
			result = conf_error(node, r->err, "no names of the kind %s are taken or added",
			                    list[i]);
		else
			n->required[kind] = true;
	}
	free(list);
	return result;
}

static int read_unexpected(const struct profile_reader *r, const struct conf_node *node)
{
	static const char *const words[] = {"deny", "ignore", NULL};
	int choice = 0;
	if (node && conf_choice(node, words, &choice, r->err))
		return SIGNET_E_CONFIG;
	r->profile->names.ignore = choice == 1;
	return 0;
}

int profile_read_names(const struct profile_reader *r)
{
	static const char *const known[] = {"from-request", "common-name", "add", "required",
	                                    "unexpected", NULL};
	const struct conf_node *node = conf_find(r->map, "names");
	struct profile_names *n = &r->profile->names;
	n->common_name = true;
	if (!node) {
		n->most[GN_DNS] = n->most[GN_IP] = LIMIT_SAN_COUNT;
		return 0;
	}
	if (conf_kind(node) != CONF_MAP)
		return read_taken(r, node);
	if (conf_check_keys(node, known, r->err) ||
	    conf_get_boolean(node, "common-name", true, &n->common_name, r->err) ||
	    read_unexpected(r, conf_find(node, "unexpected")))
		return SIGNET_E_CONFIG;
	const struct conf_node *taken = conf_find(node, "from-request");
	int result = taken ? read_taken(r, taken) : 0;
	if (result == 0)
		result = read_add(r, conf_find(node, "add"));
	return result ? result : read_required(r, conf_find(node, "required"));
}
