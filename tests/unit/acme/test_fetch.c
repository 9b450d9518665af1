#include "tests/unit/asn1/hex.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "intermediaries/acme/fetch.h"
#include "tests/unit/acme/responder.h"

#define TOKEN "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
#define PATH "/.well-known/acme-challenge/" TOKEN

/* What the server does, and how it is asked. */
struct scene {
	const char *body;      /* of the last answer */
	const char *status;
	int redirects;         /* before the last answer; -1: for ever */
	const char *location;  /* where to; NULL: to itself */
	size_t padding;        /* octets before the body */
	bool closes;           /* without an answer */
	unsigned port;
	char host[256];        /* Host header of the last request */
	struct fetch_settings settings;
	uint16_t ports[2];
	struct network deny[2];
	struct fetch_override overrides[2];
};

static size_t answer(void *arg, const char *request, char *out, size_t size)
{
	struct scene *scene = arg;
	const char *host = strstr(request, "\r\nHost: ");
	if (host)
		sscanf(host + 8, "%255[^\r]", scene->host);
	if (scene->closes)
		return 0;
	if (scene->redirects) {
		scene->redirects -= scene->redirects > 0;
		return (size_t)snprintf(out, size, "HTTP/1.1 302 Found\r\nLocation: %s\r\n"
		                        "Content-Length: 0\r\nConnection: close\r\n\r\n",
		                        scene->location ? scene->location : PATH);
	}
	size_t length = (size_t)snprintf(out, size,
	                                 "HTTP/1.1 %s\r\nConnection: close\r\n\r\n", scene->status);
	memset(out + length, 'x', scene->padding);
	length += scene->padding;
	return length + (size_t)snprintf(out + length, size - length, "%s", scene->body);
}

static struct responder *begin(struct scene *scene)
{
	struct responder *responder = responder_open(answer, scene);
	assert_non_null(responder);
	scene->port = responder_port(responder);
	if (!scene->status)
		scene->status = "200 OK";
	if (!scene->body)
		scene->body = "hello";
	scene->ports[0] = (uint16_t)scene->port;
	scene->overrides[0] = (struct fetch_override){"*", "127.0.0.1"};
	scene->settings = (struct fetch_settings){
		.http_port = scene->port,
		.redirect_ports = scene->ports,
		.redirect_port_count = 1,
		.timeout_ms = 20000,
		.deny = scene->deny,
		.overrides = scene->overrides,
		.override_count = 1,
	};
	return responder;
}

static char body_text[FETCH_BODY_MAX + 1];
static struct error err;

static enum fetch_failure fetch(struct scene *scene)
{
	struct buffer body = BUFFER_MAX(FETCH_BODY_MAX);
	err = (struct error){0};
	enum fetch_failure failure = fetch_challenge(&scene->settings, "www.example.test", TOKEN,
	                                             &body, &err);
	size_t length = body.length < sizeof body_text ? body.length : sizeof body_text - 1;
	if (length)
		memcpy(body_text, body.data, length);
	body_text[length] = '\0';
	buffer_free(&body);
	return failure;
}

static void body_of_the_answer_is_read(void **state)
{
	(void)state;
	struct scene scene = {.body = "abc.def\n"};
	struct responder *responder = begin(&scene);
	assert_int_equal(fetch(&scene), FETCH_OK);
	assert_string_equal(body_text, "abc.def\n");
	assert_string_equal(scene.host,
	                    arena_printf(arena, "www.example.test:%u", scene.port));
	/* the handle is used again by the same thread */
	assert_int_equal(fetch(&scene), FETCH_OK);
	assert_int_equal(responder_count(responder), 2);
	responder_close(responder);
}

static void redirects_are_followed_ten_times(void **state)
{
	(void)state;
	struct scene scene = {.redirects = 10};
	struct responder *responder = begin(&scene);
	assert_int_equal(fetch(&scene), FETCH_OK);
	assert_string_equal(body_text, "hello");
	assert_int_equal(responder_count(responder), 11);
	scene.redirects = 11;
	assert_int_equal(fetch(&scene), FETCH_FORBIDDEN);
	assert_non_null(strstr(err.message, "too many redirects"));
	responder_close(responder);
}

static void redirect_loop_ends(void **state)
{
	(void)state;
	struct scene scene = {.redirects = -1};
	struct responder *responder = begin(&scene);
	assert_int_equal(fetch(&scene), FETCH_FORBIDDEN);
	assert_int_equal(responder_count(responder), 11);
	responder_close(responder);
}

