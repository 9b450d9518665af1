#include "rule.h"

#include <stdio.h>

#include "api/draft.h"
#include "asn1/oid.h"
#include "base/encoding.h"
#include "base/limits.h"

static struct rule_test t;

static void set_extension(struct bytes oid, bool critical, const char *hex)
{
	struct buffer value = BUFFER_MAX(1024);
	assert_int_equal(hex_decode(&value, bytes_text(hex)), 0);
	const struct extension extension = {oid, critical, buffer_bytes(&value)};
	assert_int_equal(signet_draft_set_extension(t.draft, &extension), 0);
	buffer_free(&value);
}

static void open_rule(const char *text)
{
	rule_open(&t, &policy_extensions, text);
	rule_draft(&t, "CN=a", "dns:example.com", NULL);
	signet_draft_begin(t.draft, SIGNET_ORIGIN_PROFILE);
}

/* What is drafted for servers: digitalSignature and keyEncipherment; serverAuth and clientAuth. */
static void draft_server(void)
{
	set_extension(OID_KEY_USAGE, true, "030205a0");
	set_extension(OID_EXT_KEY_USAGE, false, "301406082b0601050507030106082b06010505070302");
	set_extension(OID_BASIC_CONSTRAINTS, true, "3000");
}

static const char *judge(void)
{
	static char result[1024];
	signet_draft_begin(t.draft, SIGNET_ORIGIN_POLICY);
	if (rule_check(&t) == SIGNET_DENY) {
		assert_int_equal(t.verdict.reason, SIGNET_REASON_POLICY);
		snprintf(result, sizeof result, "deny: %s", t.verdict.message);
		return result;
	}
	assert_int_equal(t.verdict.decision, SIGNET_PASS);
	snprintf(result, sizeof result, "pass: %s", signet_draft_changes(t.draft));
	return result;
}

/* The decision about the server's draft and what was changed in it. */
static void assert_server(const char *text, const char *wanted)
{
	open_rule(text);
	draft_server();
	assert_string_equal(judge(), wanted);
	rule_close(&t);
}

static const struct signet_draft_extension *find(struct bytes oid)
{
	size_t count;
	const struct signet_draft_extension *list = signet_draft_extensions(t.draft, &count);
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(list[i].extension.oid, oid))
			return &list[i];
	return NULL;
}

static void assert_extension(struct bytes oid, bool critical, const char *hex,
                             enum signet_origin origin)
{
	const struct signet_draft_extension *found = find(oid);
	assert_non_null(found);
	assert_string_equal(hex_text(t.arena, found->extension.value), hex);
	assert_int_equal(found->extension.critical, critical);
	assert_int_equal(found->origin, origin);
}

static void only_allowed_ones_may_be_there(void **state)
{
	(void)state;
	assert_server("{allow: [keyUsage, extKeyUsage, basicConstraints]}", "pass: ");
	assert_server("{allow: [key-usage, extended-key-usage, 2.5.29.19]}", "pass: ");
	assert_server("{allow: [KEY-USAGE, ext-key-usage]}",
	              "deny: the extension basicConstraints is not allowed");
	assert_server("{allow: []}", "deny: the extension basicConstraints is not allowed");
	open_rule("{allow: [1.2.3]}");
	set_extension(bytes_make("\x2a\x03", 2), false, "0500");
	assert_string_equal(judge(), "pass: ");
	set_extension(bytes_make("\x2a\x04", 2), false, "0500");
	assert_string_equal(judge(), "deny: the extension 1.2.4 is not allowed");
	rule_close(&t);
}

static void others_are_stripped_where_told(void **state)
{
	(void)state;
	open_rule("{allow: [extKeyUsage], others: strip}");
	draft_server();
	assert_string_equal(judge(), "pass: extension basicConstraints, extension keyUsage");
	assert_null(find(OID_KEY_USAGE));
	assert_null(find(OID_BASIC_CONSTRAINTS));
	assert_int_equal(find(OID_EXT_KEY_USAGE)->origin, SIGNET_ORIGIN_PROFILE);
	rule_close(&t);
}

