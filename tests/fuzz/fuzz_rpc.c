/*
 * Datagrams between the processes: what unpacks, packs and unpacks again to
 * the same; what does not is refused with a documented code, within the arena.
 * The first octet chooses between a call and a reply.
 */
#include "base/error.h"
#include "rpc/message.h"
#include "tests/fuzz/fuzz.h"

static uint8_t first[RPC_DATAGRAM], second[RPC_DATAGRAM];

static void check(const ProtobufCMessageDescriptor *descriptor, struct bytes datagram)
{
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	ProtobufCMessage *message, *again;
	size_t length, again_length;
	FUZZ_CHECK(arena);
	int result = rpc_unpack(arena, descriptor, datagram, &message);
	if (result == 0) {
		FUZZ_CHECK(datagram.length >= 1 && datagram.length <= LIMIT_MESSAGE);
		FUZZ_CHECK(datagram.data[0] == RPC_VERSION);
		result = rpc_pack(first, message, &length);
		FUZZ_CHECK(result == 0 || result == SIGNET_E_TOO_BIG);
		if (result == 0 &&
		    rpc_unpack(arena, descriptor, bytes_make(first, length), &again) == 0) {
			FUZZ_CHECK(rpc_pack(second, again, &again_length) == 0);
			FUZZ_CHECK(length == again_length && memcmp(first, second, length) == 0);
		}
	} else {
		FUZZ_CHECK(result == SIGNET_E_INVALID || result == SIGNET_E_VERSION ||
		           result == SIGNET_E_TOO_BIG || result == SIGNET_E_NOMEM);
	}
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	if (length == 0)
		return 0;
	check(data[0] & 1 ? &signet__rpc__call__descriptor : &signet__rpc__reply__descriptor,
	      bytes_make(data + 1, length - 1));
	return 0;
}