static void redirect_to_another_host_is_followed_there(void **state)
{
	(void)state;
	struct scene scene = {.redirects = 1};
	struct responder *responder = begin(&scene);
	scene.location = arena_printf(arena, "http://other.example.test:%u/x", scene.port);
	assert_int_equal(fetch(&scene), FETCH_OK);
	assert_string_equal(scene.host,
	                    arena_printf(arena, "other.example.test:%u", scene.port));
	responder_close(responder);
}

static void redirects_elsewhere_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"http://www.example.test:25/",        "http://www.example.test/",
		"https://www.example.test/",          "ftp://www.example.test:%u/",
		"file:///etc/passwd",                 "gopher://www.example.test:%u/",
		"http://127.0.0.1:%u/",               "http://[::1]:%u/",
		"http://user:secret@www.example.test:%u/", "http://www.example.test:0/",
		"http://2130706433:%u/",              "http://a..b:%u/",
		"http://user@www.example.test:%u/",   "dict://www.example.test:%u/",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct scene scene = {.redirects = 1};
		struct responder *responder = begin(&scene);
		char location[256];
		const char *gap = strstr(bad[i], "%u");
		if (gap)
			snprintf(location, sizeof location, "%.*s%u%s", (int)(gap - bad[i]), bad[i],
			         scene.port, gap + 2);
		else
			snprintf(location, sizeof location, "%s", bad[i]);
		scene.location = location;
		if (fetch(&scene) != FETCH_FORBIDDEN)
			fail_msg("followed: %s (%s)", location, err.message);
		assert_int_equal(responder_count(responder), 1);
		responder_close(responder);
	}
}

static void answer_of_more_than_the_maximum_is_refused(void **state)
{
	(void)state;
	struct scene scene = {.padding = FETCH_BODY_MAX - 5};
	struct responder *responder = begin(&scene);
	assert_int_equal(fetch(&scene), FETCH_OK);
	scene.padding++;
	assert_int_equal(fetch(&scene), FETCH_TOO_BIG);
	scene.padding = 900000;
	assert_int_equal(fetch(&scene), FETCH_TOO_BIG);
	responder_close(responder);
}

static void other_statuses_than_200_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"404 Not Found", "500 Oops", "204 No Content", "201 Made",
	                                  "401 Who"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct scene scene = {.status = bad[i]};
		struct responder *responder = begin(&scene);
		assert_int_equal(fetch(&scene), FETCH_STATUS);
		assert_non_null(strstr(err.message, arena_printf(arena, "status %.3s", bad[i])));
		responder_close(responder);
	}
}

/* A port where the kernel takes connections and nobody reads them. */
static int open_silent(unsigned *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static void silent_server_meets_the_timeout(void **state)
{
	(void)state;
	struct scene scene = {0};
	struct responder *responder = begin(&scene);
	int fd = open_silent(&scene.settings.http_port);
	scene.ports[0] = (uint16_t)scene.settings.http_port;
	scene.settings.timeout_ms = 200;
	assert_int_equal(fetch(&scene), FETCH_CONNECTION);
	assert_non_null(strstr(err.message, "Timeout"));
	close(fd);
	responder_close(responder);
}

static void silent_server_does_not_hold_up_the_end(void **state)
{
	(void)state;
	struct scene scene = {0};
	struct responder *responder = begin(&scene);
	atomic_bool cancelled = true;
	int fd = open_silent(&scene.settings.http_port);
	scene.ports[0] = (uint16_t)scene.settings.http_port;
	scene.settings.timeout_ms = 300000;
	scene.settings.cancelled = &cancelled;
	assert_int_not_equal(fetch(&scene), FETCH_OK);
	close(fd);
	responder_close(responder);
}

static void server_that_hangs_up_is_a_connection_failure(void **state)
{
	(void)state;
	struct scene scene = {.closes = true};
	struct responder *responder = begin(&scene);
	assert_int_equal(fetch(&scene), FETCH_CONNECTION);
	responder_close(responder);
}

static void closed_port_is_a_connection_failure(void **state)
{
	(void)state;
	struct scene scene = {0};
	struct responder *responder = begin(&scene);
	responder_close(responder);
	assert_int_equal(fetch(&scene), FETCH_CONNECTION);
	assert_non_null(strstr(err.message, "www.example.test"));
}

static void denied_network_is_never_contacted(void **state)
{
	(void)state;
	static const char *const networks[] = {"127.0.0.0/8", "127.0.0.1/32", "0.0.0.0/0"};
	struct scene scene = {0};
	struct responder *responder = begin(&scene);
	scene.settings.deny_count = 1;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(text_to_network(networks[i], &scene.deny[0]), 0);
		assert_int_equal(fetch(&scene), FETCH_FORBIDDEN);
		assert_non_null(strstr(err.message, "127.0.0.1 may not be contacted"));
	}
	/* the same address in another dress */
	scene.overrides[0].address = "::ffff:127.0.0.1";
	assert_int_equal(fetch(&scene), FETCH_FORBIDDEN);
	static const char *const carried[] = {"64:ff9b::7f00:1", "2002:7f00:1::1", "::7f00:1",
	                                      "::ffff:0:127.0.0.1"};
	for (size_t i = 0; i < sizeof carried / sizeof *carried; i++) {
		scene.overrides[0].address = carried[i];
		assert_int_equal(text_to_network("127.0.0.0/8", &scene.deny[0]), 0);
		assert_int_equal(fetch(&scene), FETCH_FORBIDDEN);
		/* what is carried to elsewhere is not meant */
		assert_int_equal(text_to_network("10.0.0.0/8", &scene.deny[0]), 0);
		assert_int_not_equal(fetch(&scene), FETCH_FORBIDDEN);
	}
	scene.overrides[0].address = "::1";
	assert_int_equal(text_to_network("::1/128", &scene.deny[0]), 0);
	assert_int_equal(fetch(&scene), FETCH_FORBIDDEN);
	assert_int_equal(responder_count(responder), 0);
	scene.overrides[0].address = "127.0.0.1";
	assert_int_equal(text_to_network("10.0.0.0/8", &scene.deny[0]), 0);
	assert_int_equal(fetch(&scene), FETCH_OK);
	responder_close(responder);
}

