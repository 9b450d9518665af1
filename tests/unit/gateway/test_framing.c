#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gateway/framing.h"

#define HOST {"Host", "ca.example.com"}
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define CHECK(framing, version, ...)                                                              \
	check(framing, version, (const struct http_header[]){__VA_ARGS__},                        \
	      COUNT(((const struct http_header[]){__VA_ARGS__})))

static int check(struct framing *framing, const char *version, const struct http_header *headers,
                 size_t count)
{
	const char *why = NULL;
	int status = framing_check(framing, version, headers, count, &why);
	assert_true(status == 0 || why != NULL);
	return status;
}

static void body_lengths_are_read(void **state)
{
	(void)state;
	struct framing f;
	assert_int_equal(CHECK(&f, "1.1", HOST), 0);
	assert_int_equal(f.length, 0);
	assert_false(f.chunked);
	assert_string_equal(f.host, "ca.example.com");
	assert_int_equal(CHECK(&f, "1.1", HOST, {"content-length", "0042"}), 0);
	assert_int_equal(f.length, 42);
	assert_int_equal(CHECK(&f, "1.1", HOST, {"Transfer-Encoding", "Chunked"}), 0);
	assert_true(f.chunked);
}

static void ambiguous_lengths_are_refused(void **state)
{
	(void)state;
	struct framing f;
	assert_int_equal(CHECK(&f, "1.1", HOST, {"Content-Length", "5"},
	                       {"Transfer-Encoding", "chunked"}), 400);
	assert_int_equal(CHECK(&f, "1.1", HOST, {"Content-Length", "5"}, {"CONTENT-LENGTH", "5"}),
	                 400);
	assert_int_equal(CHECK(&f, "1.1", HOST, {"Transfer-Encoding", "identity"},
	                       {"Transfer-Encoding", "chunked"}), 400);
	static const char *const codings[] = {"", "identity", "gzip, chunked", "chunked, chunked",
	                                      " chunked", "xchunked", "chunked;q=1"};
	for (size_t i = 0; i < COUNT(codings); i++)
		assert_int_equal(CHECK(&f, "1.1", HOST, {"Transfer-Encoding", codings[i]}), 400);
	assert_int_equal(CHECK(&f, "1.0", {"Transfer-Encoding", "chunked"}), 400);
}

static void lengths_that_are_no_numbers_are_refused(void **state)
{
	(void)state;
	struct framing f;
	static const char *const wrong[] = {"", "+5", "-5", "5 ", " 5", "5,5", "0x5", "5a", "five",
	                                    "1e3", "5.0"};
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(CHECK(&f, "1.1", HOST, {"Content-Length", wrong[i]}), 400);
	assert_int_equal(CHECK(&f, "1.1", HOST, {"Content-Length", "9223372036854775808"}), 413);
	assert_int_equal(
		CHECK(&f, "1.1", HOST, {"Content-Length", "99999999999999999999999999"}), 413);
}

static void one_host_is_wanted(void **state)
{
	(void)state;
	struct framing f;
	assert_int_equal(CHECK(&f, "1.1", {"Accept", "*/*"}), 400);
	assert_int_equal(CHECK(&f, "1.1", HOST, HOST), 400);
	assert_int_equal(CHECK(&f, "1.0", {"Accept", "*/*"}), 0);
	assert_null(f.host);
	static const char *const good[] = {"localhost", "ca.example.com:8443", "192.0.2.1",
	                                   "192.0.2.1:80", "[2001:db8::1]", "[::1]:8443"};
	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(CHECK(&f, "1.1", {"Host", good[i]}), 0);
	static const char *const wrong[] = {
		"", ":80", "a b", "a:0", "a:65536", "a:", "a:80x", "user@a", "a/b", "a..b", "-a",
		"[::1", "::1", "[192.0.2.1]", "[::1]x", "[]", "a\"b", "a,b", "1.2.3.4.5",
	};
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(CHECK(&f, "1.1", {"Host", wrong[i]}), 400);
}

static void connections_are_kept_as_both_want(void **state)
{
	(void)state;
	struct framing f;
	assert_int_equal(CHECK(&f, "1.1", HOST), 0);
	assert_true(f.keep_alive);
	assert_int_equal(CHECK(&f, "1.1", HOST, {"Connection", "close"}), 0);
	assert_false(f.keep_alive);
	assert_int_equal(CHECK(&f, "1.1", HOST, {"Connection", "TE, Close"}), 0);
	assert_false(f.keep_alive);
	assert_int_equal(CHECK(&f, "1.0", HOST), 0);
	assert_false(f.keep_alive);
	assert_int_equal(CHECK(&f, "1.0", HOST, {"Connection", "Keep-Alive"}), 0);
	assert_true(f.keep_alive);
}

static void expectations(void **state)
{
	(void)state;
	struct framing f;
	assert_int_equal(CHECK(&f, "1.1", HOST, {"Expect", "100-Continue"}), 0);
	assert_true(f.expects_continue);
	assert_int_equal(CHECK(&f, "1.1", HOST, {"Expect", "200-ok"}), 417);
}

/* The arrays are what the parser leaves behind: NULs in the place of CR, LF and of what ends a
 * name. */
static void hidden_headers_are_seen(void **state)
{
	(void)state;
	static const char good[] = "A\0 1\0\0B\0002\0\0\r\0";
	const struct http_header two[] = {{good, good + 3}, {good + 6, good + 8}};
	assert_true(framing_is_complete(two, 2));

	/* "B: 2" CR LF, then a line that the parser did not take for a header */
	static const char folded[] = "A\0001\0\0 Transfer-Encoding: chunked\r\n\r\0";
	assert_false(framing_is_complete((struct http_header[]){{folded, folded + 2}}, 1));

	/* a line that ends with LF alone */
	static const char bare[] = "A\0001\0B\0002\0\0\r\0";
	const struct http_header lf[] = {{bare, bare + 2}, {bare + 4, bare + 6}};
	assert_false(framing_is_complete(lf, 2));

	/* "A : 1" */
	static const char blank[] = "A\0\0 1\0\0\r\0";
	assert_false(framing_is_complete((struct http_header[]){{blank, blank + 4}}, 1));

	/* an empty value is none of these */
	static const char empty[] = "A\0\0\0\r\0";
	assert_true(framing_is_complete((struct http_header[]){{empty, empty + 2}}, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(body_lengths_are_read),
		cmocka_unit_test(ambiguous_lengths_are_refused),
		cmocka_unit_test(lengths_that_are_no_numbers_are_refused),
		cmocka_unit_test(one_host_is_wanted),
		cmocka_unit_test(connections_are_kept_as_both_want),
		cmocka_unit_test(expectations),
		cmocka_unit_test(hidden_headers_are_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
