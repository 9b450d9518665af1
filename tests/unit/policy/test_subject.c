#include "rule.h"

#include <stdio.h>

#include "api/draft.h"
#include "asn1/name.h"
#include "base/limits.h"

static struct rule_test t;

/* What becomes of this subject; "deny: MESSAGE" when it is denied. */
static const char *judge(const char *text, const char *subject)
{
	static char result[1024];
	rule_open(&t, &policy_subject, text);
	rule_draft(&t, subject, "dns:www.example.com", NULL);
	static const struct signet_attribute attributes[] = {
		{"unit", "Research"}, {"hostile", "x,O=Evil+CN=y"}, {"control", "a\nb"}};
	t.request.attributes = attributes;
	t.request.attribute_count = 3;
	t.request.requester = "Alice@example.com";
	t.request.subject = signet_draft_subject(t.draft);
	if (rule_check(&t) == SIGNET_DENY) {
		assert_int_equal(t.verdict.reason, SIGNET_REASON_NAME);
		snprintf(result, sizeof result, "deny: %s", t.verdict.message);
	} else {
		assert_int_equal(t.verdict.decision, SIGNET_PASS);
		assert_int_equal(name_check(signet_draft_subject(t.draft), NULL), 0);
		snprintf(result, sizeof result, "%s",
		         name_to_text(t.arena, signet_draft_subject(t.draft)));
	}
	rule_close(&t);
	return result;
}

#define BECOMES(text, subject, wanted) assert_string_equal(judge(text, subject), wanted)
#define STAYS(text, subject) BECOMES(text, subject, subject)

static void rule_without_keys_takes_single_valued_subjects(void **state)
{
	(void)state;
	STAYS("{}", "");
	STAYS("{}", "CN=www.example.com,OU=a,OU=a,O=Example,C=DE");
	BECOMES("{}", "CN=b+OU=a,O=Example",
	        "deny: subject: several attributes in one RDN are not allowed");
	STAYS("{multi-valued: true}", "CN=b+OU=a,O=Example");
}

static void required_parts_must_be_there(void **state)
{
	(void)state;
	STAYS("{require: [CN, o]}", "CN=a,O=Example");
	BECOMES("{require: [CN, O]}", "CN=a", "deny: subject: O is missing");
	BECOMES("{require: [1.2.3]}", "CN=a", "deny: subject: 1.2.3 is missing");
	BECOMES("{require: [CN]}", "", "deny: subject: CN is missing");
}

static void required_values_are_wanted_in_each_part(void **state)
{
	const char *text = "{require: {O: [Example Ltd, 'Example *']}}";
	(void)state;
	STAYS(text, "CN=a,O=Example Ltd");
	STAYS(text, "CN=a,O=Example Inc");
	BECOMES(text, "CN=a,O=Example", "deny: subject: O \"Example\" is not what is wanted");
	BECOMES(text, "CN=a,O=Evil,O=Example Ltd",
	        "deny: subject: O \"Evil\" is not what is wanted");
	BECOMES(text, "CN=a,O=Example Ltd,O=Evil",
	        "deny: subject: O \"Evil\" is not what is wanted");
	BECOMES(text, "CN=a,O=example ltd",
	        "deny: subject: O \"example ltd\" is not what is wanted");
}

static void only_allowed_parts_may_be_there(void **state)
{
	(void)state;
	STAYS("{allow: [CN, O]}", "CN=a,O=b");
	STAYS("{allow: [CN, O]}", "");
	BECOMES("{allow: [CN, O]}", "CN=a,OU=b", "deny: subject: OU \"b\" is not allowed");
	BECOMES("{allow: [CN]}", "CN=a,1.2.3=#0c0178", "deny: subject: 1.2.3 \"x\" is not allowed");
	STAYS("{allow: [CN, 1.2.3]}", "CN=a,1.2.3=#0c0178");
	BECOMES("{allow: []}", "CN=a", "deny: subject: CN \"a\" is not allowed");
	STAYS("{allow: {CN: '*.example.com', O: '*'}}", "CN=a.example.com,O=b");
	BECOMES("{allow: {CN: '*.example.com'}}", "CN=a.example.org",
	        "deny: subject: CN \"a.example.org\" is not allowed");
}

static void groups_are_patterns_of_values(void **state)
{
	(void)state;
	rule_groups = "hosts: [a.example.com, '*.b.example.com']\n";
	STAYS("{allow: {CN: '@hosts'}}", "CN=x.b.example.com");
	BECOMES("{allow: {CN: '@hosts'}}", "CN=b.example.com",
	        "deny: subject: CN \"b.example.com\" is not allowed");
	rule_groups = NULL;
}

