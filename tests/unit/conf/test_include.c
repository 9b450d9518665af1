#include "tests/unit/conf/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/limits.h"
#include "conf/settings.h"

/* A directory in which the tests write files; messages name it as "@". */
static char directory[64];

static const char *path_of(const char *name)
{
	static char path[128];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	return path;
}

static void put(const char *name, const char *text)
{
	assert_int_equal(file_write(path_of(name), bytes_text(text), 0600, FILE_REPLACE, NULL), 0);
}

static int make_directory(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/signet-include-XXXXXX");
	return mkdtemp(directory) && mkdir(path_of("sub"), 0700) == 0 ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	static const char *const names[] = {"main", "a", "b", "c", "d", "e", "sub/a", "sub/b", "pipe"};
	char name[16];
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(path_of(names[i]));
	for (int i = 0; i < 80; i++) {
		snprintf(name, sizeof name, "f%d", i);
		unlink(path_of(name));
	}
	rmdir(path_of("sub"));
	return rmdir(directory);
}

static int load(const char *text, struct conf **conf, struct error *err)
{
	*err = (struct error){0};
	*conf = NULL;
	put("main", text);
	if (conf_load(conf, path_of("main"), err))
		fail_msg("%s", err->message);
	return conf_include(*conf, err);
}

static struct conf *joined(const char *text)
{
	struct error err;
	struct conf *conf;
	if (load(text, &conf, &err))
		fail_msg("refused: %s", err.message);
	return conf;
}

/* The message, where "@" stands for the directory. */
static void refuses(const char *text, const char *message)
{
	struct error err;
	struct conf *conf;
	_cleanup_buffer_ struct buffer wanted = BUFFER_MAX(4096);
	for (; *message; message++)
		if (*message == '@')
			buffer_append_text(&wanted, directory);
		else
			buffer_append_octet(&wanted, (uint8_t)*message);
	assert_int_equal(load(text, &conf, &err), SIGNET_E_CONFIG);
	assert_int_equal(err.code, SIGNET_E_CONFIG);
	assert_string_equal(err.message, buffer_text(&wanted));
	conf_free(conf);
}

static const char *text_at(const struct conf_node *node)
{
	const char *text = NULL;
	assert_non_null(node);
	assert_int_equal(conf_text(node, &text, NULL), 0);
	return text;
}

static void a_document_without_the_key_is_as_it_was(void **state)
{
	(void)state;
	struct conf *conf = joined("a: 1\nb: [2]\n");
	assert_int_equal(conf_count(conf_root(conf)), 2);
	conf_free(conf);
}

