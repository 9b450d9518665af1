/*
 * A server in a directory of its own, for the tests of both ends.
 */
#ifndef TESTS_RPC_FIXTURE_H
#define TESTS_RPC_FIXTURE_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rpc/message.h"
#include "rpc/rpc.h"

struct fixture {
	char directory[64];
	char path[96];
	struct rpc_server *server;
	bool refuse;           /* admit nobody */
	_Atomic int asked;     /* how often somebody wanted to be admitted */
	_Atomic int calls;
	_Atomic int ended;     /* of get_chain */
	_Atomic int waiting;   /* calls of get_chain "wait" that have not returned */
	_Atomic bool go_on;    /* lets them return */
	_Atomic bool stopping; /* what the last call saw of the server */
	pthread_mutex_t lock;  /* guards the one below */
	struct rpc_peer peer;  /* of the last call */
	_Atomic int files;     /* calls that brought one; the name was written to it */
};

/* cmocka's setup and teardown: *state is the fixture, its server not yet started. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Answers get_chain: the message is the name. "big" gives a reply that is too long, "wait" waits
 * for go_on. submit gives an outcome with the request's csr as the certificate. */
void fixture_start(struct fixture *fixture);
void fixture_start_with_files(struct fixture *fixture);
void fixture_stop(struct fixture *fixture);

/* A connection without the client. */
int fixture_connect(const struct fixture *fixture);
/* Sends get_chain(name) on it. */
void fixture_send(int fd, const char *name);
void fixture_send_with_file(int fd, const char *name, int file);
/* 0 for the end of the connection; fails the test when nothing comes for a long time. */
size_t fixture_receive(int fd, uint8_t datagram[RPC_DATAGRAM]);

/* get_chain(name) through the pool. */
int fixture_call(struct rpc_pool *pool, struct arena *arena, const char *name, bool repeatable,
                 int64_t timeout_us, struct Signet__Rpc__Reply **reply, struct error *err);
int fixture_call_with_file(struct rpc_pool *pool, struct arena *arena, const char *name, int file,
                           int64_t timeout_us, struct Signet__Rpc__Reply **reply,
                           struct error *err);
/* Waits until the value is at least this. */
void fixture_await(_Atomic int *value, int least);

#endif
