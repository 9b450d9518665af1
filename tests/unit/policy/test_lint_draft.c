#include "lint_case.h"

#include "api/draft.h"
#include "asn1/oid.h"
#include "base/clock.h"

static struct rule_test t;
static struct lint lint;

static int set_up(void **state)
{
	(void)state;
	rule_open(&t, &policy_lint, "{}");
	lint_case_draft(&t);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rule_close(&t);
	clock_freeze(0);
	return 0;
}

static unsigned scopes(void)
{
	assert_int_equal(lint_open(&lint, &t.request, t.draft, NULL), 0);
	return lint.scopes;
}

static void purposes_say_what_a_draft_is(void **state)
{
	static const struct {
		const char *value;
		unsigned scopes;
	} cases[] = {
		{"300a06082b06010505070301", LINT_SERVER},
		{"300a06082b06010505070303", LINT_CODE},
		{"300a06082b06010505070304", LINT_MAIL},
		{"300a06082b06010505070302", 0},
		{"301406082b0601050507030406082b06010505070301", LINT_SERVER | LINT_MAIL},
		/* good for everything */
		{"301006082b060105050703020604551d2500", LINT_SERVER},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		lint_case_set(&t, OID_EXT_KEY_USAGE, false, cases[i].value);
		assert_int_equal(scopes(), LINT_ANY | LINT_LEAF | cases[i].scopes);
	}
	assert_int_equal(signet_draft_remove_extension(t.draft, OID_EXT_KEY_USAGE), 0);
	assert_int_equal(scopes(), LINT_ANY | LINT_LEAF | LINT_SERVER);
}

static void authority_is_no_leaf(void **state)
{
	(void)state;
	lint_case_set(&t, OID_BASIC_CONSTRAINTS, true, "30030101ff");
	assert_int_equal(scopes(), LINT_ANY | LINT_CA);
}

static void draft_is_read(void **state)
{
	(void)state;
	scopes();
	assert_int_equal(lint.now, LINT_CASE_NOW);
	assert_int_equal(lint.part_count, 2);
	assert_string_equal(lint.texts[1], "www.example.com");
	assert_int_equal(lint.name_count, 3);
	assert_int_equal(lint.key_usage, KU_DIGITAL_SIGNATURE);
	assert_int_equal(lint.purpose_count, 1);
	assert_int_equal(lint.policy_count, 1);
	assert_int_equal(lint.crl_count, 1);
	assert_int_equal(lint.access_count, 1);
	assert_true(lint_has_purpose(&lint, OID_SERVER_AUTH));
	assert_false(lint_has_purpose(&lint, OID_CLIENT_AUTH));
	assert_int_equal(lint_count_parts(&lint, OID_COMMON_NAME), 1);
	assert_int_equal(lint_count_parts(&lint, OID_ORGANIZATION), 0);
	assert_true(lint_extension(&lint, OID_KEY_USAGE)->critical);
	assert_null(lint_extension(&lint, OID_TLS_FEATURE));
}

static unsigned facts_of(const char *subject, const char *name)
{
	rule_draft(&t, subject, name, NULL);
	scopes();
	return lint.facts & (LINT_HAS_DNS | LINT_HAS_ODD_NAME | LINT_HAS_EMAIL | LINT_HAS_URI |
	                     LINT_HAS_IP | LINT_HAS_SUBJECT | LINT_HAS_SUBJECT_MORE |
	                     LINT_HAS_SUBJECT_ODD);
}

static void what_a_draft_has_is_known(void **state)
{
	static const char *const odd[] = {"dns:A.example.com", "dns:*.example.com", "dns:a--b.com",
	                                  "dns:xn--nxasmq6b.com"};
	(void)state;
	assert_int_equal(facts_of("", "dns:a-1.example.com"), LINT_HAS_DNS);
	assert_int_equal(facts_of("", "dns:1.2.3.b4"), LINT_HAS_DNS);
	assert_int_equal(facts_of("", "uri:http://a.example.com/"), LINT_HAS_URI);
	assert_int_equal(facts_of("", "ip:192.0.2.1"), LINT_HAS_IP);
	assert_int_equal(facts_of("", "email:a@example.com"), LINT_HAS_EMAIL | LINT_HAS_ODD_NAME);
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		assert_int_equal(facts_of("", odd[i]), LINT_HAS_DNS | LINT_HAS_ODD_NAME);
	assert_int_equal(facts_of("CN=a", "dns:a"), LINT_HAS_DNS | LINT_HAS_SUBJECT);
	assert_int_equal(facts_of("O=a,CN=a", "dns:a"),
	                 LINT_HAS_DNS | LINT_HAS_SUBJECT | LINT_HAS_SUBJECT_MORE);
	assert_int_equal(facts_of("CN=a+CN=b", "dns:a"),
	                 LINT_HAS_DNS | LINT_HAS_SUBJECT | LINT_HAS_SUBJECT_ODD);
	assert_int_equal(facts_of("CN=\xc3\xa4", "dns:a"),
	                 LINT_HAS_DNS | LINT_HAS_SUBJECT | LINT_HAS_SUBJECT_ODD);
}

