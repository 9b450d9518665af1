/*
 * JSON Web Keys (RFC 7517): public keys of the kinds that an ACME account
 * may have, P-256, P-384, RSA and Ed25519, and their thumbprints.
 */
#ifndef SIGNET_ACME_JWK_H
#define SIGNET_ACME_JWK_H

#include "crypto/key.h"

struct json_t;

#define JWK_THUMBPRINT 32 /* octets of SHA-256 */

/* The public parameters, decoded, in the arena. */
struct jwk {
	enum key_algorithm algorithm;
	struct bytes x, y;              /* EC; x alone: Ed25519 */
	struct bytes modulus, exponent; /* RSA */
};

/* Strict: the parameters of its kty, in base64url, no private ones; a "use" must be "sig".
 * Does not look at the key's mathematics. SIGNET_E_BAD_KEY; SIGNET_E_INVALID for wrong JSON. */
int jwk_read(struct jwk *out, struct arena *arena, const struct json_t *object, struct error *err);

/* The checked key. SIGNET_E_BAD_KEY. */
int jwk_to_pubkey(const struct jwk *jwk, struct pubkey **out, struct error *err);

/* RFC 7638 with SHA-256. SIGNET_E_NOMEM, SIGNET_E_CRYPTO. */
int jwk_thumbprint(const struct jwk *jwk, struct arena *arena, uint8_t out[JWK_THUMBPRINT]);

#endif
