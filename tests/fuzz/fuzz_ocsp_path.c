/*
 * OCSP requests in paths: what is taken is one SEQUENCE in DER, and the same
 * one when it is written back into a path.
 */
#include <string.h>

#include "asn1/der.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "intermediaries/ocsp/target.h"
#include "tests/fuzz/fuzz.h"

static void check_again(struct arena *arena, struct bytes request)
{
	_cleanup_buffer_ struct buffer base64 = BUFFER_MAX(LIMIT_HTTP_PATH + 4);
	struct der der = der_open(request);
	struct bytes content, again;
	const char *authority = NULL;
	FUZZ_CHECK(der_expect(&der, DER_SEQUENCE, &content) == 0 && der_finish(&der) == 0);
	FUZZ_CHECK(base64_encode(&base64, request) == 0);
	FUZZ_CHECK(target_read(arena, buffer_text(&base64), &authority, &again) == 0);
	FUZZ_CHECK(strcmp(authority, "") == 0 && bytes_equal(again, request));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[LIMIT_HTTP_PATH + 1];
	const char *authority = NULL;
	struct bytes request = BYTES_NONE;
	if (size > LIMIT_HTTP_PATH || memchr(data, '\0', size))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	struct arena *arena = arena_new(1 << 20);
	FUZZ_CHECK(arena);
	if (target_read(arena, text, &authority, &request) == 0) {
		FUZZ_CHECK(authority && !strchr(authority, '/'));
		check_again(arena, request);
	} else {
		FUZZ_CHECK(!authority && request.length == 0);
	}
	arena_free(arena);
	return 0;
}
