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

static void what_is_denied_beats_what_is_allowed(void **state)
{
	const char *text = "{dns: ['*.example.com'], wildcards: true,"
			   " deny: {dns: [secret.example.com, '*.lab.example.com', b\xc3\xbc.example.com]}}";
	(void)state;
	ALLOWED(text, "dns:www.example.com");
	REFUSED(text, "dns:secret.example.com");
	REFUSED(text, "dns:SECRET.example.com");
	REFUSED(text, "dns:a.b.lab.example.com");
	ALLOWED(text, "dns:lab.example.com");
	REFUSED(text, "dns:xn--b-eha.example.com");
	/* a wildcard stands for what is denied */
	REFUSED(text, "dns:*.example.com");
	REFUSED(text, "dns:*.lab.example.com");
	ALLOWED(text, "dns:*.www.example.com");
	REFUSED("{dns: ['*'], deny: {dns: ['*']}}", "dns:www.example.com");
}

static void denied_networks_have_their_mapped_addresses(void **state)
{
	const char *text = "{ip: [0.0.0.0/0, '::/0'], deny: {ip: [10.0.0.0/8, 'fe80::/10']}}";
	(void)state;
	ALLOWED(text, "ip:192.0.2.1");
	REFUSED(text, "ip:10.1.2.3");
	REFUSED(text, "ip:::ffff:10.1.2.3");
	REFUSED(text, "ip:::ffff:0a01:0203");
	ALLOWED(text, "ip:2001:db8::1");
	REFUSED(text, "ip:fe80::1");
	/* and an IPv6 network does not let IPv4 in */
	REFUSED("{ip: ['::/0']}", "ip:::ffff:10.1.2.3");
}

static void mailboxes_may_be_named_one_by_one(void **state)
{
	const char *text = "{email: [alice@example.com, example.org], deny: {email: [root@example.org]}}";
	(void)state;
	ALLOWED(text, "email:alice@example.com");
	ALLOWED(text, "email:alice@EXAMPLE.com");
	REFUSED(text, "email:Alice@example.com");
	REFUSED(text, "email:bob@example.com");
	REFUSED(text, "email:xalice@example.com");
	ALLOWED(text, "email:bob@example.org");
	REFUSED(text, "email:root@example.org");
}

static void uris_are_denied_by_beginning_and_by_host(void **state)
{
	const char *text = "{uri: ['https://a.example/', 'https://b.example', 'urn:x:'],"
			   " deny: {uri: ['https://a.example/private/', b.example]}}";
	(void)state;
	ALLOWED(text, "uri:https://a.example/public/1");
	REFUSED(text, "uri:https://a.example/private/1");
	REFUSED(text, "uri:https://a.example/PRIVATE/1");
	REFUSED(text, "uri:https://b.example/x");
	ALLOWED(text, "uri:urn:x:1");
	text = "{uri: ['http:'], deny: {uri: [b.example]}}";
	ALLOWED(text, "uri:http:c");
	REFUSED("{uri: ['https://u@b.example:1'], deny: {uri: [B.example]}}",
	        "uri:https://u@b.example:1/");
}

static void denied_mailboxes_are_denied_in_every_spelling(void **state)
{
	const char *text = "{email: [example.org], deny: {email: [root@example.org]}}";
	(void)state;
	REFUSED(text, "email:ROOT@example.org");
	REFUSED(text, "email:root@EXAMPLE.ORG");
	REFUSED(text, "email:\"root\"@example.org");
	REFUSED(text, "email:r\\oot@example.org");
	REFUSED(text, "email:root(x)@example.org");
	ALLOWED(text, "email:rooty@example.org");
	ALLOWED("{email: ['*'], deny: {email: [root@example.org]}}", "email:\"root\"@example.com");
}

static void mailboxes_of_the_subject_are_mailboxes(void **state)
{
	(void)state;
	rule_open(&t, &policy_names, "{email: [example.com], common-name: any}");
	rule_draft(&t, "emailAddress=a b@example.com", NULL);
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	rule_close(&t);
}

static void denied_hosts_are_denied_in_every_spelling(void **state)
{
	const char *text = "{uri: ['https:', 'urn:'], deny: {uri: [b.example]}}";
	(void)state;
	REFUSED(text, "uri:https://b.example/");
	REFUSED(text, "uri:https://%62.example/");
	REFUSED(text, "uri:https://u:p@b.example:8443/");
	REFUSED(text, "uri:https://b.example.:443/");
	/* browsers find a host behind any number of slashes (WHATWG URL) */
	REFUSED(text, "uri:https:b.example/");
	REFUSED(text, "uri:HTTPS:/b.example/");
	REFUSED(text, "uri:https:///b.example/");
	REFUSED(text, "uri:https:b.example//c.example/");
	ALLOWED(text, "uri:https://c.example/%62.example");
	ALLOWED(text, "uri:urn:b.example");
}

