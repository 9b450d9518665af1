/*
 * Hex, base64, base64url, PEM: what a decoder takes is the one text that its
 * encoder makes of the result, and what an encoder makes reads back.
 */
#include <ctype.h>
#include <string.h>

#include "base/encoding.h"
#include "base/error.h"
#include "tests/fuzz/fuzz.h"

#define MAX (1u << 20)

typedef int (*codec)(struct buffer *out, struct bytes in);

static void read_strictly(codec decode, codec encode, struct bytes in, bool any_case)
{
	_cleanup_buffer_ struct buffer plain = BUFFER_MAX(MAX), again = BUFFER_MAX(MAX);
	buffer_append_text(&plain, "before");
	if (decode(&plain, in)) {
		FUZZ_CHECK(plain.length == 6); /* nothing is left of what was refused */
		return;
	}
	FUZZ_CHECK(encode(&again, bytes_make(plain.data + 6, plain.length - 6)) == 0);
	FUZZ_CHECK(again.length == in.length);
	for (size_t i = 0; i < in.length; i++)
		FUZZ_CHECK(again.data[i] == (any_case ? tolower(in.data[i]) : in.data[i]));
}

static void write_and_read(codec encode, codec decode, struct bytes in)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(MAX), again = BUFFER_MAX(MAX);
	FUZZ_CHECK(encode(&text, in) == 0);
	FUZZ_CHECK(decode(&again, buffer_bytes(&text)) == 0);
	FUZZ_CHECK(bytes_equal(buffer_bytes(&again), in));
}

static void check_block(const char *label, struct bytes der)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(MAX), again = BUFFER_MAX(MAX);
	char same[64];
	FUZZ_CHECK(pem_encode(&text, label, der) == 0);
	struct bytes rest = buffer_bytes(&text);
	FUZZ_CHECK(pem_decode(&again, same, sizeof same, &rest) == 0);
	FUZZ_CHECK(rest.length == 0);
	FUZZ_CHECK(strcmp(label, same) == 0);
	FUZZ_CHECK(bytes_equal(buffer_bytes(&again), der));
}

static void read_blocks(struct bytes text)
{
	for (;;) {
		_cleanup_buffer_ struct buffer der = BUFFER_MAX(MAX);
		char label[64];
		struct bytes before = text;
		int result = pem_decode(&der, label, sizeof label, &text);
		if (result) {
			FUZZ_CHECK(result == SIGNET_E_NOT_FOUND || result == SIGNET_E_INVALID);
			return;
		}
		FUZZ_CHECK(text.length < before.length);
		check_block(label, buffer_bytes(&der));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct bytes in = {data, length};
	read_strictly(hex_decode, hex_encode, in, true);
	read_strictly(base64_decode, base64_encode, in, false);
	read_strictly(base64url_decode, base64url_encode, in, false);
	write_and_read(hex_encode, hex_decode, in);
	write_and_read(base64_encode, base64_decode, in);
	write_and_read(base64_encode, base64_decode_lines, in);
	write_and_read(base64url_encode, base64url_decode, in);
	check_block("CERTIFICATE", in);
	read_blocks(in);
	return 0;
}