static void maps_are_joined_and_lists_appended(void **state)
{
	(void)state;
	put("a", "profiles: {two: {x: 2}}\npolicy: [c, d]\nstate: here\n");
	put("b", "policy: [e]\nprofiles: {three: {x: 3}}\n");
	struct conf *conf = joined("profiles: {one: {x: 1}}\npolicy: [a, b]\ninclude: [a, b]\n");
	const struct conf_node *root = conf_root(conf);
	assert_int_equal(conf_count(root), 3);
	assert_null(conf_find(root, "include"));
	const struct conf_node *list = conf_find(root, "policy");
	static const char *const order[] = {"a", "b", "c", "d", "e"};
	assert_int_equal(conf_count(list), 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(text_at(conf_item(list, i)), order[i]);
	static const char *const names[] = {"one", "two", "three"};
	const struct conf_node *map = conf_find(root, "profiles");
	assert_int_equal(conf_count(map), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(conf_key(conf_item(map, i)), names[i]);
		assert_ptr_equal(conf_find(map, names[i]), conf_item(map, i));
		assert_non_null(conf_find(conf_item(map, i), "x"));
	}
	assert_string_equal(text_at(conf_find(root, "state")), "here");
	conf_free(conf);
}

static void one_file_needs_no_list(void **state)
{
	(void)state;
	put("a", "b: 1\n");
	struct conf *conf = joined("include: a\n");
	assert_string_equal(text_at(conf_find(conf_root(conf), "b")), "1");
	conf_free(conf);
	conf = joined("include:\na: 2\n");
	assert_int_equal(conf_count(conf_root(conf)), 1);
	conf_free(conf);
	conf = joined("include: []\n");
	assert_int_equal(conf_count(conf_root(conf)), 0);
	conf_free(conf);
}

static void names_start_beside_the_file_in_which_they_stand(void **state)
{
	(void)state;
	char text[160];
	put("sub/a", "include: b\nlist: [2]\n");
	put("sub/b", "list: [3]\n");
	put("a", "list: [4]\n");
	snprintf(text, sizeof text, "list: [1]\ninclude: [sub/a, %s]\n", path_of("a"));
	struct conf *conf = joined(text);
	const struct conf_node *list = conf_find(conf_root(conf), "list");
	assert_int_equal(conf_count(list), 4);
	for (size_t i = 0; i < 4; i++) {
		int64_t number;
		assert_int_equal(conf_integer(conf_item(list, i), 0, 9, &number, NULL), 0);
		assert_int_equal(number, i + 1);
	}
	conf_free(conf);
}

static void a_section_may_be_empty_in_one_file(void **state)
{
	(void)state;
	put("a", "list: [1]\nmap: {b: 1}\nother:\n");
	put("b", "list:\nmap: {c: 2}\nother: {d: 1}\n");
	struct conf *conf = joined("list:\nmap:\ninclude: [a, b]\n");
	assert_int_equal(conf_count(conf_find(conf_root(conf), "list")), 1);
	assert_int_equal(conf_count(conf_find(conf_root(conf), "map")), 2);
	assert_non_null(conf_find(conf_find(conf_root(conf), "other"), "d"));
	conf_free(conf);
}

static void a_key_given_twice_names_both_places(void **state)
{
	(void)state;
	put("a", "# a comment\nprofiles:\n  web: {}\n");
	refuses("profiles:\n\n  web: {}\ninclude: a\n",
	        "@/a:3: profiles.web: duplicate key, it stands at @/main:3 already");
	put("a", "state: x\n");
	refuses("include: a\nstate: y\n", "@/a:1: state: duplicate key, it stands at @/main:2 already");
	put("b", "\nstate: x\n");
	refuses("include: [a, b]\n", "@/b:2: state: duplicate key, it stands at @/a:1 already");
	put("b", "state:\n");
	refuses("include: [a, b]\n", "@/b:1: state: duplicate key, it stands at @/a:1 already");
	put("b", "state: [z]\n");
	refuses("include: [a, b]\n", "@/b:1: state: duplicate key, it stands at @/a:1 already");
}

static void a_list_and_a_map_are_not_joined(void **state)
{
	(void)state;
	put("a", "x: [1]\n");
	refuses("x: {a: 1}\ninclude: a\n", "@/a:1: x: must be a map, as it is at @/main:1");
	put("a", "x: {a: 1}\n");
	refuses("x: [1]\ninclude: a\n", "@/a:1: x: must be a list, as it is at @/main:1");
}

static void maps_below_the_top_are_not_joined(void **state)
{
	(void)state;
	put("a", "profiles: {web: {b: 2}}\n");
	refuses("profiles: {web: {a: 1}}\ninclude: a\n",
	        "@/a:1: profiles.web: duplicate key, it stands at @/main:1 already");
}

static void errors_name_the_file_in_which_a_value_stands(void **state)
{
	(void)state;
	struct error err = {0};
	char wanted[320];
	bool truth;
	put("a", "\n\nprofiles:\n  web: {on: yes}\n");
	struct conf *conf = joined("include: a\nprofiles: {mail: {}}\n");
	const struct conf_node *web = conf_find(conf_find(conf_root(conf), "profiles"), "web");
	assert_int_equal(conf_boolean(conf_find(web, "on"), &truth, &err), SIGNET_E_CONFIG);
	snprintf(wanted, sizeof wanted, "%s: profiles.web.on: 'yes' is not false or true",
	         path_of("a:4"));
	assert_string_equal(err.message, wanted);
	conf_free(conf);
	put("a", "x: 1\ny: [\n");
	struct conf *whole;
	assert_int_equal(load("include: a\n", &whole, &err), SIGNET_E_CONFIG);
	assert_memory_equal(err.message, path_of("a:3"), strlen(path_of("a:3")));
	conf_free(whole);
}

static void files_that_cannot_be_read_are_named(void **state)
{
	(void)state;
	refuses("\ninclude: [nothing]\n", "@/main:2: include: @/nothing: no such file");
	refuses("include: sub\n", "@/main:1: include: @/sub: not a regular file");
	refuses("include: /dev/zero\n", "@/main:1: include: /dev/zero: not a regular file");
	assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
	refuses("include: pipe\n", "@/main:1: include: @/pipe: not a regular file");
	refuses("include: ['']\n", "@/main:1: include: a file's name is empty");
	refuses("include: {a: b}\n", "@/main:1: include: must be a list, not a map");
	refuses("include: [{a: b}]\n", "@/main:1: include: must be a single value, not a map");
	refuses("include: [~]\n", "@/main:1: include: a value is missing");
}

static void a_file_without_permission_is_named(void **state)
{
	(void)state;
	struct error err;
	struct conf *conf;
	char wanted[320];
	put("a", "x: 1\n");
	assert_int_equal(chmod(path_of("a"), 0), 0);
	/* root reads everything: not as root */
	bool root = geteuid() == 0;
	assert_int_equal(chmod(directory, 0755), 0);
	put("main", "include: a\n");
	assert_int_equal(chmod(path_of("main"), 0644), 0);
	if (root)
		assert_int_equal(seteuid(65534), 0);
	assert_int_equal(conf_load(&conf, path_of("main"), &err), 0);
	int result = conf_include(conf, &err);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(result, SIGNET_E_CONFIG);
	int n = snprintf(wanted, sizeof wanted, "%s: include: ", path_of("main:1"));
	snprintf(wanted + n, sizeof wanted - (size_t)n, "%s: Permission denied", path_of("a"));
	assert_string_equal(err.message, wanted);
	conf_free(conf);
}

static void a_file_is_included_once(void **state)
{
	(void)state;
	put("a", "x: [1]\n");
	refuses("include: [a,\n  a]\n",
	        "@/main:2: include: @/a: is read already, a file is included once");
	refuses("include: main\n", "@/main:1: include: @/main: is read already, a file is included once");
	put("a", "include: b\n");
	put("b", "include: a\n");
	refuses("include: a\n", "@/b:1: include: @/a: is read already, a file is included once");
}

static void depth_has_a_limit(void **state)
{
	(void)state;
	put("a", "include: b\n");
	put("b", "include: c\n");
	put("c", "include: d\n");
	put("d", "x: 1\n");
	struct conf *conf = joined("include: a\n");
	assert_int_equal(conf_count(conf_root(conf)), 1);
	conf_free(conf);
	put("d", "include: e\n");
	put("e", "x: 1\n");
	refuses("include: a\n", "@/d:1: include: files include files deeper than 4");
}

static void count_has_a_limit(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(4096);
	char name[16];
	buffer_append_text(&text, "include:\n");
	for (int i = 0; i < LIMIT_INCLUDE_FILES - 1; i++) {
		snprintf(name, sizeof name, "f%d", i);
		put(name, "");
		buffer_printf(&text, "  - %s\n", name);
	}
	struct conf *conf = joined(buffer_text(&text));
	conf_free(conf);
	put("f70", "");
	buffer_append_text(&text, "  - f70\n");
	refuses(buffer_text(&text), "@/main:65: include: more than 64 files");
}

static void sizes_are_summed_up(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LIMIT_CONFIG_FILE);
	buffer_append_octet(&text, '#');
	while (text.length < LIMIT_CONFIG_FILE / 2)
		buffer_append_octet(&text, 'x');
	put("a", buffer_text(&text));
	put("b", buffer_text(&text));
	refuses("include: [a, b]\n",
	        "@/main:1: include: the files together are larger than 1048576 octets");
	buffer_clear(&text);
	buffer_append_text(&text, "x:\n");
	for (int i = 0; i < LIMIT_CONFIG_NODES / 2; i++)
		buffer_append_text(&text, "- y\n");
	put("a", buffer_text(&text));
	put("b", buffer_text(&text));
	refuses("include: [a, b]\n",
	        "@/main:1: include: the files together have more than 100000 values");
}

