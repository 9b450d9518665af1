#include "tests/unit/pki/sample.h"

#include <stdint.h>

#include "exit/ldap_value.h"

static void certificate_is_read(void **state)
{
	(void)state;
	struct bytes der = data_read("good/chain/leaf.der");
	struct directory_certificate read;
	assert_int_equal(directory_certificate_read(&read, arena, der, NULL), 0);
	assert_string_equal(name_common_name(arena, read.issuer), "Test Issuing");
	assert_string_equal(name_common_name(arena, read.subject), "www.example.com");
	assert_true(read.not_before == 1780272000);
	assert_true(read.not_after == 1788220800);
	assert_true(bytes_equal(read.der, der));
}

static void what_is_no_certificate_is_refused(void **state)
{
	(void)state;
	struct bytes der = data_read("good/chain/leaf.der");
	struct directory_certificate read;
	for (size_t length = 0; length < der.length; length++) {
		struct bytes cut = exact(bytes_make(der.data, length));
		assert_int_not_equal(directory_certificate_read(&read, arena, cut, NULL), 0);
		exact_free(cut);
	}
}

static void time_of_a_crl_is_read(void **state)
{
	(void)state;
	int64_t time = 0;
	assert_int_equal(directory_crl_time(&time, data_read("good/crl/first.der")), 0);
	assert_true(time == 1767960000);
	assert_int_equal(directory_crl_time(&time, data_read("good/crl/delta.der")), 0);
	assert_true(time == 1768050000);
	assert_int_equal(directory_crl_time(&time, data_read("good/crl/beyond-2049.der")), 0);
	assert_true(time == 2524608000);
}

static void what_is_no_crl_is_refused(void **state)
{
	(void)state;
	int64_t time = -1;
	struct bytes der = data_read("good/crl/first.der");
	for (size_t length = 0; length < der.length; length++) {
		struct bytes cut = exact(bytes_make(der.data, length));
		assert_int_equal(directory_crl_time(&time, cut), SIGNET_E_INVALID);
		exact_free(cut);
	}
	assert_int_equal(directory_crl_time(&time, data_read("good/chain/leaf.der")), SIGNET_E_INVALID);
	assert_int_equal(directory_crl_time(&time, hex("3000")), SIGNET_E_INVALID);
	assert_int_equal(directory_crl_time(&time, hex("3002 3000")), SIGNET_E_INVALID);
	assert_int_equal(directory_crl_time(&time, hex("3007 3005 020101 3000")), SIGNET_E_INVALID);
	assert_true(time == -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificate_is_read),
		cmocka_unit_test(what_is_no_certificate_is_refused),
		cmocka_unit_test(time_of_a_crl_is_read),
		cmocka_unit_test(what_is_no_crl_is_refused),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
