#include "lint_case.h"

static const struct lint_case cases[] = {
	/* "p<Cyrillic a>ypal" */
	{"unicode-mixed-script-names", "\"xn--pypal-4ve.com\" mixes scripts",
	 .names = {LINT_NAME(GN_DNS, "xn--pypal-4ve.com")}},
	{"unicode-mixed-script-names", "\"xn--pypal-4ve.com\" mixes scripts",
	 .names = {LINT_NAME(GN_EMAIL, "info@xn--pypal-4ve.com")}},
	{"unicode-mixed-script-names", NULL, .names = {LINT_NAME(GN_DNS, "xn--bcher-kva.example")}},
	{"unicode-mixed-script-names", NULL, .names = {LINT_NAME(GN_DNS, "")}},
	{"unicode-mixed-script-names", NULL, .names = {LINT_NAME(GN_EMAIL, "")}},

	{"unicode-mixed-script-subject", "O has a word that mixes scripts",
	 .subject = "O=P\xd0\xb0ypal Inc"},
	/* the same as BMPString */
	{"unicode-mixed-script-subject", "", .subject = "O=#1e0400700430"},
	{"unicode-mixed-script-subject", NULL, .subject = "O=IBM \xd0\xa0\xd0\xa4"},

	{"unicode-invisible", "O has a character that shows nothing or turns others around",
	 .subject = "O=Ex\xe2\x80\x8b" "ample"},
	{"unicode-invisible", "", .subject = "CN=moc.elpmaxe\xe2\x80\xae"},
	{"unicode-invisible", NULL, .subject = "O=B\xc3\xbc" "cher"},

	{"unicode-unassigned", "O has a private or unassigned character",
	 .subject = "O=a\xee\x80\x80"},
	{"unicode-unassigned", NULL, .subject = "O=B\xc3\xbc" "cher"},

	{"unicode-blanks", "O has a blank that is not U+0020", .subject = "O=a\xc2\xa0" "b"},
	{"unicode-blanks", NULL, .subject = "O=a b"},

	{"unicode-normal-form", "O is not in normalization form C", .subject = "O=u\xcc\x88" "ber"},
	{"unicode-normal-form", NULL, .subject = "O=\xc3\xbc" "ber"},
};

static void each_check_finds_its_drafts(void **state)
{
	(void)state;
	lint_cases(cases, sizeof cases / sizeof *cases, lint_unicode);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_check_finds_its_drafts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
