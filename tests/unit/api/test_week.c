#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "api/week.h"
#include "base/clock.h"
#include "base/error.h"

static int64_t at(const char *text)
{
	int64_t seconds;
	assert_int_equal(clock_parse(text, &seconds), 0);
	return seconds;
}

static bool holds(const char *span, const char *time)
{
	struct week_span s;
	if (week_span_read(&s, span))
		fail_msg("%s is refused", span);
	return week_span_holds(&s, at(time));
}

/* 2026-11-23 is a Monday. */
static void days_and_hours_hold_together(void **state)
{
	(void)state;
	assert_true(holds("mon-fri 08:00-18:00", "2026-11-23T08:00:00Z"));
	assert_true(holds("mon-fri 08:00-18:00", "2026-11-27T17:59:59Z"));
	assert_false(holds("mon-fri 08:00-18:00", "2026-11-23T07:59:59Z"));
	assert_false(holds("mon-fri 08:00-18:00", "2026-11-23T18:00:00Z"));
	assert_false(holds("mon-fri 08:00-18:00", "2026-11-28T12:00:00Z"));
	assert_false(holds("mon-fri 08:00-18:00", "2026-11-29T12:00:00Z"));
}

static void what_is_left_out_is_all(void **state)
{
	(void)state;
	assert_true(holds("sat,sun", "2026-11-28T00:00:00Z"));
	assert_true(holds("sat,sun", "2026-11-29T23:59:59Z"));
	assert_false(holds("sat,sun", "2026-11-30T00:00:00Z"));
	assert_true(holds("09:30-09:31", "2026-11-25T09:30:59Z"));
	assert_false(holds("09:30-09:31", "2026-11-25T09:31:00Z"));
	assert_true(holds("mon 20:00-24:00", "2026-11-23T23:59:59Z"));
	assert_false(holds("mon 20:00-24:00", "2026-11-24T00:00:00Z"));
}

static void days_go_round_the_week(void **state)
{
	(void)state;
	assert_true(holds("Sat-Mon", "2026-11-28T12:00:00Z"));
	assert_true(holds("sat-mon", "2026-11-29T12:00:00Z"));
	assert_true(holds("SAT-MON", "2026-11-30T12:00:00Z"));
	assert_false(holds("sat-mon", "2026-12-01T12:00:00Z"));
	assert_false(holds("sat-mon", "2026-11-27T12:00:00Z"));
	assert_true(holds("tue,thu-fri", "2026-11-26T12:00:00Z"));
	assert_false(holds("tue,thu-fri", "2026-11-25T12:00:00Z"));
}

static void hours_go_round_midnight_with_their_first_day(void **state)
{
	(void)state;
	assert_true(holds("fri 22:00-06:00", "2026-11-27T22:00:00Z"));
	assert_true(holds("fri 22:00-06:00", "2026-11-28T05:59:59Z"));
	assert_false(holds("fri 22:00-06:00", "2026-11-28T06:00:00Z"));
	assert_false(holds("fri 22:00-06:00", "2026-11-28T22:00:00Z"));
	assert_false(holds("fri 22:00-06:00", "2026-11-27T05:00:00Z"));
	/* from the last day of the week into the first */
	assert_true(holds("sat 22:00-06:00", "2026-11-29T01:00:00Z"));
	assert_false(holds("sat 22:00-06:00", "2026-11-30T01:00:00Z"));
}

static void times_before_1970_are_times(void **state)
{
	(void)state;
	assert_true(holds("wed 23:59-24:00", "1969-12-31T23:59:59Z"));
	assert_true(holds("thu 00:00-00:01", "1970-01-01T00:00:00Z"));
	assert_true(holds("mon", "1969-12-29T12:00:00Z"));
}

static void zones_are_utc_and_local(void **state)
{
	(void)state;
	setenv("TZ", "EST5", 1);
	tzset();
	assert_true(holds("mon 08:00-09:00 UTC", "2026-11-23T08:30:00Z"));
	assert_true(holds("mon 08:00-09:00", "2026-11-23T08:30:00Z"));
	assert_false(holds("mon 08:00-09:00 local", "2026-11-23T08:30:00Z"));
	assert_true(holds("mon 08:00-09:00 local", "2026-11-23T13:30:00Z"));
	assert_true(holds("sun local", "2026-11-23T04:59:59Z"));
	assert_false(holds("sun local", "2026-11-23T05:00:00Z"));
}

static void other_texts_are_refused(void **state)
{
	static const char *const texts[] = {
		"", " ", "mon ", " mon", "monday", "mo", "mon-", "mon-fri-sat", "mon,", ",mon", "mon,mon",
		"mon-fri,wed", "mon  08:00-09:00", "mon 8:00-09:00", "mon 08:00", "mon 08:00-",
		"mon 08:00-09:00-10:00", "mon 08:60-09:00", "mon 24:00-09:00", "mon 08:00-24:01",
		"mon 08:00-08:00", "mon 08:00-00:00", "mon 08:00 - 09:00", "mon 08:00-09:00 CET",
		"mon 08:00-09:00 local ", "08:00-09:00 mon", "mon 08.00-09.00", "local", "UTC",
		"mon 99:99-99:99", "mon 08:00-09:00 UTC local"};
	struct week_span span;
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (week_span_read(&span, texts[i]) != SIGNET_E_INVALID)
			fail_msg("'%s' is taken", texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_and_hours_hold_together),
		cmocka_unit_test(what_is_left_out_is_all),
		cmocka_unit_test(days_go_round_the_week),
		cmocka_unit_test(hours_go_round_midnight_with_their_first_day),
		cmocka_unit_test(times_before_1970_are_times),
		cmocka_unit_test(zones_are_utc_and_local),
		cmocka_unit_test(other_texts_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
