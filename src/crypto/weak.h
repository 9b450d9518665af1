/*
 * RSA keys that anybody can take apart, as their modulus shows.
 */
#ifndef SIGNET_CRYPTO_WEAK_H
#define SIGNET_CRYPTO_WEAK_H

#include "crypto/key.h"

enum rsa_weakness {
	RSA_SOUND,        /* none of these */
	RSA_ROCA,         /* made by a smart card's faulty library (CVE-2017-15361) */
	RSA_SMALL_FACTOR, /* divisible by a prime below 752 (CA/B Forum BR section 6.1.6) */
	RSA_CLOSE_PRIMES, /* Fermat's method needs at most 100 rounds (BR section 6.1.1.3) */
};

/* A key of another kind is sound. SIGNET_E_NOMEM. */
int pubkey_rsa_weakness(const struct pubkey *pubkey, enum rsa_weakness *out);
/* "ROCA", ... for messages. */
const char *rsa_weakness_name(enum rsa_weakness weakness);

/* What lists of keys with a predictable generator hold (Debian's of 2008, CVE-2008-0166): the last
 * half of the SHA-1 of "Modulus=HEX\n". SIGNET_E_INVALID for a key of another kind. */
#define RSA_MODULUS_MARK 10
int pubkey_rsa_modulus_mark(const struct pubkey *pubkey, uint8_t out[RSA_MODULUS_MARK]);

#endif
