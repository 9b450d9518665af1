#include "tests/unit/asn1/hex.h"

#include "asn1/oid.h"
#include "pki/certificate_lint.h"

static struct error err;

static int lint(struct bytes oid, bool critical, const char *value, bool ca)
{
	const struct extension extension = {oid, critical, hex(value)};
	err = (struct error){0};
	int result = certificate_lint_extension(arena, &extension, ca, &err);
	assert_int_equal(result, err.code);
	return result;
}

static void refuses(struct bytes oid, bool critical, const char *value, bool ca,
                    const char *message)
{
	assert_int_equal(lint(oid, critical, value, ca), SIGNET_E_INVALID);
	assert_string_equal(err.message, message);
}

static void what_binds_everybody_is_critical(void **state)
{
	(void)state;
	refuses(OID_NAME_CONSTRAINTS, false, "3007 a105 3003 820161", true,
	        "nameConstraints must be critical (RFC 5280 section 4.2.1.10)");
	refuses(OID_POLICY_CONSTRAINTS, false, "3003 800100", true,
	        "policyConstraints must be critical (RFC 5280 section 4.2.1.11)");
	refuses(OID_INHIBIT_ANY_POLICY, false, "020100", true,
	        "inhibitAnyPolicy must be critical (RFC 5280 section 4.2.1.14)");
}

static void what_only_points_is_not(void **state)
{
	(void)state;
	refuses(hex("551d09"), true, "3000", false,
	        "subjectDirectoryAttributes must not be critical (RFC 5280 section 4.2.1.8)");
	refuses(OID_FRESHEST_CRL, true, "300b 3009 a007 a005 8603 613a62", false,
	        "freshestCRL must not be critical (RFC 5280 section 4.2.1.15)");
	refuses(OID_AUTHORITY_INFO, true, "3011 300f 06082b06010505073001 8603 613a62", false,
	        "authorityInfoAccess must not be critical (RFC 5280 section 4.2.2.1)");
	refuses(hex("2b0601050507010b"), true, "3000", true,
	        "subjectInfoAccess must not be critical (RFC 5280 section 4.2.2.2)");
	refuses(OID_OCSP_NOCHECK, true, "0500", false,
	        "ocspNoCheck must not be critical (RFC 6960 section 4.2.2.2.1)");
	refuses(OID_TLS_FEATURE, true, "3003 020105", false,
	        "tlsFeature must not be critical (RFC 7633)");
}

static void what_constrains_a_path_is_for_cas(void **state)
{
	(void)state;
	refuses(OID_NAME_CONSTRAINTS, true, "3007 a105 3003 820161", false,
	        "nameConstraints is for CAs only (RFC 5280 section 4.2.1.10)");
	refuses(OID_POLICY_CONSTRAINTS, true, "3003 800100", false,
	        "policyConstraints is for CAs only (RFC 5280 section 4.2.1.11)");
	refuses(OID_INHIBIT_ANY_POLICY, true, "020100", false,
	        "inhibitAnyPolicy is for CAs only (RFC 5280 section 4.2.1.14)");
}

static void good_ones_pass(void **state)
{
	(void)state;
	const struct {
		struct bytes oid;
		bool critical;
		const char *value;
	} samples[] = {
		{hex("551d09"), false, "3000"}, {hex("2b0601050507010b"), false, "3000"},
		{OID_CERTIFICATE_POLICIES, false, "3007 3005 06032a0301"},
		{OID_CERTIFICATE_POLICIES, true, "3007 3005 06032a0301"},
		{OID_NAME_CONSTRAINTS, true, "3007 a105 3003 820161"},
		{OID_POLICY_CONSTRAINTS, true, "3003 800100"}, {OID_INHIBIT_ANY_POLICY, true, "020100"},
		{OID_EXT_KEY_USAGE, true, "3005 06032a0304"},
		{OID_CRL_DISTRIBUTION, false, "300b 3009 a007 a005 8603 613a62"},
		{OID_FRESHEST_CRL, false, "300b 3009 a007 a005 8603 613a62"},
		{OID_AUTHORITY_INFO, false, "3011 300f 06082b06010505073001 8603 613a62"},
		{OID_OCSP_NOCHECK, false, "0500"}, {OID_TLS_FEATURE, false, "3003 020105"},
		{OID_MS_TEMPLATE, false, "3005 06032a0304"},
		{OID_MS_SID, false, "3017 a015 060a2b060104018237190201 a007 0405 532d312d35"},
		/* nothing is known of it */
		{hex("2a0304"), true, "0500"},
	};
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		if (lint(samples[i].oid, samples[i].critical, samples[i].value, true))
			fail_msg("%s", err.message);
}

static void broken_values_are_refused(void **state)
{
	(void)state;
	static const struct {
		const struct bytes *oid;
		bool critical;
		const char *section;
	} samples[] = {
		{&OID_CERTIFICATE_POLICIES, false, "4.2.1.4"}, {&OID_NAME_CONSTRAINTS, true, "4.2.1.10"},
		{&OID_POLICY_CONSTRAINTS, true, "4.2.1.11"}, {&OID_EXT_KEY_USAGE, false, "4.2.1.12"},
		{&OID_CRL_DISTRIBUTION, false, "4.2.1.13"}, {&OID_INHIBIT_ANY_POLICY, true, "4.2.1.14"},
		{&OID_FRESHEST_CRL, false, "4.2.1.15"}, {&OID_AUTHORITY_INFO, false, "4.2.2.1"},
		{&OID_OCSP_NOCHECK, false, "6960"}, {&OID_TLS_FEATURE, false, "7633"},
		{&OID_MS_TEMPLATE, false, "2.2.2.7.7.2"}, {&OID_MS_SID, false, "2.2.2.7.7.4"},
	};
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		assert_int_equal(lint(*samples[i].oid, samples[i].critical, "3000", true),
		                 SIGNET_E_INVALID);
		assert_non_null(strstr(err.message, " is broken ("));
		assert_non_null(strstr(err.message, samples[i].section));
	}
}

static void memory_that_runs_out_is_no_broken_value(void **state)
{
	(void)state;
	const struct extension extension = {OID_TLS_FEATURE, false, hex("3003 020105")};
	struct arena *none = arena_new(1);
	assert_int_equal(certificate_lint_extension(none, &extension, false, NULL), SIGNET_E_NOMEM);
	arena_free(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_binds_everybody_is_critical),
		cmocka_unit_test(what_only_points_is_not),
		cmocka_unit_test(what_constrains_a_path_is_for_cas),
		cmocka_unit_test(good_ones_pass),
		cmocka_unit_test(broken_values_are_refused),
		cmocka_unit_test(memory_that_runs_out_is_no_broken_value),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
