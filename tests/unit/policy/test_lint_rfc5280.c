#include "lint_case.h"

#include "asn1/oid.h"

static const uint8_t example_oid[] = {0x2a, 0x03};
static const struct bytes example = {example_oid, sizeof example_oid};

/* keyUsage crl-sign, beside a purpose. */
static void only_crl_sign(struct rule_test *t)
{
	lint_case_set(t, OID_KEY_USAGE, true, "03020102");
}

static void for_code(struct rule_test *t)
{
	lint_case_set(t, OID_KEY_USAGE, true, "03020520"); /* key-encipherment */
	lint_case_set(t, OID_EXT_KEY_USAGE, false, "300a06082b06010505070303");
}

static void without_key_usage(struct rule_test *t)
{
	for_code(t);
	assert_int_equal(signet_draft_remove_extension(t->draft, OID_KEY_USAGE), 0);
}

static void for_ocsp(struct rule_test *t)
{
	lint_case_set(t, OID_EXT_KEY_USAGE, false, "300a06082b06010505070309");
	lint_case_set(t, OID_OCSP_NOCHECK, false, "0500");
}

static const struct lint_case cases[] = {
	{"rfc5280-key-usage-critical", "keyUsage is not critical", .oid = &OID_KEY_USAGE,
	 .value = "03020780"},
	{"rfc5280-key-usage-critical", NULL, .oid = &OID_KEY_USAGE},

	{"rfc5280-key-usage-purposes", "no key usage is there that goes with server-auth",
	 .change = only_crl_sign},
	{"rfc5280-key-usage-purposes", "no key usage is there that goes with code-signing",
	 .change = for_code},
	{"rfc5280-key-usage-purposes", NULL, .change = without_key_usage},
	{"rfc5280-key-usage-purposes", NULL, .oid = &OID_EXT_KEY_USAGE,
	 .value = "301006082b060105050703020604551d2500"},

	{"rfc5280-any-purpose-critical", "extKeyUsage with any is critical",
	 .oid = &OID_EXT_KEY_USAGE, .critical = true, .value = "30060604551d2500"},
	{"rfc5280-any-purpose-critical", NULL, .oid = &OID_EXT_KEY_USAGE,
	 .value = "30060604551d2500"},
	{"rfc5280-any-purpose-critical", NULL, .oid = &OID_EXT_KEY_USAGE, .critical = true,
	 .value = "300a06082b06010505070302"},

	{"rfc5280-time-stamping-alone", "time-stamping is not critical", .oid = &OID_EXT_KEY_USAGE,
	 .value = "300a06082b06010505070308"},
	{"rfc5280-time-stamping-alone", "time-stamping stands beside other purposes",
	 .oid = &OID_EXT_KEY_USAGE, .critical = true,
	 .value = "301406082b0601050507030806082b06010505070302"},
	{"rfc5280-time-stamping-alone", NULL, .oid = &OID_EXT_KEY_USAGE, .critical = true,
	 .value = "300a06082b06010505070308"},

	{"rfc5280-crl-critical", "cRLDistributionPoints is critical", .oid = &OID_CRL_DISTRIBUTION,
	 .critical = true, .value = "30193017a015a0138611687474703a2f2f612e6578616d706c652f"},

	{"rfc5280-crl-scheme", "no place of the CRL is an HTTP or LDAP URI",
	 .oid = &OID_CRL_DISTRIBUTION,
	 .value = "30183016a014a01286106674703a2f2f612e6578616d706c652f"},
	{"rfc5280-crl-scheme", NULL, .oid = &OID_CRL_DISTRIBUTION,
	 .value = "301a3018a016a01486126c6461703a2f2f612e6578616d706c652f78"},
	{"rfc5280-crl-scheme", NULL, .oid = &OID_CRL_DISTRIBUTION},

	{"rfc5280-access-scheme", "no place of the issuer is an HTTP or LDAP URI",
	 .oid = &OID_AUTHORITY_INFO,
	 .value = "301e301c06082b0601050507300286106674703a2f2f612e6578616d706c652f"},
	{"rfc5280-access-scheme", NULL, .oid = &OID_AUTHORITY_INFO,
	 .value = "3020301e06082b0601050507300286126c6461703a2f2f612e6578616d706c652f78"},
	/* OCSP only */
	{"rfc5280-access-scheme", NULL, .oid = &OID_AUTHORITY_INFO,
	 .value = "301e301c06082b0601050507300186106674703a2f2f612e6578616d706c652f"},

	{"rfc5280-unknown-critical", "the extension 1.2.3 is critical, and few know it",
	 .oid = &example, .critical = true, .value = "0500"},
	{"rfc5280-unknown-critical", NULL, .oid = &example, .value = "0500"},

	{"rfc5280-ocsp-no-check", "ocspNoCheck without the purpose ocsp-signing",
	 .oid = &OID_OCSP_NOCHECK, .value = "0500"},
	{"rfc5280-ocsp-no-check", NULL, .change = for_ocsp},

	{"rfc5280-tls-feature-critical", "tlsFeature is critical", .oid = &OID_TLS_FEATURE,
	 .critical = true, .value = "3003020105"},
	{"rfc5280-tls-feature-critical", NULL, .oid = &OID_TLS_FEATURE, .value = "3003020105"},
};

static void each_check_finds_its_drafts(void **state)
{
	(void)state;
	lint_cases(cases, sizeof cases / sizeof *cases, lint_rfc5280);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_check_finds_its_drafts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
