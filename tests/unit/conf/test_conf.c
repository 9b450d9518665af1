#include "tests/unit/conf/document.h"

#include <stdio.h>

static void nodes_know_their_place(void **state)
{
	(void)state;
	struct conf *conf = parse("b: 1\na:\n  - x\n  - {c: [1, 2], d: }\n");
	const struct conf_node *root = conf_root(conf), *list, *map;
	assert_int_equal(conf_kind(root), CONF_MAP);
	assert_string_equal(conf_key(root), "");
	assert_int_equal(conf_count(root), 2);
	assert_string_equal(conf_key(conf_item(root, 0)), "b"); /* in the order of the text */
	list = conf_find(root, "a");
	assert_ptr_equal(list, conf_item(root, 1));
	assert_int_equal(conf_kind(list), CONF_LIST);
	assert_int_equal(conf_count(list), 2);
	assert_null(conf_item(list, 2));
	assert_string_equal(conf_key(conf_item(list, 0)), "");
	assert_int_equal(conf_kind(conf_item(list, 0)), CONF_SCALAR);
	assert_int_equal(conf_count(conf_item(list, 0)), 0);
	map = conf_item(list, 1);
	assert_int_equal(conf_count(conf_find(map, "c")), 2);
	assert_int_equal(conf_kind(conf_find(map, "d")), CONF_SCALAR);
	conf_free(conf);
}

static void find_takes_anything(void **state)
{
	(void)state;
	struct conf *conf = parse("a: x\nb: [1]\nc: {}\n");
	const struct conf_node *root = conf_root(conf);
	assert_null(conf_find(NULL, "a"));
	assert_null(conf_find(root, "aa"));
	assert_null(conf_find(root, ""));
	assert_null(conf_find(conf_find(root, "a"), "x"));
	assert_null(conf_find(conf_find(root, "b"), "1"));
	assert_null(conf_find(conf_find(root, "c"), "c"));
	assert_int_equal(conf_count(conf_find(root, "c")), 0);
	assert_int_equal(conf_count(NULL), 0);
	conf_free(conf);
}

static void each_of_many_keys_is_found(void **state)
{
	(void)state;
	char text[16384];
	size_t length = 0;
	for (int i = 0; i < 1000; i++) /* 7 has no common divisor with 1000: in no sorted order */
		length += (size_t)snprintf(text + length, sizeof text - length, "k%d: %d\n",
		                           i * 7 % 1000, i);
	struct conf *conf = parse(text);
	for (int i = 0; i < 1000; i++) {
		char key[8];
		snprintf(key, sizeof key, "k%d", i * 7 % 1000);
		assert_ptr_equal(conf_find(conf_root(conf), key), conf_item(conf_root(conf), (size_t)i));
	}
	conf_free(conf);
}