static void denied_beginnings_are_denied_in_every_spelling(void **state)
{
	const char *text = "{uri: ['https:'], deny: {uri: ['https://a.example/private/',"
			   " 'https://c.example:8443/', 'https://d.example']}}";
	(void)state;
	REFUSED(text, "uri:https://a.example/private/1");
	REFUSED(text, "uri:https://a.example/%70rivate/1");
	REFUSED(text, "uri:https://a.example//private/1");
	REFUSED(text, "uri:https://u@a.example/private/1");
	REFUSED(text, "uri:https://a.example:443/Private/1");
	REFUSED(text, "uri:https://a.example./private/1");
	REFUSED(text, "uri:https:a.example/private/1");
	REFUSED(text, "uri:https://%61.example/private/1");
	ALLOWED(text, "uri:https://a.example/public/%70");
	ALLOWED(text, "uri:https://a.example");
	REFUSED(text, "uri:https://u@c.example:8443/");
	ALLOWED(text, "uri:https://c.example/");
	REFUSED(text, "uri:https://u@d.example");
	REFUSED(text, "uri:https://d.example:8443/x");
	ALLOWED(text, "uri:https://e.example/x");
}

static void internal_names_are_denied_on_demand(void **state)
{
	const char *text = "{dns: ['*', host], internal: deny, wildcards: true}";
	(void)state;
	REFUSED(text, "dns:host");
	REFUSED(text, "dns:printer.LOCAL");
	REFUSED(text, "dns:a.home.arpa");
	REFUSED(text, "dns:*.corp");
	ALLOWED(text, "dns:host.example.com");
	ALLOWED(text, "dns:local.example.com");
	ALLOWED("{dns: [host]}", "dns:host");
}

static void a_labels_must_be_ones_and_no_homographs(void **state)
{
	(void)state;
	ALLOWED("{dns: ['*']}", "dns:xn--bcher-kva.example.com");
	REFUSED("{dns: ['*']}", "dns:xn--a.example.com");
	REFUSED("{dns: ['*']}", "dns:xn--pple-43d.com");
	ALLOWED("{dns: ['*'], idn: any}", "dns:xn--pple-43d.com");
	REFUSED("{dns: ['*'], idn: deny}", "dns:xn--bcher-kva.example.com");
	ALLOWED("{dns: ['*'], idn: deny}", "dns:www.example.com");
	/* patterns may be written for people */
	ALLOWED("{dns: ['*.b\xc3\xbc\x63her.example']}", "dns:www.xn--bcher-kva.example");
}

static enum signet_decision judge_subject(const char *text, const char *subject)
{
	rule_open(&t, &policy_names, text);
	rule_draft(&t, subject, "dns:a.example", "dns:xn--bcher-kva.example", NULL);
	enum signet_decision decision = rule_check(&t);
	rule_close(&t);
	return decision;
}

static void common_names_may_have_u_labels(void **state)
{
	const char *text = "{dns: ['*']}";
	(void)state;
	assert_int_equal(judge_subject(text, "CN=b\xc3\xbc\x63her.example"), SIGNET_PASS);
	assert_int_equal(judge_subject(text, "CN=xn--bcher-kva.example"), SIGNET_PASS);
	/* Cyrillic a */
	assert_int_equal(judge_subject(text, "CN=\xd0\xb0.example"), SIGNET_DENY);
}

static void parts_of_the_subject_have_patterns(void **state)
{
	const char *text = "{dns: ['*'], subject: {O: ['Example *'], C: [DE, AT]},"
			   " deny: {subject: {O: ['*evil*'], OU: [Root]}}}";
	(void)state;
	assert_int_equal(judge_subject(text, "CN=a.example,O=Example Ltd,C=DE"), SIGNET_PASS);
	assert_int_equal(judge_subject(text, "CN=a.example"), SIGNET_PASS);
	assert_int_equal(judge_subject(text, "O=example ltd"), SIGNET_PASS);
	assert_int_equal(judge_subject(text, "O=Other"), SIGNET_DENY);
	assert_int_equal(judge_subject(text, "O=Example Ltd,O=Other"), SIGNET_DENY);
	assert_int_equal(judge_subject(text, "C=CH"), SIGNET_DENY);
	assert_int_equal(judge_subject(text, "O=Example Evil Ltd"), SIGNET_DENY);
	assert_int_equal(judge_subject(text, "OU=root"), SIGNET_DENY);
	assert_int_equal(judge_subject(text, "OU=Roots"), SIGNET_PASS);
}

