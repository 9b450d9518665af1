/*
 * The rule `subject`: what the subject of a certificate is made of. PART is
 * the short name of an attribute (CN, O, OU, serialNumber, ...) or its OID. In
 * this order:
 *
 *   strip         true: parts that `allow` does not allow are taken out;
 *                 false (default): they are denied
 *   strings       convert: values in T61String, BMPString or UniversalString are written as
 *                 UTF8String; deny: there may be none; any (default)
 *   rewrite       {PART: TEMPLATE}: each part of this type gets this value; {value} is the one that
 *                 it has. Equal ones become one. What the template wants must be there
 *   fill          {PART: TEMPLATE}: a part that is missing is added, unless the request does not
 *                 bring what the template wants
 *   allow         the only parts that may be there: [PART], or {PART: PATTERN} with the values
 *                 ("*" stands for any characters, "@NAME" for a group; a list for several)
 *   require       parts that must be there, in the same two forms; each part of the type must have
 *                 such a value
 *   max           how many parts of a type there may be: a number for every type, or {PART: NUMBER}
 *   max-length    characters of a value, in the same two forms
 *   multi-valued  true: several attributes may stand in one RDN; false (default): they are denied
 *
 * Templates are those of api/template.h. Values are data: they never add a
 * part.
 */
#include "policy/subject.h"

#include <stdlib.h>

#include "api/template.h"
#include "asn1/der_string.h"
#include "asn1/name.h"
#include "asn1/oid.h"

#define MEMORY (1u << 20)

/* The subject on its way through the rule. */
struct work {
	const struct subject *rule;
	const struct signet_request *request;
	struct signet_draft *draft;
	struct arena *arena;
	struct signet_verdict *verdict;
	struct name_part parts[LIMIT_NAME_PARTS];
	const char *texts[LIMIT_NAME_PARTS]; /* the values in UTF-8 */
	size_t count;
	bool changed;
};

static const char *title(struct work *work, struct bytes oid)
{
	const char *name = oid_name(oid);
	if (!name)
		name = oid_to_text(work->arena, oid);
	return name ? name : "an attribute";
}

static int deny(struct work *work, const char *text)
{
	return signet_deny(work->verdict, SIGNET_REASON_NAME, "subject: %s", text);
}

static bool is_denied(const struct work *work)
{
	return work->verdict->decision == SIGNET_DENY;
}

static int open_subject(struct work *work)
{
	struct signet_subject subject;
	struct error err = {0};
	int result = signet_draft_read_subject(work->draft, &subject, &err);
	if (result == SIGNET_E_BAD_NAME)
		return deny(work, err.message);
	if (result)
		return result;
	work->count = subject.count;
	memcpy(work->parts, subject.parts, subject.count * sizeof *subject.parts);
	memcpy(work->texts, subject.texts, subject.count * sizeof *subject.texts);
	return 0;
}

static void remove_part(struct work *work, size_t at)
{
	/* the next one of its RDN takes its place */
	if (at + 1 < work->count && work->parts[at + 1].joined)
		work->parts[at + 1].joined = work->parts[at].joined;
	for (size_t i = at + 1; i < work->count; i++) {
		work->parts[i - 1] = work->parts[i];
		work->texts[i - 1] = work->texts[i];
	}
	work->count--;
	work->changed = true;
}

static void set_part(struct work *work, size_t at, const char *text)
{
	work->parts[at].tag = 0;
	work->parts[at].value = bytes_text(text);
	work->texts[at] = text;
	work->changed = true;
}

static bool fits(const struct work *work, const struct subject_part *part, const char *text)
{
	return part->pattern_count == 0 ||
	       signet_patterns_fit(work->request->groups, part->patterns, part->pattern_count, text);
}

static bool is_allowed(const struct work *work, size_t at)
{
	const struct subject *rule = work->rule;
	for (size_t i = 0; i < rule->allowed_count; i++)
		if (bytes_equal(rule->allowed[i].oid, work->parts[at].oid))
			return fits(work, &rule->allowed[i], work->texts[at]);
	return rule->any;
}

