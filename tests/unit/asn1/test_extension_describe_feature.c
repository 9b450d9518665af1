#include "tests/unit/asn1/describe.h"

#include "asn1/oid.h"

static void features_have_names(void **state)
{
	(void)state;
	assert_string_equal(describe(OID_OCSP_NOCHECK, "0500"), "> its revocation is not checked");
	assert_string_equal(describe(OID_TLS_FEATURE, "3003 020105"),
	                    "> status_request (must-staple)");
	assert_string_equal(describe(OID_TLS_FEATURE, "3009 020105 020111 020117"),
	                    "> status_request (must-staple), status_request_v2, 23");
}

static void what_windows_writes_is_readable(void **state)
{
	(void)state;
	assert_string_equal(describe(OID_MS_TEMPLATE, "300b 06032a0304 020164 020105"),
	                    "> 1.2.3.4 version 100.5");
	assert_string_equal(describe(OID_MS_TEMPLATE, "3008 06032a0304 020164"),
	                    "> 1.2.3.4 version 100");
	assert_string_equal(describe(OID_MS_TEMPLATE, "3005 06032a0304"), "> 1.2.3.4");
	assert_string_equal(describe(OID_MS_SID, "3024 a022 060a2b060104018237190201 a014 0412"
	                                         "532d312d352d32312d312d322d332d353030"),
	                    "> S-1-5-21-1-2-3-500");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(features_have_names),
		cmocka_unit_test(what_windows_writes_is_readable),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
