#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "engine/load.h"

#define NOW 1800000000

static void what_is_under_way_and_what_came_of_it_is_counted(void **state)
{
	(void)state;
	struct load load = {0};
	uint32_t done[RATES_MINUTES], failed[RATES_MINUTES];
	clock_freeze(NOW);
	load_begin(&load);
	load_begin(&load);
	assert_int_equal(load.busy, 2);
	load_end(&load, true);
	load_end(&load, false);
	assert_int_equal(load.busy, 0);
	rates_read(&load.done, NOW, done);
	rates_read(&load.failed, NOW, failed);
	assert_int_equal(done[0], 2);
	assert_int_equal(failed[0], 1);
	clock_freeze(0);
	load_begin(NULL);
	load_end(NULL, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_under_way_and_what_came_of_it_is_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