static void many_entries_are_joined(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LIMIT_CONFIG_FILE);
	for (int file = 0; file < 2; file++) {
		buffer_clear(&text);
		buffer_append_text(&text, "x:\n");
		for (int i = 0; i < 40000; i++)
			buffer_printf(&text, " %c%d: \n", 'a' + file, i);
		put(file ? "b" : "a", buffer_text(&text));
	}
	struct conf *conf = joined("include: [a, b]\nx:\n");
	const struct conf_node *x = conf_find(conf_root(conf), "x");
	assert_int_equal(conf_count(x), 80000);
	assert_string_equal(conf_key(conf_find(x, "b39999")), "b39999");
	conf_free(conf);
}

static void settings_are_read_from_all_files(void **state)
{
	(void)state;
	struct error err = {0};
	struct settings *settings;
	char wanted[320];
	put("a", "policy: [{names: }]\nhostname: ca.example.com\n");
	put("main", "state: data\npolicy: [{keys: }]\ninclude: a\n");
	assert_int_equal(settings_load(&settings, path_of("main"), &err), 0);
	assert_int_equal(settings->policy_count, 2);
	assert_string_equal(settings->policy[1].kind, "names");
	assert_string_equal(settings->hostname, "ca.example.com");
	settings_free(settings);
	put("a", "\nunknown: 1\n");
	assert_int_equal(settings_load(&settings, path_of("main"), &err), SIGNET_E_CONFIG);
	snprintf(wanted, sizeof wanted, "%s: unknown: unknown key 'unknown'", path_of("a:2"));
	assert_string_equal(err.message, wanted);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_document_without_the_key_is_as_it_was),
		TEST(maps_are_joined_and_lists_appended),
		TEST(one_file_needs_no_list),
		TEST(names_start_beside_the_file_in_which_they_stand),
		TEST(a_section_may_be_empty_in_one_file),
		TEST(a_key_given_twice_names_both_places),
		TEST(a_list_and_a_map_are_not_joined),
		TEST(maps_below_the_top_are_not_joined),
		TEST(errors_name_the_file_in_which_a_value_stands),
		TEST(files_that_cannot_be_read_are_named),
		TEST(a_file_without_permission_is_named),
		TEST(a_file_is_included_once),
		TEST(depth_has_a_limit),
		TEST(count_has_a_limit),
		TEST(sizes_are_summed_up),
		TEST(many_entries_are_joined),
		TEST(settings_are_read_from_all_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
