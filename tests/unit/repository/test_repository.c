#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/intermediary.h"
#include "asn1/der.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"

extern const struct signet_intermediary intermediary_repository;

#define NOW INT64_C(1795438140) /* Mon, 23 Nov 2026 12:49:00 GMT */

static char directory[64], path[256];
static struct signet_intermediary_host host;
static struct conf *conf;
static void *instance;
static struct http_header headers[2];
static struct http_request request;
static struct http_response response;

static const char *in_state(const char *name)
{
	snprintf(path, sizeof path, "%s/%s", directory, name);
	return path;
}

static void write_file(const char *name, struct bytes content)
{
	struct error err;
	const struct timespec times[2] = {{NOW - 60, 0}, {NOW - 60, 5}};
	if (file_write(in_state(name), content, 0644, FILE_REPLACE, &err) ||
	    utimensat(AT_FDCWD, path, times, 0))
		fail_msg("%s", err.message);
}

/* As much of a CRL as is looked at. */
static void write_crl(const char *name, int64_t next_update)
{
	_cleanup_buffer_ struct buffer crl = BUFFER_MAX(4096);
	struct der_writer w = der_write(&crl);
	der_begin(&w, DER_SEQUENCE);
	der_begin(&w, DER_SEQUENCE);
	der_put(&w, DER_SEQUENCE, bytes_text("algorithm"));
	der_put(&w, DER_SEQUENCE, bytes_text("issuer"));
	der_put_time(&w, NOW - 60);
	der_put_time(&w, next_update);
	der_end(&w);
	der_end(&w);
	write_file(name, buffer_bytes(&crl));
}

static int configure(const char *text, struct error *err)
{
	if (conf_parse(&conf, "t.yaml", bytes_text(text), err))
		return SIGNET_E_CONFIG;
	return intermediary_repository.configure(&instance, &host, conf_root(conf), err);
}

static int setup(void **state)
{
	(void)state;
	struct error err = {0};
	clock_freeze(NOW);
	snprintf(directory, sizeof directory, "/tmp/signet-repository-XXXXXX");
	if (!mkdtemp(directory) || file_make_directory(in_state("public/crl"), 0755, &err) ||
	    file_make_directory(in_state("public/ca"), 0755, &err))
		return -1;
	host = (struct signet_intermediary_host){.name = "repository", .path = "",
	                                         .state_directory = directory};
	request = (struct http_request){.arena = arena_new(1 << 20), .headers = headers, .peer = "",
	                                .method = "GET"};
	response = (struct http_response){.body = BUFFER_MAX(LIMIT_HTTP_RESPONSE)};
	write_crl("public/crl/issuing.crl", NOW + 86400);
	write_file("public/ca/issuing.cer", bytes_text("certificate"));
	write_file("public/ca/issuing.pem", bytes_text("pem"));
	write_file("public/ca/issuing.p7c", bytes_text("bag"));
	return configure("{}", &err);
}

static int teardown(void **state)
{
	(void)state;
	static const char *const names[] = {"public/crl/issuing.crl", "public/crl/due.crl",
	                                    "public/crl/odd.crl", "public/ca/issuing.cer",
	                                    "public/ca/issuing.pem", "public/ca/issuing.p7c",
	                                    "public/ca", "public/crl", "public", ""};
	intermediary_repository.free(instance);
	conf_free(conf);
	signet_http_free(&response);
	arena_free(request.arena);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		remove(in_state(names[i]));
	clock_freeze(0);
	return 0;
}

static int get(const char *folder, const char *file)
{
	const struct http_parameter parameter = {"file", file};
	const struct http_route *route = intermediary_repository.routes;
	while (strncmp(route->pattern + 1, folder, strlen(folder)) != 0)
		route++;
	signet_http_free(&response);
	response = (struct http_response){.body = BUFFER_MAX(LIMIT_HTTP_RESPONSE)};
	request.parameters = &parameter;
	request.parameter_count = 1;
	route->handler(instance, &request, &response);
	return response.status;
}

static const char *header(const char *name)
{
	for (size_t i = 0; i < response.header_count; i++)
		if (strcmp(response.headers[i].name, name) == 0)
			return response.headers[i].value;
	return "";
}

