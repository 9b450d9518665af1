#include "engine/profile.h"

#include "api/template.h"
#include "asn1/oid.h"
#include "engine/profile_private.h"

#define DAY 86400

bool profile_is_template(const char *text)
{
	for (; (text = strchr(text, '{')); text += 2)
		if (text[1] != '{')
			return true;
	return false;
}

int profile_read_template(const struct profile_reader *r, const struct conf_node *node,
                          const char **out)
{
	const char *text;
	struct error why = {0};
	if (conf_text(node, &text, r->err))
		return SIGNET_E_CONFIG;
	int result = signet_template_check(text, false, &why);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(r->err);
	if (result)
		return conf_error(node, r->err, "%s", why.message);
	*out = arena_strdup(r->arena, text);
	return *out ? 0 : error_nomem(r->err);
}

int profile_read_oid(const struct profile_reader *r, const struct conf_node *node,
                     struct bytes *out)
{
	const char *text;
	if (conf_text(node, &text, r->err))
		return SIGNET_E_CONFIG;
	int result = oid_from_text(r->arena, text, out);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(r->err);
	return result ? conf_error(node, r->err, "'%.64s' is no OID", text) : 0;
}

const struct extension *profile_extension(const struct profile *profile, struct bytes oid)
{
	for (size_t i = 0; i < profile->extension_count; i++)
		if (bytes_equal(profile->extensions[i].oid, oid))
			return &profile->extensions[i];
	return NULL;
}

int profile_add(const struct profile_reader *r, const struct conf_node *node, struct bytes oid,
                bool critical, const struct buffer *value)
{
	struct profile *p = r->profile;
	struct extension *out = &p->extensions[p->extension_count];
	const char *name = oid_name(oid);
	if (profile_extension(p, oid))
		return conf_error(node, r->err, "the extension %s is there already",
		                  name ? name : "of this OID");
	if (p->extension_count == PROFILE_EXTENSIONS_MAX)
		return conf_error(node, r->err, "more extensions than a certificate has room for");
	if (value->error == SIGNET_E_TOO_BIG)
		return conf_error(node, r->err, "the extension is larger than a certificate");
	if (value->error || arena_bytes(r->arena, buffer_bytes(value), &out->value))
		return error_nomem(r->err);
	out->oid = oid;
	out->critical = critical;
	p->extension_count++;
	return 0;
}

static int read_authority(const struct profile_reader *r, const struct authority *authorities,
                          size_t count)
{
	const struct conf_node *node = conf_find(r->map, "authority");
	struct profile *p = r->profile;
	const char *name;
	if (!node && count == 1) {
		p->authority = &authorities[0];
		return 0;
	}
	if (!node)
		return conf_error(r->map, r->err, "the key 'authority' is missing, and there are "
		                  "%zu of them", count);
	if (conf_text(node, &name, r->err))
		return SIGNET_E_CONFIG;
	for (size_t i = 0; i < count; i++)
		if (strcmp(authorities[i].name, name) == 0)
			p->authority = &authorities[i];
	return p->authority ? 0 : conf_error(node, r->err, "there is no authority '%s'", name);
}

/* The map's bounds; what is left out follows from the others. */
static int read_bounds(const struct profile_reader *r, const struct conf_node *node)
{
	static const char *const known[] = {"default", "max", "min", "from-request", NULL};
	struct profile *p = r->profile;
	if (conf_check_keys(node, known, r->err) ||
	    conf_get_duration(node, "max", 90 * DAY, &p->validity_most, r->err) ||
	    conf_get_duration(node, "default", p->validity_most, &p->validity, r->err) ||
	    conf_get_duration(node, "min", 0, &p->validity_least, r->err) ||
	    conf_get_boolean(node, "from-request", true, &p->wishes, r->err))
		return SIGNET_E_CONFIG;
	if (!conf_find(node, "max"))
		p->validity_most = p->validity;
	if (p->validity > p->validity_most)
		return conf_error(node, r->err, "'default' is longer than 'max'");
	if (p->validity < p->validity_least)
		return conf_error(node, r->err, "'min' is longer than 'default'");
	return 0;
}

static int read_validity(const struct profile_reader *r)
{
	struct profile *p = r->profile;
	const struct conf_node *node = conf_find(r->map, "validity");
	p->wishes = true;
	p->validity = 90 * DAY;
	if (node && conf_kind(node) == CONF_MAP) {
		if (read_bounds(r, node))
			return SIGNET_E_CONFIG;
	} else {
		if (node && conf_duration(node, &p->validity, r->err))
			return SIGNET_E_CONFIG;
		p->validity_most = p->validity;
	}
	if (conf_get_duration(r->map, "backdate", 60, &p->backdate, r->err))
		return SIGNET_E_CONFIG;
	if (p->validity <= 0)
		return conf_error(node, r->err, "must be longer than 0");
	if (p->backdate >= p->validity)
		return conf_error(conf_find(r->map, "backdate") ? conf_find(r->map, "backdate") : node,
		                  r->err, "'backdate' must be shorter than 'validity'");
	return 0;
}

/* All parts in the order in which they need each other. */
static int read_parts(const struct profile_reader *r)
{
	static int (*const readers[])(const struct profile_reader *) = {
		read_validity, profile_read_usages, profile_read_subject, profile_read_names,
		profile_read_extensions, profile_read_constraints, profile_read_urls,
		profile_read_others, profile_read_requested,
	};
	int result = 0;
	for (size_t i = 0; result == 0 && i < sizeof readers / sizeof *readers; i++)
		result = readers[i](r);
	return result;
}

int profile_load(struct profile *out, struct arena *arena, const struct conf_node *node,
                 const struct authority *authorities, size_t authority_count, struct error *err)
{
	static const char *const known[] = {
		"authority", "validity", "backdate", "subject", "names", "key-usage",
		"extended-key-usage", "basic-constraints", "name-constraints", "policies",
		"policy-constraints", "inhibit-any-policy", "urls", "ocsp-no-check", "must-staple",
		"tls-feature", "ms-template", "ms-sid", "ms-sid?", "extensions", "from-request",
		"unexpected", NULL};
	const struct profile_reader r = {out, arena, node, err};
	*out = (struct profile){
		.name = arena_strdup(arena, conf_key(node)),
		.extensions = arena_array(arena, PROFILE_EXTENSIONS_MAX,
		                          sizeof *out->extensions)};
	if (!out->name || !out->extensions)
		return error_nomem(err);
	if (conf_check_keys(node, known, err))
		return SIGNET_E_CONFIG;
	int result = read_authority(&r, authorities, authority_count);
	return result ? result : read_parts(&r);
}
