#include "tests/unit/pki/sample.h"

#include <stdint.h>

#include "base/limits.h"
#include "exit/ldap_filter.h"
#include "exit/ldap_template.h"

static const char *names[4];

static struct signet_event make_event(const char *email)
{
	names[0] = arena_printf(arena, "email:%s", email);
	return (struct signet_event){
		.request_id = 17, .certificate_id = 16, .authority = "issuing", .profile = "device",
		.requester = "", .serial = bytes_text("AB"), .names = names, .name_count = 1,
	};
}

static int fill(const char **out, const char *text, enum directory_form form, const char *email,
                struct error *err)
{
	const struct signet_event event = make_event(email);
	const struct directory_source source = {&event, sample_name("CN=Door\\, 1,O=Example"),
	                                        "dc=example", arena};
	if (directory_template_check(text, form, DIRECTORY_OF_CERTIFICATE, true, err))
		fail_msg("%s: %s", text, err->message);
	return directory_template_fill(out, text, form, &source, err);
}

static void expect(const char *text, enum directory_form form, const char *email,
                   const char *expected)
{
	struct error err = {0};
	const char *filled = NULL;
	if (fill(&filled, text, form, email, &err))
		fail_msg("%s: %s", text, err.message);
	assert_string_equal(filled, expected);
}

static void places_are_filled(void **state)
{
	(void)state;
	expect("(mail={email})", DIRECTORY_FILTER, "a@example.com", "(mail=a@example.com)");
	expect("(&(cn={common-name})(x={serial}))", DIRECTORY_FILTER, "a", "(&(cn=Door, 1)(x=4142))");
	expect("cn={common-name},ou={profile},{base}", DIRECTORY_DN, "a",
	       "cn=Door\\2c 1,ou=device,dc=example");
	expect("{base}", DIRECTORY_DN, "a", "dc=example");
	expect("{common-name} of {subject.O}", DIRECTORY_VALUE, "a", "Door, 1 of Example");
	expect("plain", DIRECTORY_VALUE, "a", "plain");
}

static void values_are_escaped_for_a_filter(void **state)
{
	(void)state;
	expect("(mail={email})", DIRECTORY_FILTER, "*", "(mail=\\2a)");
	expect("(mail={email})", DIRECTORY_FILTER, "x)(uid=*", "(mail=x\\29\\28uid=\\2a)");
	expect("(mail={email})", DIRECTORY_FILTER, "a\\2a", "(mail=a\\5c2a)");
	expect("(mail={email})", DIRECTORY_FILTER, " a b ", "(mail=\\20a b\\20)");
	expect("(mail={email})", DIRECTORY_FILTER, "M\xc3\xbcller", "(mail=M\xc3\xbcller)");
}

static void values_are_escaped_for_a_name(void **state)
{
	(void)state;
	expect("cn={email}", DIRECTORY_DN, "a,ou=b+c=d", "cn=a\\2cou\\3db\\2bc\\3dd");
	expect("cn={email}", DIRECTORY_DN, "#04", "cn=\\2304");
	expect("cn={email}", DIRECTORY_DN, " ", "cn=\\20");
	expect("cn={email}", DIRECTORY_DN, " a b ", "cn=\\20a b\\20");
	expect("cn={email}", DIRECTORY_DN, "\"<>;\\", "cn=\\22\\3c\\3e\\3b\\5c");
	expect("cn={email}", DIRECTORY_DN, "{base}", "cn={base}");
}

static void values_are_not_templates(void **state)
{
	(void)state;
	expect("(mail={email})", DIRECTORY_FILTER, "{serial}", "(mail={serial})");
	expect("{email}", DIRECTORY_VALUE, "{serial}{", "{serial}{");
}

static void value_that_is_missing_or_no_text_is_refused(void **state)
{
	(void)state;
	struct error err = {0};
	const char *filled = NULL;
	assert_int_equal(fill(&filled, "{email}", DIRECTORY_VALUE, "", &err), SIGNET_E_NOT_FOUND);
	assert_non_null(strstr(err.message, "{email}: the certificate has none"));
	assert_int_equal(fill(&filled, "{requester}", DIRECTORY_VALUE, "a", &err), SIGNET_E_NOT_FOUND);
	static const char *const bad[] = {"\xff", "a\nb", "\x01", "a\x7f", "\xc0\x80", NULL};
	for (size_t i = 0; bad[i]; i++)
		assert_int_equal(fill(&filled, "{email}", DIRECTORY_VALUE, bad[i], &err),
		                 SIGNET_E_BAD_NAME);
	assert_null(filled);
}

