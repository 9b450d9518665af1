#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"

static void set_fills_all_of_it(void **state)
{
	(void)state;
	struct error err;
	memset(&err, 'x', sizeof err);
	assert_int_equal(error_set(&err, SIGNET_E_DENIED, "no %s", "way"), SIGNET_E_DENIED);
	assert_int_equal(err.code, SIGNET_E_DENIED);
	assert_string_equal(err.message, "no way");
	assert_string_equal(err.detail, "");
	assert_int_equal(error_detail(&err, "rule %d", 3), SIGNET_E_DENIED);
	assert_string_equal(err.detail, "rule 3");
	assert_string_equal(err.message, "no way");
	error_set(&err, SIGNET_E_IO, "other");
	assert_string_equal(err.detail, ""); /* of the first one: gone */
}

static void null_is_taken(void **state)
{
	(void)state;
	errno = ENOSPC;
	assert_int_equal(error_set(NULL, SIGNET_E_DENIED, "x"), SIGNET_E_DENIED);
	assert_int_equal(error_detail(NULL, "x"), SIGNET_E_INTERNAL);
	assert_int_equal(error_prefix(NULL, "x"), SIGNET_E_INTERNAL);
	assert_int_equal(error_nomem(NULL), SIGNET_E_NOMEM);
	errno = ENOSPC;
	assert_int_equal(error_errno(NULL, "x"), SIGNET_E_FULL);
}

static void arguments_may_be_the_error_itself(void **state)
{
	(void)state;
	struct error err;
	error_set(&err, SIGNET_E_IO, "inner");
	error_detail(&err, "deep");
	error_set(&err, SIGNET_E_CONFIG, "outer %s (%s)", err.message, err.detail);
	assert_string_equal(err.message, "outer inner (deep)");
	error_prefix(&err, "again %s", err.message);
	assert_string_equal(err.message, "again outer inner (deep): outer inner (deep)");
	error_detail(&err, "%s", err.message);
	error_detail(&err, "<%s>", err.detail);
	assert_string_equal(err.detail, "<again outer inner (deep): outer inner (deep)>");
}

static void prefix_keeps_code_and_detail(void **state)
{
	(void)state;
	struct error err;
	error_set(&err, SIGNET_E_BAD_KEY, "off its curve");
	error_detail(&err, "P-256");
	assert_int_equal(error_prefix(&err, "key %d", 7), SIGNET_E_BAD_KEY);
	assert_int_equal(err.code, SIGNET_E_BAD_KEY);
	assert_string_equal(err.message, "key 7: off its curve");
	assert_string_equal(err.detail, "P-256");
}

static void long_texts_are_cut(void **state)
{
	(void)state;
	struct error err;
	char text[2000];
	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	error_set(&err, SIGNET_E_IO, "%s", text);
	assert_int_equal(strlen(err.message), ERROR_MESSAGE_MAX - 1);
	error_detail(&err, "%s", text);
	assert_int_equal(strlen(err.detail), ERROR_DETAIL_MAX - 1);
	error_prefix(&err, "prefix");
	assert_int_equal(strlen(err.message), ERROR_MESSAGE_MAX - 1);
	assert_memory_equal(err.message, "prefix: aaa", 11);
	for (size_t length = ERROR_MESSAGE_MAX - 4; length < ERROR_MESSAGE_MAX + 2; length++) {
		error_set(&err, SIGNET_E_IO, "message");
		error_prefix(&err, "%.*s", (int)length, text);
		assert_in_range(strlen(err.message), ERROR_MESSAGE_MAX - 4, ERROR_MESSAGE_MAX - 1);
		assert_memory_equal(err.message, text, ERROR_MESSAGE_MAX - 4);
	}
}

static void cut_texts_stay_utf8(void **state)
{
	(void)state;
	static const char *const characters[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x94\x91"};
	for (size_t c = 0; c < 3; c++) {
		size_t n = strlen(characters[c]);
		for (size_t before = 0; before < n; before++) {
			struct error err;
			char text[2 * ERROR_MESSAGE_MAX + 8] = "aaaa";
			for (size_t at = before; at < ERROR_MESSAGE_MAX + 1; at += n)
				memcpy(text + at, characters[c], n + 1);
			error_set(&err, SIGNET_E_IO, "%s", text);
			assert_true(text_is_utf8(bytes_text(err.message)));
			assert_in_range(strlen(err.message), ERROR_MESSAGE_MAX - n, ERROR_MESSAGE_MAX - 1);
			error_set(&err, SIGNET_E_IO, "%.20s", "x");
			error_prefix(&err, "%s", text);
			assert_true(text_is_utf8(bytes_text(err.message)));
		}
	}
}

static void cut_texts_that_are_not_utf8_end_somewhere(void **state)
{
	(void)state;
	struct error err;
	char text[ERROR_MESSAGE_MAX + 100];
	memset(text, 0x80, sizeof text - 1);
	text[sizeof text - 1] = '\0';
	error_set(&err, SIGNET_E_IO, "%s", text);
	assert_in_range(strlen(err.message), ERROR_MESSAGE_MAX - 5, ERROR_MESSAGE_MAX - 1);
	memset(text, 0xff, sizeof text - 1);
	error_set(&err, SIGNET_E_IO, "%s", text);
	assert_in_range(strlen(err.message), ERROR_MESSAGE_MAX - 5, ERROR_MESSAGE_MAX - 1);
}

static void errno_becomes_a_code(void **state)
{
	(void)state;
	static const struct {
		int number, code;
	} cases[] = {{ENOSPC, SIGNET_E_FULL}, {EDQUOT, SIGNET_E_FULL}, {ENOMEM, SIGNET_E_NOMEM},
	             {ENOENT, SIGNET_E_IO}, {EACCES, SIGNET_E_IO}, {EIO, SIGNET_E_IO}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err;
		char wanted[256];
		snprintf(wanted, sizeof wanted, "f.pem: %s", strerror(cases[i].number));
		errno = cases[i].number;
		assert_int_equal(error_errno(&err, "%s", "f.pem"), cases[i].code);
		assert_int_equal(err.code, cases[i].code);
		assert_string_equal(err.message, wanted);
	}
}

static void each_code_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int a = 0; a >= SIGNET_E_INTERNAL; a--) {
		assert_string_not_equal(error_name(a), "unknown");
		for (int b = 0; b > a; b--)
			assert_string_not_equal(error_name(a), error_name(b));
	}
	assert_string_equal(error_name(0), "ok");
	assert_string_equal(error_name(SIGNET_E_BAD_KEY), "bad-key");
	assert_string_equal(error_name(SIGNET_E_INTERNAL), "internal");
	assert_string_equal(error_name(SIGNET_E_INTERNAL - 1), "unknown");
	assert_string_equal(error_name(1), "unknown");
	assert_string_equal(error_name(INT32_MIN), "unknown");
	assert_string_equal(error_name(INT32_MAX), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_fills_all_of_it),
		cmocka_unit_test(null_is_taken),
		cmocka_unit_test(arguments_may_be_the_error_itself),
		cmocka_unit_test(prefix_keeps_code_and_detail),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(cut_texts_stay_utf8),
		cmocka_unit_test(cut_texts_that_are_not_utf8_end_somewhere),
		cmocka_unit_test(errno_becomes_a_code),
		cmocka_unit_test(each_code_has_a_name_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
