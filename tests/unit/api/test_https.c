#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/https.h"
#include "base/encoding.h"
#include "base/file.h"
#include "tests/unit/web_server.h"

#define ANSWER_MAX 100000

static struct conf *conf;
static struct https_target *target;
static struct buffer out = BUFFER_MAX(ANSWER_MAX);
static struct error err;
static unsigned status;
static int64_t retry_after;

static int start_server(void **state)
{
	(void)state;
	web_server_start();
	return 0;
}

static int stop_server(void **state)
{
	(void)state;
	web_server_stop();
	return 0;
}

static int clean(void **state)
{
	(void)state;
	https_target_free(target);
	conf_free(conf);
	buffer_free(&out);
	target = NULL;
	conf = NULL;
	err = (struct error){0};
	unlink(web_server_path("requests"));
	return 0;
}

static void load(const char *text)
{
	clean(NULL);
	if (conf_parse(&conf, "test.yaml", bytes_text(text), &err) ||
	    https_target_load(&target, conf_root(conf), web_server_path(""), &err))
		fail_msg("%s", err.message);
}

/* The listener, the path at it, and further keys. */
static void aim(const char *port, const char *path, const char *keys)
{
	char text[1000];
	snprintf(text, sizeof text, "{url: '%s://127.0.0.1:%u%s', timeout: 30s%s}",
	         strcmp(port, "http") == 0 ? "http" : "https", web_server_port(port), path, keys);
	load(text);
}

static int post(const char *body)
{
	buffer_clear(&out);
	status = 0;
	retry_after = -1;
	return https_post(target, bytes_text(body), &out, &status, &retry_after, &err);
}

static const char *last_request(void)
{
	static struct buffer text = BUFFER_MAX(1 << 20);
	buffer_free(&text);
	assert_int_equal(file_read(&text, web_server_path("requests"), &err), 0);
	const char *line = buffer_text(&text);
	for (const char *next; (next = strchr(line, '\n')) && next[1];)
		line = next + 1;
	return line;
}

static void body_goes_there_and_the_answer_comes_back(void **state)
{
	(void)state;
	web_server_write("ok", "{\"answer\": 42}");
	aim("http", "/answer/ok", "");
	assert_int_equal(post("{\"question\": \"?\"}"), 0);
	assert_int_equal(status, 200);
	assert_int_equal(retry_after, 0);
	assert_string_equal(buffer_text(&out), "{\"answer\": 42}");
	assert_non_null(strstr(last_request(), "\"body\": \"{\\\"question\\\": \\\"?\\\"}\""));
	assert_non_null(strstr(last_request(), "\"Content-Type\": \"application/json\""));
	assert_null(strstr(last_request(), "Expect"));
	assert_null(strstr(last_request(), "X-Signet"));
}

static void large_bodies_pass(void **state)
{
	(void)state;
	size_t length = 2 << 20;
	char *body = malloc(length + 1);
	assert_non_null(body);
	memset(body, 'x', length);
	body[length] = '\0';
	aim("https", "/port", ", ca: ca.pem");
	assert_int_equal(post(body), 0);
	assert_int_equal(status, 200);
	free(body);
}

static void headers_are_sent(void **state)
{
	(void)state;
	aim("http", "/port", ", headers: {Authorization: Bearer 17, X-Place: here}");
	assert_int_equal(post("{}"), 0);
	assert_non_null(strstr(last_request(), "\"Authorization\": \"Bearer 17\""));
	assert_non_null(strstr(last_request(), "\"X-Place\": \"here\""));
}

static void signature_is_what_the_receiver_computes(void **state)
{
	(void)state;
	web_server_write("secret", "a secret of ours that is long\n");
	aim("http", "/verify", ", secret: {file: secret}");
	assert_int_equal(post("{\"event\": \"issued\"}"), 0);
	assert_int_equal(status, 200);
	assert_int_equal(post(""), 0);
	assert_int_equal(status, 200);
	web_server_write("secret", "another secret that is long");
	assert_int_equal(post("{\"event\": \"issued\"}"), 0);
	assert_int_equal(status, 403);
}

static void every_status_is_an_answer(void **state)
{
	(void)state;
	aim("http", "/status/503/120", "");
	assert_int_equal(post("{}"), 0);
	assert_int_equal(status, 503);
	assert_int_equal(retry_after, 120);
	aim("http", "/status/404", "");
	assert_int_equal(post("{}"), 0);
	assert_int_equal(status, 404);
	assert_int_equal(retry_after, 0);
}

static void redirects_are_not_followed(void **state)
{
	(void)state;
	aim("http", "/redirect", "");
	assert_int_equal(post("{}"), 0);
	assert_int_equal(status, 302);
	assert_null(strstr(last_request(), "/port"));
}

static void connections_are_kept(void **state)
{
	(void)state;
	aim("https", "/port", ", ca: ca.pem");
	assert_int_equal(post("{}"), 0);
	unsigned long first = strtoul(buffer_text(&out), NULL, 10);
	assert_true(first > 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(post("{}"), 0);
		assert_int_equal(strtoul(buffer_text(&out), NULL, 10), first);
	}
}

static void trusted_server_is_spoken_to(void **state)
{
	(void)state;
	aim("https", "/port", ", ca: ca.pem");
	assert_int_equal(post("{}"), 0);
	assert_int_equal(status, 200);
}

