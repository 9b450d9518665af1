#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

#include "api/http.h"
#include "base/limits.h"

struct fixture {
	struct http_request request;
	struct http_response response;
};

static const struct http_header headers[] = {{"content-TYPE", "application/jose+json; charset=x"},
                                             {"X-Twice", "1"}, {"X-Twice", "2"}};
static const struct http_parameter parameters[] = {{"id", "17"}, {"part", "cert"}};

static int setup(void **state)
{
	static struct fixture f;
	f.request = (struct http_request){.arena = arena_new(1 << 20),
	                                  .headers = headers,
	                                  .header_count = 3,
	                                  .parameters = parameters,
	                                  .parameter_count = 2};
	f.response = (struct http_response){.body = BUFFER_MAX(LIMIT_HTTP_RESPONSE)};
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	arena_free(f->request.arena);
	buffer_free(&f->response.body);
	return 0;
}

static const char *find(const struct http_response *response, const char *name)
{
	for (size_t i = 0; i < response->header_count; i++)
		if (strcmp(response->headers[i].name, name) == 0)
			return response->headers[i].value;
	return NULL;
}

static void headers_and_parameters_are_found(void **state)
{
	struct fixture *f = *state;
	assert_string_equal(signet_http_header(&f->request, "x-twice"), "1");
	assert_null(signet_http_header(&f->request, "X-Twic"));
	assert_string_equal(signet_http_parameter(&f->request, "part"), "cert");
	assert_null(signet_http_parameter(&f->request, "ID"));
}

static void type_is_compared_without_its_parameters(void **state)
{
	struct fixture *f = *state;
	assert_true(signet_http_is_type(&f->request, "application/jose+json"));
	assert_true(signet_http_is_type(&f->request, "Application/JOSE+JSON"));
	assert_false(signet_http_is_type(&f->request, "application/jose"));
	assert_false(signet_http_is_type(&f->request, "application/jose+json; charset=x2"));
	f->request.header_count = 0;
	assert_false(signet_http_is_type(&f->request, "application/jose+json"));
}

static void reply_sets_status_type_and_body(void **state)
{
	struct fixture *f = *state;
	signet_http_add(&f->request, &f->response, "Location", "/order/1");
	signet_http_reply(&f->request, &f->response, 201, "text/plain", bytes_text("first"));
	signet_http_reply(&f->request, &f->response, 200, "application/json", bytes_text("{}"));
	assert_int_equal(f->response.status, 200);
	assert_int_equal(f->response.header_count, 2);
	assert_string_equal(find(&f->response, "Content-Type"), "application/json");
	assert_string_equal(find(&f->response, "Location"), "/order/1");
	assert_string_equal(buffer_text(&f->response.body), "{}");
}

static void header_values_are_copied(void **state)
{
	struct fixture *f = *state;
	char value[] = "abc";
	signet_http_add(&f->request, &f->response, "X", value);
	value[0] = 'z';
	assert_string_equal(find(&f->response, "X"), "abc");
	signet_http_addf(&f->request, &f->response, "Link", "<%s>;rel=\"%s\"", "/dir", "index");
	assert_string_equal(find(&f->response, "Link"), "</dir>;rel=\"index\"");
}

static void forged_header_makes_it_a_500_for_good(void **state)
{
	struct fixture *f = *state;
	static const char *const forged[] = {"a\r\nSet-Cookie: x", "a\nb", "\x01", "a\x7f", NULL};
	for (size_t i = 0; forged[i]; i++) {
		f->response = (struct http_response){.body = BUFFER_MAX(100)};
		signet_http_addf(&f->request, &f->response, "Location", "%s", forged[i]);
		signet_http_reply(&f->request, &f->response, 200, "text/plain", bytes_text("ok"));
		assert_int_equal(f->response.status, 500);
		assert_int_not_equal(f->response.body.error, 0);
		assert_null(find(&f->response, "Location"));
		assert_int_equal(f->response.body.length, 0);
	}
}

static void too_many_headers_make_it_a_500(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < HTTP_RESPONSE_HEADERS; i++)
		signet_http_add(&f->request, &f->response, "X", "1");
	assert_int_equal(f->response.status, 0);
	signet_http_add(&f->request, &f->response, "X", "1");
	assert_int_equal(f->response.status, 500);
	assert_int_equal(f->response.header_count, HTTP_RESPONSE_HEADERS);
}

