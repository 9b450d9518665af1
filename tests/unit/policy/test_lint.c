#include "lint_case.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/draft.h"
#include "asn1/oid.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#define PAGE_MAX (1u << 20)

static struct rule_test t;

static void set_subject(const char *text)
{
	struct bytes subject;
	assert_int_equal(name_from_text(t.arena, text, &subject, NULL), 0);
	assert_int_equal(signet_draft_set_subject(t.draft, subject), 0);
}

/* The decision and the message about a server's draft with this subject. */
static const char *judge(const char *text, const char *subject)
{
	static char result[64 + SIGNET_VERDICT_TEXT];
	rule_open(&t, &policy_lint, text);
	lint_case_draft(&t);
	if (subject)
		set_subject(subject);
	enum signet_decision decision = rule_check(&t);
	snprintf(result, sizeof result, "%s: %s", signet_decision_name(decision),
	         t.verdict.message);
	rule_close(&t);
	clock_freeze(0);
	return result;
}

static void good_draft_keeps_all_checks(void **state)
{
	(void)state;
	assert_string_equal(judge("{rfc5280: deny, cabf: deny, unicode: deny}", NULL), "pass: ");
}

static void forum_is_asked_where_told(void **state)
{
	(void)state;
	assert_string_equal(judge("{}", "OU=a,CN=b"), "pass: ");
	assert_string_equal(judge("{cabf: deny, ignore: [cabf-cn-in-san, cabf-subject-order, "
	                          "cabf-subject-domain-validated]}", "OU=a,CN=b"),
	                    "deny: cabf-subject-unit: organizationalUnitName must not be there");
}

static void standards_deny_when_nothing_is_said(void **state)
{
	(void)state;
	assert_string_equal(judge("{}", "C=#13024431"),
	                    "deny: rfc5280-country-two-letters: C \"D1\" is not two letters");
	assert_string_equal(judge("{}", "O=a\xc2\xa0" "b"),
	                    "deny: unicode-blanks: O has a blank that is not U+0020");
}

static void group_has_a_severity(void **state)
{
	const char *subject = "C=#13024431";
	(void)state;
	assert_string_equal(judge("{rfc5280: hold}", subject),
	                    "hold: rfc5280-country-two-letters: C \"D1\" is not two letters");
	assert_string_equal(judge("{rfc5280: note}", subject),
	                    "pass: note: rfc5280-country-two-letters: C \"D1\" is not two letters");
	assert_string_equal(judge("{rfc5280: ignore}", subject), "pass: ");
}

static void single_check_has_its_own(void **state)
{
	const char *subject = "C=#13024431";
	(void)state;
	assert_string_equal(judge("{severity: {rfc5280-country-two-letters: hold}}", subject),
	                    "hold: rfc5280-country-two-letters: C \"D1\" is not two letters");
	assert_string_equal(judge("{severity: {rfc5280-country-two-letters: ignore}}", subject),
	                    "pass: ");
	assert_string_equal(judge("{ignore: [rfc5280-country-two-letters]}", subject), "pass: ");
	assert_string_equal(judge("{severity: {cabf-subject-country: note}}", "C=ZZ"),
	                    "pass: note: cabf-subject-country: C \"ZZ\" is no country of ISO 3166-1");
}

static void worst_is_told_first(void **state)
{
	const char *subject = "O=\\ a\xc2\xa0" "b,C=#13024431";
	(void)state;
	assert_string_equal(
		judge("{severity: {rfc5280-country-two-letters: note, unicode-blanks: hold}}",
		      subject),
		"deny: rfc5280-subject-blanks: O \" a\xc2\xa0" "b\" begins or ends with a blank; "
		"unicode-blanks: O has a blank that is not U+0020; "
		"note: rfc5280-country-two-letters: C \"D1\" is not two letters");
	assert_string_equal(
		judge("{ignore: [rfc5280-subject-blanks], "
		      "severity: {rfc5280-country-two-letters: note, unicode-blanks: hold}}",
		      subject),
		"hold: unicode-blanks: O has a blank that is not U+0020; "
		"note: rfc5280-country-two-letters: C \"D1\" is not two letters");
}

static void many_findings_are_cut_and_still_deny(void **state)
{
	(void)state;
	rule_open(&t, &policy_lint, "{cabf: deny}");
	lint_case_draft(&t);
	set_subject("OU=\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9,OU=x+CN=a\xc2\xa0" "b\xc3\xa9,"
	            "C=#13024431,O=\\ a,CN=\xc3\xa9,SN=\\ ");
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	assert_in_range(strlen(t.verdict.message), SIGNET_VERDICT_TEXT - 4,
	                SIGNET_VERDICT_TEXT - 1);
	assert_true(text_is_utf8(bytes_text(t.verdict.message)));
	rule_close(&t);
	clock_freeze(0);
}

static void deny_has_the_reason_of_its_check(void **state)
{
	(void)state;
	rule_open(&t, &policy_lint, "{severity: {cabf-key-algorithm: deny, cabf-san-kinds: deny}}");
	lint_case_draft(&t);
	lint_case_key(&t, KEY_ED25519);
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	assert_int_equal(t.verdict.reason, SIGNET_REASON_KEY);
	lint_case_draft(&t);
	lint_case_set(&t, OID_KEY_USAGE, false, "03020780");
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	assert_int_equal(t.verdict.reason, SIGNET_REASON_POLICY);
	rule_close(&t);
	clock_freeze(0);
}

