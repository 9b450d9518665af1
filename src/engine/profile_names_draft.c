/* The alternative names that a profile takes from a request, and those that it adds: drafted. */
#include "api/draft.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/text.h"
#include "engine/profile_private.h"

struct collected {
	const struct profile_drafting *d;
	struct general_name *names;
	size_t count;
	size_t counts[PROFILE_NAME_KINDS];
};

static bool is_upn(const struct general_name *name)
{
	struct der der = der_open(name->value);
	struct bytes oid;
	return name->kind == GN_OTHER && der_oid(&der, &oid) == 0 && bytes_equal(oid, OID_UPN);
}

/* The kind that the profile knows a name by: userPrincipalName is one of `other`, too. */
static unsigned kind_of(const struct profile_names *n, const struct general_name *name)
{
	return n->most[PROFILE_NAME_UPN] && is_upn(name) ? (unsigned)PROFILE_NAME_UPN
	                                                 : (unsigned)name->kind;
}

static bool is_same(const struct general_name *a, const struct general_name *b)
{
	if (a->kind != b->kind || a->value.length != b->value.length)
		return false;
	for (size_t i = 0; i < a->value.length; i++) {
		uint8_t x = a->value.data[i], y = b->value.data[i];
		if (x != y && (a->kind != GN_DNS || text_lower((char)x) != text_lower((char)y)))
			return false;
	}
	return true;
}

static bool is_listed(const struct collected *c, const struct general_name *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (is_same(&c->names[i], name))
			return true;
	return false;
}

static int take(struct collected *c, const struct general_name *name)
{
	const struct profile_names *n = &c->d->profile->names;
	unsigned kind = kind_of(n, name);
	if (n->most[kind] == 0 && n->ignore)
		return 0;
	if (n->most[kind] == 0)
		return signet_deny(c->d->verdict, SIGNET_REASON_NAME,
		                   "the profile '%s' takes no names of the kind %s",
		                   c->d->profile->name, profile_name_kind_name(kind));
	if (c->counts[kind] == n->most[kind])
		return signet_deny(c->d->verdict, SIGNET_REASON_NAME,
		                   "the profile '%s' takes at most %u names of the kind %s",
		                   c->d->profile->name, n->most[kind], profile_name_kind_name(kind));
	c->counts[kind]++;
	c->names[c->count++] = *name;
	return 0;
}

/* A common name that is a host name and does not stand among the names (RFC 8555 section 7.4 knows
 * both places). */
static int take_common_name(struct collected *c)
{
	const struct profile_names *n = &c->d->profile->names;
	const struct signet_request *request = c->d->request;
	if (!n->common_name || !n->most[GN_DNS] || name_is_empty(request->subject))
		return 0;
	const char *text = name_common_name(signet_draft_arena(c->d->draft), request->subject);
	const struct general_name name = {GN_DNS, bytes_text(text)};
	if (!text || !text_is_dns_name(text, true) || is_listed(c, &name))
		return 0;
	return take(c, &name);
}

static int take_requested(struct collected *c)
{
	const struct signet_request *request = c->d->request;
	for (size_t i = 0; i < request->alt_name_count; i++) {
		int result = take(c, &request->alt_names[i]);
		if (result || c->d->verdict->decision != SIGNET_PASS)
			return result;
	}
	return take_common_name(c);
}

/* The template is one place and nothing else: the request brings the whole name. */
static bool is_whole(const char *template)
{
	return template[0] == '{' && template[1] != '{' && !strchr(template, '}')[1];
}

/* Characters by which a value would be more than the part of a name that its place stands for: a
 * wildcard, another domain, another path. */
static const char *refused_in(const struct profile_name *name)
{
	bool whole = is_whole(name->template);
	switch (name->kind) {
	case GN_DNS:
		return "*";
	case GN_EMAIL:
		return whole ? " \",:;<>()[]\\" : "@ \",:;<>()[]\\";
	case GN_URI:
		return whole ? NULL : ":/?#[]@!$&'()*+,;=%"; /* RFC 3986 section 2.2 */
	case PROFILE_NAME_UPN:
		return whole ? NULL : "@";
	default:
		return NULL;
	}
}

