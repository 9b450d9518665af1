#include "signetd/pulse.h"

#include <limits.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/file.h"
#include "base/limits.h"
#include "rpc/address.h"
#include "rpc/ca.pb-c.h"
#include "rpc/message.h"

void pulse_begin(struct pulse *pulse, int64_t interval)
{
	*pulse = (struct pulse){.fd = -1, .interval = interval};
}

void pulse_end(struct pulse *pulse)
{
	file_close(&pulse->fd);
}

bool pulse_is_due(struct pulse *pulse, int64_t now, int64_t *next)
{
	if (pulse->interval == 0)
		return false;
	bool due = pulse->due <= now;
	if (due)
		pulse->due = now + pulse->interval;
	if (pulse->due < *next)
		*next = pulse->due;
	return due;
}

void pulse_retry(struct pulse *pulse, int64_t now, int64_t *next)
{
	pulse->due = now + pulse->interval / 8;
	if (pulse->due < *next)
		*next = pulse->due;
}

void pulse_ask(struct pulse *pulse, const char *state)
{
	static const Signet__Rpc__Health health = SIGNET__RPC__HEALTH__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	uint8_t datagram[RPC_DATAGRAM];
	struct sockaddr_un address;
	char path[PATH_MAX];
	size_t length;
	file_close(&pulse->fd);
	call.call_case = SIGNET__RPC__CALL__CALL_HEALTH;
	call.health = (Signet__Rpc__Health *)(uintptr_t)&health;
	int size = snprintf(path, sizeof path, "%s/run/request.sock", state);
	if (size < 0 || (size_t)size >= sizeof path || rpc_address(&address, path, NULL) ||
	    rpc_pack(datagram, &call.base, &length))
		return;
	pulse->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (pulse->fd >= 0 &&
	    (connect(pulse->fd, (struct sockaddr *)&address, sizeof address) ||
	     send(pulse->fd, datagram, length, MSG_NOSIGNAL) != (ssize_t)length))
		file_close(&pulse->fd);
}

bool pulse_read(struct pulse *pulse)
{
	uint8_t octets[64];
	ssize_t n = recv(pulse->fd, octets, sizeof octets, MSG_DONTWAIT);
	file_close(&pulse->fd);
	return n > 0 && octets[0] == RPC_VERSION;
}
