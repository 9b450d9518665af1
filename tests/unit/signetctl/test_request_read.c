#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "signetctl/request.h"

static int setup(void **state)
{
	*state = arena_new(1u << 20);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void attributes_end_at_the_first_equals_sign(void **state)
{
	struct signet_attribute a;
	assert_int_equal(request_read_attribute(*state, "name=a=b", &a, NULL), 0);
	assert_string_equal(a.name, "name");
	assert_string_equal(a.value, "a=b");
	assert_int_equal(request_read_attribute(*state, "name=", &a, NULL), 0);
	assert_string_equal(a.value, "");
	assert_int_equal(request_read_attribute(*state, "name", &a, NULL), SIGNET_E_INVALID);
	assert_int_equal(request_read_attribute(*state, "=value", &a, NULL), SIGNET_E_INVALID);
	assert_int_equal(request_read_attribute(*state, "", &a, NULL), SIGNET_E_INVALID);
}

static void extensions_are_oid_and_hex(void **state)
{
	static const uint8_t null[] = {0x05, 0x00};
	struct signet_request_extension e;
	assert_int_equal(request_read_extension(*state, "1.2.3=0500", &e, NULL), 0);
	assert_string_equal(e.oid, "1.2.3");
	assert_false(e.critical);
	assert_true(bytes_equal(e.value, BYTES_OF(null)));
	assert_int_equal(request_read_extension(*state, "keyUsage:critical=0500", &e, NULL), 0);
	assert_string_equal(e.oid, "2.5.29.15");
	assert_true(e.critical);
	static const char *const wrong[] = {
		"", "=", "1.2.3", "1.2.3=", "=0500", ":critical=0500", "1.2.3:Critical=0500",
		"1.2.3:critical:critical=0500", "1.2.3=050", "1.2.3=05 00", "1.2.3=xy", "4.5=0500",
		"noSuchName=0500"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (request_read_extension(*state, wrong[i], &e, NULL) != SIGNET_E_INVALID)
			fail_msg("%s", wrong[i]);
}

static void oids_have_names(void **state)
{
	const char *oid;
	assert_int_equal(request_read_oid(*state, "subjectAltName", &oid, NULL), 0);
	assert_string_equal(oid, "2.5.29.17");
	assert_int_equal(request_read_oid(*state, "1.2.840.99", &oid, NULL), 0);
	assert_string_equal(oid, "1.2.840.99");
	assert_int_equal(request_read_oid(*state, "nothing", &oid, NULL), SIGNET_E_INVALID);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(attributes_end_at_the_first_equals_sign),
		TEST(extensions_are_oid_and_hex),
		TEST(oids_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
