/* What the files of the check share. */
#ifndef SIGNET_ENGINE_CHECK_PRIVATE_H
#define SIGNET_ENGINE_CHECK_PRIVATE_H

#include "engine/check.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"

/* One portion on its way. */
struct checking {
	const struct configuration *configuration;
	struct store_txn *txn;
	struct arena *arena;         /* for one record */
	struct check_portion *out;
	unsigned table;              /* the one that is walked, */
	struct bytes key, value;     /* and its row */
	uint64_t previous;           /* number of the row before; 0: not known */
};

/* Each looks at one row. 0, or an error that ends the check: what is wrong with the row is a finding. */
int check_certificate(struct checking *c);
int check_request(struct checking *c);
int check_serial(struct checking *c);
int check_name(struct checking *c);
int check_key(struct checking *c);
int check_expiry(struct checking *c);
int check_fingerprint(struct checking *c);
int check_label(struct checking *c);
int check_late(struct checking *c);
int check_pending(struct checking *c);
int check_idempotency(struct checking *c);
int check_event(struct checking *c);
int check_letter(struct checking *c);
int check_revoked(struct checking *c);
int check_audit(struct checking *c);
int check_crl(struct checking *c);
int check_consumer(struct checking *c);
int check_counter(struct checking *c);
int check_tally(struct checking *c);

/* Notes what is wrong with the row. */
void check_note(struct checking *c, uint64_t id, const char *problem);

/* A certificate as it is stored, and what the indexes should say of it. */
struct check_subject {
	uint64_t id;
	struct Signet__Db__Certificate *record;
	struct certificate certificate; /* cleared by check_release */
	struct bytes *names;            /* index forms */
	size_t name_count;
	struct index_row key_row, name_row;
	uint8_t fingerprint[32];        /* of the key */
	uint8_t print[INDEX_FINGERPRINT_SIZE];
};
/* SIGNET_E_NOT_FOUND; SIGNET_E_CORRUPT when it does not read back. */
int check_load(struct checking *c, uint64_t id, struct check_subject *out);
void check_release(struct check_subject *subject);

#endif
