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

static void a_minute_holds_no_more_than_there_is_room_for(void **state)
{
	(void)state;
	struct rates rates = {0};
	uint32_t out[RATES_MINUTES];
	rates_add(&rates, NOW, 0);
	rates_add(&rates, NOW, 7);
	rates_read(&rates, NOW, out);
	assert_int_equal(out[0], 7);
	rates_add(&rates, NOW, UINT32_MAX - 8);
	rates_count(&rates, NOW);
	rates_count(&rates, NOW);
	rates_add(&rates, NOW, UINT64_MAX);
	rates_read(&rates, NOW, out);
	assert_int_equal(out[0], UINT32_MAX);
	rates_add(&rates, NOW + 60, UINT64_MAX);
	rates_read(&rates, NOW + 60, out);
	assert_int_equal(out[0], UINT32_MAX);
	assert_int_equal(out[1], UINT32_MAX);
	assert_int_equal(out[2], 0);
}

static void a_counter_of_another_process_is_followed(void **state)
{
	(void)state;
	struct rates rates = {0};
	uint32_t out[RATES_MINUTES];
	rates_follow(&rates, NOW, 10, 15);
	rates_follow(&rates, NOW, 15, 15);
	/* it was started again */
	rates_follow(&rates, NOW, 15, 2);
	rates_read(&rates, NOW, out);
	assert_int_equal(out[0], 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(minutes_are_counted_apart),
		cmocka_unit_test(what_is_long_ago_is_forgotten),
		cmocka_unit_test(a_minute_holds_no_more_than_there_is_room_for),
		cmocka_unit_test(a_counter_of_another_process_is_followed),
		cmocka_unit_test(the_first_minutes_of_all_time_are_none_too_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
