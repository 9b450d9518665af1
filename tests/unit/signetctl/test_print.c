#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "signetctl/print.h"

/* What print writes to standard output, in memory of the caller. */
struct capture {
	FILE *file;
	int saved;
	char text[4096];
};

static void capture_begin(struct capture *c)
{
	fflush(stdout);
	c->file = tmpfile();
	c->saved = dup(STDOUT_FILENO);
	dup2(fileno(c->file), STDOUT_FILENO);
}

static void capture_end(struct capture *c)
{
	fflush(stdout);
	dup2(c->saved, STDOUT_FILENO);
	close(c->saved);
	rewind(c->file);
	size_t n = fread(c->text, 1, sizeof c->text - 1, c->file);
	c->text[n] = '\0';
	fclose(c->file);
}

static const struct print_column columns[] = {
	{"ID", "id", PRINT_NUMBER}, {"WHO", "who", PRINT_TEXT}, {"NAMES", "names", PRINT_LIST}};

static void table_is_aligned(void **state)
{
	(void)state;
	struct capture c;
	const char *rows[] = {"1", "\xc3\x9c" "ber", "a\nb", "12", NULL, ""};
	capture_begin(&c);
	int result = print_table(false, columns, 3, rows, 2);
	capture_end(&c);
	assert_int_equal(result, 0);
	assert_string_equal(c.text, "ID  WHO   NAMES\n 1  \xc3\x9c" "ber  a b\n12  -     -\n");
}

static void controls_do_not_reach_the_terminal(void **state)
{
	(void)state;
	struct capture c;
	const char *rows[] = {"1", "\x1b[31m\x7f\xc2\x9b" "2J\xc2\xa9", "x\ry"};
	const struct print_field field = {"L", "l", PRINT_TEXT, "a\tb\xc2\x85" "c"};
	capture_begin(&c);
	print_table(false, columns, 3, rows, 1);
	print_fields(false, &field, 1);
	capture_end(&c);
	assert_non_null(strstr(c.text, "?[31m??2J\xc2\xa9  x?y\n"));
	assert_non_null(strstr(c.text, "L: a?b?c\n"));
}

static void json_has_numbers_and_arrays(void **state)
{
	(void)state;
	struct capture c;
	const char *rows[] = {"7", NULL, "a\nb"};
	capture_begin(&c);
	print_table(true, columns, 3, rows, 1);
	capture_end(&c);
	assert_non_null(strstr(c.text, "\"id\": 7"));
	assert_non_null(strstr(c.text, "\"who\": null"));
	assert_non_null(strstr(c.text, "\"a\",\n"));
}

static void a_block_is_printed_as_it_is(void **state)
{
	(void)state;
	struct capture c;
	const struct print_field fields[] = {{"Name", "name", PRINT_TEXT, "x"},
	                                     {"", "pem", PRINT_BLOCK, "-----BEGIN\nabc\n"}};
	capture_begin(&c);
	print_fields(false, fields, 2);
	capture_end(&c);
	assert_string_equal(c.text, "Name: x\n-----BEGIN\nabc\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_aligned),
		cmocka_unit_test(controls_do_not_reach_the_terminal),
		cmocka_unit_test(json_has_numbers_and_arrays),
		cmocka_unit_test(a_block_is_printed_as_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
