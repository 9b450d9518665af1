#include "receiver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_MS 30000

void receiver_open_local(struct receiver *r, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	*r = (struct receiver){.directory = "/tmp/signet-log.XXXXXX"};
	assert_non_null(mkdtemp(r->directory));
	snprintf(r->path, sizeof r->path, "%s/log", r->directory);
	memcpy(address.sun_path, r->path, strlen(r->path) + 1);
	r->fd = socket(AF_UNIX, type, 0);
	assert_true(r->fd >= 0);
	assert_int_equal(bind(r->fd, (const struct sockaddr *)&address, sizeof address), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(r->fd, 8), 0);
}

void receiver_open_inet(struct receiver *r, int type, unsigned port)
{
	const int on = 1;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
	                              .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof address;
	*r = (struct receiver){.fd = socket(AF_INET, type, 0)};
	assert_true(r->fd >= 0);
	setsockopt(r->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	assert_int_equal(bind(r->fd, (const struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(r->fd, (struct sockaddr *)&address, &length), 0);
	r->port = ntohs(address.sin_port);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(r->fd, 8), 0);
}

void receiver_close(struct receiver *r)
{
	close(r->fd);
	if (*r->directory) {
		unlink(r->path);
		rmdir(r->directory);
	}
}

static void await(int fd)
{
	struct pollfd waiting = {fd, POLLIN, 0};
	assert_int_equal(poll(&waiting, 1, PATIENCE_MS), 1);
}

int receiver_accept(const struct receiver *r)
{
	await(r->fd);
	int connection = accept(r->fd, NULL, NULL);
	assert_true(connection >= 0);
	return connection;
}

void receiver_reset(int connection)
{
	const struct linger now = {1, 0};
	assert_int_equal(setsockopt(connection, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
	close(connection);
}

void receiver_read(int fd, struct buffer *out, size_t least)
{
	static uint8_t step[70000];
	do {
		await(fd);
		ssize_t n = recv(fd, step, sizeof step, 0);
		assert_true(n > 0);
		assert_int_equal(buffer_append(out, step, (size_t)n), 0);
	} while (out->length < least);
}

void receiver_expect(const struct receiver *r, const char *expected)
{
	_cleanup_buffer_ struct buffer got = BUFFER_MAX(100000);
	receiver_read(r->fd, &got, 1);
	assert_string_equal(buffer_text(&got), expected);
}
