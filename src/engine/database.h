/*
 * The engine's database: requests and certificates with their indexes,
 * events, the audit trail, and counters. A certificate has the id of the
 * request that it answers.
 */
#ifndef SIGNET_ENGINE_DATABASE_H
#define SIGNET_ENGINE_DATABASE_H

#include "api/client.h"
#include "engine/audit.h"
#include "engine/index.h"
#include "store/store.h"

enum database_table {
	TABLE_REQUESTS,     /* id -> Request */
	TABLE_CERTIFICATES, /* id -> Certificate */
	TABLE_SERIALS,      /* serial -> id */
	TABLE_NAMES,        /* index form of a name, id -> index_name_row */
	TABLE_KEYS,         /* beginning of the key's fingerprint, id -> index_key_row */
	TABLE_EXPIRY,       /* notAfter, id */
	TABLE_PENDING,      /* id */
	TABLE_IDEMPOTENCY,  /* index_idempotency -> id */
	TABLE_EVENTS,       /* sequence -> Event */
	TABLE_AUDIT,        /* sequence -> Audit */
	TABLE_CONSUMERS,    /* name -> sequence */
	TABLE_COUNTERS,     /* counters.h -> numbers and places */
	TABLE_TALLIES,      /* rule and scope -> their numbers by time (tally.c): signet_draft_count */
	TABLE_LETTERS,      /* consumer, sequence -> Letter */
	TABLE_REVOKED,      /* revoked.h: what CRLs list */
	TABLE_LABELS,       /* index_label of requester, profile or authority, or of revocation, id of a
	                       certificate */
	TABLE_LATE,         /* when it was issued, id: certificates that were issued later, or elsewhere,
	                       than their request was submitted */
	TABLE_CRLS,         /* issuer -> CrlIssuer; issuer, shard (2), delta (1) -> Crl: crl_record.h */
	TABLE_FINGERPRINTS, /* index_fingerprint, id of a certificate */
	TABLE_COUNT,
};

struct database;
struct history;
struct Signet__Db__Request;
struct Signet__Db__Certificate;

/* Opens or makes it in this directory. Errors of store_open. */
int database_open(struct database **out, const char *path, struct error *err);
void database_close(struct database *database);
struct store *database_store(struct database *database);

/* One more than the greatest number of the table. */
int database_next(struct store_txn *txn, unsigned table, uint64_t *out);

/* A request and what came of it, on its way into the database. */
struct database_entry {
	struct arena *arena;         /* for the writing; not used by others meanwhile */
	enum signet_request_state state;
	int64_t time;
	struct bytes record;         /* packed Request */
	const uint8_t *idempotency;  /* INDEX_HASH_SIZE octets; NULL: it cannot come again */
	bool silent;                 /* no event tells of it */
	struct audit_entry audit;    /* its request is filled in; action 0: none */
	/* for a request that is there already (database_resolve) */
	uint32_t revision;           /* of the record that this one replaces */
	struct audit_entry decision; /* what was decided, before what came of it */
	/* issued */
	struct bytes certificate;    /* packed Certificate */
	struct bytes serial;
	int64_t not_after;
	const struct bytes *names;   /* index forms */
	size_t name_count;
	uint8_t print[INDEX_FINGERPRINT_SIZE]; /* of itself */
	uint8_t fingerprint[32];     /* of the key */
	struct index_row key_row, name_row;
	const uint8_t *issuer;         /* AUTHORITY_ISSUER_SIZE octets: must not be revoked; NULL: not asked */
	const struct history *history; /* what the judgement relied on; NULL: nothing */
	const char *authority, *profile, *requester;
	int64_t elsewhere;           /* when it was issued, by another CA that had the key; 0: now */
	/* what comes back */
	uint64_t id;                 /* database_resolve: the caller's */
	uint64_t event;              /* its sequence; 0 for none */
};

/* Request, certificate, indexes, event and audit record in one durable transaction.
 * SIGNET_E_EXISTS: there is a request of this idempotency key; SIGNET_E_CONFLICT: what the judgement
 * relied on is no longer so, judge anew; SIGNET_E_FULL. */
int database_add(struct database *database, struct database_entry *entry, struct error *err);

/* The same inside a transaction, of which arg, the entry, is a part. */
int database_put(struct store_txn *txn, void *arg);

/* What was decided on a pending request, in one durable transaction: its record is replaced, and,
 * unless it stays pending, it is pending no more and what came of it is added as by database_add.
 * SIGNET_E_STATE: it is not pending any more; SIGNET_E_CONFLICT: it was changed since this revision
 * was read, or what the judgement relied on is no longer so: look at it again; SIGNET_E_NOT_FOUND. Nothing is changed then. */
int database_resolve(struct database *database, struct database_entry *entry, struct error *err);

/* What is stored of one request, copied into the caller's arena. */
struct stored {
	uint64_t id;
	struct Signet__Db__Request *request;
	struct Signet__Db__Certificate *certificate; /* NULL for none */
};

/* Certificates that were ever stored, those that were pruned since too: it only grows. */
uint64_t database_stored(struct store_txn *txn);

/* For functions inside a transaction. */
int database_load(struct store_txn *txn, struct arena *arena, uint64_t id, struct stored *out);

/* SIGNET_E_NOT_FOUND. */
int database_find(struct database *database, struct arena *arena, uint64_t id,
                  struct stored *out, struct error *err);
int database_find_serial(struct database *database, struct arena *arena, struct bytes serial,
                         struct stored *out, struct error *err);
/* By the SHA-256 of its DER. */
int database_find_fingerprint(struct database *database, struct arena *arena,
                              const uint8_t sha256[32], struct stored *out, struct error *err);
int database_find_submission(struct database *database, struct arena *arena,
                             const uint8_t idempotency[INDEX_HASH_SIZE], struct stored *out,
                             struct error *err);

/* Certificates that this authority has issued; 0 when it cannot be read. */
uint64_t database_issued(struct database *database, const char *authority);

struct database_counts {
	uint64_t requests, certificates, pending, events;
};
int database_count(struct database *database, struct database_counts *out, struct error *err);

#endif
