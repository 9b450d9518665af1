#include "tests/unit/conf/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/limits.h"

static const char *text_of(const struct conf *conf, const char *key)
{
	struct error err = {0};
	const char *text = NULL;
	if (conf_text(conf_find(conf_root(conf), key), &text, &err))
		fail_msg("%s", err.message);
	return text;
}

static void empty_texts_are_empty_maps(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "\n\n", "# only a comment", "---\n", "--- ~\n",
	                                    "---\n...\n", "{}", "\xef\xbb\xbf"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct conf *conf = parse(texts[i]);
		assert_int_equal(conf_kind(conf_root(conf)), CONF_MAP);
		assert_int_equal(conf_count(conf_root(conf)), 0);
		conf_free(conf);
	}
	struct conf *conf = NULL;
	assert_int_equal(conf_parse(&conf, "t", BYTES_NONE, NULL), 0);
	conf_free(conf);
}

static void scalars_of_all_styles(void **state)
{
	(void)state;
	struct conf *conf = parse("%YAML 1.1\n---\nplain: a b # comment\nsingle: 'it''s'\n"
	                          "double: \"t\\tb \\u00e9\"\nliteral: |\n  1\n  2\n"
	                          "folded: >-\n  1\n  2\nempty: ''\nquoted: \"~\"\n"
	                          "\"key two\": \xc3\xa9\n");
	assert_string_equal(text_of(conf, "plain"), "a b");
	assert_string_equal(text_of(conf, "single"), "it's");
	assert_string_equal(text_of(conf, "double"), "t\tb \xc3\xa9");
	assert_string_equal(text_of(conf, "literal"), "1\n2\n");
	assert_string_equal(text_of(conf, "folded"), "1 2");
	assert_string_equal(text_of(conf, "empty"), "");
	assert_string_equal(text_of(conf, "quoted"), "~");
	assert_string_equal(text_of(conf, "key two"), "\xc3\xa9");
	conf_free(conf);
}

static void byte_order_mark_is_skipped(void **state)
{
	(void)state;
	struct conf *conf = parse("\xef\xbb\xbf" "a: x\n");
	assert_string_equal(text_of(conf, "a"), "x");
	conf_free(conf);
}

static void duplicate_keys_are_refused(void **state)
{
	(void)state;
	assert_refused("a: 1\nb: 2\na: 3\n",
	               "t.yaml:3: a: duplicate key, it stands on line 1 already");
	assert_refused("m:\n  {x: 1,\n  \"x\": 2}\n",
	               "t.yaml:3: m.x: duplicate key, it stands on line 2 already");
	struct conf *conf = parse("a: {x: 1}\nb: {x: 2}\nl: [{x: 1}, {x: 1}]\n"); /* not the same */
	conf_free(conf);
}

static void anchors_aliases_and_tags_are_refused(void **state)
{
	(void)state;
	assert_refused("a: &x 1\n", "t.yaml:1: anchors are not supported");
	assert_refused("a:\n  b: &x [1]\n", "t.yaml:2: a: anchors are not supported");
	assert_refused("a: &x {b: 1}\n", "t.yaml:1: anchors are not supported");
	assert_refused("&x a: 1\n", "t.yaml:1: anchors are not supported");
	assert_refused("a: *x\n", "t.yaml:1: aliases are not supported");
	assert_refused("a: {<<: *x}\n", "t.yaml:1: a: aliases are not supported");
	assert_refused("a: !!str 1\n", "t.yaml:1: tags are not supported");
	assert_refused("a: ! 1\n", "t.yaml:1: tags are not supported");
	assert_refused("a: !x [1]\n", "t.yaml:1: tags are not supported");
	assert_refused("--- !x\na: 1\n", "t.yaml:1: tags are not supported");
	assert_refused("%TAG !e! tag:e,2000:\n---\na: 1\n", "t.yaml:1: tags are not supported");
}

static void alias_bomb_is_refused_at_its_first_anchor(void **state)
{
	(void)state;
	assert_refused("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
	               "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n",
	               "t.yaml:1: anchors are not supported");
}

static void second_document_is_refused(void **state)
{
	(void)state;
	assert_refused("a: 1\n---\nb: 2\n", "t.yaml:2: more than one document in the file");
	assert_refused("---\n---\n", "t.yaml:2: more than one document in the file");
}

static void root_must_be_a_map(void **state)
{
	(void)state;
	assert_refused("- a\n", "t.yaml:1: the file must be a map of keys and values");
	assert_refused("\ntext\n", "t.yaml:2: the file must be a map of keys and values");
	assert_refused("''", "t.yaml:1: the file must be a map of keys and values");
}