static int strip(struct work *work)
{
	for (size_t i = work->count; work->rule->strip && i-- > 0;)
		if (!is_allowed(work, i))
			remove_part(work, i);
	return 0;
}

static int treat_strings(struct work *work)
{
	for (size_t i = 0; work->rule->strings != SUBJECT_STRINGS_ANY && i < work->count; i++) {
		uint8_t tag = work->parts[i].tag;
		if (tag != DER_T61_STRING && tag != DER_BMP_STRING && tag != DER_UNIVERSAL_STRING)
			continue;
		if (work->rule->strings == SUBJECT_STRINGS_DENY)
			return signet_deny(work->verdict, SIGNET_REASON_NAME,
			                   "subject: the string type of %s is not allowed",
			                   title(work, work->parts[i].oid));
		set_part(work, i, work->texts[i]);
	}
	return 0;
}

/* Parts of this type that say what an earlier one says. */
static void remove_repeated(struct work *work, struct bytes oid)
{
	for (size_t i = work->count; i-- > 1;)
		for (size_t k = 0; k < i && bytes_equal(work->parts[i].oid, oid); k++) {
			if (!bytes_equal(work->parts[k].oid, oid) ||
			    strcmp(work->texts[k], work->texts[i]) != 0)
				continue;
			remove_part(work, i);
			break;
		}
}

static int rewrite_type(struct work *work, const struct subject_text *rewritten)
{
	struct error err = {0};
	bool found = false;
	for (size_t i = 0; i < work->count; i++) {
		const struct signet_template_source source = {.request = work->request,
		                                              .draft = work->draft,
		                                              .value = work->texts[i]};
		const char *text;
		if (!bytes_equal(work->parts[i].oid, rewritten->oid))
			continue;
		int result = signet_template_expand(rewritten->text, &source, work->arena, &text,
		                                    &err);
		if (result)
			return result == SIGNET_E_NOMEM ? result : deny(work, err.message);
		if (strcmp(text, work->texts[i]) != 0)
			set_part(work, i, text);
		found = true;
	}
	if (found)
		remove_repeated(work, rewritten->oid);
	return 0;
}

static int rewrite(struct work *work)
{
	int result = 0;
	for (size_t i = 0; i < work->rule->rewritten_count && result == 0 && !is_denied(work); i++)
		result = rewrite_type(work, &work->rule->rewritten[i]);
	return result;
}

static size_t count_type(const struct work *work, struct bytes oid)
{
	size_t count = 0;
	for (size_t i = 0; i < work->count; i++)
		count += bytes_equal(work->parts[i].oid, oid);
	return count;
}

static int fill_type(struct work *work, const struct subject_text *filled)
{
	const struct signet_template_source source = {.request = work->request,
	                                              .draft = work->draft};
	struct error err = {0};
	const char *text;
	if (count_type(work, filled->oid))
		return 0;
	int result = signet_template_expand(filled->text, &source, work->arena, &text, &err);
	if (result == SIGNET_E_NOT_FOUND)
		return 0;
	if (result)
		return result == SIGNET_E_NOMEM ? result : deny(work, err.message);
	if (work->count == LIMIT_NAME_PARTS)
		return deny(work, "too many attributes");
	work->parts[work->count] = (struct name_part){.oid = filled->oid};
	set_part(work, work->count++, text);
	return 0;
}

static int fill(struct work *work)
{
	int result = 0;
	for (size_t i = 0; i < work->rule->filled_count && result == 0 && !is_denied(work); i++)
		result = fill_type(work, &work->rule->filled[i]);
	return result;
}

static int judge_allowed(struct work *work)
{
	for (size_t i = 0; i < work->count; i++) {
		if (work->parts[i].joined && !work->rule->multi_valued)
			return deny(work, "several attributes in one RDN are not allowed");
		if (!is_allowed(work, i))
			return signet_deny(work->verdict, SIGNET_REASON_NAME,
			                   "subject: %s \"%s\" is not allowed",
			                   title(work, work->parts[i].oid), work->texts[i]);
	}
	return 0;
}

