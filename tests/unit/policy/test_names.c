#include "rule.h"

#include "api/draft.h"
#include "asn1/oid.h"

static struct rule_test t;

static enum signet_decision judge(const char *text, const char *name)
{
	rule_open(&t, &policy_names, text);
	rule_draft(&t, "", name, NULL);
	enum signet_decision decision = rule_check(&t);
	if (decision == SIGNET_DENY)
		assert_int_equal(t.verdict.reason, SIGNET_REASON_NAME);
	rule_close(&t);
	return decision;
}

#define ALLOWED(text, name) assert_int_equal(judge(text, name), SIGNET_PASS)
#define REFUSED(text, name) assert_int_equal(judge(text, name), SIGNET_DENY)

static void a_kind_without_a_list_is_denied(void **state)
{
	(void)state;
	REFUSED("{}", "dns:example.com");
	REFUSED("{}", "ip:192.0.2.1");
	REFUSED("{}", "email:a@example.com");
	REFUSED("{}", "uri:https://example.com/");
	REFUSED("{dns: ['*'], ip: [0.0.0.0/0]}", "email:a@example.com");
}

static void host_names_match_as_they_are(void **state)
{
	const char *text = "{dns: [example.com, Www.Example.Org]}";
	(void)state;
	ALLOWED(text, "dns:example.com");
	ALLOWED(text, "dns:EXAMPLE.com");
	ALLOWED(text, "dns:www.example.org");
	REFUSED(text, "dns:www.example.com");
	REFUSED(text, "dns:example.org");
	REFUSED(text, "dns:notexample.com");
}

static void a_star_stands_for_all_names_below(void **state)
{
	const char *text = "{dns: ['*.example.com']}";
	(void)state;
	ALLOWED(text, "dns:a.example.com");
	ALLOWED(text, "dns:a.b.c.EXAMPLE.com");
	REFUSED(text, "dns:example.com");
	REFUSED(text, "dns:aexample.com");
	REFUSED(text, "dns:example.com.evil.org");
	ALLOWED("{dns: ['*']}", "dns:anything.test");
}

static void wildcards_need_leave(void **state)
{
	(void)state;
	REFUSED("{dns: ['*.example.com']}", "dns:*.a.example.com");
	ALLOWED("{dns: ['*.example.com'], wildcards: true}", "dns:*.a.example.com");
	ALLOWED("{dns: ['*.example.com'], wildcards: true}", "dns:*.example.com");
	REFUSED("{dns: ['example.com'], wildcards: true}", "dns:*.example.com");
	REFUSED("{dns: ['*.a.example.com'], wildcards: true}", "dns:*.example.com");
	REFUSED("{dns: ['*.example.com'], wildcards: true}", "dns:*.example.org");
	ALLOWED("{dns: ['*'], wildcards: true}", "dns:*.example.org");
}

static void addresses_match_networks(void **state)
{
	const char *text = "{ip: [10.0.0.0/8, 192.0.2.7, '2001:db8::/32']}";
	(void)state;
	ALLOWED(text, "ip:10.255.0.1");
	ALLOWED(text, "ip:192.0.2.7");
	ALLOWED(text, "ip:2001:db8::1");
	REFUSED(text, "ip:11.0.0.1");
	REFUSED(text, "ip:192.0.2.8");
	REFUSED(text, "ip:2001:db9::1");
}

static void mailboxes_match_by_domain(void **state)
{
	const char *text = "{email: [example.com, '*.example.org']}";
	(void)state;
	ALLOWED(text, "email:somebody@example.com");
	ALLOWED(text, "email:somebody@EXAMPLE.COM");
	REFUSED(text, "email:somebody@a.example.com");
	ALLOWED(text, "email:somebody@a.example.org");
	REFUSED(text, "email:somebody@example.org");
	REFUSED(text, "email:somebody@example.com.evil.org");
	REFUSED(text, "email:somebody@evil.org@example.com");
}

static void uris_match_whole_parts_of_their_beginning(void **state)
{
	const char *text = "{uri: ['https://example.com', 'https://example.org/a/', 'urn:example:']}";
	(void)state;
	ALLOWED(text, "uri:https://example.com");
	ALLOWED(text, "uri:https://example.com/x");
	ALLOWED(text, "uri:https://example.com?x");
	REFUSED(text, "uri:https://example.com.evil.org/");
	REFUSED(text, "uri:https://example.com:x@evil.org/");
	REFUSED(text, "uri:https://example.com@evil.org/");
	ALLOWED(text, "uri:https://example.org/a/b");
	REFUSED(text, "uri:https://example.org/ab");
	REFUSED(text, "uri:https://example.org/a");
	REFUSED(text, "uri:https://example.org/a/../b");
	REFUSED(text, "uri:https://example.org/a/%2E%2e/b");
	REFUSED(text, "uri:https://example.org/a/.");
	ALLOWED(text, "uri:https://example.org/a/.b/c..d/...");
	ALLOWED(text, "uri:https://example.org/a/b?c=/../d");
	ALLOWED(text, "uri:urn:example:1");
	REFUSED(text, "uri:urn:other:1");
}

static void a_colon_after_a_host_opens_nothing(void **state)
{
	(void)state;
	REFUSED("{uri: ['https://example.com:']}", "uri:https://example.com:x@evil.org/");
}

