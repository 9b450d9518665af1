/*
 * The rule `lint`: what standards say of a certificate, judged over the
 * draft and its key. Put it at the end of the chain: it sees what the rules
 * before it made of the draft. What the engine adds afterwards (key
 * identifiers, the authority's addresses) it does not see, and what no
 * certificate may break is checked by the engine itself.
 *
 *   rfc5280    severity of the checks of RFC 5280 and those beside it; deny when missing
 *   cabf       severity of those of the CA/Browser Forum: the Baseline Requirements for TLS
 *              servers and their authorities, and some of those for code signing and mail;
 *              ignore when missing
 *   unicode    severity of those that find what deceives in names beyond ASCII; deny when missing
 *   severity   {ID: SEVERITY}: of single checks
 *   ignore     [ID]: the same as the severity ignore
 *
 * A severity is deny, hold, note (the trace tells it) or ignore. All checks
 * are made, and the message tells what they found, the worst first. The ids,
 * each with its section, stand in signet-policy(7).
 */
#include "policy/lint.h"

#include <stdlib.h>


enum severity { SEVERITY_DENY, SEVERITY_HOLD, SEVERITY_NOTE, SEVERITY_IGNORE };
static const char *const severity_names[] = {"deny", "hold", "note", "ignore", NULL};

enum group { GROUP_RFC5280, GROUP_CABF, GROUP_UNICODE, GROUP_COUNT };
static const struct {
	const char *key;
	enum severity standard;
} groups[GROUP_COUNT] = {
	[GROUP_RFC5280] = {"rfc5280", SEVERITY_DENY},
	[GROUP_CABF] = {"cabf", SEVERITY_IGNORE},
	[GROUP_UNICODE] = {"unicode", SEVERITY_DENY},
};

static const struct {
	enum group group;
	const struct lint_check *checks;
} tables[] = {
	{GROUP_RFC5280, lint_rfc5280_names}, {GROUP_RFC5280, lint_rfc5280},
	{GROUP_CABF, lint_cabf},             {GROUP_CABF, lint_cabf_subject},
	{GROUP_CABF, lint_cabf_extensions},  {GROUP_UNICODE, lint_unicode},
};
#define TABLE_COUNT (sizeof tables / sizeof *tables)

/* A check that is made. */
struct entry {
	const struct lint_check *check;
	enum severity severity;
};

struct rule {
	size_t count;
	struct entry entries[]; /* all checks, in the order of the tables */
};

static size_t count_checks(void)
{
	size_t count = 0;
	for (size_t t = 0; t < TABLE_COUNT; t++)
		for (const struct lint_check *check = tables[t].checks; check->id; check++)
			count++;
	return count;
}

static void add_checks(struct rule *rule, const enum severity *severities)
{
	for (size_t t = 0; t < TABLE_COUNT; t++)
		for (const struct lint_check *check = tables[t].checks; check->id; check++)
			rule->entries[rule->count++] =
				(struct entry){check, severities[tables[t].group]};
}

static int read_severity(const struct conf_node *node, enum severity *out, struct error *err)
{
	int choice;
	if (conf_choice(node, severity_names, &choice, err))
		return SIGNET_E_CONFIG;
	*out = (enum severity)choice;
	return 0;
}

static struct entry *find_entry(struct rule *rule, const char *id)
{
	for (size_t i = 0; i < rule->count; i++)
		if (strcmp(rule->entries[i].check->id, id) == 0)
			return &rule->entries[i];
	return NULL;
}

static int read_single(struct rule *rule, const struct conf_node *map, struct error *err)
{
	if (!map)
		return 0;
	if (conf_expect(map, CONF_MAP, err))
		return SIGNET_E_CONFIG;
	for (size_t i = 0; i < conf_count(map); i++) {
		const struct conf_node *node = conf_item(map, i);
		struct entry *entry = find_entry(rule, conf_key(node));
		if (!entry)
			return conf_error(node, err, "there is no such check");
		if (read_severity(node, &entry->severity, err))
			return SIGNET_E_CONFIG;
	}
	return 0;
}