static void keys_must_be_plain_values(void **state)
{
	(void)state;
	char text[LIMIT_CONFIG_KEY + 8];
	assert_refused("? [a]\n: 1\n", "t.yaml:1: a key must be a single value");
	assert_refused("m:\n  {a: 1}: 1\n", "t.yaml:2: m: a key must be a single value");
	assert_refused("'': 1\n", "t.yaml:1: a key is empty");
	assert_refused("? \n: 1\n", "t.yaml:1: a key is empty");
	assert_refused("\"a\\nb\": 1\n", "t.yaml:1: a key contains a control character");
	assert_refused("\"a\\x7f\": 1\n", "t.yaml:1: a key contains a control character");
	snprintf(text, sizeof text, "%0*d: x", LIMIT_CONFIG_KEY + 1, 0);
	assert_refused(text, "t.yaml:1: a key is longer than 128 octets");
	struct conf *conf = parse(text + 1);
	assert_int_equal(conf_count(conf_root(conf)), 1);
	conf_free(conf);
}

static void hostile_octets_are_refused(void **state)
{
	(void)state;
	assert_refused_bytes(bytes_make("a: 1\nb: \0\n", 10), "t.yaml:2: contains NUL");
	assert_refused("a: 1\n\nb: \xff\n", "t.yaml:3: not UTF-8");
	assert_refused("a: \xc0\xaf\n", "t.yaml:1: not UTF-8");     /* overlong */
	assert_refused("a: \xed\xa0\x80\n", "t.yaml:1: not UTF-8"); /* a surrogate */
	assert_refused("a: \xe2\x82", "t.yaml:1: not UTF-8");       /* cut off */
	assert_refused_bytes(bytes_make("\xff\xfe" "a\0", 4), "t.yaml:1: not UTF-8"); /* UTF-16 */
	assert_refused("a: 1\nb: \x01\n", "t.yaml:2: control characters are not allowed");
	assert_refused("a: 1\nb: \"x\\0y\"\n", "t.yaml:2: a value contains NUL or is not UTF-8");
	assert_refused("\"a\\0b\": 1\n", "t.yaml:1: a value contains NUL or is not UTF-8");
}

static void broken_texts_name_their_line(void **state)
{
	(void)state;
	static const struct {
		const char *text, *begin;
	} cases[] = {
		{"a: 1\nb: \"x\n", "t.yaml:3: "}, {"a: 1\nb: [1\nc: 2\n", "t.yaml:3: b: "},
		{"a: {b: 1", "t.yaml:2: a: "},    {"a:\n\t- b\n", "t.yaml:2: "},
		{"a: b: c\n", "t.yaml:1: "},      {"a: ]\n", "t.yaml:1: "},
		{"a: @x\n", "t.yaml:1: "},        {"a: 'x", "t.yaml:1: "},
		{"a: 1\n b: 2\n", "t.yaml:2: "},  {"a: \"\\q\"\n", "t.yaml:1: "},
		{"%YAML 2.0\n---\na: 1\n", "t.yaml:1: "}, {"- a\nb: 1\n", "t.yaml:1: "},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = {0};
		struct conf *conf = NULL;
		assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text(cases[i].text), &err),
		                 SIGNET_E_CONFIG);
		if (strncmp(err.message, cases[i].begin, strlen(cases[i].begin)) != 0)
			fail_msg("'%s' does not begin with '%s'", err.message, cases[i].begin);
		assert_true(strlen(err.message) > strlen(cases[i].begin));
	}
}

/* count times open, then close, behind "a: " */
static int parse_nested(int depth, const char *open, const char *close, struct error *err)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LIMIT_CONFIG_FILE);
	struct conf *conf = NULL;
	buffer_append_text(&text, "a: ");
	for (int i = 0; i < depth; i++)
		buffer_append_text(&text, open);
	for (int i = 0; i < depth; i++)
		buffer_append_text(&text, close);
	int result = conf_parse(&conf, "t.yaml", buffer_bytes(&text), err);
	conf_free(conf);
	return result;
}

