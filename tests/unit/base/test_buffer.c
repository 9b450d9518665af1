#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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

static void content_grows_and_stays(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer buffer = BUFFER_MAX(100000);
	for (int i = 0; i < 20000; i++)
		buffer_printf(&buffer, "%05d", i);
	assert_int_equal(buffer.error, 0);
	assert_int_equal(buffer.length, 100000);
	for (int i = 0; i < 20000; i++) {
		char wanted[6];
		snprintf(wanted, sizeof wanted, "%05d", i);
		assert_memory_equal(buffer.data + 5 * i, wanted, 5);
	}
	assert_int_equal(buffer_printf(&buffer, "%s", ""), 0); /* full, and nothing is asked for */
	assert_int_equal(buffer_printf(&buffer, "x"), SIGNET_E_TOO_BIG);
	assert_int_equal(buffer.length, 100000);
}

static void empty_buffers_are_texts(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer none = BUFFER_MAX(0), some = BUFFER_MAX(9);
	assert_string_equal(buffer_text(&none), "");
	assert_string_equal(buffer_text(&some), "");
	assert_int_equal(buffer_append(&none, NULL, 0), 0);
	assert_int_equal(buffer_append_bytes(&none, BYTES_NONE), 0);
	assert_int_equal(buffer_append_octet(&none, 0), SIGNET_E_TOO_BIG);
	assert_int_equal(buffer_bytes(&none).length, 0);
}

static void lengths_that_overflow_are_refused(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer buffer = BUFFER_MAX(SIZE_MAX);
	assert_int_equal(buffer_append_text(&buffer, "abc"), 0);
	assert_int_equal(buffer_reserve(&buffer, SIZE_MAX), SIGNET_E_TOO_BIG);
	buffer_clear(&buffer);
	assert_int_equal(buffer_reserve(&buffer, SIZE_MAX), SIGNET_E_TOO_BIG); /* no room for NUL */
	buffer_clear(&buffer);
	assert_int_equal(buffer_append_text(&buffer, "abc"), 0);
	assert_string_equal(buffer_text(&buffer), "abc");
}

static void reserved_memory_does_not_move(void **state)
{
	(void)state;
	_cleanup_secret_ struct buffer buffer = BUFFER_MAX(1000);
	assert_int_equal(buffer_reserve(&buffer, 1000), 0);
	const uint8_t *data = buffer.data;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(buffer_append_octet(&buffer, (uint8_t)i), 0);
	assert_non_null(buffer_text(&buffer));
	assert_ptr_equal(buffer.data, data); /* a secret has left no copy behind */
	assert_int_equal(buffer.length, 1000);
}

static void freed_buffers_begin_again(void **state)
{
	(void)state;
	struct buffer buffer = BUFFER_MAX(4);
	buffer_append_text(&buffer, "abcde");
	buffer_free(&buffer);
	assert_int_equal(buffer.error, 0);
	assert_int_equal(buffer_append_text(&buffer, "abcd"), 0);
	buffer_wipe(&buffer);
	assert_null(buffer.data);
	assert_int_equal(buffer.length, 0);
	assert_int_equal(buffer.maximum, 4);
	buffer_wipe(&buffer);
	buffer_free(&buffer);
}

static void bytes_compare_as_memory(void **state)
{
	(void)state;
	static const char *const sorted[] = {"", "a", "ab", "abc", "b", "\x80", "\xff"};
	for (int a = 0; a < 7; a++)
		for (int b = 0; b < 7; b++) {
			int c = bytes_compare(bytes_text(sorted[a]), bytes_text(sorted[b]));
			assert_int_equal((c > 0) - (c < 0), (a > b) - (a < b));
			assert_int_equal(bytes_equal(bytes_text(sorted[a]), bytes_text(sorted[b])),
			                 a == b);
		}
	assert_true(bytes_equal(BYTES_NONE, bytes_text("")));
	assert_true(bytes_is_text(bytes_make("ab", 1), "a"));
	assert_false(bytes_is_text(bytes_make("a\0b", 3), "a"));
	assert_int_equal(bytes_text(NULL).length, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(append_up_to_the_maximum),
		cmocka_unit_test(errors_stick),
		cmocka_unit_test(content_grows_and_stays),
		cmocka_unit_test(empty_buffers_are_texts),
		cmocka_unit_test(lengths_that_overflow_are_refused),
		cmocka_unit_test(reserved_memory_does_not_move),
		cmocka_unit_test(freed_buffers_begin_again),
		cmocka_unit_test(bytes_compare_as_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
