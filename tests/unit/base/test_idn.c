#include "base/idn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/error.h"

static void names_get_their_a_labels(void **state)
{
	static const struct {
		const char *name, *ascii;
	} cases[] = {
		{"Bücher.example", "xn--bcher-kva.example"},
		{"*.bücher.example", "*.xn--bcher-kva.example"},
		{"faß.example", "xn--fa-hia.example"},
		{"www.Example.com", "www.example.com"},
		{"例え.テスト", "xn--r8jz45g.xn--zckzah"},
	};
	char out[LIMIT_DNS_NAME + 1];
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(idn_to_ascii(cases[i].name, out), 0);
		assert_string_equal(out, cases[i].ascii);
	}
}

static void what_is_no_host_name_has_none(void **state)
{
	static const char *const names[] = {
		"", "a b.example", "b\xc3.example", "\xe2\x80\x8b.example", "-ü.example",
		"ü..example", "*.*.example", "a\x01.example",
		"üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü.example"};
	char out[LIMIT_DNS_NAME + 1];
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_int_equal(idn_to_ascii(names[i], out), SIGNET_E_INVALID);
}

static void a_labels_are_judged(void **state)
{
	static const struct {
		const char *host;
		enum idn_verdict verdict;
	} cases[] = {
		{"www.example.com", IDN_NONE},
		{"xn.example", IDN_NONE},
		{"xn--bcher-kva.example", IDN_VALID},
		{"*.XN--BCHER-KVA.example", IDN_VALID},
		{"xn--r8jz45g.xn--zckzah", IDN_VALID},
		{"xn--a.example", IDN_BROKEN},
		{"xn--.example", IDN_BROKEN},
		{"xn--99999999999.example", IDN_BROKEN},
		{"xn--example-.com", IDN_BROKEN},
		{"xn--pple-43d.example", IDN_MIXED},      /* Cyrillic a, Latin pple */
		{"xn--80ak6aa92e.example", IDN_VALID},    /* all Cyrillic: one script */
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (idn_judge(bytes_text(cases[i].host)) != cases[i].verdict)
			fail_msg("%s is judged %d", cases[i].host,
			         idn_judge(bytes_text(cases[i].host)));
}

/* Label for label, whatever stands beside it. */
static void one_bad_label_is_enough(void **state)
{
	(void)state;
	assert_int_equal(idn_judge(bytes_text("xn--bcher-kva.xn--pple-43d.example")), IDN_MIXED);
	assert_int_equal(idn_judge(bytes_text("xn--bcher-kva.xn--a.example")), IDN_BROKEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_get_their_a_labels),
		cmocka_unit_test(what_is_no_host_name_has_none),
		cmocka_unit_test(a_labels_are_judged),
		cmocka_unit_test(one_bad_label_is_enough),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