static void too_long_body_makes_it_a_500(void **state)
{
	struct fixture *f = *state;
	f->response.body.maximum = 4;
	signet_http_reply(&f->request, &f->response, 200, "text/plain", bytes_text("12345"));
	assert_int_equal(f->response.status, 500);
	assert_int_equal(f->response.body.error, SIGNET_E_TOO_BIG);
}

static void the_last_reply_decides_about_the_file(void **state)
{
	struct fixture *f = *state;
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	signet_http_reply_file(&f->request, &f->response, 200, "text/plain", &fds[0], 5);
	assert_int_equal(fds[0], -1);
	assert_true(f->response.file.is_set);
	assert_int_equal(f->response.file.length, 5);
	int first = f->response.file.fd;
	signet_http_reply_file(&f->request, &f->response, 200, "text/plain", &fds[1], 7);
	assert_int_equal(fcntl(first, F_GETFD), -1);
	assert_int_equal(f->response.file.length, 7);
	int second = f->response.file.fd;
	signet_http_problem(&f->request, &f->response, 404, NULL, "gone");
	assert_false(f->response.file.is_set);
	assert_int_equal(fcntl(second, F_GETFD), -1);
}

static json_t *read_problem(struct fixture *f)
{
	assert_string_equal(find(&f->response, "Content-Type"), "application/problem+json");
	json_t *problem = json_loads(buffer_text(&f->response.body), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(problem);
	return problem;
}

static void expect_text(json_t *object, const char *key, const char *expected)
{
	assert_string_equal(json_string_value(json_object_get(object, key)), expected);
}

static void problem_without_a_type_has_the_status_phrase(void **state)
{
	struct fixture *f = *state;
	signet_http_problem(&f->request, &f->response, 404, NULL, "no such order");
	assert_int_equal(f->response.status, 404);
	json_t *problem = read_problem(f);
	expect_text(problem, "type", "about:blank");
	expect_text(problem, "title", "Not Found");
	expect_text(problem, "detail", "no such order");
	assert_int_equal(json_integer_value(json_object_get(problem, "status")), 404);
	json_decref(problem);
}

static void problem_keeps_its_type(void **state)
{
	struct fixture *f = *state;
	signet_http_problem(&f->request, &f->response, 400, "urn:ietf:params:acme:error:malformed",
	                    "say \"what\"\n");
	json_t *problem = read_problem(f);
	expect_text(problem, "type", "urn:ietf:params:acme:error:malformed");
	expect_text(problem, "detail", "say \"what\"\n");
	assert_null(json_object_get(problem, "title"));
	json_decref(problem);
}

static void problem_takes_the_place_of_a_half_made_reply(void **state)
{
	struct fixture *f = *state;
	signet_http_reply(&f->request, &f->response, 200, "text/plain", bytes_text("half"));
	signet_http_problem(&f->request, &f->response, 503, NULL, NULL);
	assert_int_equal(f->response.status, 503);
	json_t *problem = read_problem(f);
	assert_null(json_object_get(problem, "detail"));
	json_decref(problem);
}

static void detail_that_is_not_utf8_is_mended(void **state)
{
	struct fixture *f = *state;
	signet_http_problem(&f->request, &f->response, 400, NULL, "caf\xe9 \xc3\xa9");
	json_t *problem = read_problem(f);
	expect_text(problem, "detail", "caf? \xc3\xa9");
	json_decref(problem);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(headers_and_parameters_are_found),
		TEST(type_is_compared_without_its_parameters),
		TEST(reply_sets_status_type_and_body),
		TEST(header_values_are_copied),
		TEST(forged_header_makes_it_a_500_for_good),
		TEST(too_many_headers_make_it_a_500),
		TEST(too_long_body_makes_it_a_500),
		TEST(the_last_reply_decides_about_the_file),
		TEST(problem_without_a_type_has_the_status_phrase),
		TEST(problem_keeps_its_type),
		TEST(problem_takes_the_place_of_a_half_made_reply),
		TEST(detail_that_is_not_utf8_is_mended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
