#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "signetctl/overview.h"

static int setup(void **state)
{
	*state = arena_new(LIMIT_REQUEST_ARENA);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void durations_are_said_in_the_unit_that_people_would_take(void **state)
{
	struct arena *arena = *state;
	assert_string_equal(overview_duration(arena, 0), "0 s");
	assert_string_equal(overview_duration(arena, 119), "119 s");
	assert_string_equal(overview_duration(arena, 120), "2 min");
	assert_string_equal(overview_duration(arena, 7199), "119 min");
	assert_string_equal(overview_duration(arena, 7200), "2 h");
	assert_string_equal(overview_duration(arena, 172799), "47 h");
	assert_string_equal(overview_duration(arena, 172800), "2 d");
}

static void crl_says_its_number_and_age(void **state)
{
	struct signet_crl_summary crl = {.authority = "issuing", .count = 1, .number = 4711,
	                                 .entries = 3, .this_update = 1000, .next_update = 86400};
	assert_string_equal(overview_crl(*state, &crl, 1300),
	                    "issuing: number 4711, 3 entries, 5 min old, next update "
	                    "1970-01-02T00:00:00Z");
	/* of a clock that was set back there is no age to tell */
	assert_string_equal(overview_crl(*state, &crl, 10),
	                    "issuing: number 4711, 3 entries, 0 s old, next update "
	                    "1970-01-02T00:00:00Z");
}

static void stale_crls_are_marked(void **state)
{
	struct signet_crl_summary crl = {.authority = "issuing.k2", .delta = true, .count = 1,
	                                 .stale = 1, .number = 5, .this_update = 1000,
	                                 .next_update = 2000};
	assert_string_equal(overview_crl(*state, &crl, 2100),
	                    "issuing.k2 delta: STALE, number 5, 0 entries, 18 min old, next update "
	                    "1970-01-01T00:33:20Z");
	crl.shards = true;
	crl.count = 16;
	crl.stale = 2;
	assert_string_equal(overview_crl(*state, &crl, 2100),
	                    "issuing.k2 shards, delta: STALE (2), number 5, 0 entries, 18 min old, "
	                    "next update 1970-01-01T00:33:20Z");
	crl = (struct signet_crl_summary){.authority = "issuing", .shards = true, .stale = 4};
	assert_string_equal(overview_crl(*state, &crl, 2100),
	                    "issuing shards: STALE, none is published");
}

static void exits_say_what_waits_and_what_is_wrong(void **state)
{
	struct signet_consumer_status exit = {.name = "ldap", .waiting = 3, .dead = 1,
	                                      .trouble = "no route to host"};
	assert_string_equal(overview_exit(*state, &exit, 0),
	                    "ldap: 3 waiting, 1 dead: no route to host");
	exit.oldest = 1000;
	assert_string_equal(overview_exit(*state, &exit, 1300),
	                    "ldap: 3 waiting for 5 min, 1 dead: no route to host");
	exit.trouble = "";
	exit.oldest = 0;
	assert_string_equal(overview_exit(*state, &exit, 0), "ldap: 3 waiting, 1 dead");
}

static void rates_are_of_whole_minutes(void **state)
{
	const uint32_t minutes[] = {1000, 1, 2, 3, 4, 5, 1000}, most[] = {0, UINT32_MAX, UINT32_MAX};
	assert_string_equal(overview_rate(*state, minutes, 7), "3.0");
	assert_string_equal(overview_rate(*state, minutes, 3), "1.5");
	assert_string_equal(overview_rate(*state, most, 3), "4294967295.0");
	assert_null(overview_rate(*state, minutes, 1));
	assert_null(overview_rate(*state, NULL, 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(durations_are_said_in_the_unit_that_people_would_take),
		TEST(crl_says_its_number_and_age),
		TEST(stale_crls_are_marked),
		TEST(exits_say_what_waits_and_what_is_wrong),
		TEST(rates_are_of_whole_minutes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
