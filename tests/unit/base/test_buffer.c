#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/error.h"

static void append_up_to_the_maximum(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer buffer = BUFFER_MAX(4);
	assert_int_equal(buffer_append_text(&buffer, "abcd"), 0);
	assert_string_equal(buffer_text(&buffer), "abcd");
	assert_int_equal(buffer_append_octet(&buffer, 'e'), SIGNET_E_TOO_BIG);
	assert_int_equal(buffer.length, 4);
}

static void errors_stick(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer buffer = BUFFER_MAX(4);
	assert_int_equal(buffer_append_text(&buffer, "abcde"), SIGNET_E_TOO_BIG);
	assert_int_equal(buffer_append_text(&buffer, "a"), SIGNET_E_TOO_BIG);
	assert_null(buffer_text(&buffer));
	buffer_clear(&buffer);
	assert_int_equal(buffer_printf(&buffer, "%d", 1234), 0);
	assert_string_equal(buffer_text(&buffer), "1234");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(append_up_to_the_maximum),
		cmocka_unit_test(errors_stick),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
