#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "signetctl/print.h"
#include "tests/unit/signetctl/capture.h"

static void controls_do_not_reach_the_terminal(void **state)
{
	(void)state;
	struct capture c;
	const struct print_field field = {"L", "l", PRINT_TEXT, "a\tb\xc2\x85" "c"};
	capture_begin(&c);
	print_fields(PRINT_TABLE, &field, 1);
	capture_end(&c);
	assert_string_equal(c.text, "L: a?b?c\n");
}

static void a_block_is_printed_as_it_is(void **state)
{
	(void)state;
	struct capture c;
	const struct print_field fields[] = {{"Name", "name", PRINT_TEXT, "x"},
	                                     {"", "pem", PRINT_BLOCK, "-----BEGIN\nabc\n"}};
	capture_begin(&c);
	print_fields(PRINT_TABLE, fields, 2);
	capture_end(&c);
	assert_string_equal(c.text, "Name: x\n-----BEGIN\nabc\n");
}

static void one_thing_is_one_line_of_csv(void **state)
{
	(void)state;
	struct capture c;
	const struct print_field fields[] = {{"Name", "name", PRINT_TEXT, "a,\"b\""},
	                                     {"Names", "names", PRINT_LIST, "x\ny"},
	                                     {"None", "none", PRINT_TEXT, NULL},
	                                     {"", "pem", PRINT_BLOCK, "1\n2"}};
	capture_begin(&c);
	print_fields(PRINT_CSV, fields, 4);
	capture_end(&c);
	assert_string_equal(c.text, "name,names,none,pem\n\"a,\"\"b\"\"\",x;y,,\"1\n2\"\n");
}

static void numbers_with_a_fraction_are_numbers(void **state)
{
	(void)state;
	struct capture c;
	const struct print_field fields[] = {{"A", "a", PRINT_NUMBER, "12.1"},
	                                     {"B", "b", PRINT_NUMBER, "0.0"},
	                                     {"C", "c", PRINT_NUMBER, "4294967295.9"},
	                                     {"D", "d", PRINT_NUMBER, "1.25"},
	                                     {"E", "e", PRINT_NUMBER, ".5"},
	                                     {"F", "f", PRINT_NUMBER, "1.x"},
	                                     {"G", "g", PRINT_NUMBER, "9007199254740993.5"},
	                                     {"H", "h", PRINT_TEXT, "1.5"}};
	capture_begin(&c);
	print_fields(PRINT_JSON, fields, 8);
	capture_end(&c);
	/* what a double does not hold, or is written otherwise, stays a text */
	assert_string_equal(c.text, "{\n  \"a\": 12.1,\n  \"b\": 0.0,\n  \"c\": 4294967295.9,\n"
	                            "  \"d\": \"1.25\",\n  \"e\": \".5\",\n  \"f\": \"1.x\",\n"
	                            "  \"g\": \"9007199254740993.5\",\n  \"h\": \"1.5\"\n}\n");
}

static void a_state_has_its_colour(void **state)
{
	(void)state;
	struct capture c;
	const struct print_field fields[] = {{"A", "a", PRINT_STATE, "valid"},
	                                     {"B", "b", PRINT_STATE, "revoked"},
	                                     {"C", "c", PRINT_STATE, "held"},
	                                     {"D", "d", PRINT_STATE, "expired"},
	                                     {"E", "e", PRINT_TEXT, "valid"}};
	print_setup(true, 80);
	capture_begin(&c);
	print_fields(PRINT_TABLE, fields, 5);
	capture_end(&c);
	print_setup(false, 0);
	assert_string_equal(c.text, "A: \x1b[32mvalid\x1b[0m\nB: \x1b[31mrevoked\x1b[0m\n"
	                            "C: \x1b[33mheld\x1b[0m\nD: expired\nE: valid\n");
}

static void a_file_is_no_terminal(void **state)
{
	(void)state;
	struct capture c;
	const struct print_field field = {"A", "a", PRINT_STATE, "valid"};
	capture_begin(&c);
	print_setup_terminal();
	print_fields(PRINT_TABLE, &field, 1);
	capture_end(&c);
	assert_string_equal(c.text, "A: valid\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(controls_do_not_reach_the_terminal),
		cmocka_unit_test(a_block_is_printed_as_it_is),
		cmocka_unit_test(one_thing_is_one_line_of_csv),
		cmocka_unit_test(numbers_with_a_fraction_are_numbers),
		cmocka_unit_test(a_state_has_its_colour),
		cmocka_unit_test(a_file_is_no_terminal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
