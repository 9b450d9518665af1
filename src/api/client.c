#include "api/client_call.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/combine.h"
#include "rpc/rpc.h"

/* More calls at once than this wait for each other. */
#define CHANNELS 64

struct signet_client {
	struct rpc_pool *pool;
	_Atomic uint64_t configuration;
	_Atomic uint64_t revocations;
	struct combiner *combiner; /* of OCSP requests */
};

int signet_client_open(struct signet_client **out, const char *socket, struct error *err)
{
	struct signet_client *client = calloc(1, sizeof *client);
	if (!client)
		return error_nomem(err);
	int result = rpc_pool_new(&client->pool, socket, CHANNELS, err);
	if (result == 0 && !(client->combiner = client_ocsp_combiner(client)))
		result = error_nomem(err);
	if (result) {
		rpc_pool_free(client->pool);
		free(client);
		return result;
	}
	*out = client;
	return 0;
}

void signet_client_close(struct signet_client *client)
{
	if (!client)
		return;
	combiner_free(client->combiner);
	rpc_pool_free(client->pool);
	free(client);
}

struct combiner *client_combiner(struct signet_client *client)
{
	return client->combiner;
}

void signet_client_cancel(struct signet_client *client)
{
	rpc_pool_cancel(client->pool);
}

void signet_generations(struct signet_client *client, uint64_t *configuration,
                        uint64_t *revocations)
{
	*configuration = atomic_load_explicit(&client->configuration, memory_order_relaxed);
	*revocations = atomic_load_explicit(&client->revocations, memory_order_relaxed);
}

/* What is asked, and what is to be answered. */
struct question {
	const Signet__Rpc__Call *call;
	bool repeatable;
	int file; /* that goes with it; -1: none */
	int64_t timeout_us;
	Signet__Rpc__Reply__BodyCase body;
};

static int ask(struct signet_client *client, struct arena *arena, const struct question *question,
               Signet__Rpc__Reply **out, struct error *err)
{
	Signet__Rpc__Reply *reply;
	Signet__Rpc__Reply__BodyCase body = question->body;
	int result =
		question->file < 0
			? rpc_call(client->pool, arena, question->call, question->repeatable,
	                           question->timeout_us, &reply, err)
			: rpc_call_with_file(client->pool, arena, question->call, question->file,
	                                     question->timeout_us, &reply, err);
	if (result)
		return result;
	atomic_store_explicit(&client->configuration, reply->configuration, memory_order_relaxed);
	atomic_store_explicit(&client->revocations, reply->revocations, memory_order_relaxed);
	if (reply->code > 0)
		return error_set(err, SIGNET_E_INTERNAL, "the engine's answer has no known code");
	if (reply->code)
		return error_set(err, reply->code, "%s", reply->message);
	/* the pointer may be NULL only when there is no body */
	if (reply->body_case != body || (body != CLIENT_NO_BODY && !reply->outcome))
		return error_set(err, SIGNET_E_INTERNAL, "the engine answered another question");
	*out = reply;
	return 0;
}

int client_call(struct signet_client *client, struct arena *arena, const Signet__Rpc__Call *call,
                int64_t timeout_us, Signet__Rpc__Reply__BodyCase body,
                Signet__Rpc__Reply **out, struct error *err)
{
	struct question question = {call, true, -1, timeout_us, body};
	return ask(client, arena, &question, out, err);
}

int client_call_once(struct signet_client *client, struct arena *arena,
                     const Signet__Rpc__Call *call, int64_t timeout_us,
                     Signet__Rpc__Reply__BodyCase body, Signet__Rpc__Reply **out,
                     struct error *err)
{
	struct question question = {call, false, -1, timeout_us, body};
	return ask(client, arena, &question, out, err);
}

int client_call_with_file(struct signet_client *client, struct arena *arena,
                          const Signet__Rpc__Call *call, int file, int64_t timeout_us,
                          Signet__Rpc__Reply__BodyCase body, Signet__Rpc__Reply **out,
                          struct error *err)
{
	struct question question = {call, false, file, timeout_us, body};
	return ask(client, arena, &question, out, err);
}

struct bytes *client_bytes_array(struct arena *arena, const ProtobufCBinaryData *data,
                                 size_t count)
{
	struct bytes *array = arena_array(arena, count, sizeof *array);
	if (array)
		for (size_t i = 0; i < count; i++)
			array[i] = client_bytes(data[i]);
	return array;
}
