/*
 * The audit trail: who did what and when, in the transaction that did it.
 * Every record carries the hash of the one before it as it is stored, and
 * their sequence has no gaps: none can be changed or taken out without all
 * that came after (api/audit_chain.h looks), and the heads that are signed
 * at intervals (audit_head.h) tell when all of that was written anew, or the
 * end was cut off.
 */
#ifndef SIGNET_ENGINE_AUDIT_H
#define SIGNET_ENGINE_AUDIT_H

#include "api/audit_action.h"
#include "base/limits.h"
#include "store/store.h"

#define AUDIT_HASH 32 /* SHA-256 */

struct audit_entry {
	int64_t time;
	enum audit_action action;
	const char *actor;  /* an intermediary's instance, "uid N", or "engine" */
	uint64_t request;   /* 0 for none */
	const char *detail; /* "" for none; what is over LIMIT_AUDIT_DETAIL is cut off */
	const char *from;   /* the client's address, or "admin.sock pid N"; NULL: none, or behind " from "
	                       in the actor */
	const char *before, *after; /* what was so, and what is; NULL: nothing that changes. What
	                             is over 1024 octets of each is cut off */
};

/* Appends inside a transaction; sticky in it. */
int audit_append(struct store_txn *txn, const struct audit_entry *entry);
/* In a transaction of its own. */
int audit_write(struct store *store, const struct audit_entry *entry, struct error *err);

/* Calls visit for each record from this sequence on until it returns other than 0. What the entry
 * points to stands during the call. */
int audit_read(struct store *store, uint64_t from,
               int (*visit)(void *arg, uint64_t sequence, const struct audit_entry *entry),
               void *arg, struct error *err);

/* The records as they are stored, one after the other, with what reads them: visit gets the octets,
 * which stand during the call. From this sequence on; `backwards`: from the one below it down, 0: from
 * the newest. A visit that returns 1 ends it; an error is what is returned. */
int audit_read_stored(struct store *store, uint64_t from, bool backwards,
                      int (*visit)(void *arg, uint64_t sequence, struct bytes record), void *arg,
                      struct error *err);

/* The newest record: its sequence, 0 for none, and SHA-256 of it as it is stored. */
struct audit_last {
	uint64_t sequence;
	uint8_t hash[AUDIT_HASH];
};
int audit_find_last(struct store *store, struct audit_last *out, struct error *err);

/* Whether a stored record fits the one before it, in a transaction. SIGNET_E_CORRUPT and why, with the
 * number of the one that was changed. */
int audit_check(struct store_txn *txn, uint64_t sequence, struct bytes record, struct error *err);

#endif
