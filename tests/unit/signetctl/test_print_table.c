#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "signetctl/print.h"
#include "tests/unit/signetctl/capture.h"

static const struct print_column columns[] = {
	{"ID", "id", PRINT_NUMBER}, {"WHO", "who", PRINT_TEXT}, {"NAMES", "names", PRINT_LIST}};

static void table_is_aligned(void **state)
{
	(void)state;
	struct capture c;
	const char *rows[] = {"1", "\xc3\x9c" "ber", "a\nb", "12", NULL, ""};
	capture_begin(&c);
	int result = print_table(PRINT_TABLE, columns, 3, rows, 2);
	capture_end(&c);
	assert_int_equal(result, 0);
	assert_string_equal(c.text, "ID  WHO   NAMES\n 1  \xc3\x9c" "ber  a b\n12  -     -\n");
}

static void controls_do_not_reach_the_terminal(void **state)
{
	(void)state;
	struct capture c;
	const char *rows[] = {"1", "\x1b[31m\x7f\xc2\x9b" "2J\xc2\xa9", "x\ry"};
	capture_begin(&c);
	print_table(PRINT_TABLE, columns, 3, rows, 1);
	capture_end(&c);
	assert_non_null(strstr(c.text, "?[31m??2J\xc2\xa9  x?y\n"));
}

static void json_has_numbers_and_arrays(void **state)
{
	(void)state;
	struct capture c;
	const char *rows[] = {"7", NULL, "a\nb", "8", "x", ""};
	capture_begin(&c);
	print_table(PRINT_JSON, columns, 3, rows, 2);
	capture_end(&c);
	assert_string_equal(c.text, "[\n{\"id\": 7, \"who\": null, \"names\": [\"a\", \"b\"]},\n"
	                            "{\"id\": 8, \"who\": \"x\", \"names\": []}\n]\n");
}

static void csv_is_quoted_where_it_must_be(void **state)
{
	(void)state;
	struct capture c;
	const char *rows[] = {"7", NULL, "a\nb", "8", "x, \"y\"", ""};
	capture_begin(&c);
	print_table(PRINT_CSV, columns, 3, rows, 2);
	capture_end(&c);
	assert_string_equal(c.text, "id,who,names\n7,,a;b\n8,\"x, \"\"y\"\"\",\n");
}

static void a_list_of_none_is_still_one(void **state)
{
	(void)state;
	struct capture c;
	capture_begin(&c);
	print_table(PRINT_JSON, columns, 3, NULL, 0);
	print_table(PRINT_CSV, columns, 3, NULL, 0);
	print_table(PRINT_TABLE, columns, 3, NULL, 0);
	capture_end(&c);
	assert_string_equal(c.text, "[]\nid,who,names\nID  WHO  NAMES\n");
}

static void a_list_comes_in_pieces(void **state)
{
	(void)state;
	struct capture c;
	struct print_stream stream;
	const char *first[] = {"1", "abc", "x"}, *second[] = {"22", "abcdef", "y", "3", "a", "z"};
	print_stream_begin(&stream, PRINT_TABLE, columns, 3);
	capture_begin(&c);
	assert_int_equal(print_stream_rows(&stream, first, 1), 0);
	assert_int_equal(print_stream_rows(&stream, second, 2), 0);
	assert_int_equal(print_stream_end(&stream), 0);
	capture_end(&c);
	assert_int_equal(stream.rows, 3);
	assert_string_equal(c.text, "ID  WHO  NAMES\n 1  abc  x\n22  abcdef  y\n 3  a       z\n");
	print_stream_begin(&stream, PRINT_JSON, columns, 3);
	capture_begin(&c);
	print_stream_rows(&stream, first, 1);
	print_stream_rows(&stream, second, 1);
	print_stream_end(&stream);
	capture_end(&c);
	assert_string_equal(c.text, "[\n{\"id\": 1, \"who\": \"abc\", \"names\": [\"x\"]},\n"
	                            "{\"id\": 22, \"who\": \"abcdef\", \"names\": [\"y\"]}\n]\n");
}

static void a_terminal_is_not_left_at_its_right(void **state)
{
	(void)state;
	struct capture c;
	static const struct print_column wide[] = {{"SERIAL", "serial", PRINT_WORD},
	                                           {"WHO", "who", PRINT_TEXT},
	                                           {"NAMES", "names", PRINT_LIST}};
	const char *rows[] = {"0123456789abcdef", "somebody-\xc3\xbc-else", "dns:www.example.com"};
	print_setup(false, 40);
	capture_begin(&c);
	print_table(PRINT_TABLE, wide, 3, rows, 1);
	print_table(PRINT_CSV, wide, 3, rows, 1);
	capture_end(&c);
	print_setup(false, 0);
	assert_string_equal(c.text, "SERIAL            WHO         NAMES\n"
	                            "0123456789abcdef  somebody-\xe2\x80\xa6  dns:www.e\xe2\x80\xa6\n"
	                            "serial,who,names\n"
	                            "0123456789abcdef,somebody-\xc3\xbc-else,dns:www.example.com\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_aligned),
		cmocka_unit_test(controls_do_not_reach_the_terminal),
		cmocka_unit_test(json_has_numbers_and_arrays),
		cmocka_unit_test(csv_is_quoted_where_it_must_be),
		cmocka_unit_test(a_list_of_none_is_still_one),
		cmocka_unit_test(a_list_comes_in_pieces),
		cmocka_unit_test(a_terminal_is_not_left_at_its_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
