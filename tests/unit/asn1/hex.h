/*
 * Octets in the tests of DER: written as hex with blanks.
 */
#ifndef SIGNET_TESTS_ASN1_HEX_H
#define SIGNET_TESTS_ASN1_HEX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/encoding.h"

/* One per test program: made and freed with the group. */
static struct arena *arena;

static int arena_setup(void **state)
{
	(void)state;
	arena = arena_new(64u << 20);
	return arena ? 0 : -1;
}

static int arena_teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* A slice in memory of exactly its size, so that the sanitizers see a read behind it. Freed with
 * free((void *)slice.data). */
static inline struct bytes exact(struct bytes in)
{
	uint8_t *copy = malloc(in.length ? in.length : 1);
	assert_non_null(copy);
	if (in.length)
		memcpy(copy, in.data, in.length);
	return bytes_make(copy, in.length);
}

static inline void exact_free(struct bytes in)
{
	free((void *)(uintptr_t)in.data);
}

static inline struct bytes hex(const char *text)
{
	struct buffer digits = BUFFER_MAX(1 << 20), out = BUFFER_MAX(1 << 20);
	struct bytes result = BYTES_NONE;
	for (; *text; text++)
		if (*text != ' ')
			buffer_append_octet(&digits, (uint8_t)*text);
	assert_int_equal(hex_decode(&out, buffer_bytes(&digits)), 0);
	assert_int_equal(arena_bytes(arena, buffer_bytes(&out), &result), 0);
	buffer_free(&digits);
	buffer_free(&out);
	return result;
}

#define assert_bytes(actual, expected_hex)                                                        \
	assert_string_equal(hex_text(arena, actual), hex_text(arena, hex(expected_hex)))

#endif
