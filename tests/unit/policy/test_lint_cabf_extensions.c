#include "lint_case.h"

#include "asn1/oid.h"

#define EKU(...) .oid = &OID_EXT_KEY_USAGE, __VA_ARGS__
#define POLICIES(hex) .oid = &OID_CERTIFICATE_POLICIES, .value = hex

static void rsa_for_signing(struct rule_test *t)
{
	lint_case_key(t, KEY_RSA);
}

static void rsa_with_agreement(struct rule_test *t)
{
	lint_case_key(t, KEY_RSA);
	lint_case_set(t, OID_KEY_USAGE, true, "03020388");
}

static void rsa_without_usage(struct rule_test *t)
{
	lint_case_key(t, KEY_RSA);
	assert_int_equal(signet_draft_remove_extension(t->draft, OID_KEY_USAGE), 0);
}

static void make_authority(struct rule_test *t)
{
	lint_case_set(t, OID_BASIC_CONSTRAINTS, true, "30030101ff");
	lint_case_set(t, OID_KEY_USAGE, true, "03020186"); /* digital-signature, too */
}

static void authority_without_crl_sign(struct rule_test *t)
{
	make_authority(t);
	lint_case_set(t, OID_KEY_USAGE, true, "03020204");
}

static void authority_that_enciphers(struct rule_test *t)
{
	make_authority(t);
	lint_case_set(t, OID_KEY_USAGE, true, "03020126");
}

static void authority_for_mail(struct rule_test *t)
{
	make_authority(t);
	lint_case_set(t, OID_EXT_KEY_USAGE, false, "300a06082b06010505070304");
}

static void authority_for_everything(struct rule_test *t)
{
	make_authority(t);
	lint_case_set(t, OID_EXT_KEY_USAGE, false, "301006082b060105050703010604551d2500");
}

static void authority_without_policies(struct rule_test *t)
{
	make_authority(t);
	assert_int_equal(signet_draft_remove_extension(t->draft, OID_CERTIFICATE_POLICIES), 0);
}

static void code_rsa_2048(struct rule_test *t)
{
	lint_case_set(t, OID_EXT_KEY_USAGE, false, "300a06082b06010505070303");
	lint_case_key(t, KEY_RSA);
}

static void code_days_461(struct rule_test *t)
{
	lint_case_set(t, OID_EXT_KEY_USAGE, false, "300a06082b06010505070303");
	lint_case_valid(t, 461, 0);
}

static void code_days_460(struct rule_test *t)
{
	lint_case_set(t, OID_EXT_KEY_USAGE, false, "300a06082b06010505070303");
	lint_case_valid(t, 460, 0);
}

static void mail_days_826(struct rule_test *t)
{
	lint_case_set(t, OID_EXT_KEY_USAGE, false, "300a06082b06010505070304");
	lint_case_valid(t, 826, 0);
}

static void mail_days_825(struct rule_test *t)
{
	lint_case_set(t, OID_EXT_KEY_USAGE, false, "300a06082b06010505070304");
	lint_case_valid(t, 825, 0);
}

