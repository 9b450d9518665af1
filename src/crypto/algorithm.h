/*
 * The algorithms that Signet knows, and their AlgorithmIdentifiers.
 */
#ifndef SIGNET_CRYPTO_ALGORITHM_H
#define SIGNET_CRYPTO_ALGORITHM_H

#include "asn1/der.h"

enum key_algorithm { KEY_RSA = 1, KEY_P256, KEY_P384, KEY_P521, KEY_ED25519 };

enum hash_algorithm { HASH_SHA1 = 1, HASH_SHA256, HASH_SHA384, HASH_SHA512 };
#define HASH_SIZE_MAX 64

enum signature_algorithm {
	SIGNATURE_RSA_SHA256 = 1,
	SIGNATURE_RSA_SHA384,
	SIGNATURE_RSA_SHA512,
	SIGNATURE_ECDSA_SHA256,
	SIGNATURE_ECDSA_SHA384,
	SIGNATURE_ECDSA_SHA512,
	SIGNATURE_ED25519,
};

/* "RSA", "P-256", "P-384", "P-521", "Ed25519"; "?" for another. */
const char *key_algorithm_name(enum key_algorithm algorithm);
/* "rsa-2048" to "rsa-8192" (bits in *bits), "p-256", "p-384", "p-521", "ed25519", ASCII case
 * ignored. SIGNET_E_BAD_ALGORITHM. *bits is 256, 384, 521, 256 for the others. */
int key_algorithm_from_name(const char *name, enum key_algorithm *algorithm, unsigned *bits);

const char *signature_algorithm_name(enum signature_algorithm algorithm);
/* The algorithm that a key of this kind signs with when nobody chooses: SHA-256 for RSA and
 * P-256, SHA-384 for P-384, SHA-512 for P-521. */
enum signature_algorithm signature_algorithm_for(enum key_algorithm key);
/* What it signs the hash of; 0 for Ed25519, which takes the whole message. */
enum hash_algorithm signature_algorithm_hash(enum signature_algorithm algorithm);
/* Whether keys of this kind make signatures of that algorithm. */
bool signature_algorithm_fits(enum signature_algorithm algorithm, enum key_algorithm key);

/* AlgorithmIdentifier of a signature (RFC 4055, 5758, 8410): parameters as they must be, NULL
 * for RSA (absent is accepted by the reader), absent else. SIGNET_E_BAD_ALGORITHM for any other,
 * MD5 and SHA-1 among them. */
int signature_algorithm_read(struct der *der, enum signature_algorithm *out);
void signature_algorithm_put(struct der_writer *w, enum signature_algorithm algorithm);

#endif
