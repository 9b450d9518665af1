#include "lint_case.h"

#define LABEL63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"
#define DNS(text) {LINT_NAME(GN_DNS, text)}
#define EMAIL(text) {LINT_NAME(GN_EMAIL, text)}
#define URI(text) {LINT_NAME(GN_URI, text)}
#define A40 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void drop_names(struct rule_test *t)
{
	assert_int_equal(signet_draft_set_alt_names(t->draft, NULL, 0), 0);
}

static const struct lint_case cases[] = {
	{"rfc5280-san-missing", "neither a subject nor an alternative name", .subject = "",
	 .change = drop_names},
	{"rfc5280-san-missing", NULL, .subject = ""},
	{"rfc5280-san-missing", NULL, .change = drop_names},

	{"rfc5280-dns-syntax", "dns \"a b.example.com\" is not of letters, digits and hyphens in "
	 "labels", .names = DNS("a b.example.com")},
	{"rfc5280-dns-syntax", "", .names = DNS("a_b.example.com")},
	{"rfc5280-dns-syntax", "dns \"www.example.com?.evil.org\" is not of letters, digits and "
	 "hyphens in labels", .names = DNS("www.example.com\0.evil.org")},
	{"rfc5280-dns-syntax", "", .names = DNS("www.example.com\r\n")},
	{"rfc5280-dns-syntax", "", .names = DNS("b\xc3\xbc" "cher.example")},
	{"rfc5280-dns-syntax", "", .names = DNS("-a.example.com")},
	{"rfc5280-dns-syntax", "", .names = DNS("a..example.com")},
	{"rfc5280-dns-syntax", "", .names = DNS("example.com.")},
	{"rfc5280-dns-syntax", "", .names = DNS("10.0.0.1")},
	{"rfc5280-dns-syntax", "", .names = DNS(" ")},
	{"rfc5280-dns-syntax", "", .names = DNS("")},
	{"rfc5280-dns-syntax", NULL, .names = DNS("*.a-1.example.com")},

	{"rfc5280-dns-length", "", .names = DNS(LABEL63 "l.example.com")},
	{"rfc5280-dns-length", "",
	 .names = DNS(LABEL63 "." LABEL63 "." LABEL63 "." LABEL63)},
	{"rfc5280-dns-length", NULL, .names = DNS(LABEL63 "." LABEL63 "." LABEL63 ".example.com")},

	{"rfc5280-wildcard-left-most", "dns \"www.*.example.com\" has a wildcard that is not the "
	 "whole left-most label", .names = DNS("www.*.example.com")},
	{"rfc5280-wildcard-left-most", "", .names = DNS("w*.example.com")},
	{"rfc5280-wildcard-left-most", "", .names = DNS("*.*.example.com")},
	{"rfc5280-wildcard-left-most", "", .names = DNS("*")},
	{"rfc5280-wildcard-left-most", "", .names = DNS("*.")},
	{"rfc5280-wildcard-left-most", "", .names = DNS("*w.example.com")},
	{"rfc5280-wildcard-left-most", NULL, .subject = NULL},

	{"rfc5280-idn-a-label", "dns \"xn--a.example.com\" has an xn-- label that is no A-label",
	 .names = DNS("xn--a.example.com")},
	{"rfc5280-idn-a-label", "", .names = DNS("www.XN--999999999.com")},
	{"rfc5280-idn-a-label", NULL, .names = DNS("xn--bcher-kva.example.com")},

	{"rfc5280-email-ascii", "email \"j?rg@example.com\" is not ASCII",
	 .names = EMAIL("j\xf6rg@example.com")},
	{"rfc5280-email-ascii", NULL, .names = EMAIL("joerg@example.com")},

	{"rfc5280-email-syntax", "", .names = EMAIL("example.com")},
	{"rfc5280-email-syntax", "", .names = EMAIL("A <a@example.com>")},
	{"rfc5280-email-syntax", "", .names = EMAIL("<a>@example.com")},
	{"rfc5280-email-syntax", "", .names = EMAIL("a@exa_mple.com")},
	{"rfc5280-email-syntax", "", .names = EMAIL("a@example.com\0@evil.org")},
	{"rfc5280-email-syntax", "", .names = EMAIL("")},
	{"rfc5280-email-syntax", NULL, .names = EMAIL("a.b+c@example.com")},

	{"rfc5280-email-in-san", "emailAddress \"a@example.com\" is not among the alternative names",
	 .subject = "emailAddress=a@example.com"},
	{"rfc5280-email-in-san", "", .subject = "emailAddress=a@example.com",
	 .names = EMAIL("b@example.com")},
	{"rfc5280-email-in-san", NULL, .subject = "emailAddress=a@example.com",
	 .names = EMAIL("a@EXAMPLE.com")},

	{"rfc5280-uri-absolute", "", .names = URI("/devices/1")},
	{"rfc5280-uri-absolute", "", .names = URI("www.example.com")},
	{"rfc5280-uri-absolute", "", .names = URI("https://example.com/a b")},
	{"rfc5280-uri-absolute", "", .names = URI("https://example.com/\0")},
	{"rfc5280-uri-absolute", "", .names = URI("")},
	{"rfc5280-uri-absolute", NULL, .names = URI("urn:example:1")},

	{"rfc5280-uri-host", "", .names = URI("https://host/")},
	{"rfc5280-uri-host", "", .names = URI("https:///x")},
	{"rfc5280-uri-host", "", .names = URI("https://a_b.example.com/")},
	{"rfc5280-uri-host", "", .names = URI("https://www.example.com@host/")},
	{"rfc5280-uri-host", "", .names = URI("https://[::1/")},
	{"rfc5280-uri-host", "", .names = URI("https://[10.0.0.1]/")},
	{"rfc5280-uri-host", NULL, .names = URI("https://user@www.example.com:8443/x@y")},
	{"rfc5280-uri-host", NULL, .names = URI("https://192.0.2.1")},
	{"rfc5280-uri-host", NULL, .names = URI("https://[2001:db8::1]:443/?x")},
	{"rfc5280-uri-host", NULL, .names = URI("urn:example:1")},

	{"rfc5280-ip-length", "an address of 5 octets", .names = {LINT_NAME(GN_IP, "\1\2\3\4\5")}},
	{"rfc5280-ip-length", "", .names = {LINT_NAME(GN_IP, "\1\2\3\4\377\377\377\0")}},
	{"rfc5280-ip-length", NULL, .names = {LINT_NAME(GN_IP, "\1\2\3\4")}},

	/* PrintableString, so that the encoder's own limits do not hold */
	{"rfc5280-ub-lengths", "CN is longer than 64 characters",
	 .subject = "CN=#1341" "61616161616161616161616161616161" "61616161616161616161616161616161"
	            "61616161616161616161616161616161" "61616161616161616161616161616161" "61"},
	{"rfc5280-ub-lengths", NULL, .subject = "CN=" A40 ",O=" A40 ",SN=" A40 A40},

	{"rfc5280-country-two-letters", "C \"DEU\" is not two letters",
	 .subject = "C=#1303444555"},
	{"rfc5280-country-two-letters", "", .subject = "C=#13024431"},
	{"rfc5280-country-two-letters", NULL, .subject = "C=de"},

	{"rfc5280-string-types", "CN is neither UTF8String nor PrintableString",
	 .subject = "CN=#14026162"},
	{"rfc5280-string-types", "", .subject = "O=#1e0400610062"},
	{"rfc5280-string-types", "", .subject = "OU=#1c080000006100000062"},
	{"rfc5280-string-types", NULL, .subject = "O=#13026162,CN=ab,DC=ab"},

	{"rfc5280-domain-component", "DC \"example.com\" is not one label",
	 .subject = "DC=example.com"},
	{"rfc5280-domain-component", "", .subject = "DC=-a"},
	{"rfc5280-domain-component", NULL, .subject = "DC=example,DC=com,DC=123"},

	{"rfc5280-subject-blanks", "O \" Example\" begins or ends with a blank",
	 .subject = "O=\\ Example"},
	{"rfc5280-subject-blanks", "", .subject = "O=Example\\ "},
	{"rfc5280-subject-blanks", "", .subject = "O=\\ "},
	{"rfc5280-subject-blanks", NULL, .subject = "O=An Example"},
};

static void each_check_finds_its_drafts(void **state)
{
	(void)state;
	lint_cases(cases, sizeof cases / sizeof *cases, lint_rfc5280_names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_check_finds_its_drafts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
