/*
 * Numbers of certificates by scope and time, for signet_draft_count: how many
 * a rule has counted under a scope in a window of the last while.
 *
 * A window is counted in 60 parts, each with a number of its own: what leaves
 * it does so up to a part late, and never early. Should the clock go back,
 * nothing is forgotten.
 *
 * A scope has one row, of all its parts. Each part says from when on it is of
 * no use, so that a window that another configuration changes for a while
 * loses nothing of what was counted.
 */
#ifndef SIGNET_ENGINE_TALLY_H
#define SIGNET_ENGINE_TALLY_H

#include "engine/index.h"

/* Rules' names and scopes of more octets than this stand in their keys as a hash. */
#define TALLY_TEXT_MAX 62

/* Of rule and scope. */
struct tally {
	uint8_t key[1 + TALLY_TEXT_MAX + 1];
	size_t length;  /* of the key */
	int64_t window; /* seconds */
};

int tally_make(struct tally *out, const char *rule, struct bytes scope, int64_t window);
bool tally_is_same(const struct tally *a, const struct tally *b);
int tally_sum(struct store_txn *txn, const struct tally *tally, int64_t now, uint64_t *out);
/* One more. Errors stay in the transaction. With each new part it walks on through the table a
 * little, and takes away the rows of which all parts have left their window: scopes that nobody counts any
 * more would stay for ever. */
void tally_add(struct store_txn *txn, const struct tally *tally, int64_t now);
/* Both at once: one more, if there are fewer than this; else SIGNET_E_CONFLICT, and nothing is written.
 * below 0: however many there are. */
int tally_take(struct store_txn *txn, const struct tally *tally, int64_t now, uint64_t below);

/* Whether a key of the table may be such a one. */
bool tally_is_key(struct bytes key);
/* What is wrong with a row of the table, for the check; NULL: nothing. */
const char *tally_check_row(struct bytes key, struct bytes value);

#endif
