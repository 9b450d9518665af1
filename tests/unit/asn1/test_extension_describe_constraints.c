#include "tests/unit/asn1/describe.h"

#include "asn1/oid.h"

static void subtrees_are_lines(void **state)
{
	(void)state;
	assert_string_equal(describe(OID_NAME_CONSTRAINTS,
	                             "303c a011 3005 8203 612e62 3002 8200 3004 8102 2e61"
	                             "a127 300a 8708 0a000000ff000000 3004 a402 3000"
	                             "3005 8803 2a0304 300c a00a 0603 2a0304 a003 0101ff"),
	                    "> permitted dns:a.b\npermitted dns:(any)\npermitted email:.a\n"
	                    "excluded ip:10.0.0.0/8\nexcluded directory:(any)\n"
	                    "excluded registered-id:1.2.3.4\nexcluded other:1.2.3.4:0101ff");
	assert_string_equal(describe(OID_NAME_CONSTRAINTS, "3007 a105 3003 820161"),
	                    "> excluded dns:a");
}

static void skips_count_certificates(void **state)
{
	(void)state;
	assert_string_equal(describe(OID_POLICY_CONSTRAINTS, "3006 800100 810102"),
	                    "> explicit policy required, no policy mapping below 2 more");
	assert_string_equal(describe(OID_POLICY_CONSTRAINTS, "3003 800101"),
	                    "> explicit policy required below 1 more");
	assert_string_equal(describe(OID_POLICY_CONSTRAINTS, "3003 810100"), "> no policy mapping");
	assert_string_equal(describe(OID_INHIBIT_ANY_POLICY, "020100"), "> no any-policy");
	assert_string_equal(describe(OID_INHIBIT_ANY_POLICY, "020103"),
	                    "> no any-policy below 3 more");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(subtrees_are_lines),
		cmocka_unit_test(skips_count_certificates),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
