/*
 * The rule `extensions`: which extensions a certificate carries, beside
 * subjectAltName, which the rule `names` judges, and beside the key
 * identifiers and addresses that the engine adds itself. NAME is the name of
 * an extension, as RFC 5280 writes it (keyUsage) or with hyphens (key-usage),
 * or an OID. In this order:
 *
 *   strip               [NAME]: these are taken out
 *   key-usage           the usages that may appear
 *   extended-key-usage  the purposes that may appear; any is one of them
 *   usages              narrow: others than those two say are taken out; deny (default): they are
 *                       denied. A draft without the extension, or of whose usages none is left, is
 *                       denied, too: such a certificate would be good for every use
 *   force               {NAME: VALUE}: these are set. VALUE: a list of usages or purposes;
 *                       must-staple for tlsFeature; the DER of any other as hex; or {value: VALUE,
 *                       critical: true}. Without critical it is as RFC 5280 has it
 *   allow               [NAME]: the only ones that may be there, beside those of force
 *   others              strip: ones that are not allowed are taken out; deny (default)
 *   require             [NAME]: these must be there, subjectAltName among them
 *
 * One of them is needed. What force sets is not judged by the keys before it.
 */
#include "policy/extensions.h"

#include <stdlib.h>

#include "asn1/oid.h"
#include "base/limits.h"

#define MEMORY (1u << 20)

struct work {
	const struct extensions *rule;
	struct signet_draft *draft;
	struct signet_verdict *verdict;
};

static const char *title(const struct work *work, struct bytes oid)
{
	const char *name = oid_name(oid);
	if (!name)
		name = oid_to_text(signet_draft_arena(work->draft), oid);
	return name ? name : "?";
}

static bool is_among(struct bytes oid, const struct bytes *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(oid, list[i]))
			return true;
	return false;
}

/* NULL when the draft has none. */
static const struct extension *find(const struct work *work, struct bytes oid)
{
	size_t count;
	const struct signet_draft_extension *list = signet_draft_extensions(work->draft, &count);
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(list[i].extension.oid, oid))
			return &list[i].extension;
	return NULL;
}

static int strip(struct work *work)
{
	int result = 0;
	for (size_t i = 0; i < work->rule->stripped_count && result == 0; i++)
		result = signet_draft_remove_extension(work->draft, work->rule->stripped[i]);
	return result;
}

/* The same extension with another value. */
static int replace(struct work *work, const struct extension *old, const struct buffer *value)
{
	if (value->error)
		return SIGNET_E_NOMEM;
	const struct extension made = {old->oid, old->critical, buffer_bytes(value)};
	return signet_draft_set_extension(work->draft, &made);
}

/* A certificate without the extension, or one whose list ran empty, may be used for everything. */
static int deny_unlimited(struct work *work, struct bytes oid)
{
	return signet_deny(work->verdict, SIGNET_REASON_POLICY,
	                   "no allowed use is left in %s", title(work, oid));
}

static int deny_broken(struct work *work, struct bytes oid)
{
	return signet_deny(work->verdict, SIGNET_REASON_POLICY, "%s is broken", title(work, oid));
}

static const char *first_usage(unsigned mask)
{
	unsigned bit = 0;
	while (!(mask >> bit & 1))
		bit++;
	return key_usage_names[bit];
}

static int judge_key_usage(struct work *work)
{
	const struct extension *found = find(work, OID_KEY_USAGE);
	unsigned mask;
	if (!found)
		return deny_unlimited(work, OID_KEY_USAGE);
	if (key_usage_decode(found->value, &mask))
		return deny_broken(work, OID_KEY_USAGE);
	unsigned others = mask & ~work->rule->key_usage;
	if (others == 0)
		return 0;
	if (!work->rule->narrow)
		return signet_deny(work->verdict, SIGNET_REASON_POLICY,
		                   "the key usage %s is not allowed", first_usage(others));
	if (mask == others)
		return deny_unlimited(work, OID_KEY_USAGE);
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(64);
	key_usage_encode(&value, mask & ~others);
	return replace(work, found, &value);
}

