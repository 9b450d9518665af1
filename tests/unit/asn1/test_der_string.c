#include "tests/unit/asn1/hex.h"

#include "asn1/der_string.h"

static int check(uint8_t tag, struct bytes content, size_t *characters)
{
	struct bytes sample = exact(content);
	int result = der_string_check(tag, sample, characters);
	const char *text = der_string_text(arena, tag, sample);
	assert_true((result == 0) == (text != NULL));
	exact_free(sample);
	return result;
}

static int check_text(uint8_t tag, const char *text)
{
	return check(tag, bytes_text(text), NULL);
}

static void only_string_types_are_strings(void **state)
{
	(void)state;
	static const uint8_t strings[] = {0x0c, 0x12, 0x13, 0x14, 0x16, 0x1a, 0x1c, 0x1e};
	size_t found = 0;
	for (unsigned tag = 0; tag < 256; tag++) {
		bool is_string = memchr(strings, (int)tag, sizeof strings) != NULL;
		assert_int_equal(der_is_string((uint8_t)tag), is_string);
		found += is_string;
		if (!is_string)
			assert_int_equal(check_text((uint8_t)tag, "a"), SIGNET_E_INVALID);
	}
	assert_int_equal(found, sizeof strings);
}

static void printable_strings_have_74_characters(void **state)
{
	(void)state;
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "0123456789 '()+,-./:=?";
	for (unsigned c = 0; c < 256; c++) {
		uint8_t octet = (uint8_t)c;
		int result = check(DER_PRINTABLE_STRING, bytes_make(&octet, 1), NULL);
		assert_int_equal(result, c && c < 128 && strchr(allowed, (int)c) ? 0
		                                                                  : SIGNET_E_INVALID);
	}
}

static void single_octet_types_have_no_controls(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		uint8_t octet = (uint8_t)c;
		struct bytes one = bytes_make(&octet, 1);
		bool ascii = c >= 0x20 && c < 0x7f;
		bool latin = ascii || c >= 0xa0;
		bool numeric = c == ' ' || (c >= '0' && c <= '9');
		assert_true((check(DER_IA5_STRING, one, NULL) == 0) == ascii);
		assert_true((check(DER_VISIBLE_STRING, one, NULL) == 0) == ascii);
		assert_true((check(DER_UTF8_STRING, one, NULL) == 0) == ascii);
		assert_true((check(DER_T61_STRING, one, NULL) == 0) == latin);
		assert_true((check(DER_NUMERIC_STRING, one, NULL) == 0) == numeric);
	}
}

static void utf8_is_strict(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"\xc0\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
		"\xf8\x88\x80\x80\x80", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\x80",
		"\xbf", "a\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3(", "\xfe", "\xff", "\xc2\x9f",
		"a\r", "\x01",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(check_text(DER_UTF8_STRING, bad[i]), SIGNET_E_INVALID);
	size_t characters = 0;
	assert_int_equal(check(DER_UTF8_STRING, bytes_text("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
	                       &characters), 0);
	assert_int_equal(characters, 4);
	assert_int_equal(check(DER_UTF8_STRING, BYTES_NONE, NULL), SIGNET_E_INVALID);
	assert_int_equal(check(DER_UTF8_STRING, bytes_make("a\0b", 3), NULL), SIGNET_E_INVALID);
}

static void wide_strings_are_whole_characters(void **state)
{
	(void)state;
	assert_int_equal(check(DER_BMP_STRING, hex("0061 20ac"), NULL), 0);
	assert_int_equal(check(DER_UNIVERSAL_STRING, hex("0001f600"), NULL), 0);
	static const char *const bmp[] = {"61", "006100", "0000", "d800", "dfff", "d83dde00", "0085"};
	static const char *const universal[] = {"000061", "0000006100", "00000000", "0000d800",
	                                        "00110000", "ffffffff", "80000061"};
	for (size_t i = 0; i < sizeof bmp / sizeof *bmp; i++)
		assert_int_equal(check(DER_BMP_STRING, hex(bmp[i]), NULL), SIGNET_E_INVALID);
	for (size_t i = 0; i < sizeof universal / sizeof *universal; i++)
		assert_int_equal(check(DER_UNIVERSAL_STRING, hex(universal[i]), NULL),
		                 SIGNET_E_INVALID);
}

static void text_is_utf8(void **state)
{
	(void)state;
	assert_string_equal(der_string_text(arena, DER_T61_STRING, hex("42e472")), "B\xc3\xa4r");
	assert_string_equal(der_string_text(arena, DER_BMP_STRING, hex("0042 00e4 20ac")),
	                    "B\xc3\xa4\xe2\x82\xac");
	assert_string_equal(der_string_text(arena, DER_UNIVERSAL_STRING, hex("0001f600 000007ff")),
	                    "\xf0\x9f\x98\x80\xdf\xbf");
	assert_string_equal(der_string_text(arena, DER_PRINTABLE_STRING, bytes_text("abc")), "abc");
	struct arena *small = arena_new(8);
	assert_null(der_string_text(small, DER_UTF8_STRING, bytes_text("abc")));
	arena_free(small);
}

static void characters_are_taken_one_by_one(void **state)
{
	(void)state;
	struct bytes rest = hex("c3bc 41 00 42");
	uint32_t c = 0;
	assert_true(der_string_next(DER_UTF8_STRING, &rest, &c));
	assert_int_equal(c, 0xfc);
	assert_true(der_string_next(DER_UTF8_STRING, &rest, &c));
	assert_int_equal(c, 'A');
	/* NUL is none of the type */
	assert_false(der_string_next(DER_UTF8_STRING, &rest, &c));
	assert_int_equal(rest.length, 2);
	rest = BYTES_NONE;
	assert_false(der_string_next(DER_BMP_STRING, &rest, &c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_string_types_are_strings),
		cmocka_unit_test(printable_strings_have_74_characters),
		cmocka_unit_test(single_octet_types_have_no_controls),
		cmocka_unit_test(utf8_is_strict),
		cmocka_unit_test(wide_strings_are_whole_characters),
		cmocka_unit_test(text_is_utf8),
		cmocka_unit_test(characters_are_taken_one_by_one),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
