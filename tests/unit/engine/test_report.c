#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "engine/report.h"

#define NOW 1800000000

static int setup(void **state)
{
	clock_freeze(NOW);
	return report_new((struct report **)state, NULL);
}

static int teardown(void **state)
{
	report_free(*state);
	clock_freeze(0);
	return 0;
}

static int take(struct report *report, uint64_t requests, uint64_t errors)
{
	const struct signet_gateway_load load = {.threads = 192, .busy = 3, .requests = requests,
	                                         .errors = errors};
	return report_take(report, &load, NULL);
}

/* How many came in this minute. */
static uint32_t counted(struct report *report, uint32_t *failures)
{
	uint32_t done[RATES_MINUTES], failed[RATES_MINUTES];
	report_read_rates(report, clock_now(), done, failed);
	*failures = failed[0];
	return done[0];
}

static void the_last_one_is_kept_for_a_while(void **state)
{
	struct signet_gateway_load load;
	assert_false(report_read(*state, &load));
	assert_int_equal(take(*state, 100, 5), 0);
	assert_int_equal(take(*state, 120, 5), 0);
	assert_true(report_read(*state, &load));
	assert_int_equal(load.requests, 120);
	assert_int_equal(load.busy, 3);
	clock_freeze(NOW + REPORT_LIFE - 1);
	assert_true(report_read(*state, &load));
	clock_freeze(NOW + REPORT_LIFE);
	assert_false(report_read(*state, &load));
	/* the clock was set: how old it is is not known */
	clock_freeze(NOW - 1);
	assert_false(report_read(*state, &load));
	clock_freeze(NOW + 3600);
	assert_int_equal(take(*state, 121, 5), 0);
	assert_true(report_read(*state, &load));
}

static void rates_are_what_counters_grow_by(void **state)
{
	uint32_t failed;
	/* when the first ones came, before the engine was started perhaps, is not known */
	assert_int_equal(take(*state, 1000, 50), 0);
	assert_int_equal(counted(*state, &failed), 0);
	assert_int_equal(take(*state, 1010, 52), 0);
	assert_int_equal(take(*state, 1010, 52), 0);
	assert_int_equal(counted(*state, &failed), 10);
	assert_int_equal(failed, 2);
	/* of a gateway that was started again */
	assert_int_equal(take(*state, 4, 1), 0);
	assert_int_equal(counted(*state, &failed), 14);
	assert_int_equal(failed, 3);
}

static void what_cannot_be_is_not_kept(void **state)
{
	const struct signet_gateway_load wrong[] = {
		{.threads = 2, .busy = 3},
		{.requests = 1, .errors = 2},
		{.requests = (uint64_t)INT64_MAX + 1},
		{.requests = UINT64_MAX, .errors = UINT64_MAX},
		{.prepared = 1, .doubtful = 2},
	};
	struct signet_gateway_load load;
	struct error err;
	uint32_t failed;
	assert_int_equal(take(*state, 10, 0), 0);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_int_equal(report_take(*state, &wrong[i], &err), SIGNET_E_INVALID);
		assert_non_null(strstr(err.message, "no report of a gateway: it"));
		assert_true(report_read(*state, &load));
		assert_int_equal(load.requests, 10);
	}
	/* and makes the one before no newer */
	clock_freeze(NOW + REPORT_LIFE);
	assert_int_equal(report_take(*state, &wrong[0], &err), SIGNET_E_INVALID);
	assert_false(report_read(*state, &load));
	assert_int_equal(counted(*state, &failed), 0);
}

static void the_largest_numbers_stay_in_their_minute(void **state)
{
	uint32_t done[RATES_MINUTES], failed[RATES_MINUTES];
	const struct signet_gateway_load most = {
		UINT32_MAX, UINT32_MAX, UINT32_MAX, INT64_MAX, INT64_MAX, UINT32_MAX, UINT32_MAX,
		UINT32_MAX, UINT32_MAX};
	struct signet_gateway_load load;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(take(*state, 0, 0), 0);
		assert_int_equal(report_take(*state, &most, NULL), 0);
	}
	assert_true(report_read(*state, &load));
	assert_int_equal(load.waiting, UINT32_MAX);
	report_read_rates(*state, NOW, done, failed);
	assert_int_equal(done[0], UINT32_MAX);
	assert_int_equal(failed[0], UINT32_MAX);
	for (size_t i = 1; i < RATES_MINUTES; i++)
		assert_int_equal(done[i] | failed[i], 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_last_one_is_kept_for_a_while),
		TEST(rates_are_what_counters_grow_by),
		TEST(what_cannot_be_is_not_kept),
		TEST(the_largest_numbers_stay_in_their_minute),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