static void files_have_their_types(void **state)
{
	(void)state;
	static const struct { const char *folder, *file, *type; } wanted[] = {
		{"crl", "issuing.crl", "application/pkix-crl"},
		{"ca", "issuing.cer", "application/pkix-cert"},
		{"ca", "issuing.pem", "application/x-pem-file"},
		{"ca", "issuing.p7c", "application/pkcs7-mime; smime-type=certs-only"},
	};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		assert_int_equal(get(wanted[i].folder, wanted[i].file), 200);
		assert_string_equal(header("Content-Type"), wanted[i].type);
		assert_string_equal(header("Last-Modified"), "Mon, 23 Nov 2026 12:48:00 GMT");
		assert_string_equal(header("Expires"), "Mon, 23 Nov 2026 13:49:00 GMT");
		assert_true(response.file.is_set);
	}
	char text[8] = "";
	assert_int_equal(response.file.length, 3);
	assert_int_equal(read(response.file.fd, text, sizeof text), 3);
	assert_string_equal(text, "bag");
}

static void what_is_no_such_file_is_not_found(void **state)
{
	(void)state;
	static const char *const files[] = {"none.crl", "issuing", "issuing.crl.a8Fx2b", ".crl",
	                                    "issuing.CRL", "issuing.cer", "..", "../ca/issuing.crl"};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		assert_int_equal(get("crl", files[i]), 404);
		assert_false(response.file.is_set);
		assert_string_equal(header("ETag"), "");
	}
	assert_int_equal(get("ca", "issuing.crl"), 404);
}

static void a_client_that_has_the_file_gets_none(void **state)
{
	(void)state;
	char etag[128];
	assert_int_equal(get("crl", "issuing.crl"), 200);
	snprintf(etag, sizeof etag, "%s", header("ETag"));
	assert_int_equal(etag[0], '"');
	headers[0] = (struct http_header){"If-None-Match", etag};
	request.header_count = 1;
	assert_int_equal(get("crl", "issuing.crl"), 304);
	assert_false(response.file.is_set);
	assert_string_equal(header("ETag"), etag);
	assert_string_equal(header("Expires"), "Mon, 23 Nov 2026 13:49:00 GMT");
	headers[0] = (struct http_header){"If-Modified-Since", "Mon, 23 Nov 2026 12:48:00 GMT"};
	assert_int_equal(get("crl", "issuing.crl"), 304);
	headers[0].value = "Mon, 23 Nov 2026 12:47:59 GMT";
	assert_int_equal(get("crl", "issuing.crl"), 200);
	/* another file under the same name, made in the same second */
	write_crl("public/crl/issuing.crl", NOW + 90000);
	headers[0] = (struct http_header){"If-None-Match", etag};
	assert_int_equal(get("crl", "issuing.crl"), 200);
	assert_string_not_equal(header("ETag"), etag);
	request.header_count = 0;
}

static void no_crl_is_kept_beyond_its_next_update(void **state)
{
	(void)state;
	write_crl("public/crl/due.crl", NOW + 600);
	assert_int_equal(get("crl", "due.crl"), 200);
	assert_string_equal(header("Expires"), "Mon, 23 Nov 2026 12:59:00 GMT");
	assert_string_equal(header("Cache-Control"),
	                    "max-age=600, public, no-transform, must-revalidate");
	write_crl("public/crl/due.crl", NOW - 30);
	assert_int_equal(get("crl", "due.crl"), 200);
	assert_string_equal(header("Cache-Control"),
	                    "max-age=0, public, no-transform, must-revalidate");
	write_file("public/crl/odd.crl", bytes_text("no CRL"));
	assert_int_equal(get("crl", "odd.crl"), 200);
	assert_string_equal(header("Expires"), "Mon, 23 Nov 2026 13:49:00 GMT");
}

static void the_configuration_says_how_long(void **state)
{
	(void)state;
	struct error err = {0};
	intermediary_repository.free(instance);
	conf_free(conf);
	conf = NULL;
	assert_int_equal(configure("max-age: 5m", &err), 0);
	assert_int_equal(get("ca", "issuing.cer"), 200);
	assert_string_equal(header("Cache-Control"),
	                    "max-age=300, public, no-transform, must-revalidate");
	intermediary_repository.free(instance);
	instance = NULL;
	conf_free(conf);
	conf = NULL;
	assert_int_equal(configure("max-age: often", &err), SIGNET_E_CONFIG);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_have_their_types),
		TEST(what_is_no_such_file_is_not_found),
		TEST(a_client_that_has_the_file_gets_none),
		TEST(no_crl_is_kept_beyond_its_next_update),
		TEST(the_configuration_says_how_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
