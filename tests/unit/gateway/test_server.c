#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http_peer.h"

static unsigned port;
static struct listener listener;
static struct server *server;
static char answer[1 << 20];

static int setup(void **state)
{
	(void)state;
	struct error err = {0};
	port = peer_free_port();
	listener = (struct listener){"127.0.0.1", port, false};
	struct server_options options = {.listeners = &listener, .listener_count = 1,
	                                 .hostname = "ca.example.com", .threads = 16,
	                                 .request_limit = 2000000};
	int result = test_server_start(&server, &options, &err);
	if (result)
		print_error("%s (%s)\n", err.message, err.detail);
	return result;
}

static int teardown(void **state)
{
	(void)state;
	server_stop(server);
	return 0;
}

/* Sends the text, returns the status of the (first) answer; `answer` is all that came. */
static int ask(const char *text)
{
	peer_exchange(port, text, strlen(text), answer, sizeof answer);
	return peer_status(answer);
}

static int ask_octets(const char *octets, size_t length)
{
	peer_exchange(port, octets, length, answer, sizeof answer);
	return peer_status(answer);
}

static int get(const char *target)
{
	char text[8192];
	snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", target);
	return ask(text);
}

static const char *body_of(const char *text)
{
	const char *end = strstr(text, "\r\n\r\n");
	assert_non_null(end);
	return end + 4;
}

static void assert_problem(int status)
{
	assert_int_equal(peer_status(answer), status);
	assert_non_null(strstr(answer, "Content-Type: application/problem+json"));
	/* jansson may write a blank behind the colon */
	const char *body = body_of(answer);
	const char *field = strstr(body, "\"status\":");
	assert_non_null(field);
	assert_int_equal(strtol(field + strlen("\"status\":"), NULL, 10), status);
}

static void a_route_answers(void **state)
{
	(void)state;
	assert_int_equal(get("/test/hello"), 200);
	assert_string_equal(body_of(answer), "hello");
	assert_non_null(strstr(answer, "Content-Length: 5\r\n"));
	assert_non_null(strstr(answer, "Connection: close\r\n"));
	assert_non_null(strstr(answer, " GMT\r\n"));
	assert_int_equal(get("/test/echo/a%20b"), 200);
	assert_string_equal(body_of(answer), "a b");
	assert_int_equal(get("/test/large"), 200);
	assert_int_equal(strlen(body_of(answer)), 500000);
	assert_int_equal(get("/test/nothing"), 204);
	assert_null(strstr(answer, "Content-Length"));
	assert_int_equal(get("/test/broken"), 500);
	assert_problem(500);
}

static void what_a_route_takes_as_it_came_is_not_decoded(void **state)
{
	(void)state;
	static const char *const rests[] = {"MEIw+A/b%2Fc%2B==", "a//b", "//", "a/../b", "%", "%zz",
	                                    "%2e%2e/%00", "a\\b", "hello"};
	for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
		char target[64];
		snprintf(target, sizeof target, "/test/raw/%s", rests[i]);
		assert_int_equal(get(target), 200);
		assert_string_equal(body_of(answer), rests[i]);
	}
	get("/test/raw/");
	assert_problem(404);
	get("/test/raw/\xc3\xa4");
	assert_problem(400);
	/* the same path elsewhere */
	get("/test/echo/a%2fb");
	assert_problem(400);
	get("/test//raw/a");
	assert_problem(400);
	ask("POST /test/raw/%2f HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	assert_problem(405);
}

static void files_are_sent_whole(void **state)
{
	(void)state;
	assert_int_equal(get("/test/file/300000"), 200);
	assert_non_null(strstr(answer, "Content-Length: 300000\r\n"));
	assert_non_null(strstr(answer, "Cache-Control: max-age=60\r\n"));
	assert_null(strstr(answer, "no-store"));
	assert_int_equal(strlen(body_of(answer)), PEER_FILE);
	assert_string_equal(body_of(answer) + PEER_FILE - 12, "890123456789");
	assert_int_equal(get("/test/file/25"), 200);
	assert_string_equal(body_of(answer), "0123456789012345678901234");
	assert_int_equal(get("/test/file/0"), 200);
	assert_string_equal(body_of(answer), "");
	assert_int_equal(ask("HEAD /test/file/300000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
	                     "\r\n"), 200);
	assert_non_null(strstr(answer, "Content-Length: 300000\r\n"));
	assert_string_equal(body_of(answer), "");
}