static void denied_values_are_denied_in_every_spelling(void **state)
{
	const char *text = "{dns: ['*'], common-name: any, deny: {subject: {CN: [admin, \xc3\xa4rzte, 'the *'],"
			   " O: ['Example Ltd']}}}";
	(void)state;
	assert_int_equal(judge_subject(text, "CN=ADMIN"), SIGNET_DENY);
	assert_int_equal(judge_subject(text, "CN=admin\\ "), SIGNET_DENY);
	assert_int_equal(judge_subject(text, "CN=\\ admin"), SIGNET_DENY);
	assert_int_equal(judge_subject(text, "O=Example  Ltd"), SIGNET_DENY);
	/* no-break space, zero width space, full width letters, letters beyond ASCII */
	assert_int_equal(judge_subject(text, "O=Example\xc2\xa0Ltd"), SIGNET_DENY);
	assert_int_equal(judge_subject(text, "CN=ad\xe2\x80\x8bmin"), SIGNET_DENY);
	assert_int_equal(judge_subject(text, "CN=\xef\xbd\x81" "dmin"), SIGNET_DENY);
	assert_int_equal(judge_subject(text, "CN=\xc3\x84RZTE"), SIGNET_DENY);
	assert_int_equal(judge_subject(text, "CN=The\\ "), SIGNET_DENY);
	assert_int_equal(judge_subject(text, "CN=administrator"), SIGNET_PASS);
	assert_int_equal(judge_subject(text, "CN=an admin"), SIGNET_PASS);
}

static void what_denies_nothing_is_a_mistake(void **state)
{
	(void)state;
	rule_refuses(&policy_names, "deny:\ndns: [a.b]\n", "test.yaml:1: deny: denies nothing");
	rule_refuses(&policy_names, "dns: ['*']\ndeny: {dns: []}\n",
	             "test.yaml:2: deny.dns: is empty");
	rule_refuses(&policy_names, "deny: {ip: []}\n", "test.yaml:1: deny.ip: is empty");
	rule_refuses(&policy_names, "deny: {subject: {CN: []}}\n",
	             "test.yaml:1: deny.subject.CN: is empty");
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
	rule_refuses(&policy_names, "email: ['a@@b.c']\n",
	             "test.yaml:1: email: 'a@@b.c' is not a mailbox, a domain or *.DOMAIN");
	rule_refuses(&policy_names, "deny:\n  dsn: [a.b]\n",
	             "test.yaml:2: deny.dsn: unknown key 'dsn', did you mean 'dns'?");
	rule_refuses(&policy_names, "deny: {ip: [10.0.0.0/33]}\n",
	             "test.yaml:1: deny.ip: '10.0.0.0/33' is no address and no network (the bits "
	             "behind the prefix must be 0)");
	rule_refuses(&policy_names, "subject: {NoSuch: [a]}\n",
	             "test.yaml:1: subject.NoSuch: there is no attribute of this name");
	rule_refuses(&policy_names, "subject:\n  CN: [a]\n  2.5.4.3: [b]\n",
	             "test.yaml:3: subject.2.5.4.3: this attribute is there twice");
	rule_refuses(&policy_names, "subject: {O: ['@group']}\n",
	             "test.yaml:1: subject.O: '@group' is no pattern of values");
	rule_refuses(&policy_names, "idn: perhaps\n",
	             "test.yaml:1: idn: 'perhaps' is not valid, deny or any");
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
		cmocka_unit_test(what_is_denied_beats_what_is_allowed),
		cmocka_unit_test(denied_networks_have_their_mapped_addresses),
		cmocka_unit_test(mailboxes_may_be_named_one_by_one),
		cmocka_unit_test(uris_are_denied_by_beginning_and_by_host),
		cmocka_unit_test(denied_mailboxes_are_denied_in_every_spelling),
		cmocka_unit_test(mailboxes_of_the_subject_are_mailboxes),
		cmocka_unit_test(denied_hosts_are_denied_in_every_spelling),
		cmocka_unit_test(denied_beginnings_are_denied_in_every_spelling),
		cmocka_unit_test(internal_names_are_denied_on_demand),
		cmocka_unit_test(a_labels_must_be_ones_and_no_homographs),
		cmocka_unit_test(common_names_may_have_u_labels),
		cmocka_unit_test(parts_of_the_subject_have_patterns),
		cmocka_unit_test(denied_values_are_denied_in_every_spelling),
		cmocka_unit_test(what_denies_nothing_is_a_mistake),
		cmocka_unit_test(mistakes_are_named_with_their_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
