#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/audit_action.h"

static void names_are_read_as_what_they_name(void **state)
{
	(void)state;
	unsigned known = 0;
	for (unsigned i = 0; i < AUDIT_ACTIONS; i++) {
		const char *name = audit_action_name((enum audit_action)i);
		enum audit_action read = audit_action_from_name(name);
		if (strcmp(name, "unknown") == 0) {
			assert_int_equal(read, 0);
			continue;
		}
		assert_int_equal(read, i);
		known++;
	}
	assert_true(known >= 35);
	assert_string_equal(audit_action_name(AUDIT_KEY_BATCH), "authority-certificates-revoked");
}

static void what_is_no_action_has_no_name(void **state)
{
	(void)state;
	assert_string_equal(audit_action_name((enum audit_action)AUDIT_ACTIONS), "unknown");
	assert_string_equal(audit_action_name((enum audit_action)UINT32_MAX), "unknown");
	assert_int_equal(audit_action_from_name("Issued"), 0);
	assert_int_equal(audit_action_from_name(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_read_as_what_they_name),
		cmocka_unit_test(what_is_no_action_has_no_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
