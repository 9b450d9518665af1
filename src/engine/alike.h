/*
 * Certificates that are like one at hand, found by the indexes of names and
 * keys: for signet_draft_count_like and signet_draft_key_is_shared.
 */
#ifndef SIGNET_ENGINE_ALIKE_H
#define SIGNET_ENGINE_ALIKE_H

#include "api/policy.h"
#include "engine/index.h"

/* What a certificate is compared by, and what the indexes will say of it but for the time. */
struct alike {
	struct arena *arena;
	uint8_t fingerprint[32];
	struct index_row key_row, name_row;
	const struct bytes *forms; /* index_names */
	size_t form_count;
	struct bytes subject;
	const struct general_name *names;
	size_t name_count;
	/* alike_prepare */
	bool prepared;
	const struct bytes *alt_forms; /* of the alternative names alone */
	size_t alt_count;
	struct bytes subject_form;     /* of the subject alone: the first one; empty without a subject */
	struct index_row subject_row;  /* the name_row of who has this subject and no other names */
};

/* In the arena, in which subject and names must stand. */
int alike_make(struct alike *out, struct arena *arena, const struct pubkey *key,
               struct bytes subject, const struct general_name *names, size_t count);

/* What alike_key_is_shared needs besides; made once. */
int alike_prepare(struct alike *alike);

/* Whether this key has a certificate of somebody else: of another subject, or of the same one, that all
 * may have, and none of the alternative names, where both have some. Of a prepared one. SIGNET_E_TOO_BIG when there are too many to
 * look at. */
int alike_key_is_shared(struct store_txn *txn, const struct alike *alike, bool *shared);

/* How many were issued after `since`, no further than to max; too many to look at count as max. Those
 * that a version without rows in the indexes has stored do not count. */
int alike_count(struct store_txn *txn, const struct alike *alike, enum signet_likeness likeness,
                int64_t since, uint64_t max, uint64_t *out);

#endif
