#include "intermediaries/acme/jwk.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "intermediaries/acme/json_private.h"

static int read_octets(const json_t *object, const char *key, struct arena *arena,
                       struct bytes *out, struct error *err)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);
	if (!text || !*text)
		return error_set(err, SIGNET_E_BAD_KEY, "the key has no \"%s\"", key);
	if (json_string_length(value) > LIMIT_SPKI)
		return error_set(err, SIGNET_E_BAD_KEY, "the key's \"%s\" is too long", key);
	int result = base64url_bytes(arena, text, out);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	if (result < 0)
		return error_set(err, SIGNET_E_BAD_KEY, "the key's \"%s\" is not base64url", key);
	return 0;
}

static int read_ec(struct jwk *out, struct arena *arena, const json_t *object, const char *curve,
                   struct error *err)
{
	if (strcmp(curve, "P-256") == 0)
		out->algorithm = KEY_P256;
	else if (strcmp(curve, "P-384") == 0)
		out->algorithm = KEY_P384;
	else
		return error_set(err, SIGNET_E_BAD_KEY, "the key's curve is not P-256 or P-384");
	int result = read_octets(object, "x", arena, &out->x, err);
	return result < 0 ? result : read_octets(object, "y", arena, &out->y, err);
}

static int read_rsa(struct jwk *out, struct arena *arena, const json_t *object, struct error *err)
{
	out->algorithm = KEY_RSA;
	int result = read_octets(object, "n", arena, &out->modulus, err);
	return result < 0 ? result : read_octets(object, "e", arena, &out->exponent, err);
}

static int read_okp(struct jwk *out, struct arena *arena, const json_t *object, const char *curve,
                    struct error *err)
{
	if (strcmp(curve, "Ed25519") != 0)
		return error_set(err, SIGNET_E_BAD_KEY, "the key's curve is not Ed25519");
	out->algorithm = KEY_ED25519;
	return read_octets(object, "x", arena, &out->x, err);
}

static int check_use(const json_t *object, struct error *err)
{
	static const char *const private[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
	for (size_t i = 0; i < sizeof private / sizeof *private; i++)
		if (json_object_get(object, private[i]))
			return error_set(err, SIGNET_E_BAD_KEY, "the key holds a private part");
	const json_t *use = json_object_get(object, "use");
	if (use && (!json_is_string(use) || strcmp(json_string_value(use), "sig") != 0))
		return error_set(err, SIGNET_E_BAD_KEY, "the key is not for signatures");
	return 0;
}

int jwk_read(struct jwk *out, struct arena *arena, const json_t *object, struct error *err)
{
	struct jwk jwk = {0};
	if (!json_is_object(object))
		return error_set(err, SIGNET_E_INVALID, "\"jwk\" is not an object");
	int result = check_use(object, err);
	if (result < 0)
		return result;
	const char *type = json_string_value(json_object_get(object, "kty"));
	const char *curve = json_string_value(json_object_get(object, "crv"));
	if (type && strcmp(type, "EC") == 0)
		result = read_ec(&jwk, arena, object, curve ? curve : "", err);
	else if (type && strcmp(type, "RSA") == 0)
		result = read_rsa(&jwk, arena, object, err);
	else if (type && strcmp(type, "OKP") == 0)
		result = read_okp(&jwk, arena, object, curve ? curve : "", err);
	else
		result = error_set(err, SIGNET_E_BAD_KEY, "the key is not EC, RSA or OKP");
	if (result == 0)
		*out = jwk;
	return result;
}

int jwk_to_pubkey(const struct jwk *jwk, struct pubkey **out, struct error *err)
{
	if (jwk->algorithm == KEY_RSA)
		return pubkey_from_rsa(out, jwk->modulus, jwk->exponent, err);
	return pubkey_from_coordinates(out, jwk->algorithm, jwk->x, jwk->y, err);
}

/* RFC 7638 section 3.2: the required members in lexicographic order, no white space. What was
 * decoded is encoded again: the decoder takes canonical text only, so this is what was sent. */
static char *canonical(const struct jwk *jwk, struct arena *arena)
{
	bool is_rsa = jwk->algorithm == KEY_RSA;
	const char *first = base64url_text(arena, is_rsa ? jwk->exponent : jwk->x);
	const char *second = base64url_text(arena, is_rsa ? jwk->modulus : jwk->y);
	if (!first || !second)
		return NULL;
	if (is_rsa)
		return arena_printf(arena, "{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}", first,
		                    second);
	const char *curve = key_algorithm_name(jwk->algorithm);
	if (jwk->algorithm == KEY_ED25519)
		return arena_printf(arena, "{\"crv\":\"%s\",\"kty\":\"OKP\",\"x\":\"%s\"}", curve,
		                    first);
	return arena_printf(arena, "{\"crv\":\"%s\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
	                    curve, first, second);
}

int jwk_thumbprint(const struct jwk *jwk, struct arena *arena, uint8_t out[JWK_THUMBPRINT])
{
	char *text = canonical(jwk, arena);
	if (!text)
		return SIGNET_E_NOMEM;
	return hash_compute(HASH_SHA256, bytes_text(text), out);
}
