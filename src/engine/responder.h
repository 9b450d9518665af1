/*
 * The responder of one key of an authority: who signs OCSP answers about its
 * certificates. A delegated one has a key of its own and a certificate that
 * the authority's key signed (RFC 6960 section 4.2.2.2), with
 * id-pkix-ocsp-nocheck; both lie in STATE/engine/ocsp/PUBLICNAME.{key,pem}.
 */
#ifndef SIGNET_ENGINE_RESPONDER_H
#define SIGNET_ENGINE_RESPONDER_H

#include "engine/core.h"
#include "pki/ocsp.h"

struct responder {
	const struct authority *authority; /* the key, maybe an earlier one */
	uint8_t name_hash[2][32];          /* of a CertID: by SHA-1 and SHA-256 */
	uint8_t key_hash[2][32];
	bool own;                          /* the authority's own key signs: so configured, or
	                                      the key is revoked (revoke_key.h) */
	struct ocsp_signer *signer;        /* NULL: there is none; trouble says why */
	struct key *key;                   /* the delegated one's */
	uint8_t serial[SERIAL_SIZE];       /* of the certificate that signs */
	size_t serial_length;
	const char *key_name;              /* "P-256" */
	int64_t not_before, not_after;     /* of that certificate */
	int64_t renewal;                   /* when it is renewed; 0: never */
	char trouble[ERROR_MESSAGE_MAX];
	_Atomic uint64_t answers;
};

/* Fills in what is known of the authority's key alone. */
int responder_init(struct responder *out, const struct authority *authority, struct error *err);
/* Makes ready to sign with what is there, by `own`: the authority's key, or the files. SIGNET_E_NOT_FOUND: there
 * are none; SIGNET_E_INVALID, _STATE: what is there is not to be used (broken, ended, not of this key). */
int responder_load(struct responder *responder, const char *state, int64_t now,
                   struct error *err);
/* Whether it is to be renewed. */
bool responder_is_due(const struct responder *responder, int64_t now);
/* Whether its own certificate is revoked or held: then it is to sign no more. */
bool responder_is_revoked(const struct responder *responder, struct database *database);
/* Makes a new key and has it certified; stored and audited like any certificate. */
int responder_renew(struct responder *responder, struct engine *engine,
                    const struct configuration *configuration, struct error *err);
void responder_clear(struct responder *responder);
/* Whether the CertID names its authority's key. */
bool responder_is_for(const struct responder *responder, const struct ocsp_cert_id *id);

#endif
