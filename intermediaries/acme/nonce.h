/*
 * Anti-replay nonces (RFC 8555 section 6.5) without a database: a counter
 * and a MAC over it. A bitmap over the newest NONCE_WINDOW of them says which
 * were used. They die with the process; a client then gets badNonce and a
 * fresh one, and goes on.
 */
#ifndef SIGNET_ACME_NONCE_H
#define SIGNET_ACME_NONCE_H

#include <stdint.h>

#include "base/error.h"

#define NONCE_WINDOW (1u << 20) /* 128 KiB of bits */
#define NONCE_TEXT 33           /* characters of a nonce, and a NUL */

struct nonces;

int nonces_new(struct nonces **out, struct error *err);
void nonces_free(struct nonces *nonces);

/* May be called by several threads at once, as nonce_use. */
int nonce_make(struct nonces *nonces, char out[NONCE_TEXT]);

/* 0 exactly once for a nonce that was made here and is not older than the window; else
 * SIGNET_E_INVALID. */
int nonce_use(struct nonces *nonces, const char *text);

#endif
