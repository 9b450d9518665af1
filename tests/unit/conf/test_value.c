#include "tests/unit/conf/document.h"

#include <stdio.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* "v: VALUE" as a document; its node v */
static struct conf *document;

static const struct conf_node *value(const char *text)
{
	char line[512];
	conf_free(document);
	document = NULL;
	snprintf(line, sizeof line, "# line 1\nv: %s\n", text);
	document = parse(line);
	return conf_find(conf_root(document), "v");
}

static int drop_document(void **state)
{
	(void)state;
	conf_free(document);
	document = NULL;
	return 0;
}

static void text_is_a_single_value(void **state)
{
	(void)state;
	struct error err = {0};
	const char *out = "before";
	assert_int_equal(conf_text(value("a text"), &out, &err), 0);
	assert_string_equal(out, "a text");
	assert_int_equal(conf_text(value("\"\""), &out, &err), 0);
	assert_string_equal(out, "");
	assert_int_equal(conf_text(value("'null'"), &out, &err), 0);
	assert_string_equal(out, "null");
	out = "before";
	assert_int_equal(conf_text(value("[a]"), &out, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:2: v: must be a single value, not a list");
	assert_int_equal(conf_text(value("{a: b}"), &out, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:2: v: must be a single value, not a map");
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
	for (size_t i = 0; i < COUNT(nulls); i++) {
		assert_int_equal(conf_text(value(nulls[i]), &out, &err), SIGNET_E_CONFIG);
		assert_string_equal(err.message, "t.yaml:2: v: a value is missing");
	}
	assert_string_equal(out, "before");
}

static void integers_within_their_range(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t value;
	} good[] = {{"0", 0}, {"-0", 0}, {"7", 7}, {"-7", -7}, {"\"12\"", 12},
	            {"9223372036854775807", INT64_MAX}, {"-9223372036854775808", INT64_MIN}};
	static const char *const bad[] = {"x", "1x", "+1", "1.0", "1e3", "0x10", "010", "--1", "\"-\"",
	                                  "\"\"", "\" 1\"", "1 2", "9223372036854775808",
	                                  "-9223372036854775809", "18446744073709551617",
	                                  "99999999999999999999999999"};
	struct error err = {0};
	int64_t v = 42;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(conf_integer(value(good[i].text), INT64_MIN, INT64_MAX, &v, &err), 0);
		assert_true(v == good[i].value);
	}
	v = 42;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (conf_integer(value(bad[i]), INT64_MIN, INT64_MAX, &v, &err) != SIGNET_E_CONFIG)
			fail_msg("'%s' is taken", bad[i]);
		assert_int_equal(v, 42);
	}
	assert_int_equal(conf_integer(value("1"), 1, 65535, &v, &err), 0);
	assert_int_equal(conf_integer(value("65535"), 1, 65535, &v, &err), 0);
	assert_int_equal(conf_integer(value("0"), 1, 65535, &v, &err), SIGNET_E_CONFIG);
	assert_int_equal(conf_integer(value("65536"), 1, 65535, &v, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:2: v: '65536' is not a whole number from 1 to 65535");
	assert_int_equal(conf_integer(value("[1]"), 1, 2, &v, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:2: v: must be a single value, not a list");
}

static void booleans_are_true_and_false(void **state)
{
	(void)state;
	static const char *const bad[] = {"yes", "no", "on", "True", "TRUE", "1", "0", "\"\""};
	struct error err = {0};
	bool v = false;
	assert_int_equal(conf_boolean(value("true"), &v, &err), 0);
	assert_true(v);
	assert_int_equal(conf_boolean(value("false"), &v, &err), 0);
	assert_false(v);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(conf_boolean(value(bad[i]), &v, &err), SIGNET_E_CONFIG);
	assert_int_equal(conf_boolean(value("yes"), &v, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:2: v: 'yes' is not false or true");
	assert_int_equal(conf_boolean(value(""), &v, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:2: v: a value is missing");
}

static void durations_have_units(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = {{"0", 0}, {"0s", 0}, {"45s", 45}, {"90d", 7776000}, {"1h30m", 5400},
	            {"2w", 1209600}, {"1w1d1h1m1s", 694861}, {"10m30s", 630}, {"36525d", 3155760000},
	            {"100s", 100}};
	static const char *const bad[] = {
		"1", "90", "d", "1y", "1D", "1h 30m", "30m1h", "1h1h", "1hm", "h1", "1h30", "-1d", "+1d",
		"1.5h", "01h", "00", "\"\"", "1d ?", "36526d", "36525d1s", "9223372036854775807w",
		"99999999999999999999s", "1s1", "0x1s", "1w2w"};
	struct error err = {0};
	int64_t v = 42;
	for (size_t i = 0; i < COUNT(good); i++) {
		if (conf_duration(value(good[i].text), &v, &err))
			fail_msg("%s", err.message);
		assert_true(v == good[i].seconds);
	}
	v = 42;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (conf_duration(value(bad[i]), &v, &err) != SIGNET_E_CONFIG)
			fail_msg("'%s' is taken", bad[i]);
		assert_int_equal(v, 42);
	}
	assert_int_equal(conf_duration(value("90"), &v, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:2: v: '90' is not a duration such as 90d, 1h30m or "
	                                 "45s, of at most 100 years");
	assert_int_equal(conf_duration(value("{}"), &v, &err), SIGNET_E_CONFIG);
}

static void sizes_have_letters(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t octets;
	} good[] = {{"0", 0}, {"4096", 4096}, {"64k", 65536}, {"1M", 1048576},
	            {"2G", UINT64_C(2147483648)}, {"18446744073709551615", UINT64_MAX},
	            {"17179869183G", UINT64_C(17179869183) << 30}};
	static const char *const bad[] = {"k", "64K", "64kB", "1T", "-1", "+1", "1.5M", "1 M", "01k",
	                                  "18446744073709551616", "17179869184G", "\"\"", "1kk"};
	struct error err = {0};
	uint64_t v = 42;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(conf_size(value(good[i].text), &v, &err), 0);
		assert_true(v == good[i].octets);
	}
	v = 42;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (conf_size(value(bad[i]), &v, &err) != SIGNET_E_CONFIG)
			fail_msg("'%s' is taken", bad[i]);
		assert_int_equal(v, 42);
	}
	assert_int_equal(conf_size(value("64K"), &v, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message,
	                    "t.yaml:2: v: '64K' is not a size such as 4096, 64k, 1M or 2G");
}

static void choices_are_listed(void **state)
{
	(void)state;
	static const char *const words[] = {"pem", "der", "both", NULL};
	static const char *const one[] = {"only", NULL};
	struct error err = {0};
	int at = -1;
	assert_int_equal(conf_choice(value("pem"), words, &at, &err), 0);
	assert_int_equal(at, 0);
	assert_int_equal(conf_choice(value("both"), words, &at, &err), 0);
	assert_int_equal(at, 2);
	assert_int_equal(conf_choice(value("PEM"), words, &at, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:2: v: 'PEM' is not pem, der or both");
	assert_int_equal(conf_choice(value("x"), one, &at, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:2: v: 'x' is not only");
	assert_int_equal(at, 2);
}

static void what_is_quoted_in_messages_is_tame(void **state)
{
	(void)state;
	static const char *const words[] = {"a", NULL};
	struct error err = {0};
	int at;
	assert_int_equal(conf_choice(value("\"x\\ny\\x7f\\x1b[2J\""), words, &at, &err),
	                 SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:2: v: 'x?y??[2J' is not a");
	assert_int_equal(conf_choice(value("0123456789012345678901234567890123456789012345678901234"
	                                   "5678901234567890"), words, &at, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:2: v: '0123456789012345678901234567890123456789012"
	                                 "3456789012345678901234567...' is not a");
	/* two octets each: cut between characters */
	assert_int_equal(conf_choice(value("xéééééééééééééééééééééééééééééééééééé"), words, &at, &err),
	                 SIGNET_E_CONFIG);
	assert_string_equal(err.message,
	                    "t.yaml:2: v: 'xééééééééééééééééééééééééééééééééé...' is not a");
}

static void assert_list(const char *text, size_t count, const char *first, const char *last)
{
	struct error err = {0};
	const char **list = NULL;
	size_t n = 99;
	assert_int_equal(conf_text_list(value(text), &list, &n, &err), 0);
	assert_int_equal(n, count);
	assert_null(list[n]);
	if (n) {
		assert_string_equal(list[0], first);
		assert_string_equal(list[n - 1], last);
	}
	free(list);
}

static void lists_of_texts(void **state)
{
	(void)state;
	assert_list("[a, b, c]", 3, "a", "c");
	assert_list("\n  - a\n  - 'b c'", 2, "a", "b c");
	assert_list("alone", 1, "alone", "alone");
	assert_list("''", 1, "", "");
	assert_list("[]", 0, NULL, NULL);
	assert_list("", 0, NULL, NULL);
	assert_list("['']", 1, "", "");
	struct error err = {0};
	const char **list = NULL;
	size_t n;
	assert_int_equal(conf_text_list(value("\n  - a\n  - [b]"), &list, &n, &err),
	                 SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:4: v: must be a single value, not a list");
	assert_int_equal(conf_text_list(value("[a, ~]"), &list, &n, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:2: v: a value is missing");
	assert_int_equal(conf_text_list(value("{a: b}"), &list, &n, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:2: v: must be a list, not a map");
	assert_null(list);
}

static void get_takes_the_default_for_a_missing_key(void **state)
{
	(void)state;
	struct error err = {0};
	const struct conf_node *map = value("{}");
	const char *text = NULL;
	int64_t number = 0, seconds = 0;
	uint64_t octets = 0;
	bool truth = false;
	for (int i = 0; i < 2; i++, map = NULL) { /* a map without them, and none */
		assert_int_equal(conf_get_text(map, "k", "d", &text, &err), 0);
		assert_string_equal(text, "d");
		assert_int_equal(conf_get_text(map, "k", NULL, &text, &err), 0);
		assert_null(text);
		/* the default need not be in the range: it may mean "not set" */
		assert_int_equal(conf_get_integer(map, "k", 1, 2, -1, &number, &err), 0);
		assert_int_equal(number, -1);
		assert_int_equal(conf_get_boolean(map, "k", true, &truth, &err), 0);
		assert_true(truth);
		assert_int_equal(conf_get_duration(map, "k", 60, &seconds, &err), 0);
		assert_int_equal(seconds, 60);
		assert_int_equal(conf_get_size(map, "k", 4096, &octets, &err), 0);
		assert_int_equal(octets, 4096);
	}
}

static void get_reads_what_is_there(void **state)
{
	(void)state;
	struct error err = {0};
	const struct conf_node *map = value("{t: x, i: 2, b: false, d: 1m, s: 1k}");
	const char *text = NULL;
	int64_t number = 0, seconds = 0;
	uint64_t octets = 0;
	bool truth = true;
	assert_int_equal(conf_get_text(map, "t", "d", &text, &err), 0);
	assert_string_equal(text, "x");
	assert_int_equal(conf_get_integer(map, "i", 1, 2, 1, &number, &err), 0);
	assert_int_equal(number, 2);
	assert_int_equal(conf_get_boolean(map, "b", true, &truth, &err), 0);
	assert_false(truth);
	assert_int_equal(conf_get_duration(map, "d", 1, &seconds, &err), 0);
	assert_int_equal(seconds, 60);
	assert_int_equal(conf_get_size(map, "s", 1, &octets, &err), 0);
	assert_int_equal(octets, 1024);
}

static void get_refuses_what_is_bad(void **state)
{
	(void)state;
	struct error err = {0};
	const struct conf_node *map = value("{t: , i: 3, b: maybe, d: 5, s: 1X}");
	const char *text = NULL;
	int64_t number = 0;
	uint64_t octets = 0;
	bool truth = true;
	assert_int_equal(conf_get_text(map, "t", "d", &text, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:2: v.t: a value is missing");
	assert_int_equal(conf_get_integer(map, "i", 1, 2, 1, &number, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:2: v.i: '3' is not a whole number from 1 to 2");
	assert_int_equal(conf_get_boolean(map, "b", true, &truth, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:2: v.b: 'maybe' is not false or true");
	assert_int_equal(conf_get_duration(map, "d", 1, &number, &err), SIGNET_E_CONFIG);
	assert_memory_equal(err.message, "t.yaml:2: v.d: '5' is not a duration", 36);
	assert_int_equal(conf_get_size(map, "s", 1, &octets, &err), SIGNET_E_CONFIG);
	assert_memory_equal(err.message, "t.yaml:2: v.s: '1X' is not a size", 33);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(text_is_a_single_value, drop_document),
		cmocka_unit_test_teardown(integers_within_their_range, drop_document),
		cmocka_unit_test_teardown(booleans_are_true_and_false, drop_document),
		cmocka_unit_test_teardown(durations_have_units, drop_document),
		cmocka_unit_test_teardown(sizes_have_letters, drop_document),
		cmocka_unit_test_teardown(choices_are_listed, drop_document),
		cmocka_unit_test_teardown(what_is_quoted_in_messages_is_tame, drop_document),
		cmocka_unit_test_teardown(lists_of_texts, drop_document),
		cmocka_unit_test_teardown(get_takes_the_default_for_a_missing_key, drop_document),
		cmocka_unit_test_teardown(get_reads_what_is_there, drop_document),
		cmocka_unit_test_teardown(get_refuses_what_is_bad, drop_document),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
