/*
 * JSON Web Signatures as ACME uses them (RFC 8555 section 6.2): flattened
 * JSON, everything protected, ES256, ES384, RS256 or EdDSA.
 */
#ifndef SIGNET_ACME_JWS_H
#define SIGNET_ACME_JWS_H

#include "intermediaries/acme/jwk.h"

/* All in the arena that it was read into. */
struct jws {
	enum signature_algorithm algorithm;
	const char *nonce;
	const char *url;
	const char *kid;       /* NULL when there is a jwk */
	struct jwk jwk;        /* when kid is NULL */
	struct bytes payload;  /* decoded; empty for POST-as-GET */
	struct bytes input;    /* what is signed (RFC 7515 section 5.1) */
	struct bytes signature;
};

/* Strict: one JSON object with protected, payload and signature in base64url; no "header", no
 * "signatures", no duplicate keys, nothing behind; in the protected header alg, nonce, url, one
 * of jwk and kid, no crit (RFC 7515 section 4.1.11: we understand none). Says nothing about
 * whether the signature is right.
 * SIGNET_E_INVALID, SIGNET_E_BAD_ALGORITHM, SIGNET_E_BAD_KEY, SIGNET_E_NOMEM. */
int jws_read(struct jws *out, struct arena *arena, struct bytes text, struct error *err);

/* SIGNET_E_BAD_ALGORITHM when the algorithm does not belong to this kind of key,
 * SIGNET_E_BAD_SIGNATURE. */
int jws_verify(const struct jws *jws, const struct pubkey *key, struct error *err);

#endif
