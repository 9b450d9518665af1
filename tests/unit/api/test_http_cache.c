#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/http_cache.h"
#include "base/clock.h"
#include "base/limits.h"

#define THEN 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */

static struct http_header headers[2];
static struct http_request request;
static struct http_response response;

static int setup(void **state)
{
	(void)state;
	clock_freeze(1795438140); /* 2026-11-23T12:49:00Z */
	request = (struct http_request){.arena = arena_new(1 << 20), .headers = headers};
	response = (struct http_response){.body = BUFFER_MAX(LIMIT_HTTP_RESPONSE)};
	return request.arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	clock_freeze(0);
	signet_http_free(&response);
	arena_free(request.arena);
	return 0;
}

static const char *find(const char *name)
{
	for (size_t i = 0; i < response.header_count; i++)
		if (strcmp(response.headers[i].name, name) == 0)
			return response.headers[i].value;
	return "";
}

static void dates_are_written(void **state)
{
	(void)state;
	char text[HTTP_DATE_SIZE];
	assert_string_equal(signet_http_date(THEN, text), "Sun, 06 Nov 1994 08:49:37 GMT");
	assert_string_equal(signet_http_date(0, text), "Thu, 01 Jan 1970 00:00:00 GMT");
	assert_string_equal(signet_http_date(-1, text), "Wed, 31 Dec 1969 23:59:59 GMT");
	assert_string_equal(signet_http_date(INT64_C(253402300799), text),
	                    "Fri, 31 Dec 9999 23:59:59 GMT");
}

static int64_t read_date(const char *text)
{
	int64_t time = -1;
	return signet_http_read_date(text, &time) ? -1 : time;
}

static void the_three_forms_are_read(void **state)
{
	(void)state;
	assert_int_equal(read_date("Sun, 06 Nov 1994 08:49:37 GMT"), THEN);
	assert_int_equal(read_date("Sunday, 06-Nov-94 08:49:37 GMT"), THEN);
	assert_int_equal(read_date("Sun Nov  6 08:49:37 1994"), THEN);
	assert_int_equal(read_date("Wed Nov 16 08:49:37 1994"), THEN + 10 * 86400);
	/* RFC 9110 section 5.6.7: 50 years ahead at most */
	char text[HTTP_DATE_SIZE];
	assert_string_equal(signet_http_date(read_date("Monday, 23-Nov-76 00:00:00 GMT"), text),
	                    "Mon, 23 Nov 2076 00:00:00 GMT");
	assert_string_equal(signet_http_date(read_date("Wednesday, 23-Nov-77 00:00:00 GMT"), text),
	                    "Wed, 23 Nov 1977 00:00:00 GMT");
}

static void other_texts_are_no_dates(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"", "Sun", "Sun,", "0", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET",
		"Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT",
		"Sun Nov 6 08:49:37 1994", "Sun Nov  6 08:49:37 1994 ", "Sunday, 06-Nov-1994 08:49:37 GMT",
		"1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, -6 Nov 1994 08:49:37 GMT",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (read_date(wrong[i]) != -1)
			fail_msg("read: %s", wrong[i]);
}

static bool asked(const char *name, const char *value, const char *etag, int64_t modified)
{
	headers[0] = (struct http_header){name, value};
	request.header_count = 1;
	return signet_http_is_not_modified(&request, etag, modified);
}

static void entity_tags_are_compared_weakly(void **state)
{
	(void)state;
	assert_true(asked("If-None-Match", "\"a\"", "\"a\"", 0));
	assert_true(asked("if-none-match", "W/\"a\"", "\"a\"", 0));
	assert_true(asked("If-None-Match", "\"x,y\", \"b\",W/\"c\" ,\"a\"", "\"a\"", 0));
	assert_true(asked("If-None-Match", "*", "\"a\"", 0));
	static const char *const others[] = {"", "\"b\"", "a", "\"a", "\"aa\"", "\"\"", "\"*\"",
	                                     "\"b\" x \"a\"", "w/\"a\"", "W/", ",", "\"b\", *"};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (asked("If-None-Match", others[i], "\"a\"", 0))
			fail_msg("matched: %s", others[i]);
}

static void the_tag_counts_before_the_date(void **state)
{
	(void)state;
	assert_true(asked("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT", "\"a\"", THEN));
	assert_true(asked("If-Modified-Since", "Sun, 06 Nov 1994 08:49:38 GMT", "\"a\"", THEN));
	assert_false(asked("If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT", "\"a\"", THEN));
	assert_false(asked("If-Modified-Since", "yesterday", "\"a\"", THEN));
	assert_false(asked("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT", "\"a\"", 0));
	headers[1] = (struct http_header){"If-None-Match", "\"b\""};
	request.header_count = 2;
	assert_false(signet_http_is_not_modified(&request, "\"a\"", THEN));
	/* the list may be in several lines */
	headers[0] = (struct http_header){"If-None-Match", "\"c\""};
	assert_true(signet_http_is_not_modified(&request, "\"b\"", THEN));
	request.header_count = 0;
	assert_false(signet_http_is_not_modified(&request, "\"a\"", THEN));
}

static void validators_make_a_304(void **state)
{
	(void)state;
	request.header_count = 0;
	assert_false(signet_http_add_validators(&request, &response, "\"a\"", THEN));
	assert_int_equal(response.status, 0);
	assert_string_equal(find("ETag"), "\"a\"");
	assert_string_equal(find("Last-Modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
	headers[0] = (struct http_header){"If-None-Match", "\"a\""};
	request.header_count = 1;
	response.header_count = 0;
	assert_true(signet_http_add_validators(&request, &response, "\"a\"", 0));
	assert_int_equal(response.status, 304);
	assert_string_equal(find("ETag"), "\"a\"");
	assert_string_equal(find("Last-Modified"), "");
}

static void freshness_ends_with_its_time(void **state)
{
	(void)state;
	signet_http_add_freshness(&request, &response, clock_now() + 90);
	assert_string_equal(find("Expires"), "Mon, 23 Nov 2026 12:50:30 GMT");
	assert_string_equal(find("Cache-Control"),
	                    "max-age=90, public, no-transform, must-revalidate");
	response.header_count = 0;
	signet_http_add_freshness(&request, &response, clock_now() - 90);
	assert_string_equal(find("Expires"), "Mon, 23 Nov 2026 12:47:30 GMT");
	assert_string_equal(find("Cache-Control"),
	                    "max-age=0, public, no-transform, must-revalidate");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(dates_are_written),
		TEST(the_three_forms_are_read),
		TEST(other_texts_are_no_dates),
		TEST(entity_tags_are_compared_weakly),
		TEST(the_tag_counts_before_the_date),
		TEST(validators_make_a_304),
		TEST(freshness_ends_with_its_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
