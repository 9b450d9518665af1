/*
 * Issuing: from a judged draft to a signed certificate. All of it is pure
 * computation, done before the database is asked.
 */
#ifndef SIGNET_ENGINE_ISSUE_H
#define SIGNET_ENGINE_ISSUE_H

#include "api/policy.h"
#include "engine/profile.h"

struct issued {
	struct bytes certificate;   /* DER */
	struct bytes serial;
	struct bytes origins;       /* enum signet_origin of each extension, an octet each */
	unsigned shard;             /* of the CRL that it names; 0: the complete one */
	int64_t not_after;
};

/* What a certificate would say beyond its draft. */
struct issue_plan {
	struct extension extensions[LIMIT_EXTENSIONS]; /* in their order */
	uint8_t origins[LIMIT_EXTENSIONS];             /* enum signet_origin of each */
	size_t count;
	int64_t not_after;
};

/* Whether names, path length and basicConstraints of the draft stay within what the authority's chain
 * allows. SIGNET_E_BAD_NAME names the name, SIGNET_E_INVALID says what else is wrong. */
int issue_check_bounds(struct arena *arena, const struct authority *authority,
                       const struct signet_draft *draft, struct error *err);

/* Adds the engine's own extensions to the draft's (subjectAltName, subjectKeyIdentifier,
 * authorityKeyIdentifier, and what the profile derives of the authority's URLs), never passes the
 * bounds of the authority's chain (its end cuts the validity), and lints: all of issue_certificate but
 * the signature. The values are in the arena or the profile's. Errors of issue_certificate. */
int issue_check(struct issue_plan *out, struct arena *arena, const struct profile *profile,
                const struct pubkey *key, const struct signet_draft *draft, int64_t now,
                struct error *err);

/* Checks as issue_check does, builds and signs. Everything in *out is in the arena.
 * SIGNET_E_INVALID: the draft breaks a rule of RFC 5280 or the chain's bounds, err says which;
 * SIGNET_E_UNAVAILABLE: the authority's own certificate, or one above it, has ended; SIGNET_E_CRYPTO, _INTERNAL, _NOMEM. */
int issue_certificate(struct issued *out, struct arena *arena, const struct profile *profile,
                      const struct pubkey *key, const struct signet_draft *draft, int64_t now,
                      struct error *err);

#endif
