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
 *   email        list of mailboxes, and of domains whose mailboxes are allowed: example.com, and
 *                "*.example.com" for all below it
 *   uri          list of beginnings: https://example.com/devices/, urn:example:. What follows
 *                must begin with "/", "?" or "#" unless the entry ends in "/" or, without an
 *                authority ("//"), in ":". Compared as they are written. Paths with "." or ".."
 *                segments never match
 *   other        list of OIDs: otherName values of these types are allowed
 *   common-name  in-names (default): each common name of the subject must be one of the
 *                alternative names; any: it may be anything
 *   subject      map of attributes of the subject to lists of patterns, of which each value must fit
 *                one: {O: ["Example *"], C: [DE, AT]}. "*" stands for anything; case does not matter
 *   deny         map with the keys dns, ip, email, uri, other and subject: what is denied although a
 *                list above allows it. A wildcard name is denied with any name that it may stand for.
 *                uri may also be host names, which stand for every URI with that host. Mailboxes, URIs
 *                and values are denied in every spelling that some reader may take for them
 *   internal     allow (default) or deny: host names without a dot and those that can be nobody's in
 *                the public DNS (.local, .internal, .home.arpa, .test ...)
 *   idn          valid (default): an A-label ("xn--...") must be one, and must not mix scripts as no
 *                language does; deny: no A-labels; any: all are taken
 *
 * A subject's emailAddress is judged by the email lists. Patterns may be written with U-labels; names in
 * certificates are A-labels always.
 */
#include <stdlib.h>

#include "api/policy.h"
#include "asn1/oid.h"
#include "base/idn.h"
#include "base/text.h"
#include "policy/names_match.h"

#define MEMORY (1u << 20)

enum idn_choice { IDN_ONLY_VALID, IDN_DENIED, IDN_ANY };

struct names {
	struct arena *arena;
	struct name_set allowed, denied;
	bool wildcards;
	bool any_common_name;
	bool internal_denied;
	enum idn_choice idn;
};

/* What is wrong with a host name whatever the lists say; NULL for nothing. */
static const char *host_fault(const struct names *names, struct bytes host)
{
	if (name_is_wildcard(host) && !names->wildcards)
		return " (wildcards are not)";
	if (names->internal_denied && text_is_internal_name(host))
		return " (internal names are not)";
	if (names->idn == IDN_ANY)
		return NULL;
	switch (idn_judge(host)) {
	case IDN_NONE:
		return NULL;
	case IDN_VALID:
		return names->idn == IDN_DENIED ? " (internationalised names are not)" : NULL;
	case IDN_BROKEN:
		return " (a label is no A-label)";
	case IDN_MIXED:
		return " (a label mixes scripts)";
	}
	return NULL;
}

static int check_alt_names(const struct names *names, struct arena *arena,
                           const struct general_name *list, size_t count,
                           struct signet_verdict *verdict)
{
	for (size_t i = 0; i < count; i++) {
		const char *fault =
			list[i].kind == GN_DNS ? host_fault(names, list[i].value) : NULL;
		if (!fault && name_set_covers(&names->allowed, &list[i]) &&
		    !name_set_touches(&names->denied, &list[i]))
			continue;
		const char *text = general_name_text(arena, &list[i]);
		return signet_deny(verdict, SIGNET_REASON_NAME, "the name %s:%s is not allowed%s",
		                   general_name_kind_name(list[i].kind), text ? text : "",
		                   fault ? fault : "");
	}
	return 0;
}

static bool is_listed(struct arena *arena, const char *name, const struct general_name *list,
                      size_t count, bool hosts)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].kind == GN_DNS && bytes_equal_nocase(list[i].value, bytes_text(name)))
			return true;
		const char *text = hosts || list[i].kind == GN_DNS
			? NULL : general_name_text(arena, &list[i]);
		if (text && text_equal_nocase(text, name))
			return true;
	}
	return false;
}

/* A common name may be written with U-labels, which few are: to convert them takes its time. */
static bool is_among(struct arena *arena, const char *common_name,
                     const struct general_name *list, size_t count)
{
	char ascii[LIMIT_DNS_NAME + 1];
	return is_listed(arena, common_name, list, count, false) ||
	       (idn_to_ascii(common_name, ascii) == 0 &&
	        is_listed(arena, ascii, list, count, true));
}

/* What the lists for this attribute of the subject say of the value. */
static int check_value(const struct names *names, struct arena *arena,
                       const struct name_part *part, const char *value,
                       struct signet_verdict *verdict)
{
	const struct part_patterns *allowed = name_set_part(&names->allowed, part->oid);
	const struct part_patterns *denied = name_set_part(&names->denied, part->oid);
	int good = allowed ? part_fits(allowed, arena, value) : 1;
	int bad = good == 1 && denied ? part_may_fit(denied, arena, part, value) : 0;
	if (good < 0 || bad < 0)
		return SIGNET_E_NOMEM;
	if (good && !bad)
		return 0;
	const char *name = oid_name(part->oid);
	if (!name)
		name = oid_to_text(arena, part->oid);
	return signet_deny(verdict, SIGNET_REASON_NAME, "the subject's %s %s is not allowed",
	                   name ? name : "attribute", value);
}

