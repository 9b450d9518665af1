/*
 * Hashes, HMAC, random octets and the comparison for secrets.
 */
#ifndef SIGNET_CRYPTO_HASH_H
#define SIGNET_CRYPTO_HASH_H

#include "crypto/algorithm.h"

size_t hash_size(enum hash_algorithm algorithm);
/* out has hash_size octets. */
int hash_compute(enum hash_algorithm algorithm, struct bytes in, uint8_t *out);

/* A hash over what comes in pieces. */
struct hash;
int hash_open(struct hash **out, enum hash_algorithm algorithm);
int hash_update(struct hash *hash, struct bytes in);
/* Of all that came; out has hash_size octets. It begins anew. */
void hash_finish(struct hash *hash, uint8_t *out);
void hash_free(struct hash *hash);

/* Of a file's content, from its beginning to its end. SIGNET_E_IO. */
int hash_file(enum hash_algorithm algorithm, int fd, uint8_t *out);
int hash_hmac(enum hash_algorithm algorithm, struct bytes key, struct bytes in, uint8_t *out);

/* Fit for keys and serial numbers. */
int random_octets(void *out, size_t length);
/* Time does not depend on where they differ. */
bool secret_equal(struct bytes a, struct bytes b);

#endif
