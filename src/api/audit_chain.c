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
