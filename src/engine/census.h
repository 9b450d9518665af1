/*
 * How many certificates are in which state, by the indexes. Counting goes on
 * in portions, each a short look at the database, and is kept for a while: who
 * asks gets what was counted last.
 */
#ifndef SIGNET_ENGINE_CENSUS_H
#define SIGNET_ENGINE_CENSUS_H

#include "engine/database.h"

struct census_counts {
	int64_t time;             /* when they were counted; 0: not yet */
	uint64_t valid;           /* neither of the following */
	uint64_t held, revoked;   /* that have not expired */
	uint64_t expired;
	uint64_t expiring_week;   /* will expire within 7 days, revoked or not */
	uint64_t expiring_month;  /* within 30 days, the former included */
};

struct census;
struct census *census_new(struct database *database); /* NULL without memory */
void census_free(struct census *census);

/* Goes on counting when the last count is old, for as many entries as are looked at in a moment, and
 * gives the newest whole count. A failure leaves the old one. */
void census_read(struct census *census, int64_t now, struct census_counts *out);

#endif
