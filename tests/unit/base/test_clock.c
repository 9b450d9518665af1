#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"

static const struct {
	int64_t seconds;
	const char *text;
} vectors[] = {
	{0, "1970-01-01T00:00:00Z"},
	{-1, "1969-12-31T23:59:59Z"},
	{951782400, "2000-02-29T00:00:00Z"},
	{951868799, "2000-02-29T23:59:59Z"},
	{951868800, "2000-03-01T00:00:00Z"},
	{1795438140, "2026-11-23T12:49:00Z"},
	{2147483648, "2038-01-19T03:14:08Z"},
	{2524607999, "2049-12-31T23:59:59Z"},
	{4107542399, "2100-02-28T23:59:59Z"},
	{4107542400, "2100-03-01T00:00:00Z"}, /* no leap year */
	{-62167219200, "0000-01-01T00:00:00Z"},
	{-62162035201, "0000-02-29T23:59:59Z"},
	{253402300799, "9999-12-31T23:59:59Z"},
};

static void known_times_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		char text[CLOCK_TEXT_SIZE];
		int64_t seconds = 42;
		assert_string_equal(clock_format(vectors[i].seconds, text), vectors[i].text);
		assert_int_equal(clock_parse(vectors[i].text, &seconds), 0);
		assert_true(seconds == vectors[i].seconds);
	}
}

/* The C library's calendar as the measure, over ten thousand years. */
static void dates_agree_with_gmtime(void **state)
{
	(void)state;
	for (int64_t at = INT64_C(-62167219200); at < INT64_C(253402300800); at += 10000019) {
		struct clock_date date;
		struct tm tm;
		time_t seconds = at;
		int64_t back = 0;
		assert_non_null(gmtime_r(&seconds, &tm));
		clock_to_date(at, &date);
		assert_int_equal(date.year, tm.tm_year + 1900);
		assert_int_equal(date.month, tm.tm_mon + 1);
		assert_int_equal(date.day, tm.tm_mday);
		assert_int_equal(date.hour, tm.tm_hour);
		assert_int_equal(date.minute, tm.tm_min);
		assert_int_equal(date.second, tm.tm_sec);
		assert_int_equal(clock_from_date(&date, &back), 0);
		assert_true(back == at);
	}
}

static void local_time_follows_the_zone_and_its_summer(void **state)
{
	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	assert_true(clock_to_local(1795438140) == 1795438140 + 3600); /* November */
	assert_true(clock_to_local(1782820800) == 1782820800 + 7200); /* June */
	setenv("TZ", "UTC", 1);
	tzset();
	assert_true(clock_to_local(1795438140) == 1795438140);
}

static void dates_that_do_not_exist_are_refused(void **state)
{
	(void)state;
	static const struct clock_date bad[] = {
		{-1, 1, 1, 0, 0, 0},    {10000, 1, 1, 0, 0, 0}, {2026, 0, 1, 0, 0, 0},
		{2026, 13, 1, 0, 0, 0}, {2026, 1, 0, 0, 0, 0},  {2026, 1, 32, 0, 0, 0},
		{2026, 2, 29, 0, 0, 0}, {2100, 2, 29, 0, 0, 0}, {2000, 2, 30, 0, 0, 0},
		{2026, 4, 31, 0, 0, 0}, {2026, 1, 1, 24, 0, 0}, {2026, 1, 1, -1, 0, 0},
		{2026, 1, 1, 0, 60, 0}, {2026, 1, 1, 0, -1, 0}, {2016, 12, 31, 23, 59, 60},
		{2026, 1, 1, 0, 0, -1}, {2026, INT32_MIN, 1, 0, 0, 0}, {INT32_MAX, 1, 1, 0, 0, 0}};
	int64_t seconds = 42;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(clock_from_date(&bad[i], &seconds), SIGNET_E_INVALID);
	assert_int_equal(seconds, 42);
}

static void parse_takes_one_form_only(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "2026", "2026-11-23", "2026-11-23 12:49:00Z", "2026-11-23T12:49:00",
		"2026-11-23T12:49:00z", "2026-11-23t12:49:00Z", "2026-11-23T12:49:00+00:00",
		"2026-11-23T12:49:00.0Z", "2026-11-23T12:49Z", "2026-1-23T12:49:000Z",
		" 026-11-23T12:49:00Z", "+026-11-23T12:49:00Z", "2026-11-23T12:49:0xZ",
		"2026/11/23T12:49:00Z", "2026-11-23T12:49:00Z ", " 2026-11-23T12:49:00Z",
		"2026-02-29T00:00:00Z", "2026-11-23T24:00:00Z", "2016-12-31T23:59:60Z",
		"2026-00-10T00:00:00Z", "20261-1-23T12:49:00Z"};
	int64_t seconds = 42;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (clock_parse(bad[i], &seconds) != SIGNET_E_INVALID)
			fail_msg("'%s' is taken", bad[i]);
	assert_int_equal(seconds, 42);
}

static void format_of_any_time_fits(void **state)
{
	(void)state;
	static const int64_t times[] = {INT64_MIN, INT64_MIN + 1, -INT64_C(62167219201),
	                                INT64_C(253402300800), INT64_MAX - 1, INT64_MAX};
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		char text[CLOCK_TEXT_SIZE];
		memset(text, 'x', sizeof text);
		clock_format(times[i], text);
		size_t length = strnlen(text, sizeof text);
		assert_in_range(length, 20, sizeof text - 1);
		assert_int_equal(text[length - 1], 'Z');
	}
}

static void frozen_clock_stands(void **state)
{
	(void)state;
	clock_freeze(1795438140);
	assert_true(clock_now() == 1795438140);
	assert_true(clock_now_us() == INT64_C(1795438140000000));
	clock_freeze(-5);
	assert_true(clock_now() == -5);
	clock_freeze(0);
	int64_t before = time(NULL);
	int64_t now = clock_now(), us = clock_now_us();
	/* time() may be read from a coarser clock, a tick behind */
	assert_true(now >= before && us / 1000000 >= now);
}

static void monotonic_clock_goes_on(void **state)
{
	(void)state;
	clock_freeze(1);
	int64_t first = clock_monotonic_us();
	struct timespec pause = {0, 2000000};
	nanosleep(&pause, NULL);
	assert_true(clock_monotonic_us() - first >= 2000);
	clock_freeze(0);
}

static void wait_ends_at_its_deadline_even_when_the_clock_is_frozen(void **state)
{
	(void)state;
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t condition;
	clock_condition_init(&condition);
	clock_freeze(1000);
	pthread_mutex_lock(&lock);
	int64_t deadline = clock_monotonic_us() + 20000;
	int result = 0;
	while (result == 0)
		result = clock_wait(&condition, &lock, deadline);
	assert_int_equal(result, ETIMEDOUT);
	assert_true(clock_monotonic_us() >= deadline);
	assert_int_equal(clock_wait(&condition, &lock, 0), ETIMEDOUT);
	pthread_mutex_unlock(&lock);
	clock_freeze(0);
	pthread_cond_destroy(&condition);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_times_both_ways),
		cmocka_unit_test(wait_ends_at_its_deadline_even_when_the_clock_is_frozen),
		cmocka_unit_test(dates_agree_with_gmtime),
		cmocka_unit_test(local_time_follows_the_zone_and_its_summer),
		cmocka_unit_test(dates_that_do_not_exist_are_refused),
		cmocka_unit_test(parse_takes_one_form_only),
		cmocka_unit_test(format_of_any_time_fits),
		cmocka_unit_test(frozen_clock_stands),
		cmocka_unit_test(monotonic_clock_goes_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