static void stripped_parts_are_taken_out(void **state)
{
	(void)state;
	BECOMES("{allow: [CN, O], strip: true}", "CN=a,OU=b,O=c,OU=d", "CN=a,O=c");
	BECOMES("{allow: {CN: '*', OU: [x]}, strip: true}", "CN=a,OU=b,OU=x", "CN=a,OU=x");
	BECOMES("{allow: [], strip: true}", "CN=a,OU=b", "");
	/* what joined the one that is gone stands alone, and joins none that it did not */
	BECOMES("{allow: [CN, O], strip: true}", "OU=a+CN=b,O=c", "CN=b,O=c");
	BECOMES("{allow: [CN, O], strip: true, multi-valued: true}", "OU=a+CN=b+serialNumber=1,O=c",
	        "CN=b,O=c");
	STAYS("{allow: [CN, OU], strip: true, multi-valued: true}", "CN=b+OU=a,CN=c");
}

static void parts_are_rewritten(void **state)
{
	(void)state;
	BECOMES("{rewrite: {O: Example Ltd}}", "CN=A,O=other", "CN=A,O=Example Ltd");
	BECOMES("{rewrite: {CN: '{value|lower}'}}", "CN=Www.EXAMPLE.com,O=X",
	        "CN=www.example.com,O=X");
	BECOMES("{rewrite: {CN: '{request.O}-{value}'}}", "CN=a,O=b", "CN=b-a,O=b");
	BECOMES("{rewrite: {CN: '{san.dns}'}}", "CN=a", "CN=www.example.com");
	STAYS("{rewrite: {O: Example Ltd}}", "CN=a");
	BECOMES("{rewrite: {CN: '{attribute.none}'}}", "CN=a",
	        "deny: subject: {attribute.none}: the request brings none");
}

static void parts_that_become_equal_are_one(void **state)
{
	(void)state;
	BECOMES("{rewrite: {OU: x}}", "CN=a,OU=b,O=y,OU=c", "CN=a,O=y,OU=x");
	BECOMES("{rewrite: {OU: x}, multi-valued: true}", "OU=b+OU=c,CN=a", "OU=x,CN=a");
	BECOMES("{rewrite: {OU: '{value|upper}'}}", "OU=b,OU=B,OU=c", "OU=B,OU=C");
	/* others that are equal are none of its business */
	STAYS("{rewrite: {OU: x}}", "CN=a,CN=a");
}

static void missing_parts_are_filled_in(void **state)
{
	(void)state;
	BECOMES("{fill: {O: Example Ltd}}", "CN=a", "O=Example Ltd,CN=a");
	STAYS("{fill: {O: Example Ltd}}", "CN=a,O=b");
	BECOMES("{fill: {OU: '{attribute.unit}', UID: '{requester|local|lower}'}}", "CN=a",
	        "UID=alice,OU=Research,CN=a");
	STAYS("{fill: {OU: '{attribute.none}'}}", "CN=a");
	BECOMES("{fill: {OU: '{attribute.none}'}, require: [OU]}", "CN=a",
	        "deny: subject: OU is missing");
	BECOMES("{fill: {O: b}, rewrite: {O: c}}", "CN=a", "O=b,CN=a");
}

static void values_add_no_parts(void **state)
{
	(void)state;
	BECOMES("{fill: {OU: '{attribute.hostile}'}}", "CN=a", "OU=x\\,O=Evil\\+CN=y,CN=a");
	BECOMES("{rewrite: {CN: '{attribute.hostile}'}}", "CN=a", "CN=x\\,O=Evil\\+CN=y");
	BECOMES("{fill: {OU: '{attribute.control}'}}", "CN=a",
	        "deny: subject: {attribute.control}: not UTF-8, or with a control character");
	BECOMES("{rewrite: {CN: '{attribute.control}'}}", "CN=a",
	        "deny: subject: {attribute.control}: not UTF-8, or with a control character");
}

static void values_must_fit_their_attribute(void **state)
{
	(void)state;
	BECOMES("{fill: {C: '{attribute.unit}'}}", "CN=a", "deny: subject: C: longer than 2 characters");
	BECOMES("{rewrite: {CN: '{value}{value}{value}'}}", "CN=abcdefghijklmnopqrstuvwxyz",
	        "deny: subject: CN: longer than 64 characters");
	BECOMES("{fill: {serialNumber: 'a*b'}}", "CN=a",
	        "deny: subject: serialNumber: a character that PrintableString does not have");
}

