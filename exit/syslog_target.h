/*
 * Where log messages go: a local socket, UDP or TCP. Connects when it has
 * something to send, and anew after an error.
 */
#ifndef SIGNET_EXIT_SYSLOG_TARGET_H
#define SIGNET_EXIT_SYSLOG_TARGET_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"

enum syslog_transport { SYSLOG_UNIX, SYSLOG_UDP, SYSLOG_TCP };

#define SYSLOG_HOST_MAX 256

struct syslog_address {
	enum syslog_transport transport;
	char host[SYSLOG_HOST_MAX]; /* or the path of the socket */
	char port[8];
};

/* "unix:PATH" (absolute), "udp://HOST:PORT", "tcp://HOST:PORT"; an IPv6 address stands in brackets.
 * SIGNET_E_INVALID says what is wrong. */
int syslog_address_read(struct syslog_address *out, const char *text, struct error *err);

struct syslog_target;

/* timeout_us: for connecting, for one message, and for a flush. Connects to nothing yet. */
int syslog_target_new(struct syslog_target **out, const struct syslog_address *address,
                      int64_t timeout_us, struct error *err);
/* Accepts NULL. */
void syslog_target_free(struct syslog_target *target);

/* Sends one message: as a datagram, or framed, over TCP with its length in front (RFC 6587 section
 * 3.4.1), over a local stream with a NUL behind. SIGNET_E_UNAVAILABLE, SIGNET_E_TIMEOUT,
 * SIGNET_E_TOO_BIG (the datagram), SIGNET_E_IO. */
int syslog_target_send(struct syslog_target *target, struct bytes message, struct error *err);

/* Over a stream, waits until the other side's system has acknowledged all of it. An error: what was
 * sent since the last flush may not have arrived. Datagrams are gone when they are sent. */
int syslog_target_flush(struct syslog_target *target, struct error *err);

#endif
