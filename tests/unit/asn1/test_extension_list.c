#include "tests/unit/asn1/hex.h"

#include "asn1/extension_list.h"

static int open_list(struct bytes value, size_t *count)
{
	struct der list;
	struct bytes sample = exact(value);
	int result = extension_list_open(sample, &list, count);
	exact_free(sample);
	return result;
}

static void elements_are_counted(void **state)
{
	(void)state;
	size_t count = 0;
	assert_int_equal(open_list(hex("3004 0500 0500"), &count), 0);
	assert_int_equal(count, 2);
	uint8_t full[2 + 2 * (LIMIT_EXTENSION_ITEMS + 1)] = {DER_SEQUENCE, 0x80};
	for (size_t i = 2; i < sizeof full; i += 2)
		full[i] = DER_NULL;
	struct buffer out = BUFFER_MAX(1000);
	struct der_writer w = der_write(&out);
	der_put(&w, DER_SEQUENCE, bytes_make(full + 2, 2 * LIMIT_EXTENSION_ITEMS));
	assert_int_equal(open_list(buffer_bytes(&out), &count), 0);
	assert_int_equal(count, LIMIT_EXTENSION_ITEMS);
	buffer_clear(&out);
	der_put(&w, DER_SEQUENCE, bytes_make(full + 2, 2 * (LIMIT_EXTENSION_ITEMS + 1)));
	assert_int_equal(open_list(buffer_bytes(&out), &count), SIGNET_E_TOO_BIG);
	buffer_free(&out);
}

static void other_values_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "3000", "3002 05", "3001 05", "3002 0500 00",
	                                  "3102 0500", "3003 0500 05"};
	size_t count;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(open_list(hex(bad[i]), &count), SIGNET_E_INVALID);
}

static void uris_are_those_of_general_names(void **state)
{
	(void)state;
	assert_true(extension_is_uri(bytes_text("http://a/b")));
	assert_false(extension_is_uri(bytes_text("a/b")));
	assert_false(extension_is_uri(BYTES_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_are_counted),
		cmocka_unit_test(other_values_are_refused),
		cmocka_unit_test(uris_are_those_of_general_names),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