static const struct lint_case cases[] = {
	{"cabf-eku-present", "extKeyUsage is missing", EKU(.value = NULL)},
	{"cabf-eku-present", NULL, EKU(.value = "300a06082b06010505070304")},

	{"cabf-eku-others", "the purpose any beside server-auth", EKU(.value = "30060604551d2500")},
	{"cabf-eku-others", "the purpose ocsp-signing beside server-auth",
	 EKU(.value = "301406082b0601050507030106082b06010505070309")},
	{"cabf-eku-others", "the purpose 1.3.6.1.4.1.11129.2.4.4 beside server-auth",
	 EKU(.value = "301606082b06010505070301060a2b06010401d679020404")},
	{"cabf-eku-others", NULL, EKU(.value = "301406082b0601050507030106082b06010505070302")},

	{"cabf-eku-critical", "extKeyUsage is critical",
	 EKU(.critical = true, .value = "300a06082b06010505070301")},

	{"cabf-key-usage-critical", "keyUsage is not critical", .oid = &OID_KEY_USAGE,
	 .value = "03020780"},
	{"cabf-key-usage-critical", NULL, .oid = &OID_KEY_USAGE},

	{"cabf-key-usage-rsa", "other usages of an RSA key than signature and encipherment",
	 .change = rsa_with_agreement},
	{"cabf-key-usage-rsa", NULL, .change = rsa_for_signing},
	{"cabf-key-usage-rsa", NULL, .change = rsa_without_usage},

	{"cabf-key-usage-ec", "an ECDSA key without digital-signature", .oid = &OID_KEY_USAGE,
	 .critical = true, .value = "03020308"},
	{"cabf-key-usage-ec", "other usages of an ECDSA key than signature and agreement",
	 .oid = &OID_KEY_USAGE, .critical = true, .value = "030206c0"},
	{"cabf-key-usage-ec", NULL, .oid = &OID_KEY_USAGE},
	{"cabf-key-usage-ec", NULL, .change = rsa_with_agreement},

	{"cabf-basic-constraints-critical", "basicConstraints is not critical",
	 .oid = &OID_BASIC_CONSTRAINTS, .value = "3000"},
	{"cabf-basic-constraints-critical", NULL, .oid = &OID_BASIC_CONSTRAINTS},

	{"cabf-policies-present", "certificatePolicies is missing",
	 .oid = &OID_CERTIFICATE_POLICIES},
	{"cabf-policies-present", "", .change = authority_without_policies},
	{"cabf-policies-critical", "certificatePolicies is critical",
	 .oid = &OID_CERTIFICATE_POLICIES, .critical = true, .value = "300a3008060667810c010201"},

	{"cabf-policies-reserved", "0 of the Forum's policies, not one", POLICIES("3006300406022a03")},
	{"cabf-policies-reserved", "2 of the Forum's policies, not one",
	 POLICIES("30143008060667810c0102013008060667810c010202")},
	{"cabf-policies-reserved", NULL, POLICIES("30093007060567810c0101")},

	{"cabf-policies-subject", "the Forum's policy is not the one of such a subject",
	 .subject = "O=Example,L=Berlin,C=DE"},
	{"cabf-policies-subject", "", POLICIES("300a3008060667810c010202")},
	{"cabf-policies-subject", "", POLICIES("300a3008060667810c010203")},
	{"cabf-policies-subject", "", POLICIES("30093007060567810c0101")},
	{"cabf-policies-subject", NULL, .subject = "O=Example,L=Berlin,C=DE",
	 POLICIES("300a3008060667810c010202")},
	{"cabf-policies-subject", NULL, .subject = "SN=a,GN=b,L=Berlin,C=DE",
	 POLICIES("300a3008060667810c010203")},
	{"cabf-policies-subject", NULL, POLICIES("3006300406022a03")},

	{"cabf-policies-any", "anyPolicy is among the policies",
	 POLICIES("30123008060667810c01020130060604551d2000")},

	{"cabf-policies-qualifiers", "a policy with another qualifier than an HTTP URL",
	 POLICIES("302a3028060667810c010201301e301c06082b0601050507020116106674703a2f2f612e6578616d"
	          "706c652f")},
	{"cabf-policies-qualifiers", "",
	 POLICIES("3021301f060667810c0102013015301306082b0601050507020230070c0568656c6c6f")},
	{"cabf-policies-qualifiers", NULL, .subject = NULL},

	{"cabf-crl-http", "a place of the CRL whose scheme is not http", .oid = &OID_CRL_DISTRIBUTION,
	 .value = "301a3018a016a01486126c6461703a2f2f612e6578616d706c652f78"},
	{"cabf-crl-http", NULL, .oid = &OID_CRL_DISTRIBUTION},
	{"cabf-access-http", "an authority's place whose scheme is not http",
	 .oid = &OID_AUTHORITY_INFO,
	 .value = "3020301e06082b0601050507300286126c6461703a2f2f612e6578616d706c652f78"},
	{"cabf-access-http", NULL, .oid = &OID_AUTHORITY_INFO},

	{"cabf-ca-key-usage", "an authority without key-cert-sign and crl-sign",
	 .change = authority_without_crl_sign},
	{"cabf-ca-key-usage", "other usages of an authority's key than signatures",
	 .change = authority_that_enciphers},
	{"cabf-ca-key-usage", NULL, .change = make_authority},
	{"cabf-ca-key-usage", NULL, .subject = NULL},
	{"cabf-ca-purposes", "an authority without the purpose server-auth",
	 .change = authority_for_mail},
	{"cabf-ca-purposes", "the purpose any beside server-auth",
	 .change = authority_for_everything},
	{"cabf-ca-purposes", NULL, .change = make_authority},

	{"cabf-code-rsa-3072", "an RSA key of 2048 bits signs code", .change = code_rsa_2048},
	{"cabf-code-rsa-3072", NULL, .change = rsa_for_signing},
	{"cabf-code-eku-others", "the purpose server-auth beside code-signing",
	 EKU(.value = "301406082b0601050507030306082b06010505070301")},
	{"cabf-code-eku-others", "the purpose any beside code-signing",
	 EKU(.value = "301006082b060105050703030604551d2500")},
	{"cabf-code-eku-others", NULL, EKU(.value = "300a06082b06010505070303")},
	{"cabf-code-validity-460d", "valid for more than 460 days", .change = code_days_461},
	{"cabf-code-validity-460d", NULL, .change = code_days_460},

	{"cabf-mail-san-email", "no email among the alternative names",
	 EKU(.value = "300a06082b06010505070304")},
	{"cabf-mail-san-email", NULL, .names = {LINT_NAME(GN_EMAIL, "a@example.com")},
	 EKU(.value = "300a06082b06010505070304")},
	{"cabf-mail-eku-others", "the purpose server-auth beside email-protection",
	 EKU(.value = "301406082b0601050507030406082b06010505070301")},
	{"cabf-mail-eku-others", NULL, EKU(.value = "300a06082b06010505070304")},
	{"cabf-mail-validity-825d", "valid for more than 825 days", .change = mail_days_826},
	{"cabf-mail-validity-825d", NULL, .change = mail_days_825},
};

static void each_check_finds_its_drafts(void **state)
{
	(void)state;
	lint_cases(cases, sizeof cases / sizeof *cases, lint_cabf_extensions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_check_finds_its_drafts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
