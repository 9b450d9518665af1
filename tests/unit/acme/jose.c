#include "tests/unit/acme/jose.h"

#include "base/encoding.h"
#include "crypto/hash.h"

static char *ec_jwk(struct arena *arena, const char *curve, struct bytes spki, size_t size)
{
	const uint8_t *point = spki.data + spki.length - 2 * size;
	return arena_printf(arena, "{\"crv\":\"%s\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}", curve,
	                    base64url_text(arena, bytes_make(point, size)),
	                    base64url_text(arena, bytes_make(point + size, size)));
}

static char *rsa_jwk(struct arena *arena, struct bytes spki)
{
	struct der outer = der_open(spki), info, inner;
	struct bytes bits, modulus, exponent;
	if (der_enter(&outer, DER_SEQUENCE, &info) < 0 ||
	    der_whole(&info, DER_SEQUENCE, &modulus) < 0 || der_bits(&info, &bits, NULL) < 0)
		return NULL;
	outer = der_open(bits);
	if (der_enter(&outer, DER_SEQUENCE, &inner) < 0 || der_integer(&inner, &modulus) < 0 ||
	    der_integer(&inner, &exponent) < 0)
		return NULL;
	return arena_printf(arena, "{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}",
	                    base64url_text(arena, exponent),
	                    base64url_text(arena, bytes_make(modulus.data + 1, modulus.length - 1)));
}

int jose_open(struct jose *out, struct arena *arena, struct key *key)
{
	uint8_t digest[32];
	struct bytes spki = pubkey_spki(key_public(key));
	*out = (struct jose){.key = key};
	switch (pubkey_algorithm(key_public(key))) {
	case KEY_P256:
		out->algorithm = "ES256";
		out->jwk = ec_jwk(arena, "P-256", spki, 32);
		break;
	case KEY_P384:
		out->algorithm = "ES384";
		out->jwk = ec_jwk(arena, "P-384", spki, 48);
		break;
	case KEY_ED25519:
		out->algorithm = "EdDSA";
		out->jwk = arena_printf(
			arena, "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%s\"}",
			base64url_text(arena, bytes_make(spki.data + spki.length - 32, 32)));
		break;
	case KEY_RSA:
		out->algorithm = "RS256";
		out->jwk = rsa_jwk(arena, spki);
		break;
	default:
		return SIGNET_E_BAD_ALGORITHM;
	}
	if (!out->jwk || hash_compute(HASH_SHA256, bytes_text(out->jwk), digest) < 0)
		return SIGNET_E_NOMEM;
	out->thumbprint = base64url_text(arena, BYTES_OF(digest));
	return out->thumbprint ? 0 : SIGNET_E_NOMEM;
}

void jose_close(struct jose *jose)
{
	key_free(jose->key);
	jose->key = NULL;
}

/* r and s of the DER form, each in the curve's length (RFC 7518 section 3.4). */
static int to_raw(struct buffer *out, struct bytes der, size_t size)
{
	struct der outer = der_open(der), inner;
	struct bytes number;
	if (der_enter(&outer, DER_SEQUENCE, &inner) < 0)
		return SIGNET_E_INVALID;
	for (int i = 0; i < 2; i++) {
		if (der_integer(&inner, &number) < 0)
			return SIGNET_E_INVALID;
		if (number.length > size)
			number = bytes_make(number.data + 1, number.length - 1);
		for (size_t pad = number.length; pad < size; pad++)
			buffer_append_octet(out, 0);
		buffer_append_bytes(out, number);
	}
	return out->error;
}

const char *jose_sign(const struct jose *jose, struct arena *arena, struct bytes input)
{
	enum key_algorithm kind = pubkey_algorithm(key_public(jose->key));
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(2048), raw = BUFFER_MAX(2048);
	if (key_sign(jose->key, signature_algorithm_for(kind), input, &der, NULL) < 0)
		return NULL;
	if (kind != KEY_P256 && kind != KEY_P384)
		return base64url_text(arena, buffer_bytes(&der));
	if (to_raw(&raw, buffer_bytes(&der), kind == KEY_P256 ? 32 : 48) < 0)
		return NULL;
	return base64url_text(arena, buffer_bytes(&raw));
}

const char *jose_message(const struct jose *jose, struct arena *arena, const char *header,
                         const char *payload)
{
	const char *protected = base64url_text(arena, bytes_text(header));
	const char *content = base64url_text(arena, bytes_text(payload));
	const char *input = arena_printf(arena, "%s.%s", protected, content);
	const char *signature = input ? jose_sign(jose, arena, bytes_text(input)) : NULL;
	if (!signature)
		return NULL;
	return arena_printf(arena, "{\"protected\":\"%s\",\"payload\":\"%s\",\"signature\":\"%s\"}",
	                    protected, content, signature);
}

const char *jose_header(const struct jose *jose, struct arena *arena, const char *kid,
                        const char *nonce, const char *url)
{
	const char *key = kid ? arena_printf(arena, "\"kid\":\"%s\"", kid)
	                      : arena_printf(arena, "\"jwk\":%s", jose->jwk);
	return arena_printf(arena, "{\"alg\":\"%s\",%s,\"nonce\":\"%s\",\"url\":\"%s\"}",
	                    jose->algorithm, key, nonce, url);
}
