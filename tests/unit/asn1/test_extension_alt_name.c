#include "tests/unit/asn1/hex.h"

#include "asn1/extension.h"

static void names_round_trip(void **state)
{
	(void)state;
	const struct general_name names[] = {{GN_DNS, bytes_text("a.b")}, {GN_IP, hex("c0000201")}};
	struct buffer out = BUFFER_MAX(100);
	struct general_name *back;
	size_t count;
	struct error err = {0};
	assert_int_equal(subject_alt_name_encode(&out, names, 2), 0);
	assert_bytes(buffer_bytes(&out), "300b 8203 612e62 8704 c0000201");
	assert_int_equal(subject_alt_name_decode(arena, buffer_bytes(&out), &back, &count, &err), 0);
	assert_int_equal(count, 2);
	assert_int_equal(back[0].kind, GN_DNS);
	assert_true(bytes_is_text(back[0].value, "a.b"));
	for (size_t n = 0; n < out.length; n++)
		assert_int_equal(subject_alt_name_decode(arena, bytes_make(out.data, n), &back,
		                                         &count, &err), SIGNET_E_BAD_NAME);
	assert_int_equal(subject_alt_name_encode(&out, names, 0), SIGNET_E_INVALID);
	buffer_free(&out);
}

static void what_is_wrong_is_told(void **state)
{
	(void)state;
	struct general_name *names;
	size_t count;
	struct error err = {0};
	assert_int_equal(subject_alt_name_decode(arena, hex("3007 8705 c000020100"), &names, &count,
	                                         &err), SIGNET_E_BAD_NAME);
	assert_non_null(strstr(err.message, "5 octets"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_round_trip),
		cmocka_unit_test(what_is_wrong_is_told),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