static void nesting_has_a_limit(void **state)
{
	(void)state;
	struct error err = {0};
	assert_int_equal(parse_nested(LIMIT_CONFIG_DEPTH - 1, "[", "]", &err), 0);
	assert_int_equal(parse_nested(LIMIT_CONFIG_DEPTH, "[", "]", &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:1: a: nested deeper than 32");
	assert_int_equal(parse_nested(500000, "[", "]", &err), SIGNET_E_CONFIG);
	assert_int_equal(parse_nested(200000, "{b: ", "}", &err), SIGNET_E_CONFIG);
	assert_int_equal(parse_nested(500000, "[", "", &err), SIGNET_E_CONFIG);
	assert_int_equal(parse_nested(300000, "- ", "", &err), SIGNET_E_CONFIG);
	assert_int_equal(parse_nested(300000, "? ", "", &err), SIGNET_E_CONFIG);
}

static int parse_repeated(size_t count, const char *begin, const char *part, struct error *err)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(2 * LIMIT_CONFIG_FILE);
	struct conf *conf = NULL;
	buffer_append_text(&text, begin);
	for (size_t i = 0; i < count; i++)
		buffer_append_text(&text, part);
	assert_int_equal(text.error, 0);
	int result = conf_parse(&conf, "t.yaml", buffer_bytes(&text), err);
	conf_free(conf);
	return result;
}

static void values_have_a_limit(void **state)
{
	(void)state;
	struct error err = {0};
	/* the root and the list are two */
	assert_int_equal(parse_repeated(LIMIT_CONFIG_NODES - 2, "a:\n", "- x\n", &err), 0);
	assert_int_equal(parse_repeated(LIMIT_CONFIG_NODES - 1, "a:\n", "- x\n", &err),
	                 SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:100000: a: more than 100000 values");
}

static void file_has_a_limit(void **state)
{
	(void)state;
	struct error err = {0};
	assert_int_equal(parse_repeated(LIMIT_CONFIG_FILE - 2, "#", "x", &err), 0);
	assert_int_equal(parse_repeated(LIMIT_CONFIG_FILE - 4, "a: '", "x", &err),
	                 SIGNET_E_CONFIG); /* within the limit, but not closed */
	assert_int_equal(parse_repeated(LIMIT_CONFIG_FILE, "#", "x", &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:1: larger than 1048576 octets");
}

/* Escapes that are longer when they are read: the arena has room for them. */
static void one_value_may_fill_the_file(void **state)
{
	(void)state;
	struct error err = {0};
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LIMIT_CONFIG_FILE);
	size_t count = (LIMIT_CONFIG_FILE - 5) / 2;
	struct conf *conf = NULL;
	buffer_append_text(&text, "a: \"");
	for (size_t i = 0; i < count; i++)
		buffer_append_text(&text, "\\L");
	buffer_append_text(&text, "\"");
	assert_int_equal(conf_parse(&conf, "t.yaml", buffer_bytes(&text), &err), 0);
	assert_int_equal(strlen(text_of(conf, "a")), 3 * count);
	conf_free(conf);
}

static void load_reads_a_file(void **state)
{
	(void)state;
	char directory[] = "/tmp/signet-conf-XXXXXX", path[64], wanted[128];
	struct error err = {0};
	struct conf *conf = NULL;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/t.yaml", directory);
	assert_int_equal(conf_load(&conf, path, &err), SIGNET_E_CONFIG);
	snprintf(wanted, sizeof wanted, "%s: no such file", path);
	assert_string_equal(err.message, wanted);
	assert_int_equal(conf_load(&conf, directory, &err), SIGNET_E_CONFIG);
	assert_int_equal(file_write(path, bytes_text("a: x\nb: [\n"), 0600, FILE_REPLACE, &err), 0);
	assert_int_equal(conf_load(&conf, path, &err), SIGNET_E_CONFIG);
	snprintf(wanted, sizeof wanted, "%s:3: ", path);
	assert_memory_equal(err.message, wanted, strlen(wanted));
	assert_int_equal(file_write(path, bytes_text("a: x\n"), 0600, FILE_REPLACE, &err), 0);
	assert_int_equal(conf_load(&conf, path, &err), 0);
	assert_string_equal(text_of(conf, "a"), "x");
	conf_free(conf);
	conf = NULL;
	assert_int_equal(truncate(path, LIMIT_CONFIG_FILE + 1), 0);
	assert_int_equal(conf_load(&conf, path, &err), SIGNET_E_CONFIG);
	snprintf(wanted, sizeof wanted, "%s: larger than 1048576 octets", path);
	assert_string_equal(err.message, wanted);
	assert_null(conf);
	unlink(path);
	rmdir(directory);
}

static void free_takes_null(void **state)
{
	(void)state;
	conf_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_texts_are_empty_maps),
		cmocka_unit_test(scalars_of_all_styles),
		cmocka_unit_test(byte_order_mark_is_skipped),
		cmocka_unit_test(duplicate_keys_are_refused),
		cmocka_unit_test(anchors_aliases_and_tags_are_refused),
		cmocka_unit_test(alias_bomb_is_refused_at_its_first_anchor),
		cmocka_unit_test(second_document_is_refused),
		cmocka_unit_test(root_must_be_a_map),
		cmocka_unit_test(keys_must_be_plain_values),
		cmocka_unit_test(hostile_octets_are_refused),
		cmocka_unit_test(broken_texts_name_their_line),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(values_have_a_limit),
		cmocka_unit_test(file_has_a_limit),
		cmocka_unit_test(one_value_may_fill_the_file),
		cmocka_unit_test(load_reads_a_file),
		cmocka_unit_test(free_takes_null),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
