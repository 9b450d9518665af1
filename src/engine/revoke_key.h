/*
 * Revoking a key of an authority: it issues no certificate any more, all that
 * it has issued and that have not ended are revoked, and its CRL then lists
 * them all. It still signs CRLs and OCSP answers, which is how others learn:
 * these with the key itself, since the responder's certificate goes with the
 * others, and a new one would be a certificate behind the mark.
 *
 * The mark is one durable transaction, after which no certificate of the key
 * can be added: so the certificates are a fixed set, which is worked off in
 * batches whose place is stored with them. A kill costs nothing: the keeper of
 * the CRLs (crl_keeper.h) goes on with it. Marking is for good. All are revoked
 * since the mark, and OCSP says so from then on, before their batch comes. The
 * reason can be corrected: then the batches go over all that were revoked with
 * the key once more, but for those that were given another reason since.
 */
#ifndef SIGNET_ENGINE_REVOKE_KEY_H
#define SIGNET_ENGINE_REVOKE_KEY_H

#include "engine/core.h"

struct key_order {
	const struct authority *key; /* of now or an earlier one */
	unsigned reason;     /* CRLReason, neither certificateHold nor removeFromCRL */
	const char *comment; /* for the audit trail; one line of at most LIMIT_REASON octets */
	const char *actor;
};

struct key_progress {
	int64_t revoked;     /* when it was marked; 0: it is not */
	uint64_t count;      /* certificates that were revoked since, for the reason of now */
	bool finished;
};

/* Marks the key, or corrects the reason of one that is marked; the same again changes nothing.
 * SIGNET_E_INVALID. */
int revoke_key_mark(struct engine *engine, struct arena *arena, const struct key_order *order,
                    struct key_progress *out, struct error *err);
/* How far it is. */
int revoke_key_progress(struct engine *engine, const uint8_t issuer[AUTHORITY_ISSUER_SIZE],
                        struct key_progress *out, struct error *err);
/* Revokes the next certificates of a key that is marked, in one transaction with an audit record for each
 * and one for all. The arena is cleared. */
int revoke_key_step(struct engine *engine, struct arena *arena, const struct authority *key,
                    struct key_progress *out, struct error *err);

/* Inside a transaction: SIGNET_E_DENIED, with the words for a client, when the key is marked. */
int revoke_key_ask(struct store_txn *txn, const struct authority *key, struct error *err);
/* The same without words. */
int revoke_key_check(struct store_txn *txn, const uint8_t issuer[AUTHORITY_ISSUER_SIZE]);
/* In a snapshot of its own. */
bool revoke_key_is_marked(struct database *database, const uint8_t issuer[AUTHORITY_ISSUER_SIZE]);

#endif
