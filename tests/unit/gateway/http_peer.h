/*
 * For tests of the server: a client that sends what it is told, octet for
 * octet, and a server on a free port with a few routes.
 */
#ifndef SIGNET_TESTS_HTTP_PEER_H
#define SIGNET_TESTS_HTTP_PEER_H

#include "gateway/server.h"

/* A port of 127.0.0.1 that was free a moment ago. */
unsigned peer_free_port(void);

/* A connection with a time limit for reading; -1 when it is refused. */
int peer_connect(unsigned port);
/* false when the server has closed. */
bool peer_send(int fd, const void *octets, size_t length);
/* Reads to the end of the connection. NUL-terminated; returns the length. */
size_t peer_read_all(int fd, char *out, size_t size);
/* Reads one answer with its body (by Content-Length). head: none is expected. */
size_t peer_read_answer(int fd, bool head, char *out, size_t size);
/* Connects, sends, reads to the end, closes. */
size_t peer_exchange(unsigned port, const void *octets, size_t length, char *out, size_t size);
/* The status of an answer; 0 when it is none. */
int peer_status(const char *answer);

/* Routes: GET /test/hello, GET /test/echo/{text}, GET /test/raw/{text*} (the same with
 * what came), GET /test/file/{length} (a file of PEER_FILE octets that is said to have so many), POST /test/body (at most 1000 octets, returns
 * them), GET /test/facts (what the handler learns), GET /test/large, GET /test/nothing (204),
 * GET /test/broken (sets no status), GET /test/slow (waits for test_slow_release). */
#define PEER_FILE 300000
extern const struct http_route test_routes[];
void test_slow_release(void);
/* Requests that have come to /test/slow and wait. */
unsigned test_slow_waiting(void);

/* options->acquire and release are set to the routes above. */
int test_server_start(struct server **out, struct server_options *options, struct error *err);

#endif