static void parts_are_counted(void **state)
{
	(void)state;
	STAYS("{max: 1}", "CN=a,O=b");
	BECOMES("{max: 1}", "CN=a,O=b,O=b", "deny: subject: O is there more than 1 times");
	STAYS("{max: {CN: 1, OU: 2}}", "CN=a,OU=b,OU=c,O=d,O=e");
	BECOMES("{max: {CN: 1, OU: 2}}", "CN=a,OU=b,OU=c,OU=d",
	        "deny: subject: OU is there more than 2 times");
	BECOMES("{max: {OU: 0}}", "OU=a", "deny: subject: OU is there more than 0 times");
}

static void characters_are_counted(void **state)
{
	(void)state;
	STAYS("{max-length: 3}", "CN=a\xc3\xa9z");
	BECOMES("{max-length: 3}", "CN=abcd", "deny: subject: CN is longer than 3 characters");
	STAYS("{max-length: {O: 3}}", "CN=abcd,O=abc");
	BECOMES("{max-length: {O: 3}}", "CN=abcd,O=abcd",
	        "deny: subject: O is longer than 3 characters");
	/* what is judged is what stands in the certificate */
	BECOMES("{max-length: 3, rewrite: {CN: '{value}{value}'}}", "CN=ab",
	        "deny: subject: CN is longer than 3 characters");
}

/* "ab" as T61String, BMPString, UniversalString. */
#define OLD_STRINGS "CN=#14026162,O=#1e0400610062,OU=#1c080000006100000062"

static void old_string_types_are_converted_or_denied(void **state)
{
	(void)state;
	struct name_part part;
	BECOMES("{}", OLD_STRINGS, "CN=ab,O=ab,OU=ab");
	BECOMES("{strings: deny}", OLD_STRINGS,
	        "deny: subject: the string type of OU is not allowed");
	STAYS("{strings: deny}", "CN=ab,C=DE,DC=ab");
	rule_open(&t, &policy_subject, "{strings: convert}");
	rule_draft(&t, OLD_STRINGS, NULL);
	assert_int_equal(rule_check(&t), SIGNET_PASS);
	struct name_reader reader = name_open(signet_draft_subject(t.draft));
	for (int i = 0; i < 3; i++) {
		assert_true(name_next(&reader, &part));
		assert_int_equal(part.tag, DER_UTF8_STRING);
		assert_true(bytes_is_text(part.value, "ab"));
	}
	rule_close(&t);
	/* values are compared whatever their string type is */
	BECOMES("{require: {CN: ab, O: ab, OU: ab}}", OLD_STRINGS, "CN=ab,O=ab,OU=ab");
	BECOMES("{max-length: {OU: 1}}", OLD_STRINGS,
	        "deny: subject: OU is longer than 1 characters");
}

static void a_change_is_the_policys_and_is_told(void **state)
{
	(void)state;
	rule_open(&t, &policy_subject, "{rewrite: {CN: b}}");
	rule_draft(&t, "CN=a", NULL);
	assert_int_equal(rule_check(&t), SIGNET_PASS);
	assert_string_equal(signet_draft_changes(t.draft), "subject");
	assert_int_equal(signet_draft_subject_origin(t.draft), SIGNET_ORIGIN_POLICY);
	rule_draft(&t, "CN=b", NULL);
	assert_int_equal(rule_check(&t), SIGNET_PASS);
	assert_string_equal(signet_draft_changes(t.draft), "");
	rule_close(&t);
}

/* A draft whose subject is this DER. */
static enum signet_decision judge_der(const char *text, const uint8_t *der, size_t length)
{
	rule_open(&t, &policy_subject, text);
	rule_draft(&t, "", NULL);
	assert_int_equal(signet_draft_set_subject(t.draft, bytes_make(der, length)), 0);
	enum signet_decision decision = rule_check(&t);
	rule_close(&t);
	return decision;
}

static void hostile_subjects_are_denied(void **state)
{
	(void)state;
	static const uint8_t good[] = "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x0c\x02" "ab",
	                     nul[] = "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x0c\x02" "a\0",
	                     bell[] = "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x0c\x02" "a\a",
	                     integer[] = "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x02\x02" "ab",
	                     empty[] = "\x30\x02\x31\x00",
	                     trailing[] = "\x30\x00\x00";
	assert_int_equal(judge_der("{}", good, sizeof good - 1), SIGNET_PASS);
	assert_int_equal(judge_der("{}", nul, sizeof nul - 1), SIGNET_DENY);
	assert_int_equal(judge_der("{}", bell, sizeof bell - 1), SIGNET_DENY);
	assert_int_equal(judge_der("{}", integer, sizeof integer - 1), SIGNET_DENY);
	assert_int_equal(judge_der("{}", empty, sizeof empty - 1), SIGNET_DENY);
	assert_int_equal(judge_der("{}", trailing, sizeof trailing - 1), SIGNET_DENY);
}