static int read_ignored(struct rule *rule, const struct conf_node *map, struct error *err)
{
	const struct conf_node *list = conf_find(map, "ignore");
	if (!list)
		return 0;
	if (conf_expect(list, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	for (size_t i = 0; i < conf_count(list); i++) {
		const struct conf_node *node = conf_item(list, i);
		const char *id;
		if (conf_text(node, &id, err))
			return SIGNET_E_CONFIG;
		struct entry *entry = find_entry(rule, id);
		if (!entry)
			return conf_error(node, err, "there is no check '%.64s'", id);
		if (conf_find(conf_find(map, "severity"), id))
			return conf_error(node, err, "'%s' has a severity, too", id);
		entry->severity = SEVERITY_IGNORE;
	}
	return 0;
}

/* Those that are ignored are forgotten. */
static int drop_ignored(struct rule *rule, const struct conf_node *node, struct error *err)
{
	size_t kept = 0;
	for (size_t i = 0; i < rule->count; i++)
		if (rule->entries[i].severity != SEVERITY_IGNORE)
			rule->entries[kept++] = rule->entries[i];
	rule->count = kept;
	return kept ? 0 : conf_error(node, err, "no check is left");
}

static int configure(void **out, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	enum severity severities[GROUP_COUNT];
	(void)host;
	for (size_t g = 0; g < GROUP_COUNT; g++) {
		const struct conf_node *chosen = conf_find(node, groups[g].key);
		severities[g] = groups[g].standard;
		if (chosen && read_severity(chosen, &severities[g], err))
			return SIGNET_E_CONFIG;
	}
	struct rule *rule = calloc(1, sizeof *rule + count_checks() * sizeof *rule->entries);
	if (!rule)
		return error_nomem(err);
	add_checks(rule, severities);
	int result = read_single(rule, conf_find(node, "severity"), err);
	if (result == 0)
		result = read_ignored(rule, node, err);
	if (result == 0)
		result = drop_ignored(rule, node, err);
	if (result) {
		free(rule);
		return result;
	}
	*out = rule;
	return 0;
}

/* What was found with one severity. */
struct findings {
	size_t count;
	enum signet_reason reason; /* of the first one */
	char text[SIGNET_VERDICT_TEXT];
	size_t length;
};

static void append(struct findings *findings, const char *text)
{
	findings->length = lint_append(findings->text, sizeof findings->text, findings->length,
	                               text);
}

/* Field by field: texts have room for many octets, and mostly none is used. */
static void begin(struct findings *findings)
{
	findings->count = 0;
	findings->length = 0;
	findings->text[0] = '\0';
}

static void add_finding(struct findings *findings, const struct lint_check *check,
                        const char *detail)
{
	if (findings->count++ == 0)
		findings->reason = check->reason;
	if (findings->length)
		append(findings, "; ");
	append(findings, check->id);
	append(findings, ": ");
	append(findings, detail);
}

static int run_checks(const struct rule *rule, struct lint *lint, struct findings *findings)
{
	for (size_t i = 0; i < rule->count; i++) {
		const struct lint_check *check = rule->entries[i].check;
		if (!(check->scope & lint->scopes) || check->needs & ~lint->facts)
			continue;
		int result = check->check(lint);
		if (result < 0)
			return result;
		if (result == LINT_BROKEN)
			add_finding(&findings[rule->entries[i].severity], check, lint->detail);
	}
	return 0;
}

static void add_all(struct findings *whole, const char *title, const struct findings *part)
{
	if (!part->count)
		return;
	if (whole->length)
		append(whole, "; ");
	append(whole, title);
	append(whole, part->text);
}

/* The worst first. */
static int tell(struct findings *findings, struct signet_verdict *verdict)
{
	struct findings *denied = &findings[SEVERITY_DENY], *held = &findings[SEVERITY_HOLD],
	                *noted = &findings[SEVERITY_NOTE];
	if (!denied->count && !held->count && !noted->count)
		return 0;
	struct findings whole;
	begin(&whole);
	add_all(&whole, "", denied);
	add_all(&whole, "", held);
	add_all(&whole, "note: ", noted);
	if (denied->count)
		return signet_deny(verdict, denied->reason, "%s", whole.text);
	if (held->count)
		return signet_hold(verdict, "%s", whole.text);
	memcpy(verdict->message, whole.text, whole.length + 1);
	return 0;
}

static int check(const void *rule, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	struct lint lint;
	struct error err = {0};
	int result = lint_open(&lint, request, draft, &err);
	if (result == SIGNET_E_INVALID)
		return signet_deny(verdict, SIGNET_REASON_REQUEST, "%s", err.message);
	if (result)
		return result;
	struct findings findings[SEVERITY_IGNORE]; /* by severity */
	for (size_t i = 0; i < SEVERITY_IGNORE; i++)
		begin(&findings[i]);
	result = run_checks(rule, &lint, findings);
	return result ? result : tell(findings, verdict);
}

static const char *const keys[] = {"rfc5280", "cabf", "unicode", "severity", "ignore", NULL};

extern const struct signet_policy policy_lint;
const struct signet_policy policy_lint = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "lint",
	           "judges the draft by RFC 5280 and the CA/Browser Forum", keys},
	.configure = configure,
	.check = check,
	.free = free,
};