static void result_is_bounded(void **state)
{
	(void)state;
	struct error err = {0};
	const char *filled = NULL;
	char *large = arena_alloc(arena, LIMIT_LDAP_TEXT + 1);
	memset(large, '*', LIMIT_LDAP_TEXT / 3);
	assert_int_equal(fill(&filled, "(mail={email})", DIRECTORY_FILTER, large, &err),
	                 SIGNET_E_TOO_BIG);
	memset(large, 'a', LIMIT_LDAP_TEXT);
	assert_int_equal(fill(&filled, "x{email}", DIRECTORY_VALUE, large, &err), SIGNET_E_TOO_BIG);
	assert_int_equal(fill(&filled, "{email}", DIRECTORY_VALUE, large, &err), 0);
}

static void bad_templates_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum directory_form form;
		enum directory_use use;
		bool based;
	} cases[] = {
		{"", DIRECTORY_VALUE, DIRECTORY_OF_CERTIFICATE, true},
		{"a\nb", DIRECTORY_VALUE, DIRECTORY_OF_CERTIFICATE, true},
		{"\xff", DIRECTORY_VALUE, DIRECTORY_OF_CERTIFICATE, true},
		{"{email", DIRECTORY_VALUE, DIRECTORY_OF_CERTIFICATE, true},
		{"{nonsense}", DIRECTORY_VALUE, DIRECTORY_OF_CERTIFICATE, true},
		{"{base}", DIRECTORY_VALUE, DIRECTORY_OF_CERTIFICATE, true},
		{"mail={email}", DIRECTORY_FILTER, DIRECTORY_OF_CERTIFICATE, true},
		{"({email}=x)", DIRECTORY_FILTER, DIRECTORY_OF_CERTIFICATE, true},
		{"(cn={base})", DIRECTORY_FILTER, DIRECTORY_OF_CERTIFICATE, true},
		{"(cn=\\{email})", DIRECTORY_FILTER, DIRECTORY_OF_CERTIFICATE, true},
		{"(cn=\\2{email})", DIRECTORY_FILTER, DIRECTORY_OF_CERTIFICATE, true},
		{"(cn=x){email}", DIRECTORY_FILTER, DIRECTORY_OF_CERTIFICATE, true},
		{"{email}", DIRECTORY_DN, DIRECTORY_OF_CERTIFICATE, true},
		{"{email}=x", DIRECTORY_DN, DIRECTORY_OF_CERTIFICATE, true},
		{"cn=x,{email}", DIRECTORY_DN, DIRECTORY_OF_CERTIFICATE, true},
		{"cn=x{base}", DIRECTORY_DN, DIRECTORY_OF_CERTIFICATE, true},
		{"cn=x,{base},dc=y", DIRECTORY_DN, DIRECTORY_OF_CERTIFICATE, true},
		{"cn=x,{base}", DIRECTORY_DN, DIRECTORY_OF_CERTIFICATE, false},
		{"cn=\\{email}", DIRECTORY_DN, DIRECTORY_OF_CERTIFICATE, true},
		{"cn=\\4{email}", DIRECTORY_DN, DIRECTORY_OF_CERTIFICATE, true},
		{"cn=#{serial}", DIRECTORY_DN, DIRECTORY_OF_CERTIFICATE, true},
		{"no name", DIRECTORY_DN, DIRECTORY_OF_CERTIFICATE, true},
		{"cn={common-name}", DIRECTORY_DN, DIRECTORY_OF_AUTHORITY, true},
		{"cn={serial}", DIRECTORY_DN, DIRECTORY_OF_AUTHORITY, true},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = {0};
		if (directory_template_check(cases[i].text, cases[i].form, cases[i].use, cases[i].based,
		                             &err) != SIGNET_E_INVALID || !err.message[0])
			fail_msg("'%s' passed", cases[i].text);
	}
	assert_int_equal(directory_template_check("cn={authority},{base}", DIRECTORY_DN,
	                                          DIRECTORY_OF_AUTHORITY, true, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_filled),
		cmocka_unit_test(values_are_escaped_for_a_filter),
		cmocka_unit_test(values_are_escaped_for_a_name),
		cmocka_unit_test(values_are_not_templates),
		cmocka_unit_test(value_that_is_missing_or_no_text_is_refused),
		cmocka_unit_test(result_is_bounded),
		cmocka_unit_test(bad_templates_are_refused),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
