/*
 * The rule `names`: which names a certificate may carry. A name of a kind
 * that has no list here is denied, as is one that no entry of its list
 * matches.
 *
 *   dns          list of host names. "*.example.com" stands for every name below
 *                example.com, at any depth; example.com itself only when it is listed, too;
 *                "*" stands for every host name
 *   wildcards    true: a certificate may carry wildcard names ("*.a.example.com") where
 *                dns allows all that they stand for; false (default): none
 *   ip           list of addresses and networks: 192.0.2.1, 10.0.0.0/8, 2001:db8::/32
 *   email        list of domains whose mailboxes are allowed: example.com, and
 *                "*.example.com" for all below it
 *   uri          list of beginnings: https://example.com/devices/, urn:example:. What follows
 *                must begin with "/", "?" or "#" unless the entry ends in "/" or, without an
 *                authority ("//"), in ":". Compared as they are written. Paths with "." or ".."
 *                segments never match
 *   other        list of OIDs: otherName values of these types are allowed
 *   common-name  in-names (default): each common name of the subject must be one of the
 *                alternative names; any: it may be anything
 *
 * A subject's emailAddress is judged by the email list.
 */
#include <stdio.h>
#include <stdlib.h>

#include "api/policy.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/limits.h"
#include "base/text.h"

#define MEMORY (1u << 20)

struct names {
	struct arena *arena;
	const struct bytes *dns; /* patterns */
	size_t dns_count;
	const struct network *ip;
	size_t ip_count;
	const struct bytes *email; /* patterns */
	size_t email_count;
	const struct bytes *uri;
	size_t uri_count;
	const struct bytes *other;
	size_t other_count;
	bool wildcards;
	bool any_common_name;
};

static bool equal_nocase(struct bytes a, struct bytes b)
{
	if (a.length != b.length)
		return false;
	for (size_t i = 0; i < a.length; i++)
		if (text_lower((char)a.data[i]) != text_lower((char)b.data[i]))
			return false;
	return true;
}

static bool begins_with(struct bytes text, struct bytes start)
{
	return text.length >= start.length &&
	       (start.length == 0 || memcmp(text.data, start.data, start.length) == 0);
}

static struct bytes behind(struct bytes text, size_t count)
{
	return bytes_make(text.data + count, text.length - count);
}

static bool is_wildcard(struct bytes name)
{
	return begins_with(name, bytes_text("*."));
}

/* Whether name is ".base" with at least one label before it. */
static bool is_below(struct bytes name, struct bytes base)
{
	return name.length > base.length + 1 && name.data[name.length - base.length - 1] == '.' &&
	       equal_nocase(behind(name, name.length - base.length), base);
}

/* One host name against one pattern; a wildcard name matches when all that it stands for does. */
static bool matches_host(struct bytes name, struct bytes pattern)
{
	if (bytes_is_text(pattern, "*"))
		return true;
	if (!is_wildcard(pattern))
		return equal_nocase(name, pattern);
	struct bytes base = behind(pattern, 2);
	if (is_wildcard(name) && equal_nocase(behind(name, 2), base))
		return true;
	return is_below(is_wildcard(name) ? behind(name, 2) : name, base);
}

static bool is_dns_allowed(const struct names *names, struct bytes name)
{
	for (size_t i = 0; i < names->dns_count; i++)
		if (matches_host(name, names->dns[i]))
			return true;
	return false;
}

static bool is_ip_allowed(const struct names *names, struct bytes address)
{
	for (size_t i = 0; i < names->ip_count; i++)
		if (network_contains(&names->ip[i], address))
			return true;
	return false;
}

static bool is_email_allowed(const struct names *names, struct bytes mailbox)
{
	/* more than one "@": who reads it from the left finds another domain than we do */
	const uint8_t *at = memrchr(mailbox.data, '@', mailbox.length);
	if (!at || at == mailbox.data || memchr(mailbox.data, '@', mailbox.length) != at)
		return false;
	struct bytes domain = behind(mailbox, (size_t)(at - mailbox.data) + 1);
	for (size_t i = 0; i < names->email_count; i++)
		if (!is_wildcard(domain) && matches_host(domain, names->email[i]))
			return true;
	return false;
}

/* Whether the path has "." or ".." segments, which let a URI leave the place where it begins;
 * "%2e" is a way to write the dot (RFC 3986 section 6.2.2). */
