/*
 * ACME messages: the input as a whole JWS, and as a protected header and,
 * behind a line feed, a payload, which get their base64url and a signature
 * that nobody made.
 */
#include "base/encoding.h"
#include "intermediaries/acme/jws.h"
#include "tests/fuzz/fuzz.h"

static void check_key(const struct jws *jws, struct arena *arena, bool signed_)
{
	struct pubkey *key = NULL;
	struct error err = {0};
	uint8_t digest[JWK_THUMBPRINT];
	FUZZ_CHECK(jwk_thumbprint(&jws->jwk, arena, digest) == 0);
	int result = jwk_to_pubkey(&jws->jwk, &key, &err);
	if (result) {
		FUZZ_CHECK((result == SIGNET_E_BAD_KEY || result == SIGNET_E_BAD_ALGORITHM) &&
		           err.code == result && err.message[0] && !key);
		return;
	}
	FUZZ_CHECK(pubkey_algorithm(key) == jws->jwk.algorithm);
	result = jws_verify(jws, key, &err);
	FUZZ_CHECK(result == SIGNET_E_BAD_SIGNATURE || result == SIGNET_E_BAD_ALGORITHM ||
	           (result == 0 && signed_));
	pubkey_free(key);
}

static void check(struct bytes text, struct arena *arena, bool signed_)
{
	struct jws jws;
	struct error err = {0};
	int result = jws_read(&jws, arena, text, &err);
	if (result) {
		FUZZ_CHECK((result == SIGNET_E_INVALID || result == SIGNET_E_BAD_KEY ||
		            result == SIGNET_E_BAD_ALGORITHM) &&
		           err.code == result && err.message[0]);
		return;
	}
	FUZZ_CHECK(jws.url && jws.input.length > jws.payload.length);
	FUZZ_CHECK(memchr(jws.input.data, '.', jws.input.length));
	FUZZ_CHECK(!jws.kid == !!jws.jwk.algorithm);
	if (!jws.kid)
		check_key(&jws, arena, signed_);
}

static const char *encode(struct arena *arena, const uint8_t *data, size_t length)
{
	const uint8_t *end = memchr(data, '\n', length);
	size_t header = end ? (size_t)(end - data) : length;
	size_t payload = end ? length - header - 1 : 0;
	return arena_printf(arena,
	                    "{\"protected\":\"%s\",\"payload\":\"%s\",\"signature\":\"%086d\"}",
	                    base64url_text(arena, bytes_make(data, header)),
	                    base64url_text(arena, bytes_make(data + length - payload, payload)), 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct arena *arena = arena_new(16u << 20);
	if (!arena || length > 65536) {
		arena_free(arena);
		return 0;
	}
	check(bytes_make(data, length), arena, true);
	const char *text = length ? encode(arena, data, length) : NULL;
	if (text)
		check(bytes_text(text), arena, false);
	arena_free(arena);
	return 0;
}