static void stripped_ones_are_taken_out(void **state)
{
	(void)state;
	assert_server("{strip: [basicConstraints, tlsFeature]}", "pass: extension basicConstraints");
	assert_server("{strip: [basicConstraints], require: [basicConstraints]}",
	              "deny: the extension basicConstraints is missing");
}

static void forced_ones_are_set(void **state)
{
	(void)state;
	open_rule("force:\n  keyUsage: [digital-signature]\n  extended-key-usage: [server-auth]\n"
	          "  must-staple: true\n  ocspNoCheck: '0500'\n"
	          "  1.2.3: {value: 0c0178, critical: true}\n");
	draft_server();
	assert_string_equal(judge(), "pass: extension keyUsage, extension extKeyUsage, "
	                    "extension tlsFeature, extension ocspNoCheck, extension 1.2.3");
	assert_extension(OID_KEY_USAGE, true, "03020780", SIGNET_ORIGIN_POLICY);
	assert_extension(OID_EXT_KEY_USAGE, false, "300a06082b06010505070301",
	                 SIGNET_ORIGIN_POLICY);
	assert_extension(OID_TLS_FEATURE, false, "3003020105", SIGNET_ORIGIN_POLICY);
	assert_extension(OID_OCSP_NOCHECK, false, "0500", SIGNET_ORIGIN_POLICY);
	assert_extension(bytes_make("\x2a\x03", 2), true, "0c0178", SIGNET_ORIGIN_POLICY);
	rule_close(&t);
}

static void criticality_is_as_the_rfc_has_it_or_as_told(void **state)
{
	(void)state;
	open_rule("{force: {2.5.29.15: [crl-sign], basic-constraints: '3000', "
	          "extKeyUsage: {value: [any], critical: true}, "
	          "tlsFeature: {value: must-staple}}}");
	judge();
	assert_extension(OID_KEY_USAGE, true, "03020102", SIGNET_ORIGIN_POLICY);
	assert_extension(OID_BASIC_CONSTRAINTS, true, "3000", SIGNET_ORIGIN_POLICY);
	assert_extension(OID_EXT_KEY_USAGE, true, "30060604551d2500", SIGNET_ORIGIN_POLICY);
	assert_extension(OID_TLS_FEATURE, false, "3003020105", SIGNET_ORIGIN_POLICY);
	rule_close(&t);
}

static void what_is_so_already_keeps_its_origin(void **state)
{
	(void)state;
	open_rule("{force: {basicConstraints: '3000', keyUsage: {value: [digital-signature, "
	          "key-encipherment], critical: false}}}");
	draft_server();
	assert_string_equal(judge(), "pass: extension keyUsage");
	assert_extension(OID_BASIC_CONSTRAINTS, true, "3000", SIGNET_ORIGIN_PROFILE);
	assert_extension(OID_KEY_USAGE, false, "030205a0", SIGNET_ORIGIN_POLICY);
	rule_close(&t);
}

static void forced_ones_are_allowed(void **state)
{
	(void)state;
	assert_server("{allow: [extKeyUsage, keyUsage], force: {basicConstraints: '3000'}}",
	              "pass: ");
	assert_server("{key-usage: [crl-sign], force: {keyUsage: [digital-signature]}}",
	              "pass: extension keyUsage");
}

static void required_ones_must_be_there(void **state)
{
	(void)state;
	assert_server("{require: [keyUsage, subjectAltName]}", "pass: ");
	assert_server("{require: [tlsFeature]}", "deny: the extension tlsFeature is missing");
	assert_server("{require: [must-staple], force: {must-staple: must-staple}}",
	              "pass: extension tlsFeature");
	open_rule("{require: [subject-alt-name]}");
	rule_draft(&t, "CN=a", NULL);
	assert_string_equal(judge(), "deny: the extension subjectAltName is missing");
	rule_close(&t);
}

