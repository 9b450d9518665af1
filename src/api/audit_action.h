/*
 * What the audit trail records: the actions, and how people name them.
 */
#ifndef SIGNET_API_AUDIT_ACTION_H
#define SIGNET_API_AUDIT_ACTION_H

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
	AUDIT_IMPORT_REVOKED = 41,   /* one certificate, elsewhere: it came so, or was there already */
	AUDIT_IMPORT_CRL = 42,       /* a CRL of theirs was looked at, for what it says of them */
	AUDIT_AUTHORITY_ADDED = 43,  /* the engine has it for the first time */
	AUDIT_AUTHORITY_RENEWED = 44, /* another certificate for its key */
	AUDIT_AUTHORITY_ROLLED = 45, /* another key */
	AUDIT_AUTHORITY_CROSSED = 46, /* other cross certificates */
};
#define AUDIT_ACTIONS 64 /* all of them are below */
/* "unknown" for none. */
const char *audit_action_name(enum audit_action action);
/* 0 for an unknown name. */
enum audit_action audit_action_from_name(const char *name);

#endif
