/*
 * The rows of TABLE_REVOKED as the entries of one CRL.
 */
#ifndef SIGNET_ENGINE_CRL_SOURCE_H
#define SIGNET_ENGINE_CRL_SOURCE_H

#include "engine/revoked.h"
#include "pki/crl.h"

struct crl_rows {
	struct store_txn *txn;
	const uint8_t *issuer;
	unsigned shard;       /* 0: all of them */
	bool delta;
	uint64_t from;        /* only what changed at this generation or later; 0: all */
	int64_t ended_before; /* certificates that ended before this time are left out, and counted */
	uint64_t superfluous;
};

/* A crl_source; arg: struct crl_rows. */
int crl_rows_visit(void *arg, crl_visitor *visitor, void *context);

/* Calls visit for each row of the issuer and shard (0: all shards) that changed at `from` or later, until
 * it returns other than 0, which is then the result. */
int crl_rows_each(struct store_txn *txn, const uint8_t *issuer, unsigned shard, uint64_t from,
                  int (*visit)(void *arg, const struct revoked *row), void *arg);

#endif
