/*
 * The rows of TABLE_REVOKED: what CRLs are made of, in one ordered scan for
 * each issuer or shard, without a look at the certificates.
 *
 *   key    issuer (8) . shard (2) . changed (8) . id (8)
 *   value  revoked (8) . invalid (8) . not_after (8) . reason (1) . reasons (2) . serial
 *
 * Numbers are big-endian. `changed` is the generation of revocations that
 * made the row what it is, so that what changed since a CRL was made is what
 * stands behind its generation, whatever the clock did.
 *
 * A certificate that was released keeps a row with reason removeFromCRL, for
 * delta CRLs to tell, until a complete CRL without it is the base.
 */
#ifndef SIGNET_ENGINE_REVOKED_H
#define SIGNET_ENGINE_REVOKED_H

#include "engine/authority.h"
#include "store/store.h"

#define REVOKED_SHARD_MAX 65535

struct revoked {
	uint8_t issuer[AUTHORITY_ISSUER_SIZE];
	unsigned shard;
	uint64_t changed;
	uint64_t id;         /* of the certificate */
	struct bytes serial; /* magnitude */
	int64_t revoked;     /* when; */
	int64_t invalid;     /* since when it is not to be relied on; 0: not said */
	int64_t not_after;   /* of the certificate */
	unsigned reason;     /* CRLReason (RFC 5280 section 5.3.1) */
	unsigned reasons;    /* 1 << each that it has had before: what may not wait for its CRL does not
	                        wait when it is corrected, either */
};

/* Inside a transaction; sticky in it. */
/* The certificate in the index of those that were ever held, or revoked: for lists, since rows go. */
int revoked_note(struct store_txn *txn, uint64_t id, bool held);
/* The row's reason is one of its reasons. */
int revoked_put(struct store_txn *txn, const struct revoked *row);
/* By the parts of its key; one that is not there is no error. */
int revoked_delete(struct store_txn *txn, const struct revoked *row);

/* The same for a row that takes its place: whose reasons it has with its own. */
int revoked_take(struct store_txn *txn, struct revoked *row);

/* The key from which on the rows of this issuer and shard stand that changed at `changed` or later. */
struct store_key revoked_begin(const uint8_t issuer[AUTHORITY_ISSUER_SIZE], unsigned shard,
                               uint64_t changed);
/* The row that the cursor stands on; the serial stands as long as the cursor's value does.
 * SIGNET_E_CORRUPT. */
int revoked_read_row(struct bytes key, struct bytes value, struct revoked *out);
int revoked_read(const struct store_cursor *cursor, struct revoked *out);

#endif
