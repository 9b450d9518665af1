/*
 * An engine that a test scripts: what comes after the socket is the test's.
 * Also used by the tests of the publisher.
 */
#ifndef TESTS_API_FAKE_ENGINE_H
#define TESTS_API_FAKE_ENGINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/client.h"
#include "base/limits.h"
#include "rpc/message.h"
#include "rpc/rpc.h"

struct fake_engine {
	char directory[64];     /* a state directory: the socket is run/request.sock in it */
	char socket[96];
	struct rpc_server *server;
	struct signet_client *client;
	struct arena *arena;    /* for the test's calls */
	/* Answers; allocates in the call's arena. */
	void (*answer)(struct fake_engine *engine, struct arena *arena,
	               const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply);
	void *arg;
};

/* cmocka's setup and teardown: *state is the engine, which serves already. */
int fake_engine_setup(void **state);
int fake_engine_teardown(void **state);
/* Stops and starts it as a crash would. */
void fake_engine_stop(struct fake_engine *engine);
void fake_engine_start(struct fake_engine *engine);

/* A message in the arena, initialised. */
void *fake_message(struct arena *arena, const ProtobufCMessageDescriptor *descriptor);
#define FAKE(arena, type) fake_message(arena, &signet__rpc__##type##__descriptor)

static inline ProtobufCBinaryData fake_data(const char *octets)
{
	return (ProtobufCBinaryData){strlen(octets), (uint8_t *)(uintptr_t)octets};
}
#define TEXT(text) ((char *)(uintptr_t)(text))

#endif
