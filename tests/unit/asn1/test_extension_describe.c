#include "tests/unit/asn1/describe.h"

#include "asn1/oid.h"

static void values_are_described_through_their_decoder(void **state)
{
	(void)state;
	assert_string_equal(describe(OID_KEY_USAGE, "030205a0"),
	                    "> digital-signature, key-encipherment");
	assert_string_equal(describe(OID_BASIC_CONSTRAINTS, "3000"), "> not a ca");
	assert_string_equal(describe(OID_BASIC_CONSTRAINTS, "3003 0101ff"), "> ca");
	assert_string_equal(describe(OID_BASIC_CONSTRAINTS, "3006 0101ff 020100"),
	                    "> ca, path length 0");
	assert_string_equal(describe(OID_EXT_KEY_USAGE, "300f 06082b06010505070301 06032a0304"),
	                    "> server-auth, 1.2.3.4");
	assert_string_equal(describe(OID_SUBJECT_ALT_NAME, "300b 8203 612e42 8704 c0000201"),
	                    "> dns:a.b\nip:192.0.2.1");
	assert_string_equal(describe(OID_SUBJECT_KEY_ID, "0402 abcd"), "> abcd");
	assert_string_equal(describe(OID_AUTHORITY_KEY_ID, "3004 8002 abcd"), "> abcd");
	assert_string_equal(describe(OID_AUTHORITY_KEY_ID, "3000"), "> no key identifier");
	assert_string_equal(describe(OID_CRL_DISTRIBUTION, "3016 3009 a007 a005 8603 613a62"
	                                                   "3009 a007 a005 8603 633a64"),
	                    "> a:b\nc:d");
	assert_string_equal(describe(OID_CRL_DISTRIBUTION, "3008 3006 a204 a402 3000"), "> no URI");
	assert_string_equal(describe(OID_FRESHEST_CRL, "300b 3009 a007 a005 8603 613a62"), "> a:b");
	assert_string_equal(describe(OID_AUTHORITY_INFO, "3020 300f 06082b06010505073001 8603 613a62"
	                                                 "300d 06062b0601050507 8603 633a64"),
	                    "> ocsp a:b\n1.3.6.1.5.5.7 c:d");
	assert_string_equal(describe(OID_AUTHORITY_INFO, "300c 300a 06032a0304 8203 612e62"),
	                    "> no URI");
	assert_string_equal(describe(OID_CERTIFICATE_POLICIES,
	                             "3032 3005 06032a0301 3029 06032a0302 3022"
	                             "300f 06082b06010505070201 1603 613a62"
	                             "300f 06082b06010505070202 3003 0c01 78"),
	                    "> 1.2.3.1\n1.2.3.2 cps a:b notice \"x\"");
}

static void what_is_unknown_or_broken_is_shown_as_der(void **state)
{
	(void)state;
	assert_string_equal(describe(hex("2a0304"), "0500"), "> NULL");
	static const struct bytes *const known[] = {
		&OID_KEY_USAGE, &OID_BASIC_CONSTRAINTS, &OID_EXT_KEY_USAGE, &OID_SUBJECT_ALT_NAME,
		&OID_SUBJECT_KEY_ID, &OID_AUTHORITY_KEY_ID, &OID_CRL_DISTRIBUTION,
		&OID_AUTHORITY_INFO, &OID_CERTIFICATE_POLICIES, &OID_FRESHEST_CRL,
		&OID_NAME_CONSTRAINTS, &OID_POLICY_CONSTRAINTS, &OID_INHIBIT_ANY_POLICY,
		&OID_OCSP_NOCHECK, &OID_TLS_FEATURE, &OID_MS_TEMPLATE, &OID_MS_SID,
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		assert_string_equal(describe(*known[i], "0a0105"), "> ENUMERATED 5");
		assert_string_equal(describe(*known[i], "0105"), "> 0105");
		assert_string_equal(describe(*known[i], ""), "> ");
	}
	/* the second name is broken: nothing is left of the first */
	assert_string_equal(describe(OID_SUBJECT_ALT_NAME, "3008 8203 612e62 8701 00"),
	                    "> SEQUENCE { [2] 612e62, [7] 00 }");
}

static void a_full_buffer_is_an_error(void **state)
{
	(void)state;
	struct buffer out = BUFFER_MAX(4);
	const struct extension extension = {OID_BASIC_CONSTRAINTS, true, hex("3000")};
	assert_int_equal(extension_describe(&out, &extension), SIGNET_E_TOO_BIG);
	buffer_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_described_through_their_decoder),
		cmocka_unit_test(what_is_unknown_or_broken_is_shown_as_der),
		cmocka_unit_test(a_full_buffer_is_an_error),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
