/*
 * A small HTTP server on loopback that plays the host whose name is to be
 * proven, and misbehaves on demand.
 */
#ifndef SIGNET_TESTS_RESPONDER_H
#define SIGNET_TESTS_RESPONDER_H

#include <stdatomic.h>
#include <stddef.h>

struct responder;

/* Writes the whole answer (status line, headers, body) for a request line such as "GET /x HTTP/1.1"
 * and the Host header into out, and returns its length. 0: the connection is closed without
 * an answer. */
typedef size_t (*responder_answer)(void *arg, const char *request, char *out, size_t size);

/* Listens on a free port of 127.0.0.1, from a thread of its own. NULL on failure. */
struct responder *responder_open(responder_answer answer, void *arg);
unsigned responder_port(const struct responder *responder);
/* Requests so far. */
unsigned responder_count(struct responder *responder);
void responder_close(struct responder *responder);

#endif