static bool has_dot_segment(struct bytes uri)
{
	size_t dots = 0, others = 0;
	bool inside = false; /* of a segment behind a slash */
	for (size_t i = 0; i <= uri.length; i++) {
		char c = i < uri.length ? (char)uri.data[i] : '\0';
		if (c == '/' || c == '?' || c == '#' || c == '\\' || c == '\0') {
			if (inside && others == 0 && (dots == 1 || dots == 2))
				return true;
			if (c == '?' || c == '#')
				return false;
			inside = true;
			dots = others = 0;
		} else if (c == '.') {
			dots++;
		} else if (c == '%' && uri.length - i > 2 && uri.data[i + 1] == '2' &&
		           text_lower((char)uri.data[i + 2]) == 'e') {
			dots++;
			i += 2;
		} else {
			others++;
		}
	}
	return false;
}

static bool matches_uri(struct bytes uri, struct bytes start)
{
	if (!begins_with(uri, start))
		return false;
	uint8_t last = start.data[start.length - 1];
	if (uri.length == start.length || last == '/')
		return true;
	/* "https://host:" would let "https://host:x@elsewhere/" in */
	if (last == ':' && !memmem(start.data, start.length, "//", 2))
		return true;
	uint8_t next = uri.data[start.length];
	return next == '/' || next == '?' || next == '#';
}

static bool is_uri_allowed(const struct names *names, struct bytes uri)
{
	if (has_dot_segment(uri))
		return false;
	for (size_t i = 0; i < names->uri_count; i++)
		if (matches_uri(uri, names->uri[i]))
			return true;
	return false;
}

static bool is_other_allowed(const struct names *names, struct bytes value)
{
	struct der der = der_open(value);
	struct bytes oid;
	if (der_oid(&der, &oid))
		return false;
	for (size_t i = 0; i < names->other_count; i++)
		if (bytes_equal(oid, names->other[i]))
			return true;
	return false;
}

static bool is_allowed(const struct names *names, const struct general_name *name)
{
	switch (name->kind) {
	case GN_DNS:
		return is_dns_allowed(names, name->value);
	case GN_IP:
		return is_ip_allowed(names, name->value);
	case GN_EMAIL:
		return is_email_allowed(names, name->value);
	case GN_URI:
		return is_uri_allowed(names, name->value);
	case GN_OTHER:
		return is_other_allowed(names, name->value);
	case GN_X400:
	case GN_DIRECTORY:
	case GN_EDI:
	case GN_REGISTERED_ID:
		break;
	}
	return false;
}

static int check_alt_names(const struct names *names, struct arena *arena,
                           const struct general_name *list, size_t count,
                           struct signet_verdict *verdict)
{
	for (size_t i = 0; i < count; i++) {
		bool wildcard = list[i].kind == GN_DNS && is_wildcard(list[i].value);
		if ((!wildcard || names->wildcards) && is_allowed(names, &list[i]))
			continue;
		const char *text = general_name_text(arena, &list[i]);
		return signet_deny(verdict, SIGNET_REASON_NAME, "the name %s:%s is not allowed%s",
		                   general_name_kind_name(list[i].kind), text ? text : "",
		                   wildcard && !names->wildcards ? " (wildcards are not)" : "");
	}
	return 0;
}

static bool is_among(struct arena *arena, const char *common_name,
                     const struct general_name *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *text = general_name_text(arena, &list[i]);
		if (text && text_equal_nocase(text, common_name))
			return true;
	}
	return false;
}

static int check_part(const struct names *names, struct arena *arena,
                      const struct name_part *part, const struct general_name *list,
                      size_t count, struct signet_verdict *verdict)
{
	bool common_name = bytes_equal(part->oid, OID_COMMON_NAME) && !names->any_common_name;
	bool email = bytes_equal(part->oid, OID_EMAIL_ADDRESS);
	if (!common_name && !email)
		return 0;
	const char *text = name_part_text(arena, part);
	if (!text)
		return SIGNET_E_NOMEM;
	if (common_name && !is_among(arena, text, list, count))
		return signet_deny(verdict, SIGNET_REASON_NAME,
		                   "the common name %s is not among the alternative names", text);
	if (email && !is_email_allowed(names, bytes_text(text)))
		return signet_deny(verdict, SIGNET_REASON_NAME,
		                   "the subject's emailAddress %s is not allowed", text);
	return 0;
}

static int check(const void *rule, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	const struct names *names = rule;
	struct arena *arena = signet_draft_arena(draft);
	size_t count;
	const struct general_name *list = signet_draft_alt_names(draft, &count);
	(void)request;
	int result = check_alt_names(names, arena, list, count, verdict);
	struct bytes subject = signet_draft_subject(draft);
	struct name_reader reader = name_open(subject);
	struct name_part part;
	while (result == 0 && verdict->decision == SIGNET_PASS && subject.length &&
	       name_next(&reader, &part))
		result = check_part(names, arena, &part, list, count, verdict);
	return result;
}

