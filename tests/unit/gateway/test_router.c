#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/router.h"

static void handle(void *instance, const struct http_request *request,
                   struct http_response *response)
{
	(void)instance, (void)request, (void)response;
}

static const struct http_route acme[] = {
	{"GET", "/directory", handle, 0},
	{"POST", "/order/{id}", handle, 1},
	{"GET", "/order/new", handle, 2},
	{"POST", "/order/new", handle, 2},
	{"POST", "/order/{id}/finalize", handle, 3},
	{"POST", "/{kind}/{id}/{act}", handle, 4},
	{"GET", "", handle, 5},
	{NULL, NULL, NULL, 0},
};
static const struct http_route ocsp[] = {
	{"GET", "/{request*}", handle, 20},
	{"POST", "/{authority}", handle, 21},
	{"GET", "/status/{of*}", handle, 22},
	{"GET", "/status/now", handle, 23},
	{NULL, NULL, NULL, 0},
};
static const struct http_route files[] = {
	{"GET", "/crl/{file}", handle, 30},
	{NULL, NULL, NULL, 0},
};
static const struct http_route nested[] = {
	{"GET", "/directory", handle, 10},
	{NULL, NULL, NULL, 0},
};

static struct arena *arena;
static struct router *router;

static int setup(void **state)
{
	(void)state;
	struct error err = {0};
	arena = arena_new(1 << 16);
	router = router_new();
	return router_add(router, "/acme", acme, "one", &err) ||
	       router_add(router, "/acme/second", nested, "two", &err) ||
	       router_add(router, "/ocsp", ocsp, "ocsp", &err) ||
	       router_add(router, "", files, "files", &err);
}

static int teardown(void **state)
{
	(void)state;
	router_free(router);
	arena_free(arena);
	return 0;
}

static struct router_match find(const char *method, const char *path)
{
	struct router_match match;
	assert_int_equal(router_find(router, arena, method, path, path, &match), 0);
	return match;
}

/* A path that cannot be decoded. */
static struct router_match find_raw(const char *method, const char *raw)
{
	struct router_match match;
	assert_int_equal(router_find(router, arena, method, NULL, raw, &match), 0);
	return match;
}

static void literal_routes_match(void **state)
{
	(void)state;
	struct router_match match = find("GET", "/acme/directory");
	assert_ptr_equal(match.route, &acme[0]);
	assert_string_equal(match.instance, "one");
	assert_ptr_equal(find("HEAD", "/acme/directory").route, &acme[0]);
	assert_ptr_equal(find("GET", "/acme").route, &acme[6]);
}

static void parameters_are_captured(void **state)
{
	(void)state;
	struct router_match match = find("POST", "/acme/order/a b");
	assert_ptr_equal(match.route, &acme[1]);
	assert_int_equal(match.parameter_count, 1);
	assert_string_equal(match.parameters[0].name, "id");
	assert_string_equal(match.parameters[0].value, "a b");
	match = find("POST", "/acme/authz/7/deactivate");
	assert_ptr_equal(match.route, &acme[5]);
	assert_int_equal(match.parameter_count, 3);
	assert_string_equal(match.parameters[2].name, "act");
	assert_string_equal(match.parameters[2].value, "deactivate");
}

static void the_rest_is_captured_as_it_came(void **state)
{
	(void)state;
	struct router_match match = find_raw("GET", "/ocsp/a%2fb//c/");
	assert_ptr_equal(match.route, &ocsp[0]);
	assert_true(match.raw);
	assert_int_equal(match.parameter_count, 1);
	assert_string_equal(match.parameters[0].name, "request");
	assert_string_equal(match.parameters[0].value, "a%2fb//c/");
	assert_string_equal(find("GET", "/ocsp/x").parameters[0].value, "x");
	assert_string_equal(find_raw("HEAD", "/ocsp//x").parameters[0].value, "/x");
	assert_null(find("GET", "/ocsp/").route);
	assert_null(find("GET", "/ocsp").route);
	assert_string_equal(find_raw("GET", "/ocsp/status//").parameters[0].value, "/");
	/* by one spelling only, and below the same instance */
	assert_null(find_raw("GET", "/%6fcsp/x").route);
	assert_null(find_raw("GET", "/acme/second/x").route);
	assert_string_equal(find_raw("POST", "/ocsp/a/b").allow, "GET, HEAD");
}