static void a_file_that_is_too_short_ends_the_connection(void **state)
{
	(void)state;
	static const char two[] = "GET /test/file/300001 HTTP/1.1\r\nHost: a\r\n\r\n"
	                          "GET /test/hello HTTP/1.1\r\nHost: a\r\n\r\n";
	ask_octets(two, sizeof two - 1);
	assert_int_equal(peer_status(answer), 200);
	assert_int_equal(strlen(body_of(answer)), PEER_FILE);
}

static void head_has_no_body(void **state)
{
	(void)state;
	assert_int_equal(ask("HEAD /test/hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), 200);
	assert_string_equal(body_of(answer), "");
	assert_non_null(strstr(answer, "Content-Length: 5\r\n"));
	assert_int_equal(ask("HEAD /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), 404);
	assert_string_equal(body_of(answer), "");
}

static void the_handler_learns_who_asks(void **state)
{
	(void)state;
	char wanted[256];
	assert_int_equal(ask("GET /test/facts?a=b%20c HTTP/1.1\r\nHost: ca.example.com:8080\r\n"
	                     "Connection: close\r\n\r\n"), 200);
	snprintf(wanted, sizeof wanted,
	         "peer=127.0.0.1 base=http://ca.example.com:8080 query=a=b%%20c "
	         "listener=127.0.0.1:%u tls=0\ncertificate=\nbinding=\n", port);
	assert_string_equal(body_of(answer), wanted);
	assert_int_equal(ask("GET /test/facts HTTP/1.0\r\n\r\n"), 200);
	snprintf(wanted, sizeof wanted, "base=http://127.0.0.1:%u ", port);
	assert_non_null(strstr(answer, wanted));
	/* absolute form, RFC 9112 section 3.2.2 */
	snprintf(wanted, sizeof wanted,
	         "GET http://127.0.0.1:%u/test/hello HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
	         "Connection: close\r\n\r\n", port, port);
	assert_int_equal(ask(wanted), 200);
}

static void unknown_paths_and_methods(void **state)
{
	(void)state;
	get("/nowhere");
	assert_problem(404);
	get("/test/hello/");
	assert_problem(404);
	ask("POST /test/hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
	assert_problem(405);
	assert_non_null(strstr(answer, "Allow: GET, HEAD\r\n"));
	ask("OPTIONS /test/body HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	assert_problem(405);
	assert_non_null(strstr(answer, "Allow: POST\r\n"));
	ask("BREW /test/body HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	assert_problem(405);
	ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_problem(400);
	ask("GET http://other.example/test/hello HTTP/1.1\r\nHost: other.example\r\n\r\n");
	assert_problem(400);
	ask("CONNECT other.example:443 HTTP/1.1\r\nHost: other.example\r\n\r\n");
	assert_problem(400);
}

static void bodies_are_read_whole(void **state)
{
	(void)state;
	assert_int_equal(ask("POST /test/body HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
	                     "Content-Length: 5\r\n\r\nabcde"), 201);
	assert_string_equal(body_of(answer), "abcde");
	assert_int_equal(ask("POST /test/body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	                     "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), 201);
	assert_string_equal(body_of(answer), "abcde");
	assert_int_equal(ask("POST /test/body HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
	                     "Content-Length: 0\r\n\r\n"), 201);
	assert_string_equal(body_of(answer), "");
}

static void bodies_that_are_too_large_are_refused(void **state)
{
	(void)state;
	char text[4096];
	int head = snprintf(text, sizeof text, "POST /test/body HTTP/1.1\r\nHost: a\r\n"
	                                       "Content-Length: 1001\r\n\r\n");
	memset(text + head, 'x', 1001);
	ask_octets(text, (size_t)head + 1001);
	assert_problem(413);
	head = snprintf(text, sizeof text, "POST /test/body HTTP/1.1\r\nHost: a\r\n"
	                                   "Transfer-Encoding: chunked\r\n\r\n3e9\r\n");
	memset(text + head, 'x', 1001);
	memcpy(text + head + 1001, "\r\n0\r\n\r\n", 7);
	ask_octets(text, (size_t)head + 1008);
	assert_problem(413);
	ask("GET /test/hello HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
	assert_problem(413);
	ask("POST /test/body HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\nx");
	assert_problem(413);
	ask("POST /test/body HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nx");
	assert_problem(413);
}

static void a_body_that_is_large_gets_its_answer(void **state)
{
	(void)state;
	/* more than the receiver's window: the answer must not be lost in a reset */
	size_t length = 200000;
	char *text = malloc(length + 200);
	assert_non_null(text);
	int head = snprintf(text, 200, "POST /test/body HTTP/1.1\r\nHost: a\r\n"
	                               "Content-Length: %zu\r\n\r\n", length);
	memset(text + head, 'x', length);
	ask_octets(text, (size_t)head + length);
	free(text);
	assert_problem(413);
}

static void continue_is_said_when_it_is_expected(void **state)
{
	(void)state;
	static const char head[] = "POST /test/body HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
	                           "Connection: close\r\nContent-Length: 3\r\n\r\n";
	int fd = peer_connect(port);
	assert_true(peer_send(fd, head, sizeof head - 1));
	peer_read_answer(fd, true, answer, sizeof answer);
	assert_int_equal(peer_status(answer), 100);
	assert_true(peer_send(fd, "abc", 3));
	peer_read_all(fd, answer, sizeof answer);
	assert_int_equal(peer_status(answer), 201);
	close(fd);
	ask("POST /test/body HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n");
	assert_problem(413);
	ask("POST /test/body HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 1\r\n\r\nx");
	assert_problem(417);
}

static void ambiguous_requests_are_refused_and_closed(void **state)
{
	(void)state;
	/* each is followed by a request that a smuggler would like to see served */
	static const char *const heads[] = {
		"POST /test/body HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: "
		"chunked\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
		"Content-Length: 4\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\r\nContent-Length: 4 \r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\r\nContent-Length: 0x4\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\r\nContent-Length: 4, 4\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\r\nContent-Length: -4\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n"
		"Transfer-Encoding: chunked\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n"
		"Content-Length: 4\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\r\nContent-Length : 4\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\r\nX: y\r\n Transfer-Encoding: chunked\r\n"
		"Content-Length: 4\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\nContent-Length: 4\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\r\nContent-Length: 4\n\n",
		"POST /test/body HTTP/1.1\r\nHost: a\r\n\xe4: b\r\nContent-Length: 4\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\r\n: b\r\nContent-Length: 4\r\n\r\n",
		"POST /test/body HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 4\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nContent-Length: 4\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a b\r\nContent-Length: 4\r\n\r\n",
		"POST /test/body HTTP/1.1\r\nHost: a\rb: c\r\nContent-Length: 4\r\n\r\n",
	};
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		char text[1024];
		int length = snprintf(text, sizeof text,
		                      "%s0\r\n\r\nGET /test/hello HTTP/1.1\r\nHost: a\r\n\r\n",
		                      heads[i]);
		ask_octets(text, (size_t)length);
		if (peer_status(answer) < 400 || peer_status(answer) > 499)
			fail_msg("not refused: %s\n%s", heads[i], answer);
		assert_non_null(strstr(answer, "application/problem+json"));
		if (strstr(answer + 1, "HTTP/1.1 "))
			fail_msg("a second answer to: %s\n%s", heads[i], answer);
	}
}

static void malformed_requests_are_refused(void **state)
{
	(void)state;
	static const char *const requests[] = {
		"\r\n\r\n\r\nGET\r\n\r\n",
		"GET\r\n\r\n",
		"GET /test/hello\r\n\r\n",
		"GET /test/hello HTTP/9.9\r\nHost: a\r\n\r\n",
		"GET /test/hello FTP/1.1\r\nHost: a\r\n\r\n",
		"GET  HTTP/1.1\r\nHost: a\r\n\r\n",
		"get /test/hello HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET test/hello HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /test/hello\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /test/hello HTTP/1.1\r\nHost\r\n\r\n",
		"GET /test/hello HTTP/1.1\r\nHo st: a\r\n\r\n",
		"GET /test/../test/hello HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /test/%2e%2e/test/hello HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /test//hello HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /test%2fhello HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /test/hello%00 HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /test/hello% HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /test/hello%zz HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /test/\xff HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET http:// HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET http://:0/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
	};
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		char text[512];
		int length = snprintf(text, sizeof text, "%s", requests[i]);
		int fd = peer_connect(port);
		peer_send(fd, text, (size_t)length);
		shutdown(fd, SHUT_WR);
		peer_read_all(fd, answer, sizeof answer);
		close(fd);
		int status = peer_status(answer);
		if (status != 505 && (status < 400 || status > 499))
			fail_msg("not refused: %s\n%s", requests[i], answer);
		assert_non_null(strstr(answer, "application/problem+json"));
	}
}

static void nul_octets_are_refused(void **state)
{
	(void)state;
	static const char in_path[] = "GET /test/hello\0 HTTP/1.1\r\nHost: a\r\n\r\n";
	static const char in_header[] =
		"GET /test/hello HTTP/1.1\r\nX: a\0b\r\nTransfer-Encoding: chunked\r\nHost: a\r\n\r\n";
	ask_octets(in_path, sizeof in_path - 1);
	assert_problem(400);
	ask_octets(in_header, sizeof in_header - 1);
	assert_problem(400);
}

static void giant_headers_are_refused(void **state)
{
	(void)state;
	size_t size = 100000;
	char *text = malloc(size);
	assert_non_null(text);
	/* over our limit, within CivetWeb's */
	int head = snprintf(text, size, "GET /test/hello HTTP/1.1\r\nHost: a\r\nX: ");
	memset(text + head, 'x', 20000);
	memcpy(text + head + 20000, "\r\n\r\n", 4);
	ask_octets(text, (size_t)head + 20004);
	assert_problem(431);
	/* over both */
	memset(text + head, 'x', size - (size_t)head);
	ask_octets(text, 40000);
	assert_problem(400);
	/* too many */
	head = snprintf(text, size, "GET /test/hello HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; i < 70; i++)
		head += snprintf(text + head, size - (size_t)head, "X-%d: y\r\n", i);
	head += snprintf(text + head, size - (size_t)head, "\r\n");
	ask_octets(text, (size_t)head);
	assert_problem(431);
	/* a path that is too long */
	head = snprintf(text, size, "GET /test/");
	memset(text + head, 'a', 5000);
	head += 5000;
	head += snprintf(text + head, size - (size_t)head, " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	ask_octets(text, (size_t)head);
	assert_problem(400);
	free(text);
}

static void requests_on_one_connection_are_answered_in_order(void **state)
{
	(void)state;
	static const char pipeline[] =
		"GET /test/echo/1 HTTP/1.1\r\nHost: a\r\n\r\n"
		"POST /test/body HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\ntwo"
		"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"
		"HEAD /test/hello HTTP/1.1\r\nHost: a\r\n\r\n"
		"GET /test/echo/5 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
		"GET /test/echo/6 HTTP/1.1\r\nHost: a\r\n\r\n";
	int fd = peer_connect(port);
	assert_true(peer_send(fd, pipeline, sizeof pipeline - 1));
	static const struct { int status; bool head; const char *body; } wanted[] = {
		{200, false, "1"}, {201, false, "two"}, {404, false, NULL}, {200, true, ""},
		{200, false, "5"},
	};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		peer_read_answer(fd, wanted[i].head, answer, sizeof answer);
		assert_int_equal(peer_status(answer), wanted[i].status);
		if (wanted[i].body)
			assert_string_equal(body_of(answer), wanted[i].body);
	}
	assert_int_equal(peer_read_all(fd, answer, sizeof answer), 0);
	close(fd);
}

static void a_refused_body_ends_the_connection(void **state)
{
	(void)state;
	static const char text[] =
		"POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 44\r\n\r\n"
		"GET /test/hello HTTP/1.1\r\nHost: smuggled\r\n\r\n";
	ask_octets(text, sizeof text - 1);
	assert_problem(404);
	assert_non_null(strstr(answer, "Connection: close"));
	assert_null(strstr(answer, "hello"));
}

static void slow_and_cut_requests_get_their_end(void **state)
{
	(void)state;
	/* nothing behind the first header: the limit of 2 s ends it */
	static const char half[] = "GET /test/hello HTTP/1.1\r\nHost: a\r\n";
	int fd = peer_connect(port);
	assert_true(peer_send(fd, half, sizeof half - 1));
	peer_read_all(fd, answer, sizeof answer);
	assert_problem(400);
	close(fd);
	/* a body that comes octet by octet, each in time and together too slow */
	static const char head[] = "POST /test/body HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n";
	fd = peer_connect(port);
	assert_true(peer_send(fd, head, sizeof head - 1));
	for (int i = 0; i < 100 && peer_send(fd, "x", 1); i++) {
		char octet;
		nanosleep(&(struct timespec){0, 200000000}, NULL);
		if (recv(fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) >= 0)
			break;
	}
	peer_read_all(fd, answer, sizeof answer);
	assert_problem(400);
	close(fd);
	/* a body that ends too early */
	fd = peer_connect(port);
	assert_true(peer_send(fd, head, sizeof head - 1) && peer_send(fd, "xxx", 3));
	shutdown(fd, SHUT_WR);
	peer_read_all(fd, answer, sizeof answer);
	assert_problem(400);
	close(fd);
	/* nobody is left waiting */
	assert_int_equal(get("/test/hello"), 200);
}

static void malformed_chunks_are_refused(void **state)
{
	(void)state;
	static const char *const bodies[] = {
		"zz\r\nabc\r\n0\r\n\r\n", "-3\r\nabc\r\n0\r\n\r\n", "3;a=b\r\nabc\r\n0\r\n\r\n",
		"3\r\nabcd\r\n0\r\n\r\n", "ffffffffffffffff\r\nabc\r\n0\r\n\r\n",
		"8000000000000000\r\nabc\r\n0\r\n\r\n", "0x3\r\nabc\r\n0\r\n\r\n",
		"\r\n\r\n", "3\nabc\n0\n\n",
	};
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		char text[512];
		int length = snprintf(text, sizeof text,
		                      "POST /test/body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
		                      "chunked\r\n\r\n%s", bodies[i]);
		int fd = peer_connect(port);
		peer_send(fd, text, (size_t)length);
		shutdown(fd, SHUT_WR);
		peer_read_all(fd, answer, sizeof answer);
		close(fd);
		if (peer_status(answer) < 400 || peer_status(answer) > 499)
			fail_msg("not refused: %s\n%s", bodies[i], answer);
	}
}

/* Lets the handler go on as soon as the listener is closed. */
static void *release_once_closed(void *arg)
{
	for (int fd; (fd = peer_connect(port)) >= 0; close(fd))
		nanosleep(&(struct timespec){0, 1000000}, NULL);
	test_slow_release();
	return arg;
}

static void a_stop_lets_requests_finish(void **state)
{
	(void)state;
	static const char text[] = "GET /test/slow HTTP/1.1\r\nHost: a\r\n\r\n";
	int slow = peer_connect(port), idle = peer_connect(port);
	assert_true(peer_send(slow, text, sizeof text - 1));
	while (test_slow_waiting() == 0)
		nanosleep(&(struct timespec){0, 1000000}, NULL);
	unsigned threads, busy;
	server_load(server, &threads, &busy);
	assert_int_equal(threads, 16);
	assert_int_equal(busy, 1);
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, release_once_closed, NULL), 0);
	server_stop(server);
	server = NULL;
	pthread_join(thread, NULL);
	peer_read_all(slow, answer, sizeof answer);
	assert_int_equal(peer_status(answer), 200);
	assert_string_equal(body_of(answer), "hello");
	assert_int_equal(peer_read_all(idle, answer, sizeof answer), 0);
	assert_int_equal(peer_connect(port), -1);
	close(slow);
	close(idle);
}

static void a_port_in_use_is_named(void **state)
{
	(void)state;
	struct error err = {0};
	struct server *second = NULL;
	char wanted[64];
	struct server_options options = {.listeners = &listener, .listener_count = 1,
	                                 .hostname = "a"};
	assert_int_equal(test_server_start(&second, &options, &err), SIGNET_E_IO);
	snprintf(wanted, sizeof wanted, "127.0.0.1:%u", port);
	assert_non_null(strstr(err.message, wanted));
	assert_non_null(strstr(err.message, "in use"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_route_answers),
		cmocka_unit_test(what_a_route_takes_as_it_came_is_not_decoded),
		cmocka_unit_test(files_are_sent_whole),
		cmocka_unit_test(a_file_that_is_too_short_ends_the_connection),
		cmocka_unit_test(head_has_no_body),
		cmocka_unit_test(the_handler_learns_who_asks),
		cmocka_unit_test(unknown_paths_and_methods),
		cmocka_unit_test(bodies_are_read_whole),
		cmocka_unit_test(bodies_that_are_too_large_are_refused),
		cmocka_unit_test(a_body_that_is_large_gets_its_answer),
		cmocka_unit_test(continue_is_said_when_it_is_expected),
		cmocka_unit_test(ambiguous_requests_are_refused_and_closed),
		cmocka_unit_test(malformed_requests_are_refused),
		cmocka_unit_test(nul_octets_are_refused),
		cmocka_unit_test(giant_headers_are_refused),
		cmocka_unit_test(requests_on_one_connection_are_answered_in_order),
		cmocka_unit_test(a_refused_body_ends_the_connection),
		cmocka_unit_test(slow_and_cut_requests_get_their_end),
		cmocka_unit_test(malformed_chunks_are_refused),
		cmocka_unit_test(a_port_in_use_is_named),
		cmocka_unit_test(a_stop_lets_requests_finish),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
