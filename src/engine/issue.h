/*
 * Issuing: from a judged draft to a signed certificate. All of it is pure
 * computation, done before the database is asked.
 */
#ifndef SIGNET_ENGINE_ISSUE_H
#define SIGNET_ENGINE_ISSUE_H

#include "api/policy.h"
#include "engine/authority.h"

struct issued {
	struct bytes certificate;   /* DER */
	struct bytes serial;
	struct bytes origins;       /* enum signet_origin of each extension, an octet each */
	int64_t not_after;
};

/* Adds the engine's own extensions to the draft's (subjectAltName, subjectKeyIdentifier,
 * authorityKeyIdentifier, AIA, CDP), never passes the issuer's end, lints, builds and signs.
 * Everything in *out is in the arena. SIGNET_E_INVALID: the draft breaks a rule of RFC 5280,
 * err says which; SIGNET_E_UNAVAILABLE: the authority's own certificate has ended;
 * SIGNET_E_CRYPTO, _INTERNAL, _NOMEM. */
int issue_certificate(struct issued *out, struct arena *arena, const struct authority *authority,
                      const struct pubkey *key, const struct signet_draft *draft, int64_t now,
                      struct error *err);

#endif
