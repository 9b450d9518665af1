/*
 * The keys that signetctl makes for authorities: p-256, p-384, ed25519,
 * rsa-2048 to rsa-4096.
 */
#ifndef SIGNET_SIGNETCTL_KEY_TYPE_H
#define SIGNET_SIGNETCTL_KEY_TYPE_H

#include "crypto/algorithm.h"

/* What people choose among, one after the other, NULL behind the last. RSA keys of a size between
 * these are made, too. */
const char *key_type_word(size_t at);
/* SIGNET_E_BAD_ALGORITHM with what there is. */
int key_type_read(const char *text, enum key_algorithm *algorithm, unsigned *bits, struct error *err);

#endif