static int judge_required(struct work *work)
{
	for (size_t i = 0; i < work->rule->required_count; i++) {
		const struct subject_part *part = &work->rule->required[i];
		if (count_type(work, part->oid) == 0)
			return signet_deny(work->verdict, SIGNET_REASON_NAME, "subject: %s is missing",
			                   part->name);
		for (size_t k = 0; k < work->count; k++)
			if (bytes_equal(work->parts[k].oid, part->oid) &&
			    !fits(work, part, work->texts[k]))
				return signet_deny(work->verdict, SIGNET_REASON_NAME,
				                   "subject: %s \"%s\" is not what is wanted",
				                   part->name, work->texts[k]);
	}
	return 0;
}

/* -1 when there is none for this type. */
static int64_t find_bound(const struct subject_bound *bounds, size_t count, struct bytes oid)
{
	for (size_t i = 0; i < count; i++)
		if (bounds[i].oid.length == 0 || bytes_equal(bounds[i].oid, oid))
			return bounds[i].most;
	return -1;
}

static int judge_bounds(struct work *work)
{
	const struct subject *rule = work->rule;
	for (size_t i = 0; i < work->count; i++) {
		struct bytes oid = work->parts[i].oid;
		int64_t most = find_bound(rule->counts, rule->count_count, oid),
		        longest = find_bound(rule->lengths, rule->length_count, oid);
		size_t characters;
		if (der_string_check(DER_UTF8_STRING, bytes_text(work->texts[i]), &characters))
			return SIGNET_E_INTERNAL;
		if (most >= 0 && count_type(work, oid) > (size_t)most)
			return signet_deny(work->verdict, SIGNET_REASON_NAME,
			                   "subject: %s is there more than %lld times",
			                   title(work, oid), (long long)most);
		if (longest >= 0 && characters > (size_t)longest)
			return signet_deny(work->verdict, SIGNET_REASON_NAME,
			                   "subject: %s is longer than %lld characters",
			                   title(work, oid), (long long)longest);
	}
	return 0;
}

/* What was changed becomes the draft's subject. */
static int keep(struct work *work)
{
	struct bytes name;
	struct error err = {0};
	if (!work->changed)
		return 0;
	int result = name_from_parts(work->arena, work->parts, work->count, &name, &err);
	if (result == SIGNET_E_BAD_NAME)
		return deny(work, err.message);
	return result ? result : signet_draft_set_subject(work->draft, name);
}

static int check(const void *rule, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	static int (*const steps[])(struct work *) = {
		open_subject, strip, treat_strings, rewrite, fill, judge_allowed, judge_required,
		judge_bounds, keep,
	};
	struct work work;
	int result = 0;
	/* field by field: there is room for many parts, and mostly few are there */
	work.rule = rule;
	work.request = request;
	work.draft = draft;
	work.arena = signet_draft_arena(draft);
	work.verdict = verdict;
	work.count = 0;
	work.changed = false;
	for (size_t i = 0; i < sizeof steps / sizeof *steps && result == 0 && !is_denied(&work); i++)
		result = steps[i](&work);
	return result;
}

static void free_rule(void *rule)
{
	struct subject *subject = rule;
	if (subject)
		arena_free(subject->arena);
	free(subject);
}

static int configure(void **rule, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	struct subject *subject = calloc(1, sizeof *subject);
	if (!subject)
		return error_nomem(err);
	subject->groups = host->groups;
	subject->arena = arena_new(MEMORY);
	int result = subject->arena ? subject_read(subject, node, err) : error_nomem(err);
	if (result) {
		free_rule(subject);
		return result;
	}
	*rule = subject;
	return 0;
}

static const char *const keys[] = {"require", "allow", "strip", "rewrite", "fill", "max",
                                   "max-length", "strings", "multi-valued", NULL};

extern const struct signet_policy policy_subject;
const struct signet_policy policy_subject = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "subject",
	           "requires, rewrites and fills in parts of the subject", keys},
	.configure = configure,
	.check = check,
	.free = free_rule,
};