static int judge_purposes(struct work *work)
{
	const struct extension *found = find(work, OID_EXT_KEY_USAGE);
	struct bytes *purposes;
	size_t count, kept = 0;
	if (!found)
		return deny_unlimited(work, OID_EXT_KEY_USAGE);
	int result = ext_key_usage_decode(signet_draft_arena(work->draft), found->value, &purposes,
	                                  &count);
	if (result)
		return result == SIGNET_E_NOMEM ? result : deny_broken(work, OID_EXT_KEY_USAGE);
	for (size_t i = 0; i < count; i++) {
		if (is_among(purposes[i], work->rule->purposes, work->rule->purpose_count))
			purposes[kept++] = purposes[i];
		else if (!work->rule->narrow)
			return signet_deny(work->verdict, SIGNET_REASON_POLICY,
			                   "the extended key usage %s is not allowed",
			                   title(work, purposes[i]));
	}
	if (kept == count)
		return 0;
	if (kept == 0)
		return deny_unlimited(work, OID_EXT_KEY_USAGE);
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	ext_key_usage_encode(&value, purposes, kept);
	return replace(work, found, &value);
}

static const struct extension *find_forced(const struct work *work, struct bytes oid)
{
	for (size_t i = 0; i < work->rule->forced_count; i++)
		if (bytes_equal(work->rule->forced[i].oid, oid))
			return &work->rule->forced[i];
	return NULL;
}

static int judge_usages(struct work *work)
{
	int result = 0;
	if (!work->rule->any_key_usage && !find_forced(work, OID_KEY_USAGE))
		result = judge_key_usage(work);
	if (result || work->verdict->decision == SIGNET_DENY)
		return result;
	if (!work->rule->any_purpose && !find_forced(work, OID_EXT_KEY_USAGE))
		result = judge_purposes(work);
	return result;
}

static int force(struct work *work)
{
	int result = 0;
	for (size_t i = 0; i < work->rule->forced_count && result == 0; i++) {
		const struct extension *wanted = &work->rule->forced[i],
		                       *found = find(work, wanted->oid);
		/* what is so already keeps its origin */
		if (!found || found->critical != wanted->critical ||
		    !bytes_equal(found->value, wanted->value))
			result = signet_draft_set_extension(work->draft, wanted);
	}
	return result;
}

static int judge_allowed(struct work *work)
{
	size_t count;
	const struct extensions *rule = work->rule;
	const struct signet_draft_extension *list = signet_draft_extensions(work->draft, &count);
	for (size_t i = count; !rule->any && i-- > 0;) {
		struct bytes oid = list[i].extension.oid;
		if (is_among(oid, rule->allowed, rule->allowed_count) || find_forced(work, oid))
			continue;
		if (!rule->strip_others)
			return signet_deny(work->verdict, SIGNET_REASON_POLICY,
			                   "the extension %s is not allowed", title(work, oid));
		int result = signet_draft_remove_extension(work->draft, oid);
		if (result)
			return result;
	}
	return 0;
}

static bool has(const struct work *work, struct bytes oid)
{
	size_t count;
	if (!bytes_equal(oid, OID_SUBJECT_ALT_NAME))
		return find(work, oid) != NULL;
	signet_draft_alt_names(work->draft, &count);
	return count > 0;
}

static int judge_required(struct work *work)
{
	for (size_t i = 0; i < work->rule->required_count; i++)
		if (!has(work, work->rule->required[i]))
			return signet_deny(work->verdict, SIGNET_REASON_POLICY,
			                   "the extension %s is missing",
			                   title(work, work->rule->required[i]));
	return 0;
}

static int check(const void *rule, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	static int (*const steps[])(struct work *) = {strip, judge_usages, force, judge_allowed,
	                                              judge_required};
	struct work work = {.rule = rule, .draft = draft, .verdict = verdict};
	int result = 0;
	(void)request;
	for (size_t i = 0; i < sizeof steps / sizeof *steps && result == 0 &&
	     verdict->decision != SIGNET_DENY; i++)
		result = steps[i](&work);
	return result;
}

static void free_rule(void *rule)
{
	struct extensions *extensions = rule;
	if (extensions)
		arena_free(extensions->arena);
	free(extensions);
}

static int configure(void **rule, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	struct extensions *extensions = calloc(1, sizeof *extensions);
	(void)host;
	if (!extensions)
		return error_nomem(err);
	extensions->arena = arena_new(MEMORY);
	int result = extensions->arena ? extensions_read(extensions, node, err) : error_nomem(err);
	if (result) {
		free_rule(extensions);
		return result;
	}
	*rule = extensions;
	return 0;
}

static const char *const keys[] = {"allow", "others", "strip", "force", "require", "key-usage",
                                   "extended-key-usage", "usages", NULL};

extern const struct signet_policy policy_extensions;
const struct signet_policy policy_extensions = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "extensions",
	           "allows, forces and strips extensions", keys},
	.configure = configure,
	.check = check,
	.free = free_rule,
};
