/*
 * The client's side of JOSE, for tests and the benchmark: makes the messages
 * that intermediaries/acme reads.
 */
#ifndef SIGNET_TESTS_JOSE_H
#define SIGNET_TESTS_JOSE_H

#include "base/arena.h"
#include "crypto/key.h"

struct jose {
	struct key *key;           /* P-256, P-384, Ed25519 or RSA */
	const char *algorithm;     /* "ES256" */
	char *jwk;                 /* JSON, members in RFC 7638's order */
	char *thumbprint;          /* base64url */
};

/* Takes the key over. All in the arena but the key. */
int jose_open(struct jose *out, struct arena *arena, struct key *key);
void jose_close(struct jose *jose);

/* The signature over input as JWS carries it, in base64url; NULL on failure. */
const char *jose_sign(const struct jose *jose, struct arena *arena, struct bytes input);

/* Flattened JSON: {"protected": ..., "payload": ..., "signature": ...}; NULL on failure. */
const char *jose_message(const struct jose *jose, struct arena *arena, const char *header,
                         const char *payload);

/* The usual protected header; kid NULL: with the jwk. */
const char *jose_header(const struct jose *jose, struct arena *arena, const char *kid,
                        const char *nonce, const char *url);

#endif