/* The texts of a list, copied; each is judged by is_good. */
static int read_list(struct names *names, const struct conf_node *map, const char *key,
                     bool (*is_good)(const char *text), const char *wanted,
                     const struct bytes **out, size_t *count, struct error *err)
{
	const struct conf_node *node = conf_find(map, key);
	if (!node)
		return 0;
	if (conf_expect(node, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	struct bytes *list = arena_array(names->arena, conf_count(node), sizeof *list);
	if (!list)
		return error_nomem(err);
	for (size_t i = 0; i < conf_count(node); i++) {
		const char *text;
		if (conf_text(conf_item(node, i), &text, err))
			return SIGNET_E_CONFIG;
		if (!is_good(text))
			return conf_error(conf_item(node, i), err, "'%.200s' is not %s", text,
			                  wanted);
		if (arena_bytes(names->arena, bytes_text(text), &list[i]))
			return error_nomem(err);
	}
	*out = list;
	*count = conf_count(node);
	return 0;
}

static bool is_host_pattern(const char *text)
{
	return strcmp(text, "*") == 0 || text_is_dns_name(text, true);
}

static bool is_uri_start(const char *text)
{
	const char *colon = strchr(text, ':');
	if (!colon || colon == text || !text_is_printable(bytes_text(text)))
		return false;
	/* with an authority, a whole one: "https://ex" is no beginning of anything meant */
	return strncmp(colon, "://", 3) != 0 || (colon[3] != '\0' && colon[3] != '/');
}

static int read_networks(struct names *names, const struct conf_node *node, struct error *err)
{
	if (!node)
		return 0;
	if (conf_expect(node, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	struct network *list = arena_array(names->arena, conf_count(node), sizeof *list);
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
	names->ip = list;
	names->ip_count = conf_count(node);
	return 0;
}

static int read_oids(struct names *names, const struct conf_node *node, struct error *err)
{
	if (!node)
		return 0;
	if (conf_expect(node, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	struct bytes *list = arena_array(names->arena, conf_count(node), sizeof *list);
	if (!list)
		return error_nomem(err);
	for (size_t i = 0; i < conf_count(node); i++) {
		const char *text;
		if (conf_text(conf_item(node, i), &text, err))
			return SIGNET_E_CONFIG;
		if (oid_from_text(names->arena, text, &list[i]))
			return conf_error(conf_item(node, i), err, "'%.64s' is no OID", text);
	}
	names->other = list;
	names->other_count = conf_count(node);
	return 0;
}

static int read_common_name(struct names *names, const struct conf_node *node, struct error *err)
{
	static const char *const choices[] = {"in-names", "any", NULL};
	int choice = 0;
	if (node && conf_choice(node, choices, &choice, err))
		return SIGNET_E_CONFIG;
	names->any_common_name = choice == 1;
	return 0;
}

static int read_names(struct names *names, const struct conf_node *node, struct error *err)
{
	int result = read_list(names, node, "dns", is_host_pattern, "a host name or *.DOMAIN",
	                       &names->dns, &names->dns_count, err);
	if (result == 0)
		result = read_list(names, node, "email", is_host_pattern, "a domain or *.DOMAIN",
		                   &names->email, &names->email_count, err);
	if (result == 0)
		result = read_list(names, node, "uri", is_uri_start,
		                   "the beginning of a URI with its scheme and host", &names->uri,
		                   &names->uri_count, err);
	if (result == 0)
		result = read_networks(names, conf_find(node, "ip"), err);
	if (result == 0)
		result = read_oids(names, conf_find(node, "other"), err);
	if (result == 0)
		result = read_common_name(names, conf_find(node, "common-name"), err);
	if (result == 0)
		result = conf_get_boolean(node, "wildcards", false, &names->wildcards, err);
	return result;
}

static void free_rule(void *rule)
{
	struct names *names = rule;
	if (names)
		arena_free(names->arena);
	free(names);
}

static int configure(void **rule, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	struct names *names = calloc(1, sizeof *names);
	(void)host;
	if (!names)
		return error_nomem(err);
	names->arena = arena_new(MEMORY);
	int result = names->arena ? read_names(names, node, err) : error_nomem(err);
	if (result) {
		free_rule(names);
		return result;
	}
	*rule = names;
	return 0;
}

static const char *const keys[] = {"dns", "wildcards", "ip", "email", "uri", "other",
                                   "common-name", NULL};

extern const struct signet_policy policy_names;
const struct signet_policy policy_names = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "names",
	           "judges the names of subject and subjectAltName", keys},
	.configure = configure,
	.check = check,
	.free = free_rule,
};
