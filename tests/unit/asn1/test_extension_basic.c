#include "tests/unit/asn1/hex.h"

#include <limits.h>

#include "asn1/extension.h"

static void known_values_round_trip(void **state)
{
	(void)state;
	static const struct {
		bool ca;
		int path_length;
		const char *value;
	} samples[] = {
		{false, PATH_LENGTH_NONE, "3000"},
		{true, PATH_LENGTH_NONE, "3003 0101ff"},
		{true, 0, "3006 0101ff 020100"},
		{true, 128, "3007 0101ff 02020080"},
		{true, INT_MAX, "3009 0101ff 02047fffffff"},
	};
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		struct buffer out = BUFFER_MAX(100);
		bool ca = !samples[i].ca;
		int path_length = 77;
		assert_int_equal(basic_constraints_encode(&out, samples[i].ca,
		                                          samples[i].path_length), 0);
		assert_bytes(buffer_bytes(&out), samples[i].value);
		assert_int_equal(basic_constraints_decode(buffer_bytes(&out), &ca, &path_length), 0);
		assert_int_equal(ca, samples[i].ca);
		assert_int_equal(path_length, samples[i].path_length);
		for (size_t n = 0; n < out.length; n++)
			assert_int_equal(basic_constraints_decode(bytes_make(out.data, n), &ca,
			                                          &path_length), SIGNET_E_INVALID);
		buffer_free(&out);
	}
}

static void a_path_length_is_for_a_ca(void **state)
{
	(void)state;
	struct buffer out = BUFFER_MAX(100);
	assert_int_equal(basic_constraints_encode(&out, false, 0), SIGNET_E_INVALID);
	assert_int_equal(basic_constraints_encode(&out, true, -2), SIGNET_E_INVALID);
	assert_int_equal(out.length, 0);
	buffer_free(&out);
}

static void other_values_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"3003 010100",                /* DEFAULT FALSE encoded */
		"3003 010101",                /* TRUE of BER */
		"3003 020100",                /* a path length without a CA */
		"3006 010100 020100",
		"3006 020100 0101ff",         /* the wrong order */
		"3006 0101ff 0201ff",         /* negative */
		"3007 0101ff 02020001",       /* not minimal */
		"300a 0101ff 02050080000000", /* over INT_MAX */
		"300f 0101ff 020a 01000000000000000000",
		"3008 0101ff 020100 0500",
		"3005 0101ff 0500",
		"3000 00", "3100", "3003 0101ff 00",
	};
	bool ca;
	int path_length;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(basic_constraints_decode(hex(bad[i]), &ca, &path_length),
		                 SIGNET_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_values_round_trip),
		cmocka_unit_test(a_path_length_is_for_a_ca),
		cmocka_unit_test(other_values_are_refused),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
