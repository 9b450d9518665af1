#include "http_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/limits.h"

#define READ_MS 20000

unsigned peer_free_port(void)
{
	/* below the kernel's ephemeral range: no outgoing connection takes it before it is used */
	const unsigned least = 10000, count = 22000;
	for (int tries = 0; tries < 1000; tries++) {
		struct sockaddr_in address = {.sin_family = AF_INET};
		uint16_t random;
		if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
			break;
		unsigned port = least + random % count;
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		address.sin_port = htons((uint16_t)port);
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		bool free = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
		close(fd);
		if (free)
			return port;
	}
	abort();
}

int peer_connect(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address)) {
		close(fd);
		return -1;
	}
	return fd;
}

bool peer_send(int fd, const void *octets, size_t length)
{
	const char *p = octets;
	while (length) {
		ssize_t n = send(fd, p, length, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		length -= (size_t)n;
	}
	return true;
}

/* 0 at the end, on an error and when nothing came for too long. */
static size_t read_some(int fd, char *out, size_t size)
{
	struct pollfd polled = {fd, POLLIN, 0};
	if (size == 0 || poll(&polled, 1, READ_MS) <= 0)
		return 0;
	ssize_t n = recv(fd, out, size, 0);
	return n > 0 ? (size_t)n : 0;
}

size_t peer_read_all(int fd, char *out, size_t size)
{
	size_t length = 0, n;
	while ((n = read_some(fd, out + length, size - 1 - length)) > 0)
		length += n;
	out[length] = '\0';
	return length;
}

size_t peer_read_answer(int fd, bool head, char *out, size_t size)
{
	size_t length = 0;
	out[0] = '\0';
	for (;;) {
		char *end = strstr(out, "\r\n\r\n");
		char *field = strstr(out, "Content-Length: ");
		size_t body = !head && end && field && field < end
		                      ? strtoul(field + strlen("Content-Length: "), NULL, 10)
		                      : 0;
		if (end && length >= (size_t)(end + 4 - out) + body)
			return length;
		/* one octet at a time: what follows belongs to the next answer */
		size_t n = read_some(fd, out + length, length + 1 < size ? 1 : 0);
		if (n == 0)
			return length;
		length += n;
		out[length] = '\0';
	}
}

size_t peer_exchange(unsigned port, const void *octets, size_t length, char *out, size_t size)
{
	int fd = peer_connect(port);
	out[0] = '\0';
	if (fd < 0)
		return 0;
	peer_send(fd, octets, length);
	size_t got = peer_read_all(fd, out, size);
	close(fd);
	return got;
}

int peer_status(const char *answer)
{
	return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? (int)strtol(answer + 9, NULL, 10) : 0;
}

/* ---- the routes ---- */

static pthread_mutex_t slow_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t slow_changed = PTHREAD_COND_INITIALIZER;
static bool slow_released;
static unsigned slow_waiting;

static void hello(void *instance, const struct http_request *request,
                  struct http_response *response)
{
	signet_http_reply(request, response, 200, "text/plain", bytes_text(instance));
}

static void echo(void *instance, const struct http_request *request,
                 struct http_response *response)
{
	(void)instance;
	signet_http_reply(request, response, 200, "text/plain",
	                  bytes_text(signet_http_parameter(request, "text")));
}

static void body(void *instance, const struct http_request *request,
                 struct http_response *response)
{
	(void)instance;
	signet_http_reply(request, response, 201, "application/octet-stream", request->body);
}

static void facts(void *instance, const struct http_request *request,
                  struct http_response *response)
{
	(void)instance;
	response->status = 200;
	buffer_printf(&response->body, "peer=%s base=%s query=%s listener=%s tls=%d\n", request->peer,
	              request->base, request->query, request->listener, request->tls);
	buffer_append_text(&response->body, "certificate=");
	hex_encode(&response->body, request->client_certificate);
	buffer_append_text(&response->body, "\nbinding=");
	hex_encode(&response->body, request->channel_binding);
	buffer_append_text(&response->body, "\n");
}

static void large(void *instance, const struct http_request *request,
                  struct http_response *response)
{
	(void)instance, (void)request;
	response->status = 200;
	while (buffer_append(&response->body, "0123456789", 10) == 0 &&
	       response->body.length < 500000)
		;
}

/* A file of PEER_FILE octets that is said to have as many as the path tells. */
static void file(void *instance, const struct http_request *request,
                 struct http_response *response)
{
	(void)instance;
	int fd = memfd_create("body", MFD_CLOEXEC);
	for (int i = 0; fd >= 0 && i < PEER_FILE / 10; i++)
		if (write(fd, "0123456789", 10) != 10)
			break;
	signet_http_add(request, response, "Cache-Control", "max-age=60");
	signet_http_reply_file(request, response, 200, "application/octet-stream", &fd,
	                       strtoul(signet_http_parameter(request, "length"), NULL, 10));
	if (fd != -1)
		response->status = 599;
}

static void nothing(void *instance, const struct http_request *request,
                    struct http_response *response)
{
	(void)instance, (void)request;
	response->status = 204;
}

static void broken(void *instance, const struct http_request *request,
                   struct http_response *response)
{
	(void)instance, (void)request, (void)response;
}

static void slow(void *instance, const struct http_request *request,
                 struct http_response *response)
{
	pthread_mutex_lock(&slow_lock);
	slow_waiting++;
	while (!slow_released)
		pthread_cond_wait(&slow_changed, &slow_lock);
	slow_waiting--;
	pthread_mutex_unlock(&slow_lock);
	hello(instance, request, response);
}

void test_slow_release(void)
{
	pthread_mutex_lock(&slow_lock);
	slow_released = true;
	pthread_cond_broadcast(&slow_changed);
	pthread_mutex_unlock(&slow_lock);
}

unsigned test_slow_waiting(void)
{
	pthread_mutex_lock(&slow_lock);
	unsigned count = slow_waiting;
	pthread_mutex_unlock(&slow_lock);
	return count;
}

const struct http_route test_routes[] = {
	{"GET", "/hello", hello, 0},
	{"GET", "/echo/{text}", echo, 0},
	{"GET", "/raw/{text*}", echo, 0},
	{"GET", "/file/{length}", file, 0},
	{"POST", "/body", body, 1000},
	{"GET", "/facts", facts, 0},
	{"GET", "/large", large, 0},
	{"GET", "/nothing", nothing, 0},
	{"GET", "/broken", broken, 0},
	{"GET", "/slow", slow, 0},
	{NULL, NULL, NULL, 0},
};

static struct router *router;

static const struct router *acquire(void *arg, void **lease)
{
	(void)arg, (void)lease;
	return router;
}

static void release(void *arg, void *lease)
{
	(void)arg, (void)lease;
}

int test_server_start(struct server **out, struct server_options *options, struct error *err)
{
	static char greeting[] = "hello";
	if (!router) {
		router = router_new();
		if (!router || router_add(router, "/test", test_routes, greeting, err))
			return SIGNET_E_NOMEM;
	}
	options->acquire = acquire;
	options->release = release;
	return server_start(out, options, err);
}
