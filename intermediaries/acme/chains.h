/*
 * Certificates that were just issued: a client fetches its own right after
 * it has finalized, and need not cost the engine a second question. Bounded;
 * what is not here is asked for.
 */
#ifndef SIGNET_ACME_CHAINS_H
#define SIGNET_ACME_CHAINS_H

#include "base/buffer.h"
#include "base/error.h"

struct chains;

int chains_new(struct chains **out, struct error *err);
void chains_free(struct chains *chains);

/* Keeps a copy for the order of this number; without memory, or when it is very long, it does
 * not. */
void chains_put(struct chains *chains, uint64_t order, struct bytes pem);
/* Appends it. SIGNET_E_NOT_FOUND, or the buffer's error. */
int chains_get(struct chains *chains, uint64_t order, struct buffer *out);

#endif