static void other_usages_are_denied(void **state)
{
	(void)state;
	assert_server("{key-usage: [digital-signature, key-encipherment, key-agreement]}", "pass: ");
	assert_server("{key-usage: [digital-signature]}",
	              "deny: the key usage key-encipherment is not allowed");
	assert_server("{extended-key-usage: [server-auth, client-auth, any]}", "pass: ");
	assert_server("{extended-key-usage: [server-auth]}",
	              "deny: the extended key usage client-auth is not allowed");
	assert_server("{extended-key-usage: [1.3.6.1.5.5.7.3.1, client-auth]}", "pass: ");
	open_rule("{extended-key-usage: [server-auth]}");
	set_extension(OID_EXT_KEY_USAGE, false, "30060604551d2500");
	assert_string_equal(judge(), "deny: the extended key usage any is not allowed");
	rule_close(&t);
}

static void usages_are_narrowed_where_told(void **state)
{
	(void)state;
	open_rule("{key-usage: [digital-signature, crl-sign], extended-key-usage: [client-auth], "
	          "usages: narrow}");
	draft_server();
	assert_string_equal(judge(), "pass: extension keyUsage, extension extKeyUsage");
	assert_extension(OID_KEY_USAGE, true, "03020780", SIGNET_ORIGIN_POLICY);
	assert_extension(OID_EXT_KEY_USAGE, false, "300a06082b06010505070302",
	                 SIGNET_ORIGIN_POLICY);
	assert_string_equal(judge(), "pass: ");
	rule_close(&t);
}

static void usages_are_never_without_bounds(void **state)
{
	(void)state;
	assert_server("{key-usage: [crl-sign], usages: narrow}",
	              "deny: no allowed use is left in keyUsage");
	assert_server("{extended-key-usage: [code-signing], usages: narrow}",
	              "deny: no allowed use is left in extKeyUsage");
	assert_server("{strip: [extKeyUsage], extended-key-usage: [server-auth]}",
	              "deny: no allowed use is left in extKeyUsage");
	open_rule("{key-usage: [digital-signature]}");
	assert_string_equal(judge(), "deny: no allowed use is left in keyUsage");
	rule_close(&t);
}

static void broken_values_are_denied(void **state)
{
	(void)state;
	static const char *const usages[] = {"", "030205", "0500", "030205a000", "03020500"};
	static const char *const purposes[] = {"", "3000", "3003020101", "0500",
	                                       "300a06082b0601050507030100"};
	for (size_t i = 0; i < sizeof usages / sizeof *usages; i++) {
		open_rule("{key-usage: [digital-signature, key-encipherment], usages: narrow}");
		set_extension(OID_KEY_USAGE, true, usages[i]);
		assert_string_equal(judge(), "deny: keyUsage is broken");
		rule_close(&t);
	}
	for (size_t i = 0; i < sizeof purposes / sizeof *purposes; i++) {
		open_rule("{extended-key-usage: [server-auth], usages: narrow}");
		set_extension(OID_EXT_KEY_USAGE, false, purposes[i]);
		assert_string_equal(judge(), "deny: extKeyUsage is broken");
		rule_close(&t);
	}
}

static void full_draft_takes_no_more(void **state)
{
	(void)state;
	open_rule("{force: {must-staple: true}}");
	for (uint8_t i = 0; i < LIMIT_EXTENSIONS; i++) {
		const uint8_t oid[] = {0x2a, i};
		set_extension(BYTES_OF(oid), false, "0500");
	}
	assert_int_equal(t.policy->check(t.rule, &t.request, t.draft, &t.verdict),
	                 SIGNET_E_TOO_BIG);
	rule_close(&t);
}

