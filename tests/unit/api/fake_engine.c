#include "fake_engine.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void handle(void *context, const struct rpc_peer *peer, struct arena *arena,
                   const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	struct fake_engine *engine = context;
	(void)peer;
	engine->answer(engine, arena, call, reply);
}

void fake_engine_start(struct fake_engine *engine)
{
	struct error err = {0};
	if (rpc_server_start_with_files(&engine->server, engine->socket, 0600, NULL, handle, engine, &err))
		fail_msg("%s", err.message);
}

void fake_engine_stop(struct fake_engine *engine)
{
	rpc_server_stop(engine->server);
	engine->server = NULL;
}

int fake_engine_setup(void **state)
{
	struct fake_engine *engine = calloc(1, sizeof *engine);
	assert_non_null(engine);
	snprintf(engine->directory, sizeof engine->directory, "/tmp/signet-engine.XXXXXX");
	assert_non_null(mkdtemp(engine->directory));
	snprintf(engine->socket, sizeof engine->socket, "%s/run", engine->directory);
	assert_int_equal(mkdir(engine->socket, 0700), 0);
	snprintf(engine->socket, sizeof engine->socket, "%s/run/request.sock", engine->directory);
	engine->arena = arena_new(LIMIT_REQUEST_ARENA);
	assert_int_equal(signet_client_open(&engine->client, engine->socket, NULL), 0);
	fake_engine_start(engine);
	*state = engine;
	return 0;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info;
	(void)type;
	(void)ftw;
	return remove(path);
}

int fake_engine_teardown(void **state)
{
	struct fake_engine *engine = *state;
	signet_client_close(engine->client);
	rpc_server_stop(engine->server);
	arena_free(engine->arena);
	nftw(engine->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(engine);
	return 0;
}

void *fake_message(struct arena *arena, const ProtobufCMessageDescriptor *descriptor)
{
	ProtobufCMessage *message = arena_alloc(arena, descriptor->sizeof_message);
	protobuf_c_message_init(descriptor, message);
	return message;
}
