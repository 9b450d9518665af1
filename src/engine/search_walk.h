/*
 * Walks over ranges of the database's tables whose entries name certificates
 * or requests, in pieces of bounded work: each says where the next goes on.
 */
#ifndef SIGNET_ENGINE_SEARCH_WALK_H
#define SIGNET_ENGINE_SEARCH_WALK_H

#include "store/store.h"

#define WALK_SPANS_MAX 1024
/* Of a place: what the walk is, which range, and a key there. */
#define WALK_PLACE_MAX (2 + STORE_KEY_MAX)

/* The keys of a table from low on and below high. */
struct walk_span {
	unsigned table;
	struct bytes low, high;
	bool value_is_id;      /* else the last 8 octets of the key are */
};

struct walk {
	uint8_t kind;          /* of the caller's: a place of another kind is refused */
	const struct walk_span *spans;
	size_t count;          /* one after the other, as they stand here; */
	bool merged;           /* or all at once, in the order of the last 16 octets of their keys */
	bool ascending;
	int64_t budget_us;     /* about how long it may take */
	/* Called for each entry: 0 to go on; WALK_FULL when it is not taken, and the walk is to go on with
	 * it the next time; an error ends the walk. */
	int (*look)(struct store_txn *txn, void *arg, unsigned table, uint64_t id,
	            struct bytes key);
	void *arg;
};
#define WALK_FULL 1

struct walk_place {
	uint8_t data[WALK_PLACE_MAX];
	size_t length;         /* 0: from the beginning, or at the end */
};
/* SIGNET_E_INVALID: no place of such a walk. */
int walk_read_place(struct walk_place *out, const struct walk *walk, struct bytes place);

/* The place behind an entry that was found in another way: its range and key, or, of a merged walk,
 * WALK_MERGED and the last 16 octets of the key. */
#define WALK_MERGED 0xff
void walk_set_place(struct walk_place *place, const struct walk *walk, size_t span, struct bytes key);

/* One piece, from *place on, which it moves. In a transaction. */
int walk_run(struct store_txn *txn, const struct walk *walk, struct walk_place *place);

#endif
