#include "exit/syslog_target.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#define FLUSH_STEP_MS 5

struct syslog_target {
	struct syslog_address address;
	int64_t timeout_us;
	int fd;          /* -1: not connected */
	bool stream;
	bool broken;     /* the connection ended with messages on it that no flush has confirmed */
	bool unflushed;
};

static int read_host(struct syslog_address *out, const char *text, struct error *err)
{
	const char *port = strrchr(text, ':');
	bool bracket = text[0] == '[';
	const char *end = bracket ? strchr(text, ']') : port;
	uint64_t number;
	uint8_t address[16];
	if (!port || !end || (bracket && port != end + 1))
		return error_set(err, SIGNET_E_INVALID, "a host is followed by \":\" and a port");
	if (text_to_uint(port + 1, 65535, &number) || number == 0)
		return error_set(err, SIGNET_E_INVALID, "'%.16s' is no port", port + 1);
	text += bracket;
	size_t length = (size_t)(end - text);
	if (length == 0 || length >= sizeof out->host)
		return error_set(err, SIGNET_E_INVALID, "the host is missing or too long");
	memcpy(out->host, text, length);
	out->host[length] = '\0';
	size_t octets = text_to_address(out->host, address);
	if (bracket ? octets != 16 : octets != 4 && !text_is_dns_name(out->host, false))
		return error_set(err, SIGNET_E_INVALID, "'%s' is neither a host name nor an address",
		                 out->host);
	snprintf(out->port, sizeof out->port, "%u", (unsigned)number);
	return 0;
}

int syslog_address_read(struct syslog_address *out, const char *text, struct error *err)
{
	struct syslog_address address = {0};
	struct sockaddr_un local;
	int result = 0;
	if (strncmp(text, "unix:", 5) == 0) {
		address.transport = SYSLOG_UNIX;
		if (text[5] != '/' || strlen(text + 5) >= sizeof local.sun_path)
			return error_set(err, SIGNET_E_INVALID,
			                 "the path of a socket is absolute and shorter than %zu",
			                 sizeof local.sun_path);
		memcpy(address.host, text + 5, strlen(text + 5) + 1);
	} else if (strncmp(text, "udp://", 6) == 0) {
		address.transport = SYSLOG_UDP;
		result = read_host(&address, text + 6, err);
	} else if (strncmp(text, "tcp://", 6) == 0) {
		address.transport = SYSLOG_TCP;
		result = read_host(&address, text + 6, err);
	} else {
		return error_set(err, SIGNET_E_INVALID,
		                 "neither unix:PATH, udp://HOST:PORT nor tcp://HOST:PORT");
	}
	if (result == 0)
		*out = address;
	return result;
}

int syslog_target_new(struct syslog_target **out, const struct syslog_address *address,
                      int64_t timeout_us, struct error *err)
{
	struct syslog_target *target = calloc(1, sizeof *target);
	if (!target)
		return error_nomem(err);
	target->address = *address;
	target->timeout_us = timeout_us;
	target->fd = -1;
	*out = target;
	return 0;
}

void syslog_target_free(struct syslog_target *target)
{
	if (!target)
		return;
	file_close(&target->fd);
	free(target);
}

/* The connection is of no use any more. */
static void disconnect(struct syslog_target *target)
{
	file_close(&target->fd);
	target->broken |= target->stream && target->unflushed;
	target->unflushed = false;
}

static int failed(const struct syslog_target *target, int code, const char *why, struct error *err)
{
	const struct syslog_address *a = &target->address;
	return error_set(err, code, "%s%s%s: %s", a->host, *a->port ? " port " : "", a->port, why);
}

static int failed_errno(const struct syslog_target *target, int number, struct error *err)
{
	char text[128];
	return failed(target, number == EMSGSIZE ? SIGNET_E_TOO_BIG : SIGNET_E_UNAVAILABLE,
	              strerror_r(number, text, sizeof text), err);
}

/* 0 when the socket is ready for that; errno else. */
static int await(int fd, short events, int64_t deadline)
{
	struct pollfd waiting = {fd, events, 0};
	for (;;) {
		int64_t left = deadline - clock_monotonic_us();
		int n = poll(&waiting, 1, left > 0 ? (int)(left / 1000 + 1) : 0);
		if (n > 0)
			return 0;
		if (n == 0)
			return ETIMEDOUT;
		if (errno != EINTR)
			return errno;
	}
}

/* errno, 0 when it is connected. */
static int connect_to(struct syslog_target *target, int family, int type,
                      const struct sockaddr *address, socklen_t length, int64_t deadline)
{
	int number = 0;
	socklen_t size = sizeof number;
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	if (connect(fd, address, length)) {
		number = errno;
		if (number == EINPROGRESS)
			number = await(fd, POLLOUT, deadline);
		if (number == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size))
			number = errno;
	}
	if (number) {
		close(fd);
		return number;
	}
	target->fd = fd;
	target->stream = type == SOCK_STREAM;
	return 0;
}