static void the_rest_is_taken_last(void **state)
{
	(void)state;
	assert_ptr_equal(find("GET", "/ocsp/status/now").route, &ocsp[3]);
	assert_ptr_equal(find("GET", "/ocsp/status/then").route, &ocsp[2]);
	assert_ptr_equal(find("GET", "/ocsp/status").route, &ocsp[0]);
	struct router_match match = find("POST", "/ocsp/issuing");
	assert_ptr_equal(match.route, &ocsp[1]);
	assert_false(match.raw);
	assert_ptr_equal(find_raw("GET", "/ocsp/status/%2f").route, &ocsp[2]);
}

static void the_root_serves_what_nobody_else_does(void **state)
{
	(void)state;
	struct router_match match = find("GET", "/crl/issuing.crl");
	assert_ptr_equal(match.route, &files[0]);
	assert_string_equal(match.instance, "files");
	assert_string_equal(match.parameters[0].value, "issuing.crl");
	assert_null(find("GET", "/acme/crl/issuing.crl").route);
	assert_null(find_raw("GET", "/crl/a%2fb").route);
}

static void literal_segments_win(void **state)
{
	(void)state;
	assert_ptr_equal(find("POST", "/acme/order/new").route, &acme[3]);
	assert_ptr_equal(find("POST", "/acme/order/7/finalize").route, &acme[4]);
}

static void the_longest_path_wins(void **state)
{
	(void)state;
	struct router_match match = find("GET", "/acme/second/directory");
	assert_ptr_equal(match.route, &nested[0]);
	assert_string_equal(match.instance, "two");
	assert_null(find("POST", "/acme/second/order/1").route);
}

static void unknown_paths_are_not_found(void **state)
{
	(void)state;
	static const char *const paths[] = {"/", "/acmedirectory", "/acme/", "/acme/directory/",
	                                    "/acme/order/", "/acme/order", "/est", "/acme/a/b/c/d",
	                                    "/ACME/directory"};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct router_match match = find("POST", paths[i]);
		assert_null(match.route);
		assert_null(match.allow);
	}
}

static void other_methods_are_told_which_are_allowed(void **state)
{
	(void)state;
	struct router_match match = find("DELETE", "/acme/order/new");
	assert_null(match.route);
	assert_string_equal(match.allow, "POST, GET, HEAD");
	assert_string_equal(find("HEAD", "/acme/order/7").allow, "POST");
	assert_string_equal(find("POST", "/acme/directory").allow, "GET, HEAD");
}

static void malformed_routes_are_refused(void **state)
{
	(void)state;
	struct error err = {0};
	static const char *const patterns[] = {"directory", "//", "/a//b", "/a{id}", "/{id", "/a%20",
	                                       "/{}", "/{*}", "/{a*}/b", "/{a}/{b*}",
	                                       "/a*", "/{a*b}", "/{a**}"};
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		const struct http_route routes[] = {{"GET", patterns[i], handle, 0},
		                                    {NULL, NULL, NULL, 0}};
		assert_int_equal(router_add(router, "/other", routes, NULL, &err),
		                 SIGNET_E_CONFIG);
	}
	assert_int_equal(router_add(router, "/acme", acme, NULL, &err), SIGNET_E_CONFIG);
	assert_int_equal(router_add(router, "acme", acme, NULL, &err), SIGNET_E_CONFIG);
	assert_int_equal(router_add(router, "/", acme, NULL, &err), SIGNET_E_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literal_routes_match),
		cmocka_unit_test(parameters_are_captured),
		cmocka_unit_test(the_rest_is_captured_as_it_came),
		cmocka_unit_test(the_rest_is_taken_last),
		cmocka_unit_test(the_root_serves_what_nobody_else_does),
		cmocka_unit_test(literal_segments_win),
		cmocka_unit_test(the_longest_path_wins),
		cmocka_unit_test(unknown_paths_are_not_found),
		cmocka_unit_test(other_methods_are_told_which_are_allowed),
		cmocka_unit_test(malformed_routes_are_refused),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