static void error_names_file_line_and_keys(void **state)
{
	(void)state;
	struct error err = {0};
	struct conf *conf = parse("x: 1\npolicy:\n  - names:\n      dns: [a,\n        b]\n");
	const struct conf_node *dns = conf_find(
		conf_find(conf_item(conf_find(conf_root(conf), "policy"), 0), "names"), "dns");
	assert_int_equal(conf_error(dns, &err, "has %d", 5), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:4: policy.names.dns: has 5");
	conf_error(conf_item(dns, 1), &err, "x");
	assert_string_equal(err.message, "t.yaml:5: policy.names.dns: x");
	conf_error(conf_root(conf), &err, "x");
	assert_string_equal(err.message, "t.yaml:1: x");
	assert_int_equal(conf_error(dns, NULL, "x"), SIGNET_E_CONFIG);
	conf_free(conf);
}

static void error_may_repeat_its_own_message(void **state)
{
	(void)state;
	struct error err = {0};
	struct conf *conf = parse("a: 1\n");
	conf_error(conf_find(conf_root(conf), "a"), &err, "first");
	conf_error(conf_root(conf), &err, "again %s", err.message);
	assert_string_equal(err.message, "t.yaml:1: again t.yaml:1: a: first");
	conf_free(conf);
}

static void error_keeps_its_text_behind_long_names(void **state)
{
	(void)state;
	struct error err = {0};
	struct conf *conf;
	char name[400], text[2000];
	size_t length = 0;
	memset(name, 'n', sizeof name);
	memcpy(name + sizeof name - 6, ".yaml", 6);
	for (int i = 0; i < 6; i++)
		length += (size_t)snprintf(text + length, sizeof text - length, "{%0*d: ", 120, i);
	length += (size_t)snprintf(text + length, sizeof text - length, "x}}}}}}");
	assert_int_equal(conf_parse(&conf, name, bytes_make(text, length), &err), 0);
	const struct conf_node *node = conf_root(conf);
	while (conf_kind(node) == CONF_MAP)
		node = conf_item(node, 0);
	conf_error(node, &err, "the end");
	assert_memory_equal(err.message, "...nnn", 6);
	assert_non_null(strstr(err.message, "n.yaml:1: ...000"));
	assert_non_null(strstr(err.message, "00005: the end"));
	conf_free(conf);
}

static const char *const known[] = {"state", "policy", "listen", "exit", NULL};

static void assert_keys_refused(const char *text, const char *message)
{
	struct error err = {0};
	struct conf *conf = parse(text);
	assert_int_equal(conf_check_keys(conf_find(conf_root(conf), "m"), known, &err),
	                 SIGNET_E_CONFIG);
	assert_string_equal(err.message, message);
	conf_free(conf);
}

static void known_keys_pass(void **state)
{
	(void)state;
	struct error err = {0};
	struct conf *conf = parse("m: {exit: 1, state: 2}\nempty: {}\nnothing:\n");
	const struct conf_node *root = conf_root(conf);
	assert_int_equal(conf_check_keys(conf_find(root, "m"), known, &err), 0);
	assert_int_equal(conf_check_keys(conf_find(root, "empty"), known, &err), 0);
	assert_int_equal(conf_check_keys(conf_find(root, "nothing"), known, &err), 0);
	conf_free(conf);
}

static void unknown_key_is_refused_with_a_hint(void **state)
{
	(void)state;
	assert_keys_refused("m:\n  state: 1\n  polcy: 1\n",
	                    "t.yaml:3: m.polcy: unknown key 'polcy', did you mean 'policy'?");
	assert_keys_refused("m: {exti: 1, zzz: 1}",
	                    "t.yaml:1: m.exti: unknown key 'exti', did you mean 'exit'?");
	assert_keys_refused("m: {State: 1}",
	                    "t.yaml:1: m.State: unknown key 'State', did you mean 'state'?");
	assert_keys_refused("m: {listens: 1}",
	                    "t.yaml:1: m.listens: unknown key 'listens', did you mean 'listen'?");
}

static void unlike_key_gets_no_hint(void **state)
{
	(void)state;
	assert_keys_refused("m: {zebra: 1}", "t.yaml:1: m.zebra: unknown key 'zebra'");
	assert_keys_refused("m: {x: 1}", "t.yaml:1: m.x: unknown key 'x'");
	assert_keys_refused("m: {statestatestatestatestatestatestatestatestate: 1}",
	                    "t.yaml:1: m.statestatestatestatestatestatestatestatestate: unknown key "
	                    "'statestatestatestatestatestatestatestatestate'");
}

static void keys_of_what_is_no_map_are_refused(void **state)
{
	(void)state;
	assert_keys_refused("m: 5", "t.yaml:1: m: must be a map, not a single value");
	assert_keys_refused("\nm: [a]", "t.yaml:2: m: must be a map, not a list");
}

static void expect_names_what_it_wants(void **state)
{
	(void)state;
	struct error err = {0};
	struct conf *conf = parse("s: v\nl: [v]\nm: {}\nn:\n");
	const struct conf_node *root = conf_root(conf);
	assert_int_equal(conf_expect(conf_find(root, "s"), CONF_SCALAR, &err), 0);
	assert_int_equal(conf_expect(conf_find(root, "l"), CONF_LIST, &err), 0);
	assert_int_equal(conf_expect(conf_find(root, "m"), CONF_MAP, &err), 0);
	assert_int_equal(conf_expect(conf_find(root, "n"), CONF_LIST, &err), 0);
	assert_int_equal(conf_expect(conf_find(root, "n"), CONF_MAP, &err), 0);
	assert_int_equal(conf_expect(conf_find(root, "s"), CONF_LIST, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:1: s: must be a list, not a single value");
	assert_int_equal(conf_expect(conf_find(root, "l"), CONF_SCALAR, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:2: l: must be a single value, not a list");
	assert_int_equal(conf_expect(conf_find(root, "m"), CONF_LIST, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:3: m: must be a list, not a map");
	conf_free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_know_their_place),
		cmocka_unit_test(find_takes_anything),
		cmocka_unit_test(each_of_many_keys_is_found),
		cmocka_unit_test(error_names_file_line_and_keys),
		cmocka_unit_test(error_may_repeat_its_own_message),
		cmocka_unit_test(error_keeps_its_text_behind_long_names),
		cmocka_unit_test(known_keys_pass),
		cmocka_unit_test(unknown_key_is_refused_with_a_hint),
		cmocka_unit_test(unlike_key_gets_no_hint),
		cmocka_unit_test(keys_of_what_is_no_map_are_refused),
		cmocka_unit_test(expect_names_what_it_wants),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
