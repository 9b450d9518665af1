#include "rpc/message.h"

#include "base/error.h"

/* protobuf-c's allocator on an arena, which also tells why unpacking failed. */
struct memory {
	struct arena *arena;
	bool exhausted;
};

static void *memory_alloc(void *context, size_t size)
{
	struct memory *memory = context;
	void *at = arena_alloc(memory->arena, size);
	if (!at)
		memory->exhausted = true;
	return at;
}

static void memory_free(void *context, void *at)
{
	(void)context;
	(void)at;
}

int rpc_pack(uint8_t *out, const ProtobufCMessage *message, size_t *length)
{
	size_t size = protobuf_c_message_get_packed_size(message);
	if (size > LIMIT_MESSAGE - 1)
		return SIGNET_E_TOO_BIG;
	out[0] = RPC_VERSION;
	*length = 1 + protobuf_c_message_pack(message, out + 1);
	return 0;
}

int rpc_unpack(struct arena *arena, const ProtobufCMessageDescriptor *descriptor,
               struct bytes datagram, ProtobufCMessage **out)
{
	if (datagram.length > LIMIT_MESSAGE)
		return SIGNET_E_TOO_BIG;
	if (datagram.length == 0)
		return SIGNET_E_INVALID;
	if (datagram.data[0] != RPC_VERSION)
		return SIGNET_E_VERSION;
	struct memory memory = {arena, false};
	ProtobufCAllocator allocator = {memory_alloc, memory_free, &memory};
	ProtobufCMessage *message = protobuf_c_message_unpack(
		descriptor, &allocator, datagram.length - 1, datagram.data + 1);
	if (!message)
		return memory.exhausted ? SIGNET_E_NOMEM : SIGNET_E_INVALID;
	*out = message;
	return 0;
}
