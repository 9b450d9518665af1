#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "intermediaries/acme/acme.h"

#define BATCH 200                /* records that one transaction looks at */
#define BATCH_DELAY_US 200000    /* between two batches */
#define ROUND_DELAY_US 3600000000 /* between two rounds */
#define FIRST_DELAY_US 60000000  /* after the start */
#define RETENTION (30 * 86400)   /* seconds that a record outlives its time */

struct batch {
	const struct signet_state *state;
	struct arena *arena;
	uint64_t next;              /* where it begins; then the next one */
	uint64_t old[BATCH];        /* numbers of what may go */
	size_t count;
	bool ended;                 /* this was the last batch */
};

/* When an order and all that stands in it has ended. */
static int64_t last_expiry(const Acme__Order *order)
{
	int64_t last = order->expires;
	/* what the engine holds waits for an administrator, however long */
	if (order->status == ACME_PROCESSING)
		return INT64_MAX - RETENTION;
	for (size_t i = 0; i < order->n_authorizations; i++)
		if (order->authorizations[i]->expires > last)
			last = order->authorizations[i]->expires;
	return last;
}

static bool is_old(struct store_txn *txn, struct batch *batch, struct bytes value)
{
	Acme__Order *order;
	arena_clear(batch->arena); /* a batch of the longest orders would not fit */
	return record_read(txn, batch->arena, &acme__order__descriptor, value, &order) == 0 &&
	       last_expiry(order) + RETENTION < clock_now();
}

/* The greatest number is never given up: it is what the next one is counted from. */
static int look(struct store_txn *txn, void *arg)
{
	struct batch *batch = arg;
	struct store_cursor *cursor;
	uint64_t number = 0, last = 0;
	struct store_key key = store_key_number(batch->next);
	const struct signet_state *state = batch->state;
	int result = record_next_number(txn, state, ACME_ORDER, &last);
	if (result == 0)
		result = store_cursor_open(&cursor, txn, signet_state_table(state, ACME_ORDER));
	if (result == 0)
		result = store_seek(cursor, store_key_get(&key));
	for (int i = 0; result == 0 && i < BATCH; i++, result = store_next(cursor)) {
		number = store_key_to_u64(store_cursor_key(cursor));
		if (number + 1 < last && is_old(txn, batch, store_cursor_value(cursor)))
			batch->old[batch->count++] = number;
	}
	batch->next = number + 1;
	batch->ended = result == SIGNET_E_NOT_FOUND;
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static void forget_proven(struct store_txn *txn, struct batch *batch, uint64_t number,
                          const Acme__Order *order, const char *name)
{
	uint64_t newest;
	struct store_key key = record_proven_key(order->account, name);
	unsigned table = signet_state_table(batch->state, ACME_PROVEN);
	if (record_get_number(txn, table, store_key_get(&key), &newest) == 0 && newest == number)
		store_delete(txn, table, store_key_get(&key));
	record_delete_work(txn, batch->state, WORK_AUTHORIZATION, number);
}

static int forget_order(struct store_txn *txn, struct batch *batch, uint64_t number)
{
	Acme__Order *order;
	const struct signet_state *state = batch->state;
	struct store_key key = store_key_number(number);
	arena_clear(batch->arena);
	int result = record_get_order(txn, state, batch->arena, number, &order);
	if (result < 0)
		return result == SIGNET_E_NOT_FOUND ? 0 : result;
	struct store_key listed = record_list_key(order->account, number);
	for (size_t i = 0; i < order->n_authorizations; i++)
		forget_proven(txn, batch, authorization_number(number, i), order,
		              order->authorizations[i]->name);
	store_delete(txn, signet_state_table(state, ACME_LIST), store_key_get(&listed));
	record_delete_work(txn, state, WORK_ORDER, number);
	store_delete(txn, signet_state_table(state, ACME_ORDER), store_key_get(&key));
	return store_error(txn);
}

static int forget(struct store_txn *txn, void *arg)
{
	struct batch *batch = arg;
	int result = 0;
	for (size_t i = 0; result == 0 && i < batch->count; i++)
		result = forget_order(txn, batch, batch->old[i]);
	return result;
}

int acme_clean_batch(struct acme *acme, uint64_t *next, struct error *err)
{
	struct store *store = acme->state->store;
	struct batch batch = {.state = acme->state, .arena = arena_new(LIMIT_REQUEST_ARENA),
	                      .next = *next};
	int result = batch.arena ? store_read(store, look, &batch, err) : error_nomem(err);
	if (result == 0 && batch.count)
		result = store_write(store, forget, &batch, err);
	arena_free(batch.arena);
	if (result == 0)
		*next = batch.ended ? 0 : batch.next;
	return result;
}

struct cleaner {
	struct acme_job job;
	uint64_t next;
};

/* One batch, and then itself again later: a round is a row of small jobs, so that cleaning
 * neither holds up a validation nor the writers for long. */
static void clean(struct acme_job *job)
{
	struct cleaner *cleaner = (struct cleaner *)job;
	struct error err = {0};
	if (acme_clean_batch(job->acme, &cleaner->next, &err) < 0) {
		log_error(LOG_WARNING, "acme-clean-failed", &err, "intermediary",
		          job->acme->host->name, NULL);
		cleaner->next = 0;
	}
	if (acme_job_add(job, cleaner->next ? BATCH_DELAY_US : ROUND_DELAY_US) < 0)
		free(cleaner);
}

static void drop(struct acme_job *job)
{
	free(job);
}

int acme_clean_start(struct acme *acme, struct error *err)
{
	struct cleaner *cleaner = calloc(1, sizeof *cleaner);
	if (!cleaner)
		return error_nomem(err);
	cleaner->job = (struct acme_job){.acme = acme, .run = clean, .drop = drop};
	if (acme_job_add(&cleaner->job, FIRST_DELAY_US) == 0)
		return 0;
	free(cleaner);
	return error_set(err, SIGNET_E_INTERNAL, "the worker pool takes no job");
}
