/*
 * The chain of a new certificate of an authority: put together from what there
 * is, and checked against what the engine will check, and against what the
 * authority was before.
 */
#ifndef SIGNET_SIGNETCTL_CA_CHAIN_H
#define SIGNET_SIGNETCTL_CA_CHAIN_H

#include "signetctl/ca_authority.h"

/* Certificates to look for issuers in. */
struct ca_pool {
	struct arena *arena;
	struct certificate *list;
	bool *trusted;            /* known before, not brought along with the new certificate */
	size_t count, capacity;
};
int ca_pool_add(struct ca_pool *pool, const struct bytes *ders, size_t count, bool trusted,
                struct error *err);
/* What is known here: the authorities of the configuration, and root.pem of the state directory. */
int ca_pool_add_known(struct ca_pool *pool, const struct settings *settings, struct error *err);
void ca_pool_clear(struct ca_pool *pool);

/* The certificate of this key, then its issuers as far as the pool has them. SIGNET_E_INVALID: it is not
 * self-signed, and none of its issuers is trusted, that is: of a name and key known before. */
int ca_chain_build(const struct ca_pool *pool, struct bytes certificate,
                   struct bytes chain[LIMIT_CHAIN], size_t *count, struct error *err);

/* Whether the chain may take the place of the authority's with this key: its name is the same, the engine
 * would take it. force: also if it ends earlier or allows fewer CAs below than the present one. */
int ca_chain_check(const struct ca_authority *a, const struct bytes *chain, size_t count,
                   const struct key *key, int64_t now, bool force, struct error *err);

/* The first end of a certificate among them. */
int ca_chain_end(struct arena *arena, const struct bytes *chain, size_t count, int64_t *out,
                 struct error *err);

#endif
