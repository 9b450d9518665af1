#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "pki/certificate.h"

static void serials_are_positive_and_full(void **state)
{
	(void)state;
	uint8_t serial[SERIAL_SIZE];
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(serial_make(serial), 0);
		assert_in_range(serial[0], 0x40, 0x7f);
	}
}

static void serials_grow_with_time(void **state)
{
	(void)state;
	uint8_t before[SERIAL_SIZE], after[SERIAL_SIZE];
	static const int64_t times[] = {1, 1767225600, 1767225601, 2524608000, 4102444800};
	clock_freeze(times[0]);
	assert_int_equal(serial_make(before), 0);
	for (size_t i = 1; i < sizeof times / sizeof *times; i++) {
		clock_freeze(times[i]);
		assert_int_equal(serial_make(after), 0);
		assert_true(memcmp(before, after, SERIAL_SIZE) < 0);
		memcpy(before, after, SERIAL_SIZE);
	}
	clock_freeze(0);
}

static void serials_of_one_time_differ_in_every_random_octet(void **state)
{
	(void)state;
	uint8_t first[SERIAL_SIZE], next[SERIAL_SIZE], differs[SERIAL_SIZE] = {0};
	clock_freeze(1767225600);
	assert_int_equal(serial_make(first), 0);
	for (int i = 0; i < 64; i++) {
		assert_int_equal(serial_make(next), 0);
		assert_memory_not_equal(first, next, SERIAL_SIZE);
		for (size_t k = 0; k < SERIAL_SIZE; k++)
			differs[k] |= first[k] ^ next[k];
	}
	for (size_t k = 0; k < SERIAL_SIZE; k++)
		assert_true(k < 6 ? differs[k] == 0 : differs[k] != 0);
	clock_freeze(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(serials_are_positive_and_full),
		cmocka_unit_test(serials_grow_with_time),
		cmocka_unit_test(serials_of_one_time_differ_in_every_random_octet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
