#include "base/unicode.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool is_mixed(const char *word)
{
	return unicode_is_mixed(bytes_text(word));
}

static unsigned odd(const char *text)
{
	return unicode_oddities(bytes_text(text));
}

static void words_of_one_script_are_not_mixed(void **state)
{
	(void)state;
	assert_false(is_mixed(""));
	assert_false(is_mixed("paypal-2"));
	assert_false(is_mixed("bücher"));
	assert_false(is_mixed("россия"));
	assert_false(is_mixed("ελλάδα2"));
	assert_false(is_mixed("東京タワーabc"));
	assert_false(is_mixed("대한민국大"));
}

static void homographs_are_mixed(void **state)
{
	(void)state;
	assert_true(is_mixed("p\xd0\xb0ypal"));   /* Cyrillic a */
	assert_true(is_mixed("g\xce\xbfogle"));   /* Greek omicron */
	assert_true(is_mixed("россuя"));          /* Latin u */
	assert_true(is_mixed("タワー대"));        /* no language mixes these */
	assert_true(is_mixed("\xff"));
	assert_true(is_mixed("a\xc3"));
}

static void ordinary_text_is_not_odd(void **state)
{
	(void)state;
	assert_int_equal(odd("Example Ltd, (R)"), 0);
	assert_int_equal(odd("Bücher & Söhne"), 0);
	assert_int_equal(odd("IBM Россия"), 0);
	assert_int_equal(odd("IBM-Россия"), 0);
	assert_int_equal(odd("株式会社トヨタ ABC"), 0);
	assert_int_equal(odd(""), 0);
}

static void mixed_words_are_found_among_others(void **state)
{
	(void)state;
	assert_int_equal(odd("Ex\xd0\xb0mple Ltd"), UNICODE_MIXED);
	assert_int_equal(odd("The P\xd0\xb0ypal Inc"), UNICODE_MIXED);
	assert_int_equal(odd("Inc P\xd0\xb0ypal"), UNICODE_MIXED);
}

static void invisible_characters_are_found(void **state)
{
	static const char *const texts[] = {
		"a\xe2\x80\x8b" "b",     /* zero width space */
		"a\xe2\x80\xae" "b",     /* right-to-left override */
		"a\xc2\xad" "b",         /* soft hyphen */
		"a\xe3\x85\xa4" "b",     /* hangul filler */
		"a\xef\xb8\x8f",         /* variation selector */
		"a\xf3\xa0\x81\x81",     /* tag */
		"\xef\xbb\xbf" "a",      /* byte order mark */
	};
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_true(odd(texts[i]) & UNICODE_INVISIBLE);
}

static void invisible_characters_do_not_part_words(void **state)
{
	(void)state;
	assert_int_equal(odd("p\xe2\x80\x8b\xd0\xb0y"), UNICODE_INVISIBLE | UNICODE_MIXED);
}

static void private_and_unassigned_characters_are_found(void **state)
{
	(void)state;
	assert_true(odd("a\xee\x80\x80") & UNICODE_UNASSIGNED);     /* U+E000 */
	assert_true(odd("a\xef\xbf\xbe") & UNICODE_UNASSIGNED);     /* U+FFFE */
	assert_true(odd("a\x07") & UNICODE_UNASSIGNED);
	assert_true(odd("a\xc2\x85") & UNICODE_UNASSIGNED);         /* a C1 control */
}

static void other_blanks_are_found(void **state)
{
	(void)state;
	assert_int_equal(odd("a\xc2\xa0" "b"), UNICODE_BLANK);      /* no-break space */
	assert_int_equal(odd("a\xe3\x80\x80" "b"), UNICODE_BLANK);  /* ideographic space */
	assert_int_equal(odd("a\xe2\x80\xa8" "b"), UNICODE_BLANK);  /* line separator */
}

static void decomposed_text_is_found(void **state)
{
	char text[2048];
	(void)state;
	assert_int_equal(odd("u\xcc\x88" "ber"), UNICODE_DECOMPOSED);
	assert_int_equal(odd("\xc3\xbc" "ber"), 0);
	/* longer than what is kept at hand */
	for (size_t i = 0; i + 2 < sizeof text; i += 2)
		memcpy(text + i, "\xc3\xbc", 2);
	text[sizeof text - 2] = '\0';
	assert_int_equal(odd(text), 0);
	memcpy(text, "a\xcc\x88", 3);
	memcpy(text + 3, "x", 1);
	assert_true(odd(text) & UNICODE_DECOMPOSED);
}

static void what_is_not_utf8_is_all_of_it(void **state)
{
	(void)state;
	const unsigned all = UNICODE_MIXED | UNICODE_INVISIBLE | UNICODE_UNASSIGNED |
	                     UNICODE_BLANK | UNICODE_DECOMPOSED;
	assert_int_equal(odd("a\xff"), all);
	assert_int_equal(odd("\xed\xa0\x80"), all);
	assert_int_equal(odd("\xc0\xaf"), all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_one_script_are_not_mixed),
		cmocka_unit_test(homographs_are_mixed),
		cmocka_unit_test(ordinary_text_is_not_odd),
		cmocka_unit_test(mixed_words_are_found_among_others),
		cmocka_unit_test(invisible_characters_are_found),
		cmocka_unit_test(invisible_characters_do_not_part_words),
		cmocka_unit_test(private_and_unassigned_characters_are_found),
		cmocka_unit_test(other_blanks_are_found),
		cmocka_unit_test(decomposed_text_is_found),
		cmocka_unit_test(what_is_not_utf8_is_all_of_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
