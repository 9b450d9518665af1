#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/limits.h"
#include "gateway/path.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static const char *decode(const char *raw)
{
	const char *why;
	return path_decode(arena, raw, &why);
}

static void plain_and_encoded_paths_decode(void **state)
{
	(void)state;
	assert_string_equal(decode("/"), "/");
	assert_string_equal(decode("/acme/directory"), "/acme/directory");
	assert_string_equal(decode("/a%63me/%7Euser/"), "/acme/~user/");
	assert_string_equal(decode("/a%20b+c;x=1"), "/a b+c;x=1");
	assert_string_equal(decode("/%c3%a4"), "/\xc3\xa4");
	assert_string_equal(decode("/.well-known/..."), "/.well-known/...");
	assert_string_equal(decode("/a%2525"), "/a%25");
}

static void hostile_paths_are_refused(void **state)
{
	(void)state;
	static const char *const hostile[] = {
		"",        "*",        "acme",     "//acme",    "/a//b",   "/./a",    "/a/.",
		"/a/..",   "/../etc",  "/a/../b",  "/%2e%2e/a", "/a/%2E",  "/a%00b",  "/a%2fb",
		"/a%2Fb",  "/a%5cb",   "/a\\b",    "/a%",       "/a%4",    "/a%4g",   "/a%g4",
		"/a%0d%0a", "/a%7f",   "/a%1f",    "/%ff",      "/%c0%af", "/a\x80",  "/%ed%a0%80",
		"/a%%41",
	};
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		const char *why = "";
		assert_null(path_decode(arena, hostile[i], &why));
		assert_true(strlen(why) > 0);
	}
}

static void long_paths_are_refused(void **state)
{
	(void)state;
	char path[LIMIT_HTTP_PATH + 2];
	memset(path, 'a', sizeof path);
	path[0] = '/';
	path[LIMIT_HTTP_PATH] = '\0';
	assert_non_null(decode(path));
	path[LIMIT_HTTP_PATH] = 'a';
	path[LIMIT_HTTP_PATH + 1] = '\0';
	assert_null(decode(path));
}

static void visible_paths_may_be_taken_as_they_came(void **state)
{
	(void)state;
	char path[LIMIT_HTTP_PATH + 2];
	assert_true(path_is_visible("/a%2f//b%"));
	assert_false(path_is_visible(""));
	assert_false(path_is_visible("a"));
	assert_false(path_is_visible("/a b"));
	assert_false(path_is_visible("/a\x7f"));
	assert_false(path_is_visible("/\xc3\xa4"));
	memset(path, '/', sizeof path);
	path[LIMIT_HTTP_PATH] = '\0';
	assert_true(path_is_visible(path));
	path[LIMIT_HTTP_PATH] = '/';
	path[LIMIT_HTTP_PATH + 1] = '\0';
	assert_false(path_is_visible(path));
}

static void instance_paths_are_plain(void **state)
{
	(void)state;
	assert_true(path_is_plain("/acme"));
	assert_true(path_is_plain("/.well-known/est"));
	static const char *const wrong[] = {"", "/", "acme", "/acme/", "/a//b", "/a%20", "/a/..",
	                                    "/a?b", "/{id}", "/a b", "/a#b", "/\xc3\xa4"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(path_is_plain(wrong[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_and_encoded_paths_decode),
		cmocka_unit_test(hostile_paths_are_refused),
		cmocka_unit_test(long_paths_are_refused),
		cmocka_unit_test(visible_paths_may_be_taken_as_they_came),
		cmocka_unit_test(instance_paths_are_plain),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
