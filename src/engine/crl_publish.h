/*
 * Publishing one CRL (RFC 5280 section 5): a number that is durable before
 * anything is signed, a scan of what is revoked over one snapshot of the
 * database, a file that takes the place of the one before whole, and what is
 * known of it with the event that tells it.
 *
 * Whatever ends the process in between leaves the former file, or the new
 * one that the record does not know yet; crl_keeper.h then publishes another.
 */
#ifndef SIGNET_ENGINE_CRL_PUBLISH_H
#define SIGNET_ENGINE_CRL_PUBLISH_H

#include "base/limits.h"
#include "engine/core.h"
#include "engine/crl_record.h"

struct crl_order {
	const struct authority *key; /* of now or an earlier one */
	bool earlier;
	unsigned shard;              /* 0: the complete CRL */
	bool delta;                  /* SIGNET_E_STATE when there is no complete one to add to */
	const char *actor;           /* who has asked for it; NULL: the clock */
	/* a delta CRL that comes with this complete one has its number and says the same (RFC 5280 section
	 * 5.2.3); SIGNET_E_CONFLICT when something has changed since; NULL: it comes alone */
	const struct Signet__Db__Crl *with;
};

/* *out is in the arena; superfluous: rows that no CRL has a use for any more (crl_sweep), at least as
 * far as was seen; may be NULL. SIGNET_E_FULL, SIGNET_E_IO, SIGNET_E_CRYPTO, ...: the file of before
 * stands. */
int crl_publish(struct engine *engine, struct arena *arena, const struct crl_order *order,
                struct Signet__Db__Crl **out, uint64_t *superfluous, struct error *err);

/* What a published CRL looks like beside its entries: the URIs of its issuingDistributionPoint, which are those
 * that certificates name, also under an earlier urls.base; and that of its freshestCRL, "" for none.
 * SIGNET_E_CONFIG: a shard without an URL. */
struct crl_form {
	const char *points[LIMIT_CRL_BASES];
	size_t point_count;
	const char *freshest;
};
int crl_form_of(struct crl_form *out, struct arena *arena, const struct authority *key,
                unsigned shard, bool delta, const struct Signet__Db__CrlIssuer *issuer,
                struct error *err);
bool crl_form_is(const struct crl_form *form, const struct Signet__Db__Crl *record);

struct crl_scope crl_scope_of(const struct authority *key, unsigned shard, bool delta);

/* Deletes the rows that were told long enough: of certificates that had ended when a CRL of the scope was
 * made that still has them, and of those that were released before the complete CRL that is the base. */
int crl_sweep(struct engine *engine, struct arena *arena, const struct authority *key,
              struct error *err);

#endif
