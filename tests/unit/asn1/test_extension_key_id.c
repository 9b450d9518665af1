#include "tests/unit/asn1/hex.h"

#include "asn1/extension.h"

static void key_ids_round_trip(void **state)
{
	(void)state;
	struct buffer out = BUFFER_MAX(100);
	struct bytes id;
	assert_int_equal(subject_key_id_encode(&out, hex("01020304")), 0);
	assert_bytes(buffer_bytes(&out), "0404 01020304");
	assert_int_equal(subject_key_id_decode(buffer_bytes(&out), &id), 0);
	assert_bytes(id, "01020304");
	buffer_clear(&out);
	assert_int_equal(authority_key_id_encode(&out, hex("01020304")), 0);
	assert_bytes(buffer_bytes(&out), "3006 8004 01020304");
	assert_int_equal(authority_key_id_decode(buffer_bytes(&out), &id), 0);
	assert_bytes(id, "01020304");
	assert_int_equal(subject_key_id_encode(&out, BYTES_NONE), SIGNET_E_INVALID);
	assert_int_equal(authority_key_id_encode(&out, BYTES_NONE), SIGNET_E_INVALID);
	buffer_free(&out);
}

static void issuer_and_serial_are_skipped(void **state)
{
	(void)state;
	struct bytes id;
	assert_int_equal(authority_key_id_decode(
		hex("3010 8002 abcd a107 8205 612e622e63 8201 05"), &id), 0);
	assert_bytes(id, "abcd");
	assert_int_equal(authority_key_id_decode(hex("300c a107 8205 612e622e63 8201 05"), &id), 0);
	assert_int_equal(id.length, 0);
	assert_int_equal(authority_key_id_decode(hex("3000"), &id), 0);
	assert_int_equal(id.length, 0);
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	struct bytes sample = hex("3010 8002 abcd a107 8205 612e622e63 8201 05"), id;
	for (size_t n = 0; n < sample.length; n++) {
		struct bytes cut = exact(bytes_make(sample.data, n));
		assert_int_equal(authority_key_id_decode(cut, &id), SIGNET_E_INVALID);
		exact_free(cut);
	}
	sample = hex("0404 01020304");
	for (size_t n = 0; n < sample.length; n++)
		assert_int_equal(subject_key_id_decode(bytes_make(sample.data, n), &id),
		                 SIGNET_E_INVALID);
}

static void other_values_are_refused(void **state)
{
	(void)state;
	static const char *const subject[] = {"0400", "0401 01 00", "0301 00", "2403 0401 01"};
	static const char *const authority[] = {
		"3002 8000", "3004 a002 0500", "3009 a107 8205 612e622e63", "3003 8201 05",
		"3006 8001 01 8001 02", "3003 8001 01 00", "3005 8001 01 0500", "8001 01",
	};
	struct bytes id;
	for (size_t i = 0; i < sizeof subject / sizeof *subject; i++)
		assert_int_equal(subject_key_id_decode(hex(subject[i]), &id), SIGNET_E_INVALID);
	for (size_t i = 0; i < sizeof authority / sizeof *authority; i++)
		assert_int_equal(authority_key_id_decode(hex(authority[i]), &id), SIGNET_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_ids_round_trip),
		cmocka_unit_test(issuer_and_serial_are_skipped),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(other_values_are_refused),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