static void refuses_tls(const char *port, const char *keys)
{
	aim(port, "/port", keys);
	assert_int_equal(post("{}"), SIGNET_E_UNAVAILABLE);
	assert_non_null(strstr(err.detail, "127.0.0.1"));
	assert_int_not_equal(access(web_server_path("requests"), F_OK), 0);
}

static void untrusted_servers_are_not(void **state)
{
	(void)state;
	refuses_tls("https", "");
	refuses_tls("expired", ", ca: ca.pem");
	refuses_tls("other", ", ca: ca.pem");
	refuses_tls("https", ", ca: client.pem");
}

static void client_certificate_is_shown(void **state)
{
	(void)state;
	refuses_tls("client", ", ca: ca.pem");
	aim("client", "/port", ", ca: ca.pem, certificate: client.pem, key: client.key");
	if (post("{}"))
		fail_msg("%s", err.detail);
	assert_int_equal(status, 200);
}

static void tls_to_a_plain_port_fails(void **state)
{
	(void)state;
	char text[200];
	snprintf(text, sizeof text, "{url: 'https://127.0.0.1:%u/port', ca: ca.pem}",
	         web_server_port("http"));
	load(text);
	assert_int_equal(post("{}"), SIGNET_E_UNAVAILABLE);
}

static void proxies_of_the_environment_are_not_used(void **state)
{
	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	setenv("https_proxy", "http://127.0.0.1:1/", 1);
	setenv("all_proxy", "http://127.0.0.1:1/", 1);
	aim("http", "/port", "");
	assert_int_equal(post("{}"), 0);
	aim("https", "/port", ", ca: ca.pem");
	assert_int_equal(post("{}"), 0);
	unsetenv("http_proxy");
	unsetenv("https_proxy");
	unsetenv("all_proxy");
}

static void server_that_hangs_is_given_up(void **state)
{
	(void)state;
	char text[200];
	static const char *const paths[] = {"hang", "drip"};
	for (size_t i = 0; i < 2; i++) {
		snprintf(text, sizeof text, "{url: 'http://127.0.0.1:%u/%s', timeout: 1s}",
		         web_server_port("http"), paths[i]);
		load(text);
		assert_int_equal(post("{}"), SIGNET_E_TIMEOUT);
	}
}

static void floods_end_at_the_limit(void **state)
{
	(void)state;
	aim("http", "/flood", "");
	assert_int_equal(post("{}"), SIGNET_E_TOO_BIG);
	assert_true(out.length <= ANSWER_MAX);
	aim("http", "/flood-headers", "");
	assert_int_equal(post("{}"), SIGNET_E_TOO_BIG);
}

static void what_is_no_answer_is_none(void **state)
{
	(void)state;
	static const char *const paths[] = {"/garbage", "/close", "/partial"};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		aim("http", paths[i], "");
		if (post("{}") != SIGNET_E_UNAVAILABLE)
			fail_msg("%s: %s", paths[i], err.message);
	}
}

static void a_failure_does_not_spoil_the_next_request(void **state)
{
	(void)state;
	web_server_write("ok", "fine");
	aim("http", "/answer/ok", "");
	assert_int_equal(post("{}"), 0);
	out.maximum = 2;
	assert_int_equal(post("{}"), SIGNET_E_TOO_BIG);
	out.maximum = ANSWER_MAX;
	assert_int_equal(post("{}"), 0);
	assert_string_equal(buffer_text(&out), "fine");
}

static void nobody_there_is_unavailable(void **state)
{
	(void)state;
	char text[200];
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	/* bound, but not listening: the port is nobody else's */
	_cleanup_fd_ int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	snprintf(text, sizeof text, "{url: 'http://localhost:%u/'}", ntohs(address.sin_port));
	load(text);
	assert_int_equal(post("{}"), SIGNET_E_UNAVAILABLE);
	assert_true(err.detail[0]);
}

static void *post_many(void *arg)
{
	for (int i = 0; i < 20; i++) {
		_cleanup_buffer_ struct buffer answer = BUFFER_MAX(100);
		unsigned code;
		int64_t later;
		if (https_post(target, bytes_text("{}"), &answer, &code, &later, NULL) || code != 200 ||
		    strcmp(buffer_text(&answer), "fine") != 0)
			return arg;
	}
	return NULL;
}

static void threads_share_a_target(void **state)
{
	(void)state;
	pthread_t threads[12];
	web_server_write("ok", "fine");
	aim("https", "/answer/ok", ", ca: ca.pem");
	for (int i = 0; i < 12; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, post_many, target), 0);
	for (int i = 0; i < 12; i++) {
		void *failed;
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
}

#define T(test) cmocka_unit_test_teardown(test, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(body_goes_there_and_the_answer_comes_back), T(large_bodies_pass), T(headers_are_sent),
		T(signature_is_what_the_receiver_computes), T(every_status_is_an_answer),
		T(redirects_are_not_followed), T(connections_are_kept), T(trusted_server_is_spoken_to),
		T(untrusted_servers_are_not), T(client_certificate_is_shown),
		T(tls_to_a_plain_port_fails), T(proxies_of_the_environment_are_not_used),
		T(server_that_hangs_is_given_up), T(floods_end_at_the_limit),
		T(what_is_no_answer_is_none), T(a_failure_does_not_spoil_the_next_request),
		T(nobody_there_is_unavailable), T(threads_share_a_target),
	};
	return cmocka_run_group_tests(tests, start_server, stop_server);
}
