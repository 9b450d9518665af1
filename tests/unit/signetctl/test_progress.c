#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "signetctl/progress.h"

#define SECOND INT64_C(1000000)

static const char *line(struct buffer *out, const struct progress *progress, int64_t after,
                        size_t width)
{
	buffer_clear(out);
	assert_int_equal(progress_line(out, progress, progress->started + after * SECOND, width), 0);
	return buffer_text(out);
}

static void a_known_end_has_a_bar(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(1024);
	struct progress p = {.what = "import", .total = 1000, .done = 500};
	assert_string_equal(line(&out, &p, 10, 70),
	                    "import  50%  [############             ]  500 of 1000  50/s  0:10 left");
	p.done = 1000;
	assert_string_equal(line(&out, &p, 10, 50), "import 100%  [##############]  1000 of 1000  100/s");
}

static void a_narrow_line_has_none(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(1024);
	struct progress p = {.what = "import", .total = 1000, .done = 500};
	assert_string_equal(line(&out, &p, 10, 30), "import  50%  500 of 1000  50/s  0:10 left");
}

static void an_unknown_end_has_a_rate(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(1024);
	struct progress p = {.what = "backup", .unit = PROGRESS_OCTETS, .done = 3 << 20};
	assert_string_equal(line(&out, &p, 2, 70), "backup  3.0 MiB  1.5 MiB/s");
	p.done = 0;
	assert_string_equal(line(&out, &p, 0, 70), "backup  0");
}

static void more_than_all_is_all(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(1024);
	struct progress p = {.what = "x", .total = 10, .done = 20};
	assert_string_equal(line(&out, &p, 10, 40), "x 100%  [###############]  20 of 10  2/s");
}

static void nothing_is_drawn_where_there_is_no_terminal(void **state)
{
	(void)state;
	struct progress p;
	progress_begin(&p, "x", PROGRESS_COUNT, 10, true);
	assert_false(p.shown);
	progress_set(&p, 5);
	assert_int_equal(p.done, 5);
	assert_int_equal(p.drawn, 0);
	progress_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_known_end_has_a_bar),
		cmocka_unit_test(a_narrow_line_has_none),
		cmocka_unit_test(an_unknown_end_has_a_rate),
		cmocka_unit_test(more_than_all_is_all),
		cmocka_unit_test(nothing_is_drawn_where_there_is_no_terminal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
