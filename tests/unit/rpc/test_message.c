#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "rpc/message.h"

static uint8_t datagram[RPC_DATAGRAM];

static size_t pack_chain(size_t octets, int expected)
{
	static uint8_t content[LIMIT_MESSAGE];
	ProtobufCBinaryData certificate = {octets, content};
	Signet__Rpc__Chain chain = SIGNET__RPC__CHAIN__INIT;
	chain.n_certificates = 1;
	chain.certificates = &certificate;
	size_t length = 0;
	assert_int_equal(rpc_pack(datagram, &chain.base, &length), expected);
	return length;
}

static void message_comes_back_in_the_arena(void **state)
{
	(void)state;
	Signet__Rpc__Attribute attribute = SIGNET__RPC__ATTRIBUTE__INIT;
	attribute.name = (char *)"profile";
	attribute.value = (char *)"tls-server";
	size_t length;
	assert_int_equal(rpc_pack(datagram, &attribute.base, &length), 0);
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	ProtobufCMessage *message;
	assert_int_equal(rpc_unpack(arena, &signet__rpc__attribute__descriptor,
	                            bytes_make(datagram, length), &message), 0);
	memset(datagram, 0xee, sizeof datagram);
	const Signet__Rpc__Attribute *back = (const Signet__Rpc__Attribute *)message;
	assert_string_equal(back->name, "profile");
	assert_string_equal(back->value, "tls-server");
	arena_free(arena);
}

static void empty_message_has_a_datagram(void **state)
{
	(void)state;
	Signet__Rpc__Reply reply = SIGNET__RPC__REPLY__INIT;
	size_t length = 0;
	assert_int_equal(rpc_pack(datagram, &reply.base, &length), 0);
	assert_int_equal(length, 1);
}

static void longest_message_fits(void **state)
{
	(void)state;
	/* the version, and a tag with a length of three octets */
	assert_int_equal(pack_chain(LIMIT_MESSAGE - 5, 0), LIMIT_MESSAGE);
	pack_chain(LIMIT_MESSAGE - 4, SIGNET_E_TOO_BIG);
}

static void broken_datagrams_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *octets;
		size_t length;
		int expected;
	} cases[] = {
		{"", 0, SIGNET_E_INVALID},
		{"\x00", 1, SIGNET_E_VERSION},
		{"\x02\x0a\x00", 3, SIGNET_E_VERSION},
		{"\x01\x0a\x05" "ab", 5, SIGNET_E_INVALID},             /* truncated string */
		{"\x01\x0a\xff\xff\xff\xff\x7f", 7, SIGNET_E_INVALID}, /* length of 4 GB */
		{"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, SIGNET_E_INVALID},
		{"\x01\x0f", 2, SIGNET_E_INVALID},                     /* wire type 7 */
		{"\x01\x03\x03\x03\x03", 5, SIGNET_E_INVALID},         /* groups */
	};
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ProtobufCMessage *message = NULL;
		assert_int_equal(rpc_unpack(arena, &signet__rpc__attribute__descriptor,
		                            bytes_make(cases[i].octets, cases[i].length), &message),
		                 cases[i].expected);
		assert_null(message);
	}
	ProtobufCMessage *message;
	assert_int_equal(rpc_unpack(arena, &signet__rpc__attribute__descriptor,
	                            BYTES_OF(datagram), &message), SIGNET_E_TOO_BIG);
	arena_free(arena);
}

/* Two octets each on the wire become a structure each in memory. */
static void many_small_parts_stay_within_the_arena(void **state)
{
	(void)state;
	datagram[0] = RPC_VERSION;
	for (size_t i = 1; i + 1 < LIMIT_MESSAGE; i += 2) {
		datagram[i] = 0x0a;
		datagram[i + 1] = 0x00;
	}
	struct bytes all = bytes_make(datagram, LIMIT_MESSAGE - 1);
	ProtobufCMessage *message;
	struct arena *arena = arena_new(LIMIT_MESSAGE);
	assert_int_equal(rpc_unpack(arena, &signet__rpc__profiles__descriptor, all, &message),
	                 SIGNET_E_NOMEM);
	arena_free(arena);
	arena = arena_new(LIMIT_REQUEST_ARENA);
	assert_int_equal(rpc_unpack(arena, &signet__rpc__profiles__descriptor, all, &message), 0);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_comes_back_in_the_arena),
		cmocka_unit_test(empty_message_has_a_datagram),
		cmocka_unit_test(longest_message_fits),
		cmocka_unit_test(broken_datagrams_are_refused),
		cmocka_unit_test(many_small_parts_stay_within_the_arena),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