/* Nobody has looked yet whether it is one. */
static bool is_mailbox_allowed(const struct names *names, const char *mailbox)
{
	const struct general_name name = {GN_EMAIL, bytes_text(mailbox)};
	return general_name_check(&name, NULL) == 0 &&
	       name_set_covers_mailbox(&names->allowed, bytes_text(mailbox)) &&
	       !name_set_touches_mailbox(&names->denied, bytes_text(mailbox));
}

static bool is_judged(const struct names *names, struct bytes oid)
{
	return bytes_equal(oid, OID_COMMON_NAME) || bytes_equal(oid, OID_EMAIL_ADDRESS) ||
	       name_set_part(&names->allowed, oid) || name_set_part(&names->denied, oid);
}

static int check_part(const struct names *names, struct arena *arena,
                      const struct name_part *part, const char *text,
                      const struct general_name *list, size_t count,
                      struct signet_verdict *verdict)
{
	if (!is_judged(names, part->oid))
		return 0;
	if (bytes_equal(part->oid, OID_COMMON_NAME) && !names->any_common_name &&
	    !is_among(arena, text, list, count))
		return signet_deny(verdict, SIGNET_REASON_NAME,
		                   "the common name %s is not among the alternative names", text);
	if (bytes_equal(part->oid, OID_EMAIL_ADDRESS) && !is_mailbox_allowed(names, text))
		return signet_deny(verdict, SIGNET_REASON_NAME,
		                   "the subject's emailAddress %s is not allowed", text);
	return check_value(names, arena, part, text, verdict);
}

static int check_subject(const struct names *names, struct signet_draft *draft,
                         const struct general_name *list, size_t count,
                         struct signet_verdict *verdict)
{
	struct signet_subject subject;
	struct error err = {0};
	int result = signet_draft_read_subject(draft, &subject, &err);
	if (result == SIGNET_E_BAD_NAME)
		return signet_deny(verdict, SIGNET_REASON_NAME, "the subject: %s", err.message);
	for (size_t i = 0;
	     result == 0 && i < subject.count && verdict->decision == SIGNET_PASS; i++)
		result = check_part(names, signet_draft_arena(draft), &subject.parts[i],
		                    subject.texts[i], list, count, verdict);
	return result;
}

static int check(const void *rule, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	const struct names *names = rule;
	size_t count;
	const struct general_name *list = signet_draft_alt_names(draft, &count);
	(void)request;
	int result = check_alt_names(names, signet_draft_arena(draft), list, count, verdict);
	if (result || verdict->decision != SIGNET_PASS)
		return result;
	return check_subject(names, draft, list, count, verdict);
}

static int read_choice(const struct conf_node *map, const char *key, const char *const *choices,
                       int *out, struct error *err)
{
	const struct conf_node *node = conf_find(map, key);
	*out = 0;
	return node ? conf_choice(node, choices, out, err) : 0;
}

static int read_names(struct names *names, const struct conf_node *map, struct error *err)
{
	static const char *const common_names[] = {"in-names", "any", NULL};
	static const char *const internals[] = {"allow", "deny", NULL};
	static const char *const idns[] = {"valid", "deny", "any", NULL};
	static const char *const set_keys[] = {NAME_SET_KEYS, NULL};
	const struct conf_node *deny = conf_find(map, "deny");
	int common_name, internal, idn;
	if (name_set_read(&names->allowed, names->arena, map, false, err) ||
	    (deny && conf_check_keys(deny, set_keys, err)) ||
	    name_set_read(&names->denied, names->arena, deny, true, err) ||
	    read_choice(map, "common-name", common_names, &common_name, err) ||
	    read_choice(map, "internal", internals, &internal, err) ||
	    read_choice(map, "idn", idns, &idn, err) ||
	    conf_get_boolean(map, "wildcards", false, &names->wildcards, err))
		return err && err->code == SIGNET_E_NOMEM ? SIGNET_E_NOMEM : SIGNET_E_CONFIG;
	names->any_common_name = common_name == 1;
	names->internal_denied = internal == 1;
	names->idn = (enum idn_choice)idn;
	return 0;
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

static const char *const keys[] = {NAME_SET_KEYS, "deny", "wildcards", "common-name",
                                   "internal", "idn", NULL};

extern const struct signet_policy policy_names;
const struct signet_policy policy_names = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "names",
	           "judges the names of subject and subjectAltName", keys},
	.configure = configure,
	.check = check,
	.free = free_rule,
};
