#include "engine/census.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "engine/revoked.h"

#define KEPT 15         /* seconds that a count is good for */
#define STEP 5000       /* entries of one look */
#define STEPS 60        /* looks of one call */
#define DAY 86400
#define REASON_HOLD 6   /* certificateHold; */
#define REASON_REMOVE 8 /* removeFromCRL (RFC 5280 section 5.3.1) */

enum part { REVOKED, EXPIRY, DONE };

struct census {
	struct database *database;
	pthread_mutex_t counting;      /* guards what follows, held by who counts */
	enum part part;
	struct store_key at;           /* where the next look begins */
	struct census_counts next;
	pthread_mutex_t lock;          /* guards counts */
	struct census_counts counts;
};

struct census *census_new(struct database *database)
{
	struct census *census = calloc(1, sizeof *census);
	if (!census)
		return NULL;
	census->database = database;
	census->part = DONE;
	pthread_mutex_init(&census->counting, NULL);
	pthread_mutex_init(&census->lock, NULL);
	return census;
}

void census_free(struct census *census)
{
	if (!census)
		return;
	pthread_mutex_destroy(&census->counting);
	pthread_mutex_destroy(&census->lock);
	free(census);
}

static void count_revoked(struct census_counts *counts, const struct store_cursor *cursor)
{
	struct revoked row;
	if (revoked_read(cursor, &row) || row.not_after < counts->time)
		return;
	counts->held += row.reason == REASON_HOLD;
	counts->revoked += row.reason != REASON_HOLD && row.reason != REASON_REMOVE;
}

/* false: those behind it do not matter. */
static bool count_end(struct census_counts *counts, const struct store_cursor *cursor)
{
	int64_t left = (int64_t)store_key_to_u64(store_cursor_key(cursor)) - counts->time;
	if (left > 30 * DAY)
		return false;
	counts->expired += left < 0;
	counts->expiring_week += left >= 0 && left <= 7 * DAY;
	counts->expiring_month += left >= 0;
	return true;
}

static void begin_part(struct census *census, enum part part)
{
	census->part = part;
	store_key_begin(&census->at);
}

/* The rest of the certificates: what expired and what is revoked do not overlap. */
static void finish(struct census *census, struct store_txn *txn)
{
	struct census_counts *n = &census->next;
	uint64_t all = store_count(txn, TABLE_CERTIFICATES), others = n->expired + n->held + n->revoked;
	n->valid = all > others ? all - others : 0;
	census->part = DONE;
}

static int look(struct store_txn *txn, void *arg)
{
	struct census *census = arg;
	struct store_cursor *cursor;
	struct census_counts counts = census->next;
	bool wanted = true;
	int result = store_cursor_open(&cursor, txn,
	                               census->part == REVOKED ? TABLE_REVOKED : TABLE_EXPIRY);
	if (result == 0)
		result = store_seek(cursor, store_key_get(&census->at));
	for (unsigned i = 0; result == 0 && wanted && i < STEP; i++) {
		if (census->part == REVOKED)
			count_revoked(&counts, cursor);
		else
			wanted = count_end(&counts, cursor);
		result = wanted ? store_next(cursor) : 0;
	}
	if (result && result != SIGNET_E_NOT_FOUND)
		return result;
	census->next = counts;
	if (result == 0 && wanted) {
		store_key_begin(&census->at);
		store_key_bytes(&census->at, store_cursor_key(cursor));
	} else if (census->part == REVOKED) {
		begin_part(census, EXPIRY);
	} else {
		finish(census, txn);
	}
	return 0;
}

static void go_on(struct census *census, int64_t now)
{
	struct error err = {0};
	if (census->part == DONE) {
		census->next = (struct census_counts){.time = now};
		begin_part(census, REVOKED);
	}
	for (unsigned i = 0; i < STEPS && census->part != DONE; i++)
		if (store_read(database_store(census->database), look, census, &err)) {
			log_error(LOG_WARNING, "certificates-not-counted", &err, NULL);
			return;
		}
	if (census->part != DONE)
		return;
	pthread_mutex_lock(&census->lock);
	census->counts = census->next;
	pthread_mutex_unlock(&census->lock);
}

static struct census_counts newest(struct census *census)
{
	pthread_mutex_lock(&census->lock);
	struct census_counts counts = census->counts;
	pthread_mutex_unlock(&census->lock);
	return counts;
}

void census_read(struct census *census, int64_t now, struct census_counts *out)
{
	*out = newest(census);
	bool fresh = out->time && now >= out->time && now - out->time < KEPT;
	/* one counts at a time; the others take what there is */
	if (fresh || pthread_mutex_trylock(&census->counting))
		return;
	go_on(census, now);
	pthread_mutex_unlock(&census->counting);
	*out = newest(census);
}