/* Whatever a name that did not come through a parser looks like. */
static void hosts_of_another_form_are_odd(void **state)
{
	static const struct general_name names[] = {
		LINT_NAME(GN_DNS, ""), LINT_NAME(GN_DNS, "."), LINT_NAME(GN_DNS, ".a"),
		LINT_NAME(GN_DNS, "a."), LINT_NAME(GN_DNS, "a..b"), LINT_NAME(GN_DNS, "-a"),
		LINT_NAME(GN_DNS, "a-"), LINT_NAME(GN_DNS, "a-.b"), LINT_NAME(GN_DNS, "a.-b"),
		LINT_NAME(GN_DNS, "a_b"), LINT_NAME(GN_DNS, "a\0b"), LINT_NAME(GN_DNS, "a b"),
		LINT_NAME(GN_DNS, "\xc3\xa4"), LINT_NAME(GN_DNS, "192.0.2.1"),
		LINT_NAME(GN_DNS, "a.0x1f"),
		LINT_NAME(GN_DNS, "a234567890123456789012345678901234567890123456789012345678901234"),
	};
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_int_equal(signet_draft_set_alt_names(t.draft, &names[i], 1), 0);
		scopes();
		assert_true(lint.facts & LINT_HAS_ODD_NAME);
	}
}

static void text_is_appended_as_far_as_it_fits(void **state)
{
	char out[8] = "";
	(void)state;
	assert_int_equal(lint_append(out, sizeof out, 0, "abcd"), 4);
	assert_int_equal(lint_append(out, sizeof out, 4, "ef\xc3\xa4g"), 6);
	assert_string_equal(out, "abcdef");
	assert_int_equal(lint_append(out, sizeof out, 6, "gh"), 7);
	assert_int_equal(lint_append(out, sizeof out, 7, "i"), 7);
	assert_string_equal(out, "abcdefg");
}

static void broken_extension_is_named(void **state)
{
	static const struct bytes *const oids[] = {
		&OID_BASIC_CONSTRAINTS, &OID_KEY_USAGE, &OID_EXT_KEY_USAGE, &OID_CERTIFICATE_POLICIES,
		&OID_CRL_DISTRIBUTION, &OID_AUTHORITY_INFO};
	static const char *const messages[] = {
		"basicConstraints is broken", "keyUsage is broken", "extKeyUsage is broken",
		"certificatePolicies is broken", "cRLDistributionPoints is broken",
		"authorityInfoAccess is broken"};
	(void)state;
	for (size_t i = 0; i < sizeof oids / sizeof *oids; i++) {
		struct error err = {0};
		lint_case_draft(&t);
		lint_case_set(&t, *oids[i], true, "0500");
		assert_int_equal(lint_open(&lint, &t.request, t.draft, &err), SIGNET_E_INVALID);
		assert_string_equal(err.message, messages[i]);
	}
}

static void broken_subject_is_refused(void **state)
{
	static const uint8_t trailing[] = {0x30, 0x00, 0x00};
	struct error err = {0};
	(void)state;
	assert_int_equal(signet_draft_set_subject(t.draft, BYTES_OF(trailing)), 0);
	assert_int_equal(lint_open(&lint, &t.request, t.draft, &err), SIGNET_E_INVALID);
	assert_string_not_equal(err.message, "");
}

static void names_are_shown_without_their_hostile_characters(void **state)
{
	(void)state;
	scopes();
	assert_string_equal(lint_shown(&lint, bytes_make("a\0b\x1b[2J\xff", 8)), "a?b?[2J?");
	assert_string_equal(lint_oid(&lint, OID_KEY_USAGE), "keyUsage");
	assert_string_equal(lint_oid(&lint, bytes_make("\x2a\x03", 2)), "1.2.3");
	assert_string_equal(lint_oid(&lint, BYTES_NONE), "?");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(purposes_say_what_a_draft_is),
		TEST(authority_is_no_leaf),
		TEST(draft_is_read),
		TEST(what_a_draft_has_is_known),
		TEST(hosts_of_another_form_are_odd),
		TEST(text_is_appended_as_far_as_it_fits),
		TEST(broken_extension_is_named),
		TEST(broken_subject_is_refused),
		TEST(names_are_shown_without_their_hostile_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
