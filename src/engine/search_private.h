/*
 * What the files of search share.
 */
#ifndef SIGNET_ENGINE_SEARCH_PRIVATE_H
#define SIGNET_ENGINE_SEARCH_PRIVATE_H

#include "engine/outcome.h"
#include "engine/search.h"
#include "engine/search_walk.h"
#include "pki/certificate.h"

/* A name to be found: exactly, or one that begins and ends so. */
struct search_name {
	bool given, pattern;
	struct bytes form;         /* index_name, with its end mark */
	struct bytes begin, end;   /* of a pattern, in lower case */
};
/* text: "" for none. SIGNET_E_INVALID: more than one "*". */
int search_read_name(struct search_name *out, struct arena *arena, const char *text,
                     struct error *err);
/* form: as index_name makes it. */
bool search_is_name(const struct search_name *name, struct bytes form);
/* What a certificate's names come to: the least of the forms that are the name; empty for none. */
int search_find_name(struct arena *arena, const struct search_name *name, struct bytes der,
                     struct bytes *out);

/* What a walk finds certificates by: places are told apart by it. Never 0. */
enum search_index {
	SEARCH_SERIAL = 1,
	SEARCH_KEY,
	SEARCH_NAME,
	SEARCH_PATTERN,
	SEARCH_REQUESTER,
	SEARCH_PROFILE,
	SEARCH_REVOKED,
	SEARCH_EXPIRY,
	SEARCH_IDS,
	SEARCH_PENDING,
	SEARCH_AUTHORITY,
	SEARCH_CHANGED,
};

struct search {
	struct arena *arena;
	const struct signet_certificate_query *query;
	int64_t now;
	struct search_name name;
	uint8_t serial_low[SERIAL_SIZE + 2], serial_high[SERIAL_SIZE + 2];
	size_t serial_length;      /* octets of the two; 0: not asked for */
	enum search_index index;
	uint64_t id_low, id_high;  /* of those that were issued when they were asked for */
	bool windowed;             /* by the time of issuance */
	bool names_later;          /* who looks says whether a certificate has a name of the pattern, and
	                              takes it once */
};

/* Reads what the query says; chooses the index. */
int search_prepare(struct search *out, struct arena *arena,
                   const struct signet_certificate_query *query, int64_t now, struct error *err);
/* By what the query is answered soonest in its order. */
enum search_index search_choose(const struct search *search);
/* The ranges of the index, in a transaction: all but look and arg. */
int search_plan(struct store_txn *txn, struct search *search, struct walk *out);
/* Whether the certificate of this id is one that is looked for; table and key: where the walk is.
 * *octets: of its records. SIGNET_E_CORRUPT. */
int search_match(struct store_txn *txn, const struct search *search, unsigned table, uint64_t id,
                 struct bytes key, bool *matches, size_t *octets);

/* Takes a certificate for the page: 0; WALK_FULL when there is no room. */
typedef int search_taker(struct store_txn *txn, void *arg, uint64_t id, size_t octets);
enum search_sorting {
	SEARCH_WALKED,   /* no other index leads there, */
	SEARCH_TOO_MANY, /* or one does, to more than are sorted */
	SEARCH_SORTED,
};
/* What leads to the fewest of the certificates that a walk along the order of the query would find. */
struct search_other {
	enum search_sorting sorting;
	struct search search; /* SEARCH_SORTED: by this index, */
	struct walk walk;     /* on this way, but for look and arg */
};
int search_probe(struct store_txn *txn, const struct search *search, const struct walk *walk,
                 struct search_other *out);
/* Goes on with a walk along an order from its place without it, where another index finds few. Moves the
 * place as the walk would, behind a page of at most limit. *looked grows by each that was looked at. */
int search_sorted(struct store_txn *txn, const struct search *search, const struct walk *walk,
                  size_t limit, struct walk_place *place, search_taker *take, void *arg,
                  enum search_sorting *out, size_t *looked);

/* The first id of a request that was submitted then or later. */
int search_first_id(struct store_txn *txn, int64_t time, uint64_t *out);

#endif
