#include "intermediaries/acme/jws.h"

#include "base/encoding.h"
#include "intermediaries/acme/json_private.h"

/* RFC 7518 section 3.1 ties ES256 to P-256 and ES384 to P-384, which is stricter than X.509. */
static const struct {
	const char *name;
	enum signature_algorithm algorithm;
	enum key_algorithm key;
} algorithms[] = {
	{"ES256", SIGNATURE_ECDSA_SHA256, KEY_P256},
	{"ES384", SIGNATURE_ECDSA_SHA384, KEY_P384},
	{"RS256", SIGNATURE_RSA_SHA256, KEY_RSA},
	{"EdDSA", SIGNATURE_ED25519, KEY_ED25519},
};

static int read_algorithm(struct jws *out, const json_t *header, struct error *err)
{
	const char *name = json_string_value(json_object_get(header, "alg"));
	if (!name)
		return error_set(err, SIGNET_E_INVALID, "the protected header has no \"alg\"");
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
		if (strcmp(name, algorithms[i].name) == 0) {
			out->algorithm = algorithms[i].algorithm;
			return 0;
		}
	}
	return error_set(err, SIGNET_E_BAD_ALGORITHM,
	                 "signatures must be ES256, ES384, RS256 or EdDSA");
}

static int read_key(struct jws *out, struct arena *arena, const json_t *header, struct error *err)
{
	const json_t *key = json_object_get(header, "jwk");
	int result = json_get_text(header, "kid", arena, &out->kid, err);
	if (result < 0)
		return result;
	if (!key == !out->kid)
		return error_set(err, SIGNET_E_INVALID,
		                 "the protected header must have one of \"jwk\" and \"kid\"");
	return key ? jwk_read(&out->jwk, arena, key, err) : 0;
}

static int read_header(struct jws *out, struct arena *arena, struct bytes text, struct error *err)
{
	json_t *header;
	int result = json_read_object(&header, text, "the protected header", err);
	if (result < 0)
		return result;
	if (json_object_get(header, "crit"))
		result = error_set(err, SIGNET_E_INVALID,
		                   "the protected header has a critical part that is not known "
		                   "(RFC 7515 section 4.1.11)");
	if (result == 0)
		result = read_algorithm(out, header, err);
	if (result == 0)
		result = json_get_text(header, "nonce", arena, &out->nonce, err);
	if (result == 0)
		result = json_get_text(header, "url", arena, &out->url, err);
	if (result == 0 && !out->url)
		result = error_set(err, SIGNET_E_INVALID, "the protected header has no \"url\"");
	if (result == 0)
		result = read_key(out, arena, header, err);
	json_decref(header);
	return result;
}

static int read_part(const json_t *jws, const char *name, struct arena *arena, const char **text,
                     struct bytes *octets, struct error *err)
{
	*text = json_string_value(json_object_get(jws, name));
	if (!*text)
		return error_set(err, SIGNET_E_INVALID, "the JWS has no \"%s\"", name);
	int result = base64url_bytes(arena, *text, octets);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	if (result < 0)
		return error_set(err, SIGNET_E_INVALID, "\"%s\" is not base64url", name);
	return 0;
}

static int join(struct arena *arena, const char *protected, const char *payload,
                struct bytes *out)
{
	size_t head = strlen(protected), tail = strlen(payload);
	char *text = arena_alloc(arena, head + 1 + tail);
	if (!text)
		return SIGNET_E_NOMEM;
	memcpy(text, protected, head);
	text[head] = '.';
	memcpy(text + head + 1, payload, tail);
	*out = bytes_make(text, head + 1 + tail);
	return 0;
}

static int read_parts(struct jws *out, struct arena *arena, const json_t *jws, struct error *err)
{
	const char *protected, *payload, *signature;
	struct bytes header;
	if (json_object_get(jws, "header") || json_object_get(jws, "signatures"))
		return error_set(err, SIGNET_E_INVALID,
		                 "the JWS is not flattened, or has an unprotected header "
		                 "(RFC 8555 section 6.2)");
	int result = read_part(jws, "protected", arena, &protected, &header, err);
	if (result == 0)
		result = read_part(jws, "payload", arena, &payload, &out->payload, err);
	if (result == 0)
		result = read_part(jws, "signature", arena, &signature, &out->signature, err);
	if (result < 0)
		return result;
	if (join(arena, protected, payload, &out->input) < 0)
		return error_nomem(err);
	return read_header(out, arena, header, err);
}

int jws_read(struct jws *out, struct arena *arena, struct bytes text, struct error *err)
{
	json_t *json;
	struct jws jws = {0};
	int result = json_read_object(&json, text, "the JWS", err);
	if (result < 0)
		return result;
	result = read_parts(&jws, arena, json, err);
	json_decref(json);
	if (result == 0)
		*out = jws;
	return result;
}

int jws_verify(const struct jws *jws, const struct pubkey *key, struct error *err)
{
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
		if (algorithms[i].algorithm == jws->algorithm &&
		    algorithms[i].key == pubkey_algorithm(key))
			return pubkey_verify_raw(key, jws->algorithm, jws->input, jws->signature,
			                         err);
	return error_set(err, SIGNET_E_BAD_ALGORITHM, "\"alg\" does not fit the account's key");
}
