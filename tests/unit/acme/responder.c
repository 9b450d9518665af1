#include "tests/unit/acme/responder.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MAX (1 << 20)

struct responder {
	int listener;
	int wake[2]; /* its closing ends the thread */
	unsigned port;
	pthread_t thread;
	atomic_uint count;
	responder_answer answer;
	void *arg;
	char out[ANSWER_MAX];
};

/* Reads until the empty line. */
static bool read_request(int fd, char *request, size_t size)
{
	size_t length = 0;
	while (length + 1 < size) {
		ssize_t n = read(fd, request + length, size - 1 - length);
		if (n <= 0)
			return false;
		length += (size_t)n;
		request[length] = '\0';
		if (strstr(request, "\r\n\r\n"))
			return true;
	}
	return false;
}

static void serve(struct responder *responder, int fd)
{
	char request[8192];
	if (!read_request(fd, request, sizeof request))
		return;
	atomic_fetch_add(&responder->count, 1);
	size_t length = responder->answer(responder->arg, request, responder->out, ANSWER_MAX);
	for (size_t at = 0; at < length;) {
		ssize_t n = send(fd, responder->out + at, length - at, MSG_NOSIGNAL);
		if (n <= 0)
			return;
		at += (size_t)n;
	}
}

static void *run(void *arg)
{
	struct responder *responder = arg;
	struct pollfd fds[] = {{responder->listener, POLLIN, 0}, {responder->wake[0], POLLIN, 0}};
	while (poll(fds, 2, -1) > 0 && !fds[1].revents) {
		int fd = accept4(responder->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		serve(responder, fd);
		/* what the client has not read is not to be cut off by a reset */
		shutdown(fd, SHUT_WR);
		close(fd);
	}
	return NULL;
}

static bool start(struct responder *responder)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	responder->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (responder->listener < 0 ||
	    bind(responder->listener, (struct sockaddr *)&address, sizeof address) < 0 ||
	    listen(responder->listener, 128) < 0 ||
	    getsockname(responder->listener, (struct sockaddr *)&address, &length) < 0 ||
	    pipe2(responder->wake, O_CLOEXEC) < 0)
		return false;
	responder->port = ntohs(address.sin_port);
	return pthread_create(&responder->thread, NULL, run, responder) == 0;
}

struct responder *responder_open(responder_answer answer, void *arg)
{
	struct responder *responder = calloc(1, sizeof *responder);
	if (!responder)
		return NULL;
	responder->answer = answer;
	responder->arg = arg;
	if (start(responder))
		return responder;
	free(responder);
	return NULL;
}

unsigned responder_port(const struct responder *responder)
{
	return responder->port;
}

unsigned responder_count(struct responder *responder)
{
	return atomic_load(&responder->count);
}

void responder_close(struct responder *responder)
{
	close(responder->wake[1]);
	pthread_join(responder->thread, NULL);
	close(responder->wake[0]);
	close(responder->listener);
	free(responder);
}
