/*
 * The state of certificates: revoked for good, held (certificateHold) and
 * released again. What CRLs and OCSP answers are to be made of.
 *
 *   valid -> revoked    valid <-> held    held -> revoked
 *
 * A certificate that was held before it was revoked keeps the date of the
 * hold (X.509 section 8.5.2.2). Of one that is revoked the reason and the
 * invalidity date can be corrected; it never becomes valid again. Who gives no
 * reason or no date leaves what it is.
 */
#ifndef SIGNET_ENGINE_REVOCATION_H
#define SIGNET_ENGINE_REVOCATION_H

#include "engine/core.h"

struct revocation {
	struct bytes serial;
	unsigned reason;     /* CRLReason (RFC 5280 section 5.3.1): certificateHold holds, removeFromCRL
	                        releases, the others and SIGNET_REVOKE_UNSAID revoke */
	int64_t date;        /* since when it is known or suspected to be invalid; 0: not said */
	const char *comment; /* for the audit trail; one line of at most LIMIT_REASON octets */
	const char *actor;   /* "uid 1000" */
};

/* State, index, event, audit record and generation in one durable transaction. An order that changes
 * nothing is no error and leaves no trace. SIGNET_E_NOT_FOUND; SIGNET_E_STATE: released but never held,
 * held but revoked; SIGNET_E_INVALID: a reason that is none, a date to come. */
int revocation_order(struct engine *engine, struct arena *arena,
                     const struct revocation *revocation, struct error *err);

/* Inside a transaction, for those who revoke a key with all its certificates (revoke_key.h) and announce
 * that themselves: revokes this one as of `since`, or gives it the reason if it was revoked with the key,
 * with row, event and audit record. The generation and event are the last so far; as they were when
 * nothing changes. */
int revocation_apply(struct store_txn *txn, struct arena *arena, const struct revocation *order,
                     int64_t since, int64_t now, uint64_t *generation, uint64_t *event);
/* Inside a transaction, of a certificate that another CA has revoked or held at that time, before it came
 * here: revokes or holds it. The order's date and reason are what that CA has said. There is no event. */
int revocation_bring(struct store_txn *txn, struct arena *arena, const struct revocation *order,
                     int64_t when, uint64_t *generation);
/* After the commit. */
void revocation_note_generation(struct engine *engine, uint64_t generation);

/* The generation that the database has come to: it has grown with every change of a state. */
int revocation_generation(struct database *database, uint64_t *out, struct error *err);

/* The same inside a transaction. It begins with 1. */
uint64_t revocation_read_generation(struct store_txn *txn);

#endif
