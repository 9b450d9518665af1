#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "exit/ldap_private.h"

#define PORT_PLAIN 389
#define PORT_TLS 636
#define SOCKET_DEFAULT "/var/run/slapd/ldapi"

void directory_begin(struct directory *d)
{
	d->deadline = clock_monotonic_us() + d->target->timeout * 1000000;
	d->timed_out = false;
}

/* Until the socket is ready for it, or the deadline: then false, with errno. */
static bool wait_for(struct directory *d, int fd, short events)
{
	struct pollfd ready = {.fd = fd, .events = events};
	for (;;) {
		int64_t left = d->deadline - clock_monotonic_us();
		int n = poll(&ready, 1, left > 0 ? (int)(left / 1000) + 1 : 0);
		if (n > 0)
			return true;
		if (n == 0) {
			d->timed_out = true;
			errno = ETIMEDOUT;
			return false;
		}
		if (errno != EINTR)
			return false;
	}
}

/* ---- to connect ---- */

/* The socket, or -1 with errno. */
static int connect_address(struct directory *d, const struct sockaddr *address, socklen_t length)
{
	int problem = 0;
	socklen_t size = sizeof problem;
	directory_begin(d);
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, address, length) == 0)
		return fd;
	if (errno == EINPROGRESS && wait_for(d, fd, POLLOUT) &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size) == 0) {
		if (problem == 0)
			return fd;
		errno = problem;
	}
	problem = errno;
	close(fd);
	errno = problem;
	return -1;
}

static int connect_path(struct directory *d, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (!path || !*path)
		path = SOCKET_DEFAULT;
	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	return connect_address(d, (struct sockaddr *)&address, sizeof address);
}

/* Each of the host's addresses in turn. *reason: what it was, when that is not in errno. */
static int connect_host(struct directory *d, const char *host, int port, const char **reason)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *list = NULL;
	char service[16];
	snprintf(service, sizeof service, "%d", port);
	int code = getaddrinfo(host, service, &hints, &list);
	if (code) {
		*reason = code == EAI_SYSTEM ? NULL : gai_strerror(code);
		return -1;
	}
	int fd = -1;
	for (const struct addrinfo *at = list; at && fd < 0; at = at->ai_next)
		fd = connect_address(d, at->ai_addr, at->ai_addrlen);
	int problem = errno;
	freeaddrinfo(list);
	errno = problem;
	return fd;
}

int directory_socket_open(struct directory *d, const char *uri, struct error *err)
{
	LDAPURLDesc *url = NULL;
	const char *reason = NULL;
	if (ldap_url_parse(uri, &url) != LDAP_URL_SUCCESS)
		return error_set(err, SIGNET_E_INVALID, "%s: no URI", uri);
	if (strcasecmp(url->lud_scheme, "ldapi") == 0)
		d->fd = connect_path(d, url->lud_host);
	else if (strcasecmp(url->lud_scheme, "ldaps") == 0)
		d->fd = connect_host(d, url->lud_host, url->lud_port ? url->lud_port : PORT_TLS, &reason);
	else
		d->fd = connect_host(d, url->lud_host, url->lud_port ? url->lud_port : PORT_PLAIN, &reason);
	int problem = errno;
	ldap_free_urldesc(url);
	return d->fd >= 0 ? 0
	                  : error_set(err, SIGNET_E_UNAVAILABLE, "%s: cannot connect: %s", uri,
	                              reason ? reason : strerror(problem));
}

/* ---- what libldap and its TLS read and write by ---- */

static int set_up(Sockbuf_IO_Desc *io, void *d)
{
	io->sbiod_pvt = d;
	return 0;
}

static int take_off(Sockbuf_IO_Desc *io)
{
	io->sbiod_pvt = NULL;
	return 0;
}

static int control(Sockbuf_IO_Desc *io, int option, void *arg)
{
	(void)io;
	(void)option;
	(void)arg;
	return 0;
}

static ber_slen_t read_some(Sockbuf_IO_Desc *io, void *out, ber_len_t length)
{
	struct directory *d = io->sbiod_pvt;
	for (;;) {
		ssize_t n = recv(d->fd, out, length, MSG_DONTWAIT);
		if (n >= 0)
			return n;
		if (errno != EINTR && !(errno == EAGAIN && wait_for(d, d->fd, POLLIN)))
			return -1;
	}
}

static ber_slen_t write_some(Sockbuf_IO_Desc *io, void *data, ber_len_t length)
{
	struct directory *d = io->sbiod_pvt;
	for (;;) {
		ssize_t n = send(d->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n >= 0)
			return n;
		if (errno != EINTR && !(errno == EAGAIN && wait_for(d, d->fd, POLLOUT)))
			return -1;
	}
}

static int close_socket(Sockbuf_IO_Desc *io)
{
	struct directory *d = io->sbiod_pvt;
	file_close(&d->fd);
	return 0;
}

Sockbuf_IO directory_io = {set_up, take_off, control, read_some, write_some, close_socket};
