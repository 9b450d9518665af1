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

#include "base/limits.h"
#include "store/store.h"

#define AUDIT_HASH 32 /* SHA-256 */

/* Stored: numbers are never reused. */
enum audit_action {
	AUDIT_ISSUED = 1,
	AUDIT_PENDING,
	AUDIT_DENIED,
	AUDIT_FAILED,
	AUDIT_STARTED,
	AUDIT_RELOADED,
	AUDIT_STOPPED,
	AUDIT_EXIT_RETRIED, /* dead letters, by an administrator */
	AUDIT_EXIT_DROPPED,
	AUDIT_APPROVED, /* by one officer: what came of it has a record of its own */
	AUDIT_EDITED,
	AUDIT_REVOKED,
	AUDIT_HELD,
	AUDIT_RELEASED,
	AUDIT_CORRECTED, /* reason or date of one that is revoked or held */
	AUDIT_REDRAFTED, /* approvals are void: the configuration drafts it otherwise */
	AUDIT_EXIT_FORGOTTEN, /* one that is configured no more, by an administrator */
	AUDIT_EXIT_GAVE_UP = 28,   /* an event is a dead letter, */
	AUDIT_EXIT_DELIVERED = 29, /* and one that was sent back is none any more */
	AUDIT_HEAD_KEY = 30, /* another key signs the heads from now on: there was none */
	AUDIT_BACKUP = 34,   /* a copy of the database was made */
	AUDIT_RESTORED = 35, /* this database is such a copy, brought back */
	AUDIT_PRUNED = 36,
	AUDIT_CRL_PUBLISHED = 20, /* by hand, or by the clock */
	AUDIT_CRL_WITHDRAWN = 24, /* a delta CRL that is configured no more */
	AUDIT_KEY_REVOKED = 21,   /* of an authority: it issues no more, */
	AUDIT_KEY_BATCH = 22,     /* and certificates of it are revoked, many at once: beside a record for
	                             each */
	AUDIT_KEY_CORRECTED = 23, /* it, and these certificates, for another reason */
	AUDIT_IMPORTED = 40,         /* certificates that were issued elsewhere, many at once */
	AUDIT_IMPORT_REVOKED = 41,   /* one of them that was there already: revoked elsewhere since */
	AUDIT_IMPORT_CRL = 42,       /* a CRL of theirs was looked at, for what it says of them */
	AUDIT_AUTHORITY_ADDED = 43,  /* the engine has it for the first time */
	AUDIT_AUTHORITY_RENEWED = 44, /* another certificate for its key */
	AUDIT_AUTHORITY_ROLLED = 45, /* another key */
	AUDIT_AUTHORITY_CROSSED = 46, /* other cross certificates */
};
#define AUDIT_ACTIONS 64 /* all of them are below */
const char *audit_action_name(enum audit_action action);

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

/* Whether a stored record fits the one before it, in a transaction. SIGNET_E_CORRUPT and why. */
int audit_check(struct store_txn *txn, uint64_t sequence, struct bytes record, struct error *err);

#endif
