#include "tests/unit/data.h"

#include "intermediaries/acme/json_private.h"
#include "intermediaries/acme/jwk.h"
#include "tests/unit/acme/jose.h"

static int read_text(struct jwk *out, const char *text, struct error *err)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
	assert_non_null(json);
	int result = jwk_read(out, arena, json, err);
	json_decref(json);
	return result;
}

static struct jwk read_good(const char *text)
{
	struct jwk jwk;
	struct error err = {0};
	if (read_text(&jwk, text, &err))
		fail_msg("%s: %s", text, err.message);
	return jwk;
}

static void the_thumbprint_of_rfc_7638_comes_out(void **state)
{
	(void)state;
	/* RFC 7638 section 3.1; alg and kid play no part */
	struct jwk jwk = read_good(
		"{\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT8"
		"6zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt"
		"7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1"
		"n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csF"
		"Cur-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}");
	uint8_t digest[JWK_THUMBPRINT];
	assert_int_equal(jwk.algorithm, KEY_RSA);
	assert_int_equal(jwk_thumbprint(&jwk, arena, digest), 0);
	assert_string_equal(base64url_text(arena, BYTES_OF(digest)),
	                    "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

static void the_thumbprint_of_rfc_8037_comes_out(void **state)
{
	(void)state;
	/* RFC 8037 appendix A.3 */
	struct jwk jwk = read_good("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
	                           "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}");
	uint8_t digest[JWK_THUMBPRINT];
	assert_int_equal(jwk_thumbprint(&jwk, arena, digest), 0);
	assert_string_equal(base64url_text(arena, BYTES_OF(digest)),
	                    "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

static void every_kind_of_key_is_read_back(void **state)
{
	(void)state;
	static const char *const keys[] = {"p-256", "p-384", "rsa-2048", "rsa-3072", "ed25519"};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct key *key = NULL;
		struct pubkey *read = NULL;
		struct jose jose;
		struct error err = {0};
		uint8_t digest[JWK_THUMBPRINT];
		const char *path = arena_printf(arena, "good/keys/%s.pem", keys[i]);
		assert_int_equal(key_from_pem(&key, data_read(path), NULL, &err), 0);
		assert_int_equal(jose_open(&jose, arena, key), 0);
		struct jwk jwk = read_good(jose.jwk);
		assert_int_equal(jwk_to_pubkey(&jwk, &read, &err), 0);
		assert_true(pubkey_equal(read, key_public(key)));
		assert_int_equal(jwk_thumbprint(&jwk, arena, digest), 0);
		assert_string_equal(base64url_text(arena, BYTES_OF(digest)), jose.thumbprint);
		pubkey_free(read);
		jose_close(&jose);
	}
}

#define X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"

static void wrong_keys_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"{}",
		"{\"kty\":\"oct\",\"k\":\"AAAA\"}",
		"{\"kty\":7}",
		"{\"kty\":\"EC\",\"x\":\"" X "\",\"y\":\"" Y "\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"" X "\",\"y\":\"" Y "\"}",
		"{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"" X "\",\"y\":\"" Y "\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":1}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "=\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\",\"d\":\"AA\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\",\"use\":\"enc\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\",\"use\":1}",
		"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" X "\"}",
		"{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"" X "\"}",
		"{\"kty\":\"RSA\",\"n\":\"AQAB\"}",
		"{\"kty\":\"RSA\",\"e\":\"AQAB\"}",
		"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\",\"p\":\"AA\"}",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct jwk jwk;
		struct error err = {0};
		if (read_text(&jwk, bad[i], &err) != SIGNET_E_BAD_KEY)
			fail_msg("%s: %d", bad[i], err.code);
	}
	struct jwk jwk;
	struct error err = {0};
	assert_int_equal(read_text(&jwk, "[]", &err), SIGNET_E_INVALID);
	assert_int_equal(read_text(&jwk, "\"EC\"", &err), SIGNET_E_INVALID);
}

static void keys_that_do_not_hold_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		/* off the curve: y of the point changed by one */
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X
		"\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4\"}",
		/* of another curve's length */
		"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" X "\",\"y\":\"" Y "\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQAB\",\"y\":\"AQAB\"}",
		"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQAB\"}",
		/* RSA-512 */
		"{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78L"
		"hWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSow\"}",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct jwk jwk = read_good(bad[i]);
		struct pubkey *key = NULL;
		struct error err = {0};
		assert_int_equal(jwk_to_pubkey(&jwk, &key, &err), SIGNET_E_BAD_KEY);
		assert_null(key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_thumbprint_of_rfc_7638_comes_out),
		cmocka_unit_test(the_thumbprint_of_rfc_8037_comes_out),
		cmocka_unit_test(every_kind_of_key_is_read_back),
		cmocka_unit_test(wrong_keys_are_refused),
		cmocka_unit_test(keys_that_do_not_hold_are_refused),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
