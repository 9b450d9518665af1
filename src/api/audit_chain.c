#include "api/audit_chain.h"

#include <string.h>

#include "crypto/hash.h"
#include "rpc/ca.pb-c.h"

static int check_previous(const struct audit_chain *chain, uint64_t sequence,
                          const Signet__Rpc__AuditEntry *entry, struct error *err)
{
	if (entry->previous.len == AUDIT_CHAIN_HASH &&
	    memcmp(entry->previous.data, chain->hash, AUDIT_CHAIN_HASH) == 0)
		return 0;
	if (chain->last == 0)
		return error_set(err, SIGNET_E_CORRUPT,
		                 "record %llu is not the first one that was written",
		                 (unsigned long long)sequence);
	return error_set(err, SIGNET_E_CORRUPT, "record %llu does not fit the one before it: one of "
	                 "them was changed", (unsigned long long)sequence);
}

int audit_chain_add(struct audit_chain *chain, uint64_t sequence, struct bytes record,
                    struct error *err)
{
	if (sequence != chain->last + 1)
		return error_set(err, SIGNET_E_CORRUPT, "record %llu is missing",
		                 (unsigned long long)chain->last + 1);
	Signet__Rpc__AuditEntry *entry =
		signet__rpc__audit_entry__unpack(NULL, record.length, record.data);
	if (!entry)
		return error_set(err, SIGNET_E_CORRUPT, "record %llu does not read back",
		                 (unsigned long long)sequence);
	uint8_t hash[AUDIT_CHAIN_HASH];
	int result = check_previous(chain, sequence, entry, err);
	signet__rpc__audit_entry__free_unpacked(entry, NULL);
	if (result)
		return result;
	if (hash_compute(HASH_SHA256, record, hash))
		return error_set(err, SIGNET_E_CRYPTO, "cannot hash");
	memcpy(chain->hash, hash, sizeof hash);
	chain->last = sequence;
	return 0;
}

enum fit { NO_RECORD, FITS, DIFFERS };

/* Whether a record says that this is the hash of the one before it. */
static enum fit fit_of(struct bytes record, const uint8_t hash[AUDIT_CHAIN_HASH])
{
	Signet__Rpc__AuditEntry *entry =
		signet__rpc__audit_entry__unpack(NULL, record.length, record.data);
	if (!entry)
		return NO_RECORD;
	bool fits = entry->previous.len == AUDIT_CHAIN_HASH &&
	            memcmp(entry->previous.data, hash, AUDIT_CHAIN_HASH) == 0;
	signet__rpc__audit_entry__free_unpacked(entry, NULL);
	return fits ? FITS : DIFFERS;
}

void audit_chain_blame(struct audit_chain *chain, uint64_t sequence, struct bytes record,
                       struct bytes next, struct error *err)
{
	uint8_t hash[AUDIT_CHAIN_HASH];
	unsigned long long number = sequence;
	if (chain->last == 0 || sequence != chain->last + 1 ||
	    fit_of(record, chain->hash) != DIFFERS || hash_compute(HASH_SHA256, record, hash))
		return;
	if (next.length && fit_of(next, hash) != FITS) {
		error_set(err, SIGNET_E_CORRUPT, "record %llu was changed: neither the one before it nor the "
		          "one after it fits it", number);
		return;
	}
	/* the hash of what it was is not known any more */
	chain->last--;
	if (next.length)
		error_set(err, SIGNET_E_CORRUPT, "record %llu was changed: the one after it does not fit it, "
		          "and is what it was", number - 1);
	else
		error_set(err, SIGNET_E_CORRUPT, "record %llu or %llu was changed: the last one does not fit "
		          "the one before it", number - 1, number);
}
