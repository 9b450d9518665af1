#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "signetctl/roles.h"

static const uint32_t minutes[] = {9, 2, 4, 6}, none[4];

static int setup(void **state)
{
	*state = arena_new(1 << 20);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

/* Of an engine that runs elsewhere, so that /proc shows nothing. */
static struct signet_status status_of(struct signet_role_load *roles, size_t count)
{
	return (struct signet_status){.pid = 0, .roles = roles, .role_count = count};
}

static void what_is_not_known_is_left_out(void **state)
{
	struct signet_role_load loads[] = {
		{"engine", 1, 0, minutes, none, 4},
		{"publisher", -1, 12, none, none, 4},
		{"\033[2Jx", 1, 1, minutes, minutes, 4},
		{"adviser", 2, -1, NULL, NULL, 0},
	};
	struct signet_status status = status_of(loads, 4);
	struct roles roles;
	struct capture c;
	assert_int_equal(roles_read(*state, &status, &roles), 0);
	capture_begin(&c);
	int result = roles_print(*state, &roles);
	capture_end(&c);
	assert_int_equal(result, 0);
	assert_string_equal(c.text,
	                    "ROLE       PROCESS  UP  MEMORY  DIED  BUSY  QUEUE  PER MIN  FAILED\n"
	                    "engine           -   -       -     -     1      0      4.0     0.0\n"
	                    "publisher        -   -       -     -     -     12      0.0     0.0\n");
}

static void the_widest_line_fits_a_terminal(void **state)
{
	struct roles roles;
	struct capture c;
	for (size_t i = 0; i < ROLES_COUNT; i++)
		roles.items[i] = (struct role){4194304, 86400 * 999, INT64_C(1023) << 20, 9999, 1234,
		                               12345, "123456.7", "1234.5"};
	capture_begin(&c);
	int result = roles_print(*state, &roles);
	capture_end(&c);
	assert_int_equal(result, 0);
	size_t lines = 0;
	for (const char *line = c.text; *line; line = strchr(line, '\n') + 1, lines++)
		assert_in_range(strcspn(line, "\n"), 1, 80);
	assert_int_equal(lines, 1 + ROLES_COUNT);
}

static void programs_get_every_field_known_or_not(void **state)
{
	struct signet_role_load loads[] = {{"gateway", 3, 4, minutes, none, 4}};
	struct signet_status status = status_of(loads, 1);
	struct print_column columns[ROLES_FIELDS];
	const char *cells[ROLES_FIELDS];
	struct roles roles;
	size_t known = 0;
	assert_int_equal(roles_read(*state, &status, &roles), 0);
	roles_columns(columns);
	roles_cells(*state, &roles, cells);
	for (size_t i = 0; i < ROLES_FIELDS; i++) {
		assert_non_null(columns[i].key);
		known += cells[i] != NULL;
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(columns[i].key, columns[k].key);
		if (strcmp(columns[i].key, "gatewayQueue") == 0)
			assert_string_equal(cells[i], "4");
		if (strcmp(columns[i].key, "gatewayPerMinute") == 0)
			assert_string_equal(cells[i], "4.0");
	}
	assert_int_equal(known, 4);
}

static void the_gateway_has_more_to_say(void **state)
{
	const struct signet_gateway_load load = {192, 3, 4, 5, 6, 7, 8, 9, 10};
	struct signet_status status = {.gateway = &load};
	struct print_field fields[ROLES_GATEWAY_FIELDS];
	roles_gateway(*state, &status, fields);
	for (size_t i = 0; i < ROLES_GATEWAY_FIELDS; i++)
		assert_non_null(fields[i].value);
	assert_string_equal(fields[0].key, "httpRequests");
	assert_string_equal(fields[0].value, "5");
	status.gateway = NULL;
	roles_gateway(*state, &status, fields);
	for (size_t i = 0; i < ROLES_GATEWAY_FIELDS; i++)
		assert_null(fields[i].value);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_not_known_is_left_out),
		TEST(the_widest_line_fits_a_terminal),
		TEST(programs_get_every_field_known_or_not),
		TEST(the_gateway_has_more_to_say),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
