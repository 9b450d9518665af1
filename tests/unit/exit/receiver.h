/*
 * A receiver of log messages on a socket of the test's own.
 */
#ifndef TESTS_EXIT_RECEIVER_H
#define TESTS_EXIT_RECEIVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"

struct receiver {
	int fd;
	char directory[64];  /* of a local socket; "" */
	char path[96];
	unsigned port;       /* on 127.0.0.1 */
};

/* type: SOCK_DGRAM or SOCK_STREAM. */
void receiver_open_local(struct receiver *r, int type);
void receiver_open_inet(struct receiver *r, int type, unsigned port);
void receiver_close(struct receiver *r);

/* One connection of a stream. */
int receiver_accept(const struct receiver *r);
/* Ends it with a reset, as a receiver that dies. */
void receiver_reset(int connection);

/* Waits for at least this much and appends all that is there; fails the test when nothing comes. */
void receiver_read(int fd, struct buffer *out, size_t least);
/* One datagram as text. */
void receiver_expect(const struct receiver *r, const char *expected);

#endif
