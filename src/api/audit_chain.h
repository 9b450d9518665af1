/*
 * The chain of the audit trail, as whoever reads it can check it: each record
 * carries SHA-256 of the one before it as it is stored (32 zero octets: there
 * is none), and their sequence begins with 1 and has no gaps. Not part of the
 * SDK: for signetctl, which believes no engine, and for the engine's check of
 * its database.
 */
#ifndef SIGNET_API_AUDIT_CHAIN_H
#define SIGNET_API_AUDIT_CHAIN_H

#include "base/bytes.h"
#include "base/error.h"

#define AUDIT_CHAIN_HASH 32

/* All of it zero: nothing was read yet. */
struct audit_chain {
	uint64_t last;                  /* the sequence of the last record that is whole; 0: none */
	uint8_t hash[AUDIT_CHAIN_HASH]; /* of that record */
};

/* The next record as it is stored. SIGNET_E_CORRUPT and what is wrong with it, with its sequence: it is
 * missing, does not read, or says of the one before it what is not so. The chain is then as it was. */
int audit_chain_add(struct audit_chain *chain, uint64_t sequence, struct bytes record,
                    struct error *err);

/* After a failure of audit_chain_add with this record: which one was changed, it or the one before it,
 * as the record after it shows (none: empty, then it may be either). The error is set anew, and the chain
 * ends before the one that is named. Other failures stay as they were said. */
void audit_chain_blame(struct audit_chain *chain, uint64_t sequence, struct bytes record,
                       struct bytes next, struct error *err);

#endif
