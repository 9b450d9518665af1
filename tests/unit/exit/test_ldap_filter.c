#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "exit/ldap_filter.h"

static void filters_are_taken(void **state)
{
	(void)state;
	static const char *const good[] = {
		"(mail=a@example.com)", "(cn=*)", "(cn=a*b*)", "(cn=)", "(cn>=a)", "(cn<=a)", "(cn~=a)",
		"(&(objectClass=person)(mail=x))", "(|(a=b)(!(c=d))(&(e=f)))", "(&)", "(!(a=b))",
		"(cn=\\2a\\28\\29\\5c\\00)", "(cn;lang-de=x)", "(2.5.4.3=x)", "(cn:caseExactMatch:=x)",
		"(cn:dn:2.4.6.8.10:=x)", "(:dn:2.4.6.8.10:=x)", "(cn=M\xc3\xbcller \"x\" <y>)", "(a= )", NULL,
	};
	for (size_t i = 0; good[i]; i++) {
		struct error err = {0};
		if (directory_filter_check(good[i], &err))
			fail_msg("%s: %s", good[i], err.message);
	}
}

static void others_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "mail=x", "(mail=x", "(mail=x))", "(mail=x)(cn=y)", "()", "(mail)", "(=x)", "(!)",
		"(!(a=b)(c=d))", "(a=(b))", "(a=b(c)", "(a=\\2)", "(a=\\zz)", "(a=\\", "(a>b)", "(a<b)",
		"(a>=b*)", "(a:=b*)", "(a b=c)", "( a=b)", "(&(a=b)", "(\\2a=b)", "(a=b) ", "((a=b))", NULL,
	};
	for (size_t i = 0; bad[i]; i++) {
		struct error err = {0};
		if (directory_filter_check(bad[i], &err) != SIGNET_E_INVALID || !err.message[0])
			fail_msg("'%s' passed", bad[i]);
	}
}

static void depth_is_bounded(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(4000);
	for (int i = 0; i < 1000; i++)
		buffer_append_text(&text, "(!");
	buffer_append_text(&text, "(a=b)");
	assert_int_equal(directory_filter_check(buffer_text(&text), NULL), SIGNET_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_are_taken),
		cmocka_unit_test(others_are_refused),
		cmocka_unit_test(depth_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