/* "." and ".." between slashes are paths to elsewhere (RFC 3986 section 5.2.4). */
static bool has_dot_segment(const char *uri)
{
	for (const char *at = strchr(uri, '/'); at; at = strchr(at, '/')) {
		at++;
		size_t dots = strspn(at, ".");
		if ((dots == 1 || dots == 2) && (!at[dots] || strchr("/?#", at[dots])))
			return true;
	}
	return false;
}

static const char *find_fault(const struct profile_name *name, const char *text)
{
	if (name->kind == GN_EMAIL && strchr(text, '@') != strrchr(text, '@'))
		return "more than one \"@\"";
	if (name->kind == GN_URI && !is_whole(name->template) && has_dot_segment(text))
		return "a path to elsewhere";
	return NULL;
}

/* Fills the template and makes a name of it; *made is false when it is left out or denied. */
static int fill(const struct profile_drafting *d, const struct profile_name *name,
                struct general_name *out, bool *made)
{
	const char *kind = profile_name_kind_name(name->kind), *text;
	const struct profile_filling filling = {name->template, kind, refused_in(name),
	                                        name->optional};
	struct error why = {0};
	int result = profile_fill(d, &filling, &text);
	if (result || !text)
		return result;
	const char *fault = find_fault(name, text);
	if (fault)
		return signet_deny(d->verdict, SIGNET_REASON_NAME, "%s name: %s", kind, fault);
	result = profile_make_name(signet_draft_arena(d->draft), name->kind, text, out, &why);
	if (result == SIGNET_E_NOMEM)
		return result;
	*made = result == 0;
	return result ? signet_deny(d->verdict, SIGNET_REASON_NAME, "%s", why.message) : 0;
}

static int add_names(struct collected *c)
{
	const struct profile_names *n = &c->d->profile->names;
	for (size_t i = 0; i < n->added_count; i++) {
		struct general_name name = n->added[i].fixed;
		bool made = !n->added[i].template;
		int result = made ? 0 : fill(c->d, &n->added[i], &name, &made);
		if (result || c->d->verdict->decision != SIGNET_PASS)
			return result;
		if (!made)
			continue;
		c->counts[n->added[i].kind]++;
		if (!is_listed(c, &name))
			c->names[c->count++] = name;
	}
	return 0;
}

static int set_names(struct collected *c, enum signet_origin origin)
{
	signet_draft_begin(c->d->draft, origin);
	int result = signet_draft_set_alt_names(c->d->draft, c->names, c->count);
	return result == SIGNET_E_TOO_BIG
		? signet_deny(c->d->verdict, SIGNET_REASON_NAME, "more than %d alternative names",
		              LIMIT_SAN_COUNT) : result;
}

static int check_required(const struct collected *c)
{
	const struct profile_names *n = &c->d->profile->names;
	if (n->any_required && c->count == 0)
		return signet_deny(c->d->verdict, SIGNET_REASON_NAME,
		                   "the profile '%s' wants an alternative name",
		                   c->d->profile->name);
	for (unsigned kind = 0; kind < PROFILE_NAME_KINDS; kind++)
		if (n->required[kind] && c->counts[kind] == 0)
			return signet_deny(c->d->verdict, SIGNET_REASON_NAME,
			                   "the profile '%s' wants a name of the kind %s",
			                   c->d->profile->name, profile_name_kind_name(kind));
	return 0;
}

/* Those of the request stand in the draft already when the templates are filled. */
int profile_draft_names(const struct profile_drafting *d)
{
	const struct profile_names *n = &d->profile->names;
	struct collected c = {.d = d};
	c.names = arena_array(signet_draft_arena(d->draft),
	                      d->request->alt_name_count + 1 + n->added_count, sizeof *c.names);
	int result = c.names ? take_requested(&c) : SIGNET_E_NOMEM;
	size_t taken = c.count;
	if (result == 0 && d->verdict->decision == SIGNET_PASS)
		result = set_names(&c, SIGNET_ORIGIN_REQUEST);
	if (result == 0 && d->verdict->decision == SIGNET_PASS && n->added_count)
		result = add_names(&c);
	if (result == 0 && d->verdict->decision == SIGNET_PASS && c.count > taken)
		result = set_names(&c, SIGNET_ORIGIN_PROFILE);
	if (result == 0 && d->verdict->decision == SIGNET_PASS)
		result = check_required(&c);
	return result;
}
