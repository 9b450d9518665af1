/*
 * SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7): our own strict reader and
 * writer, so that GnuTLS is given checked numbers and never an encoding. For
 * src/crypto alone.
 */
#ifndef SIGNET_CRYPTO_SPKI_H
#define SIGNET_CRYPTO_SPKI_H

#include "crypto/algorithm.h"

/* The parts of a public key; the slices point into what they were read from. */
struct spki {
	enum key_algorithm algorithm;
	struct bytes key_bits;       /* content of the BIT STRING */
	struct bytes x, y;           /* EC; for Ed25519 x is the key and y is empty */
	struct bytes modulus;        /* RSA, magnitude without leading zeros */
	struct bytes exponent_bytes; /* the same */
	uint64_t exponent;
	unsigned bits;
};

/* Checks form, parameters, lengths and, for RSA, the numbers; not whether an EC point is on its
 * curve. SIGNET_E_BAD_KEY, SIGNET_E_BAD_ALGORITHM. */
int spki_read(struct spki *out, struct bytes der, struct error *err);

/* One point of a curve, or an Ed25519 key with y empty. Nothing is checked. */
void spki_put_point(struct der_writer *w, enum key_algorithm algorithm, struct bytes x,
                    struct bytes y);
void spki_put_rsa(struct der_writer *w, struct bytes modulus, struct bytes exponent);

#endif