static void full_subject_takes_no_more(void **state)
{
	(void)state;
	char subject[LIMIT_NAME_PARTS * 5];
	for (size_t i = 0; i < LIMIT_NAME_PARTS; i++)
		memcpy(subject + i * 5, "OU=a,", 5);
	subject[sizeof subject - 1] = '\0';
	STAYS("{}", subject);
	BECOMES("{fill: {O: x}}", subject, "deny: subject: too many attributes");
	BECOMES("{rewrite: {OU: b}, fill: {O: x}}", subject, "O=x,OU=b");
}

static void mistakes_are_named_with_their_line(void **state)
{
	(void)state;
	rule_refuses(&policy_subject, "max: 1\nrequire: [CN, keyUsage]\n",
	             "test.yaml:2: require: 'keyUsage' is no attribute of a name and no OID");
	rule_refuses(&policy_subject, "require: [CN, 2.5.4.3]\n",
	             "test.yaml:1: require: 'CN' is there twice");
	rule_refuses(&policy_subject, "rewrite:\n  CN: '{requst.CN}'\n",
	             "test.yaml:2: rewrite.CN: {requst.CN}: not known here");
	rule_refuses(&policy_subject, "fill:\n  CN: '{value}'\n",
	             "test.yaml:2: fill.CN: {value}: not known here");
	rule_refuses(&policy_subject, "fill: {CN: a, cn: b}\n",
	             "test.yaml:1: fill.cn: 'CN' is there twice");
	rule_refuses(&policy_subject, "max: {CN: 1, 2.5.4.3: 2}\n",
	             "test.yaml:1: max.2.5.4.3: 'CN' is there twice");
	rule_refuses(&policy_subject, "allow: [O]\nrequire:\n  - O\n  - CN\n",
	             "test.yaml:4: require: 'CN' does not stand in 'allow'");
	rule_refuses(&policy_subject, "allow: [O]\nfill: {CN: a}\n",
	             "test.yaml:2: fill.CN: 'CN' does not stand in 'allow'");
	rule_refuses(&policy_subject, "strip: true\n", "test.yaml:1: strip: needs 'allow'");
	rule_refuses(&policy_subject, "allow: {CN: '@nobody'}\n",
	             "test.yaml:1: allow.CN: there is no group 'nobody'");
	rule_refuses(&policy_subject, "max: 1\nrequire: []\n",
	             "test.yaml:2: require: is empty");
	rule_refuses(&policy_subject, "requires: [CN]\n",
	             "test.yaml:1: requires: unknown key 'requires', did you mean 'require'?");
}

static void wrong_values_are_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"require: CN\n", "allow: {CN: []}\n", "allow: {CN: ''}\n", "rewrite: [CN]\n",
		"rewrite: {CN: ''}\n", "rewrite: {CN: [a]}\n", "fill: {CN: }\n", "max: 65\n",
		"max: {CN: -1}\n", "max: [1]\n", "max-length: 0\n", "max-length: {X: 1}\n",
		"strings: utf8\n", "multi-valued: 1\n", "strip: maybe\n", "allow: [[CN]]\n"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct conf *conf;
		struct error err = {0};
		void *rule = NULL;
		const struct signet_policy_host host = {.name = "subject", .state_directory = "."};
		assert_int_equal(conf_parse(&conf, "test.yaml", bytes_text(texts[i]), NULL), 0);
		int result = policy_subject.configure(&rule, &host, conf_root(conf), &err);
		conf_free(conf);
		if (result != SIGNET_E_CONFIG)
			fail_msg("%s: %d", texts[i], result);
		assert_null(rule);
		assert_int_equal(strncmp(err.message, "test.yaml:1: ", 13), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_without_keys_takes_single_valued_subjects),
		cmocka_unit_test(required_parts_must_be_there),
		cmocka_unit_test(required_values_are_wanted_in_each_part),
		cmocka_unit_test(only_allowed_parts_may_be_there),
		cmocka_unit_test(groups_are_patterns_of_values),
		cmocka_unit_test(stripped_parts_are_taken_out),
		cmocka_unit_test(parts_are_rewritten),
		cmocka_unit_test(parts_that_become_equal_are_one),
		cmocka_unit_test(missing_parts_are_filled_in),
		cmocka_unit_test(values_add_no_parts),
		cmocka_unit_test(values_must_fit_their_attribute),
		cmocka_unit_test(parts_are_counted),
		cmocka_unit_test(characters_are_counted),
		cmocka_unit_test(old_string_types_are_converted_or_denied),
		cmocka_unit_test(a_change_is_the_policys_and_is_told),
		cmocka_unit_test(hostile_subjects_are_denied),
		cmocka_unit_test(full_subject_takes_no_more),
		cmocka_unit_test(mistakes_are_named_with_their_line),
		cmocka_unit_test(wrong_values_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
