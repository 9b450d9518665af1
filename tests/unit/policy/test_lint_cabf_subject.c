#include "lint_case.h"

#include "asn1/oid.h"

#define A40 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void make_authority(struct rule_test *t)
{
	lint_case_set(t, OID_BASIC_CONSTRAINTS, true, "30030101ff");
	lint_case_set(t, OID_KEY_USAGE, true, "03020106");
}

static void for_code(struct rule_test *t)
{
	lint_case_set(t, OID_EXT_KEY_USAGE, false, "300a06082b06010505070303");
}

static void for_mail(struct rule_test *t)
{
	lint_case_set(t, OID_EXT_KEY_USAGE, false, "300a06082b06010505070304");
}

static const struct lint_case cases[] = {
	{"cabf-cn-in-san", "the common name \"other.example.com\" is not among the alternative names",
	 .subject = "CN=other.example.com"},
	{"cabf-cn-in-san", "", .subject = "CN=WWW.example.com"},
	{"cabf-cn-in-san", "", .subject = "CN=www.example.com,CN=Example"},
	{"cabf-cn-in-san", NULL, .subject = "CN=*.example.com"},
	{"cabf-cn-in-san", NULL, .subject = "CN=1.1.1.1"},
	{"cabf-cn-in-san", NULL, .subject = "CN=a", .change = for_mail},

	/* the text is the reverse of the encoding */
	{"cabf-subject-order", "C stands behind what it must precede",
	 .subject = "C=DE,CN=www.example.com"},
	{"cabf-subject-order", "", .subject = "ST=b,L=a,C=DE"},
	{"cabf-subject-order", NULL,
	 .subject = "CN=a,OU=a,GN=a,SN=a,O=a,STREET=b,STREET=a,postalCode=1,L=a,ST=a,C=DE,DC=a,DC=b"},
	{"cabf-subject-order", NULL, .subject = "UID=a,CN=a,serialNumber=1,O=a"},

	{"cabf-subject-multi-valued", "several attributes in one RDN", .subject = "CN=a+O=b,C=DE"},
	{"cabf-subject-multi-valued", "", .subject = "CN=a+O=b", .change = make_authority},

	{"cabf-subject-repeated", "CN is there more than once", .subject = "CN=a,CN=b"},
	{"cabf-subject-repeated", "", .subject = "O=a,CN=b,O=a"},
	{"cabf-subject-repeated", NULL, .subject = "STREET=a,STREET=b,DC=a,DC=b"},

	{"cabf-subject-strings", "O is neither UTF8String nor PrintableString",
	 .subject = "O=#1e0400610062"},
	{"cabf-subject-strings", NULL, .subject = "O=#13026162,DC=a,emailAddress=a@b"},

	{"cabf-subject-person-lengths", "SN is longer than 64 characters",
	 .subject = "SN=" A40 A40},
	{"cabf-subject-person-lengths", NULL, .subject = "SN=" A40 ",O=" A40},

	{"cabf-subject-metadata", "O says nothing but \"-\"", .subject = "O=-"},
	{"cabf-subject-metadata", "", .subject = "L=. .,O=a"},
	{"cabf-subject-metadata", NULL, .subject = "O=A."},

	{"cabf-subject-unit", "organizationalUnitName must not be there", .subject = "OU=a"},
	{"cabf-subject-unit", NULL, .subject = "OU=a", .change = make_authority},

	{"cabf-subject-domain-validated", "L without an organization or a person",
	 .subject = "CN=www.example.com,L=Berlin,C=DE"},
	{"cabf-subject-domain-validated", NULL, .subject = "O=Example,L=Berlin,C=DE"},
	{"cabf-subject-domain-validated", NULL, .subject = ""},

	{"cabf-subject-place", "an organization or a person without C and one of ST and L",
	 .subject = "O=Example,C=DE"},
	{"cabf-subject-place", "", .subject = "O=Example,L=Berlin"},
	{"cabf-subject-place", "", .subject = "SN=a,GN=b"},
	{"cabf-subject-place", NULL, .subject = "O=Example,ST=Berlin,C=DE"},

	{"cabf-subject-person", "one of surname and givenName without the other",
	 .subject = "SN=a"},
	{"cabf-subject-person", NULL, .subject = "SN=a,GN=b"},

	{"cabf-subject-country", "C \"ZZ\" is no country of ISO 3166-1", .subject = "C=ZZ"},
	{"cabf-subject-country", "", .subject = "C=de"},
	{"cabf-subject-country", "", .subject = "C=DA"}, /* across two of the list */
	{"cabf-subject-country", NULL, .subject = "C=XX"},
	{"cabf-subject-country", NULL, .subject = "C=AD"},
	{"cabf-subject-country", NULL, .subject = "C=ZW"},

	{"cabf-ca-subject", "the subject of an authority without O", .subject = "CN=a,C=DE",
	 .change = make_authority},
	{"cabf-ca-subject", NULL, .subject = "CN=a,O=b,C=DE", .change = make_authority},
	{"cabf-ca-subject", NULL, .subject = "CN=a"},

	{"cabf-code-subject", "the subject of who signs code without O", .subject = "CN=a,C=DE",
	 .change = for_code},
	{"cabf-code-subject", NULL, .subject = "CN=a,O=b,C=DE", .change = for_code},
};

static void each_check_finds_its_drafts(void **state)
{
	(void)state;
	lint_cases(cases, sizeof cases / sizeof *cases, lint_cabf_subject);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_check_finds_its_drafts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
