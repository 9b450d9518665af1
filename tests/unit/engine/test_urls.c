#include "profile_world.h"

#include <stdlib.h>

#include "engine/urls.h"

static int read_list(const char *text, const char ***list, size_t *count, struct error *err)
{
	struct conf *conf;
	assert_int_equal(conf_parse(&conf, "test.yaml", bytes_text(text), err), 0);
	int result = urls_read(conf_find(conf_root(conf), "u"), list, count, err);
	if (result == 0 && *count) /* the strings go with the document */
		assert_int_equal(strncmp((*list)[0], "http", 4), 0);
	conf_free(conf);
	return result;
}

static void lists_and_single_ones_are_read(void **state)
{
	(void)state;
	const char **list;
	size_t count;
	struct error err = {0};
	assert_int_equal(read_list("u: ['http://a/', 'https://b/']", &list, &count, &err), 0);
	assert_int_equal(count, 2);
	free(list);
	assert_int_equal(read_list("u: 'http://a/'", &list, &count, &err), 0);
	assert_int_equal(count, 1);
	free(list);
}

static void none_is_an_empty_list(void **state)
{
	(void)state;
	static const char *const texts[] = {"u: none", "u: []", "u: ", "x: y"};
	const char **list;
	size_t count;
	struct error err = {0};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		count = 9;
		assert_int_equal(read_list(texts[i], &list, &count, &err), 0);
		assert_int_equal(count, 0);
		assert_null(list);
	}
}

static void mistakes_are_named(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"u: example.com", "test.yaml:1: u: uri name \"example.com\": not an absolute URI"},
		{"u: ['http://a/', none]", "test.yaml:1: u: uri name \"none\": not an absolute URI"},
		{"u: {a: b}", "test.yaml:1: u: must be a list, not a map"},
		{"u: ['a:1','a:2','a:3','a:4','a:5','a:6','a:7','a:8','a:9']",
		 "test.yaml:1: u: more than 8 URLs"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char **list = NULL;
		size_t count;
		struct error err = {0};
		assert_int_equal(read_list(cases[i][0], &list, &count, &err), SIGNET_E_CONFIG);
		assert_string_equal(err.message, cases[i][1]);
		assert_null(list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_and_single_ones_are_read),
		cmocka_unit_test(none_is_an_empty_list),
		cmocka_unit_test(mistakes_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
