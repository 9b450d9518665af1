#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/rates.h"

#define NOW 1800000000

static void minutes_are_counted_apart(void **state)
{
	(void)state;
	struct rates rates = {0};
	uint32_t out[RATES_MINUTES];
	rates_count(&rates, NOW);
	rates_count(&rates, NOW + 59);
	rates_count(&rates, NOW + 60);
	rates_read(&rates, NOW + 61, out);
	assert_int_equal(out[0], 1);
	assert_int_equal(out[1], 2);
	assert_int_equal(out[2], 0);
}

static void what_is_long_ago_is_forgotten(void **state)
{
	(void)state;
	struct rates rates = {0};
	uint32_t out[RATES_MINUTES];
	rates_count(&rates, NOW);
	rates_read(&rates, NOW + RATES_MINUTES * 60, out);
	for (size_t i = 0; i < RATES_MINUTES; i++)
		assert_int_equal(out[i], 0);
	rates_count(&rates, NOW + RATES_MINUTES * 60);
	rates_read(&rates, NOW + RATES_MINUTES * 60, out);
	assert_int_equal(out[0], 1);
}

static void the_first_minutes_of_all_time_are_none_too_many(void **state)
{
	(void)state;
	struct rates rates = {0};
	uint32_t out[RATES_MINUTES];
	rates_count(&rates, 61);
	rates_read(&rates, 61, out);
	assert_int_equal(out[0], 1);
	assert_int_equal(out[2], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(minutes_are_counted_apart),
		cmocka_unit_test(what_is_long_ago_is_forgotten),
		cmocka_unit_test(the_first_minutes_of_all_time_are_none_too_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
