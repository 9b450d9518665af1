/*
 * Accounts in memory: importing and checking a public key costs as much as
 * half a verification, so the keys of the accounts that were seen last are
 * kept. Bounded; the database stays the truth.
 */
#ifndef SIGNET_ACME_CACHE_H
#define SIGNET_ACME_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "crypto/key.h"

#define CACHE_THUMBPRINT_TEXT 44 /* base64url of SHA-256, and a NUL */

/* What every request of an account needs. Immutable once it is shared. */
struct account {
	uint64_t id;
	bool valid; /* not deactivated */
	struct pubkey *key;
	char thumbprint[CACHE_THUMBPRINT_TEXT];
	atomic_uint references;
};

struct cache;

/* A new account with one reference; takes the key over. NULL without memory (the key is then
 * still the caller's). */
struct account *account_new(uint64_t id, bool valid, struct pubkey *key, const char *thumbprint);
/* Gives one reference up. Accepts NULL. */
void account_release(struct account *account);

int cache_new(struct cache **out, struct error *err);
void cache_free(struct cache *cache);

/* The account with a reference for the caller, or NULL; *generation is then for cache_put. */
struct account *cache_get(struct cache *cache, uint64_t id, uint64_t *generation);
/* Keeps the account (with a reference of its own), unless cache_drop was called since the
 * generation was taken: what was read then may be stale. */
void cache_put(struct cache *cache, struct account *account, uint64_t generation);
/* Forgets the account: call it after its record was changed. */
void cache_drop(struct cache *cache, uint64_t id);

#endif