static void other_names_match_by_type(void **state)
{
	/* userPrincipalName, [0] EXPLICIT UTF8String "a@b" */
	static const uint8_t upn[] = {0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x14,
	                              0x02, 0x03, 0xa0, 0x05, 0x0c, 0x03, 'a', '@', 'b'};
	struct general_name name = {GN_OTHER, BYTES_OF(upn)};
	(void)state;
	rule_open(&t, &policy_names, "{other: [userPrincipalName]}");
	assert_int_equal(signet_draft_set_alt_names(t.draft, &name, 1), 0);
	assert_int_equal(rule_check(&t), SIGNET_PASS);
	rule_close(&t);
	rule_open(&t, &policy_names, "{other: [1.2.3.4]}");
	assert_int_equal(signet_draft_set_alt_names(t.draft, &name, 1), 0);
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	rule_close(&t);
}

static void kinds_that_no_list_is_for_are_denied(void **state)
{
	static const uint8_t oid[] = {0x2a, 0x03};
	struct general_name name = {GN_REGISTERED_ID, BYTES_OF(oid)};
	(void)state;
	rule_open(&t, &policy_names, "{dns: ['*'], other: [1.2.3]}");
	assert_int_equal(signet_draft_set_alt_names(t.draft, &name, 1), 0);
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	rule_close(&t);
}

static void every_name_is_judged(void **state)
{
	(void)state;
	rule_open(&t, &policy_names, "{dns: ['*.example.com']}");
	rule_draft(&t, "", "dns:a.example.com", "dns:b.example.org", NULL);
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	assert_string_equal(t.verdict.message, "the name dns:b.example.org is not allowed");
	rule_close(&t);
}

static void common_names_stand_among_the_names(void **state)
{
	(void)state;
	rule_open(&t, &policy_names, "{dns: ['*.example.com'], ip: [192.0.2.0/24]}");
	rule_draft(&t, "CN=A.example.com", "dns:a.example.com", NULL);
	assert_int_equal(rule_check(&t), SIGNET_PASS);
	rule_draft(&t, "CN=192.0.2.1", "ip:192.0.2.1", NULL);
	assert_int_equal(rule_check(&t), SIGNET_PASS);
	rule_draft(&t, "CN=b.example.com", "dns:a.example.com", NULL);
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	assert_string_equal(t.verdict.message,
	                    "the common name b.example.com is not among the alternative names");
	/* not only the last one */
	rule_draft(&t, "CN=a.example.com,CN=evil.org", "dns:a.example.com", NULL);
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	rule_draft(&t, "CN=evil.org,CN=a.example.com", "dns:a.example.com", NULL);
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	rule_close(&t);
	rule_open(&t, &policy_names, "{dns: ['*.example.com'], common-name: any}");
	rule_draft(&t, "CN=Somebody", "dns:a.example.com", NULL);
	assert_int_equal(rule_check(&t), SIGNET_PASS);
	rule_close(&t);
}

static void mailboxes_in_the_subject_are_judged(void **state)
{
	(void)state;
	rule_open(&t, &policy_names, "{email: [example.com], common-name: any}");
	rule_draft(&t, "emailAddress=a@example.com,CN=A", NULL);
	assert_int_equal(rule_check(&t), SIGNET_PASS);
	rule_draft(&t, "emailAddress=a@example.org\\, b@example.com,CN=A", NULL);
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	rule_draft(&t, "emailAddress=a@example.org,CN=A", NULL);
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	rule_close(&t);
}

static void mistakes_are_named_with_their_line(void **state)
{
	(void)state;
	rule_refuses(&policy_names, "dns:\n  - a.b\n  - 'a.*.b'\n",
	             "test.yaml:3: dns: 'a.*.b' is not a host name or *.DOMAIN");
	rule_refuses(&policy_names, "ip: [10.0.0.1/8]\n",
	             "test.yaml:1: ip: '10.0.0.1/8' is no address and no network (the bits "
	             "behind the prefix must be 0)");
	rule_refuses(&policy_names, "uri: ['https://']\n",
	             "test.yaml:1: uri: 'https://' is not the beginning of a URI with its scheme "
	             "and host");
	rule_refuses(&policy_names, "email: [a@b.c]\n",
	             "test.yaml:1: email: 'a@b.c' is not a domain or *.DOMAIN");
	rule_refuses(&policy_names, "other: [no-such]\n",
	             "test.yaml:1: other: 'no-such' is no OID");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kind_without_a_list_is_denied),
		cmocka_unit_test(host_names_match_as_they_are),
		cmocka_unit_test(a_star_stands_for_all_names_below),
		cmocka_unit_test(wildcards_need_leave),
		cmocka_unit_test(addresses_match_networks),
		cmocka_unit_test(mailboxes_match_by_domain),
		cmocka_unit_test(uris_match_whole_parts_of_their_beginning),
		cmocka_unit_test(a_colon_after_a_host_opens_nothing),
		cmocka_unit_test(other_names_match_by_type),
		cmocka_unit_test(kinds_that_no_list_is_for_are_denied),
		cmocka_unit_test(every_name_is_judged),
		cmocka_unit_test(common_names_stand_among_the_names),
		cmocka_unit_test(mailboxes_in_the_subject_are_judged),
		cmocka_unit_test(mistakes_are_named_with_their_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