static void denied_network_is_not_reached_by_a_redirect(void **state)
{
	(void)state;
	struct scene scene = {.redirects = 1};
	struct responder *responder = begin(&scene);
	scene.location = arena_printf(arena, "http://inside.example.test:%u/", scene.port);
	scene.overrides[1] = (struct fetch_override){"inside.example.test", "127.0.0.2"};
	scene.settings.override_count = 2;
	scene.settings.deny_count = 1;
	assert_int_equal(text_to_network("127.0.0.2/32", &scene.deny[0]), 0);
	assert_int_equal(fetch(&scene), FETCH_FORBIDDEN);
	assert_non_null(strstr(err.message, "127.0.0.2 may not be contacted"));
	assert_int_equal(responder_count(responder), 1);
	responder_close(responder);
}

static void proxies_of_the_environment_are_not_used(void **state)
{
	(void)state;
	struct scene scene = {0};
	struct responder *responder = begin(&scene);
	assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1/", 1), 0);
	assert_int_equal(setenv("all_proxy", "http://127.0.0.1:1/", 1), 0);
	assert_int_equal(fetch(&scene), FETCH_OK);
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	responder_close(responder);
}

static void name_without_an_address_is_a_dns_failure(void **state)
{
	(void)state;
	struct scene scene = {0};
	struct responder *responder = begin(&scene);
	struct buffer body = BUFFER_MAX(FETCH_BODY_MAX);
	scene.settings.override_count = 0;
	/* RFC 6761 section 6.4: never an address */
	assert_int_equal(fetch_challenge(&scene.settings, "nowhere.invalid", TOKEN, &body, &err),
	                 FETCH_DNS);
	buffer_free(&body);
	responder_close(responder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(body_of_the_answer_is_read),
		cmocka_unit_test(redirects_are_followed_ten_times),
		cmocka_unit_test(redirect_loop_ends),
		cmocka_unit_test(redirect_to_another_host_is_followed_there),
		cmocka_unit_test(redirects_elsewhere_are_refused),
		cmocka_unit_test(answer_of_more_than_the_maximum_is_refused),
		cmocka_unit_test(other_statuses_than_200_are_refused),
		cmocka_unit_test(silent_server_meets_the_timeout),
		cmocka_unit_test(silent_server_does_not_hold_up_the_end),
		cmocka_unit_test(server_that_hangs_up_is_a_connection_failure),
		cmocka_unit_test(closed_port_is_a_connection_failure),
		cmocka_unit_test(denied_network_is_never_contacted),
		cmocka_unit_test(denied_network_is_not_reached_by_a_redirect),
		cmocka_unit_test(proxies_of_the_environment_are_not_used),
		cmocka_unit_test(name_without_an_address_is_a_dns_failure),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