static int connect_local(struct syslog_target *target, int64_t deadline, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct sockaddr *generic = (const struct sockaddr *)&address;
	memcpy(address.sun_path, target->address.host, strlen(target->address.host) + 1);
	int number = connect_to(target, AF_UNIX, SOCK_DGRAM, generic, sizeof address, deadline);
	if (number == EPROTOTYPE)
		number = connect_to(target, AF_UNIX, SOCK_STREAM, generic, sizeof address, deadline);
	return number ? failed_errno(target, number, err) : 0;
}

/* A peer that is gone without a word is noticed. */
static void set_options(const struct syslog_target *target)
{
	const int on = 1;
	const unsigned ms = (unsigned)(target->timeout_us / 1000);
	setsockopt(target->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(target->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
}

static int connect_remote(struct syslog_target *target, int64_t deadline, struct error *err)
{
	bool tcp = target->address.transport == SYSLOG_TCP;
	const struct addrinfo hints = {.ai_socktype = tcp ? SOCK_STREAM : SOCK_DGRAM,
	                               .ai_flags = AI_NUMERICSERV};
	struct addrinfo *list;
	int number = getaddrinfo(target->address.host, target->address.port, &hints, &list);
	if (number)
		return failed(target, SIGNET_E_UNAVAILABLE, gai_strerror(number), err);
	number = EADDRNOTAVAIL;
	for (const struct addrinfo *at = list; at && target->fd < 0; at = at->ai_next)
		number = connect_to(target, at->ai_family, at->ai_socktype, at->ai_addr,
		                    at->ai_addrlen, deadline);
	freeaddrinfo(list);
	if (target->fd < 0)
		return failed_errno(target, number, err);
	if (tcp)
		set_options(target);
	return 0;
}

/* Whether the other side has ended the connection. What it says is of no interest. */
static bool is_ended(const struct syslog_target *target)
{
	char said[256];
	ssize_t n;
	while ((n = recv(target->fd, said, sizeof said, MSG_DONTWAIT)) > 0)
		;
	return n == 0 || (errno != EAGAIN && errno != EINTR);
}

static int ensure_connected(struct syslog_target *target, int64_t deadline, struct error *err)
{
	if (target->fd >= 0 && target->stream && is_ended(target))
		disconnect(target);
	/* the flush says so of those before, which then come again, and before this one */
	if (target->broken)
		return failed(target, SIGNET_E_UNAVAILABLE, "the connection was lost", err);
	if (target->fd >= 0)
		return 0;
	return target->address.transport == SYSLOG_UNIX ? connect_local(target, deadline, err)
	                                                : connect_remote(target, deadline, err);
}

static int send_all(struct syslog_target *target, struct bytes octets, int64_t deadline)
{
	while (octets.length) {
		ssize_t n = send(target->fd, octets.data, octets.length, MSG_NOSIGNAL);
		int number = n < 0 ? errno : 0;
		if (number == EAGAIN)
			number = await(target->fd, POLLOUT, deadline);
		if (number && number != EINTR)
			return number;
		if (n > 0)
			octets = bytes_make(octets.data + n, octets.length - (size_t)n);
	}
	return 0;
}

static int send_framed(struct syslog_target *target, struct bytes message, int64_t deadline)
{
	char length[24];
	bool tcp = target->address.transport == SYSLOG_TCP;
	snprintf(length, sizeof length, "%zu ", message.length);
	int number = tcp ? send_all(target, bytes_text(length), deadline) : 0;
	if (number == 0)
		number = send_all(target, message, deadline);
	if (number == 0 && !tcp)
		number = send_all(target, bytes_make("", 1), deadline);
	return number;
}

int syslog_target_send(struct syslog_target *target, struct bytes message, struct error *err)
{
	int64_t deadline = clock_monotonic_us() + target->timeout_us;
	int result = ensure_connected(target, deadline, err);
	if (result)
		return result;
	int number = target->stream ? send_framed(target, message, deadline)
	                            : send_all(target, message, deadline);
	if (number == 0) {
		target->unflushed = true;
		return 0;
	}
	result = number == ETIMEDOUT ? failed(target, SIGNET_E_TIMEOUT, "takes nothing", err)
	                             : failed_errno(target, number, err);
	/* perhaps after half of it: the connection's end is the message's, too */
	if (result != SIGNET_E_TOO_BIG)
		disconnect(target);
	return result;
}

static int await_acknowledgement(const struct syslog_target *target, int64_t deadline)
{
	for (;;) {
		int left = 0;
		if (ioctl(target->fd, SIOCOUTQ, &left))
			return errno;
		if (is_ended(target))
			return ECONNRESET;
		if (left == 0)
			return 0;
		if (clock_monotonic_us() >= deadline)
			return ETIMEDOUT;
		poll(NULL, 0, FLUSH_STEP_MS);
	}
}

int syslog_target_flush(struct syslog_target *target, struct error *err)
{
	int number = 0;
	if (target->fd >= 0 && target->stream && target->unflushed)
		number = await_acknowledgement(target, clock_monotonic_us() + target->timeout_us);
	if (number)
		disconnect(target);
	bool broken = target->broken;
	target->broken = target->unflushed = false;
	if (!broken)
		return 0;
	return number == ETIMEDOUT ? failed(target, SIGNET_E_TIMEOUT, "acknowledges nothing", err)
	                           : failed(target, SIGNET_E_UNAVAILABLE, "the connection was lost", err);
}
