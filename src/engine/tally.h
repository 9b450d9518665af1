/*
 * Numbers of certificates by scope and time, for signet_draft_count: how many
 * a rule has counted under a scope in a window of the last while.
 *
 * A window is counted in 60 parts, each with a number of its own: what leaves
 * it does so up to a part late, and never early. Should the clock go back,
 * nothing is forgotten.
 */
#ifndef SIGNET_ENGINE_TALLY_H
#define SIGNET_ENGINE_TALLY_H

#include "engine/index.h"

/* Of rule and scope. */
struct tally {
	uint8_t hash[INDEX_HASH_SIZE];
	int64_t window; /* seconds */
};

int tally_make(struct tally *out, const char *rule, struct bytes scope, int64_t window);
int tally_sum(struct store_txn *txn, const struct tally *tally, int64_t now, uint64_t *out);
/* One more. Errors stay in the transaction. With each new number it walks on through all of them a
 * little, and takes away those that have left their window: scopes that nobody counts any more would
 * stay for ever. */
void tally_add(struct store_txn *txn, const struct tally *tally, int64_t now);

/* What is wrong with a row of the table, for the check; NULL: nothing. */
const char *tally_check_row(struct bytes key, struct bytes value);

#endif