static void mistakes_are_named_with_their_line(void **state)
{
	(void)state;
	rule_refuses(&policy_extensions, "require: []\nallow: [keyUsage, CN]\n",
	             "test.yaml:2: allow: 'CN' is no known extension and no OID");
	rule_refuses(&policy_extensions, "allow: [subjectAltName]\n",
	             "test.yaml:1: allow: the rule 'names' judges subjectAltName");
	rule_refuses(&policy_extensions, "others: strip\n",
	             "test.yaml:1: others: needs 'allow'");
	rule_refuses(&policy_extensions, "usages: narrow\n",
	             "test.yaml:1: usages: needs 'key-usage' or 'extended-key-usage'");
	rule_refuses(&policy_extensions, "extended-key-usage: [server-auth, tls]\n",
	             "test.yaml:1: extended-key-usage: 'tls' is no known purpose and no OID");
	rule_refuses(&policy_extensions, "key-usage: []\n", "test.yaml:1: key-usage: is empty");
	rule_refuses(&policy_extensions, "force:\n  1.2.3: 0c01\n",
	             "test.yaml:2: force.1.2.3: not one DER element in hex");
	rule_refuses(&policy_extensions, "force:\n  1.2.3: {critical: true}\n",
	             "test.yaml:2: force.1.2.3: needs 'value'");
	rule_refuses(&policy_extensions, "force:\n  subjectKeyIdentifier: '0400'\n",
	             "test.yaml:2: force.subjectKeyIdentifier: this extension is the engine's own");
	rule_refuses(&policy_extensions, "force: {keyUsage: [crl-sign], key-usage: [crl-sign]}\n",
	             "test.yaml:1: force.key-usage: this extension is there twice");
	rule_refuses(&policy_extensions, "{}", "test.yaml:1: asks for nothing");
	rule_refuses(&policy_extensions, "strip:\nallow: [keyUsage]\n",
	             "test.yaml:1: strip: is empty");
	rule_refuses(&policy_extensions, "allow: []\nrequire: []\n",
	             "test.yaml:2: require: is empty");
	rule_refuses(&policy_extensions, "force: {}\n", "test.yaml:1: force: is empty");
	rule_refuses(&policy_extensions, "strips: [keyUsage]\n",
	             "test.yaml:1: strips: unknown key 'strips', did you mean 'strip'?");
}

static void wrong_values_are_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"allow: keyUsage\n", "allow: [key_usage]\n", "allow: [1..2]\n", "allow: [keyUsages]\n",
		"strip: {keyUsage: 1}\n", "others: drop\n", "key-usage: digital-signature\n",
		"key-usage: [sign]\n", "extended-key-usage: []\n", "extended-key-usage: [keyUsage]\n",
		"force: [keyUsage]\n", "force: {keyUsage: '030205a0'}\n", "force: {keyUsage: []}\n",
		"force: {must-staple: yes}\n", "force: {1.2.3: '05000500'}\n", "force: {1.2.3: ''}\n",
		"force: {1.2.3: {value: '0500', critcal: true}}\n", "force: {1.2.3: 'zz'}\n",
		"force: {1.2.3: {value: '0500', critical: 1}}\n", "require: [names]\n"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct conf *conf;
		struct error err = {0};
		void *rule = NULL;
		const struct signet_policy_host host = {.name = "extensions", .state_directory = "."};
		assert_int_equal(conf_parse(&conf, "test.yaml", bytes_text(texts[i]), NULL), 0);
		int result = policy_extensions.configure(&rule, &host, conf_root(conf), &err);
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
		cmocka_unit_test(only_allowed_ones_may_be_there),
		cmocka_unit_test(others_are_stripped_where_told),
		cmocka_unit_test(stripped_ones_are_taken_out),
		cmocka_unit_test(forced_ones_are_set),
		cmocka_unit_test(criticality_is_as_the_rfc_has_it_or_as_told),
		cmocka_unit_test(what_is_so_already_keeps_its_origin),
		cmocka_unit_test(forced_ones_are_allowed),
		cmocka_unit_test(required_ones_must_be_there),
		cmocka_unit_test(other_usages_are_denied),
		cmocka_unit_test(usages_are_narrowed_where_told),
		cmocka_unit_test(usages_are_never_without_bounds),
		cmocka_unit_test(broken_values_are_denied),
		cmocka_unit_test(full_draft_takes_no_more),
		cmocka_unit_test(mistakes_are_named_with_their_line),
		cmocka_unit_test(wrong_values_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
