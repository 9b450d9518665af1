/*
 * What is known of the CRLs that are published: table crls. A scope is the
 * key of an authority, a shard (0: all of them, the complete CRL), and
 * whether it is the delta CRL of that.
 */
#ifndef SIGNET_ENGINE_CRL_RECORD_H
#define SIGNET_ENGINE_CRL_RECORD_H

#include "engine/authority.h"
#include "store/store.h"

struct Signet__Db__Crl;
struct Signet__Db__CrlIssuer;

struct crl_scope {
	uint8_t issuer[AUTHORITY_ISSUER_SIZE];
	unsigned shard;
	bool delta;
};

/* Inside a transaction, into the arena. SIGNET_E_NOT_FOUND: none was published. */
int crl_record_find(struct store_txn *txn, struct arena *arena, const struct crl_scope *scope,
                    struct Signet__Db__Crl **out);
/* Inside a transaction; sticky in it. */
int crl_record_put(struct store_txn *txn, struct arena *arena, const struct crl_scope *scope,
                   const struct Signet__Db__Crl *record);
int crl_record_delete(struct store_txn *txn, const struct crl_scope *scope);

/* The scope behind this one (NULL: the first), in the order of the table, and its record.
 * SIGNET_E_NOT_FOUND. */
int crl_record_next(struct store_txn *txn, struct arena *arena, const struct crl_scope *after,
                    struct crl_scope *scope, struct Signet__Db__Crl **out);

/* Takes a number for a CRL of this issuer: greater than each before, also those that were published
 * before an older database was restored, since it is no less than the time
 * in microseconds, which no number of CRLs outruns (seconds, those of many shards would). Durable when it
 * returns, so that no number is ever used twice. The record keeps what the key's certificates name from now on: the
 * most shards of all times, and the last values of urls.base with which there were some. */
int crl_record_take_number(struct store *store, const struct authority *key, uint64_t *number,
                           struct error *err);
/* Inside a transaction: what its CRLs have in common; an empty record when there is none. Into the arena. */
int crl_issuer_find(struct store_txn *txn, struct arena *arena,
                    const uint8_t issuer[AUTHORITY_ISSUER_SIZE],
                    struct Signet__Db__CrlIssuer **out);
/* Sticky. */
int crl_issuer_put(struct store_txn *txn, struct arena *arena,
                   const uint8_t issuer[AUTHORITY_ISSUER_SIZE],
                   const struct Signet__Db__CrlIssuer *record);
/* When and for what the key was revoked (revoke_key.h); 0: it is not. */
struct crl_issuer_mark {
	int64_t revoked;
	unsigned reason;
};
int crl_issuer_mark(struct store_txn *txn, const uint8_t issuer[AUTHORITY_ISSUER_SIZE],
                    struct crl_issuer_mark *out);
/* Inside a transaction: the most shards that were ever configured. */
int crl_record_shards(struct store_txn *txn, const uint8_t issuer[AUTHORITY_ISSUER_SIZE],
                      unsigned *shards);

#endif