static void draft_that_cannot_be_read_is_denied(void **state)
{
	static const uint8_t nul[] = "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x0c\x02" "a\0";
	(void)state;
	/* whatever the severities are */
	rule_open(&t, &policy_lint, "{rfc5280: note, unicode: ignore}");
	lint_case_draft(&t);
	lint_case_set(&t, OID_KEY_USAGE, true, "0500");
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	assert_int_equal(t.verdict.reason, SIGNET_REASON_REQUEST);
	assert_string_equal(t.verdict.message, "keyUsage is broken");
	lint_case_draft(&t);
	assert_int_equal(signet_draft_set_subject(t.draft, bytes_make(nul, sizeof nul - 1)), 0);
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	rule_close(&t);
	clock_freeze(0);
}

static void mistakes_are_named_with_their_line(void **state)
{
	(void)state;
	rule_refuses(&policy_lint, "rfc5280: deny\ncabf: warn\n",
	             "test.yaml:2: cabf: 'warn' is not deny, hold, note or ignore");
	rule_refuses(&policy_lint, "severity:\n  cabf-validity-399d: note\n",
	             "test.yaml:2: severity.cabf-validity-399d: there is no such check");
	rule_refuses(&policy_lint, "severity:\n  cabf-validity-398d: low\n",
	             "test.yaml:2: severity.cabf-validity-398d: 'low' is not deny, hold, note or "
	             "ignore");
	rule_refuses(&policy_lint, "severity: [cabf-validity-398d]\n",
	             "test.yaml:1: severity: must be a map, not a list");
	rule_refuses(&policy_lint, "ignore: cabf-validity-398d\n",
	             "test.yaml:1: ignore: must be a list, not a single value");
	rule_refuses(&policy_lint, "cabf: deny\nignore:\n  - cabf-validity\n",
	             "test.yaml:3: ignore: there is no check 'cabf-validity'");
	rule_refuses(&policy_lint, "severity: {unicode-blanks: note}\nignore: [unicode-blanks]\n",
	             "test.yaml:2: ignore: 'unicode-blanks' has a severity, too");
	rule_refuses(&policy_lint, "rfc5280: ignore\nunicode: ignore\n",
	             "test.yaml:1: no check is left");
	rule_refuses(&policy_lint, "rfc5380: ignore\n",
	             "test.yaml:1: rfc5380: unknown key 'rfc5380', did you mean 'rfc5280'?");
}

static const struct lint_check *const tables[] = {
	lint_rfc5280_names, lint_rfc5280, lint_cabf, lint_cabf_subject, lint_cabf_extensions,
	lint_unicode,
};
#define TABLE_COUNT (sizeof tables / sizeof *tables)

static void ids_differ_and_begin_with_their_group(void **state)
{
	static const char *const groups[TABLE_COUNT] = {
		"rfc5280-", "rfc5280-", "cabf-", "cabf-", "cabf-", "unicode-"};
	size_t count = 0;
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT; i++)
		for (const struct lint_check *a = tables[i]; a->id; a++, count++) {
			assert_int_equal(strncmp(a->id, groups[i], strlen(groups[i])), 0);
			for (size_t k = 0; k < TABLE_COUNT; k++)
				for (const struct lint_check *b = tables[k]; b->id; b++)
					assert_true(a == b || strcmp(a->id, b->id) != 0);
		}
	assert_in_range(count, 70, 200);
}

/* The page's entry of an id: up to the next one. */
static struct bytes find_entry(struct arena *arena, const char *page, const char *id)
{
	const char *mark = arena_printf(arena, "\n.TP\n.B %s\n", id);
	const char *start = strstr(page, mark);
	if (!start)
		return BYTES_NONE;
	start += strlen(mark);
	const char *end = strstr(start, "\n.TP\n");
	return end ? bytes_make(start, (size_t)(end - start)) : bytes_text(start);
}

static void each_check_stands_in_the_page_with_its_section(void **state)
{
	const char *srcdir = getenv("srcdir");
	struct arena *arena = arena_new(PAGE_MAX);
	struct buffer page = BUFFER_MAX(PAGE_MAX);
	(void)state;
	const char *path = arena_printf(arena, "%s/policy/lint.man", srcdir ? srcdir : ".");
	assert_int_equal(file_read(&page, path, NULL), 0);
	for (size_t i = 0; i < TABLE_COUNT; i++)
		for (const struct lint_check *check = tables[i]; check->id; check++) {
			struct bytes entry = find_entry(arena, buffer_text(&page), check->id);
			const char *section = arena_printf(arena, "(%s.)", check->section);
			if (!entry.length ||
			    !memmem(entry.data, entry.length, section, strlen(section)))
				fail_msg("%s %s is not in the page", check->id, section);
		}
	buffer_free(&page);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_draft_keeps_all_checks),
		cmocka_unit_test(forum_is_asked_where_told),
		cmocka_unit_test(standards_deny_when_nothing_is_said),
		cmocka_unit_test(group_has_a_severity),
		cmocka_unit_test(single_check_has_its_own),
		cmocka_unit_test(worst_is_told_first),
		cmocka_unit_test(many_findings_are_cut_and_still_deny),
		cmocka_unit_test(deny_has_the_reason_of_its_check),
		cmocka_unit_test(draft_that_cannot_be_read_is_denied),
		cmocka_unit_test(mistakes_are_named_with_their_line),
		cmocka_unit_test(ids_differ_and_begin_with_their_group),
		cmocka_unit_test(each_check_stands_in_the_page_with_its_section),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
