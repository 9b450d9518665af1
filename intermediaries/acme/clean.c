#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "intermediaries/acme/acme.h"

#define BATCH 200                /* records that one transaction looks at */
#define BATCH_DELAY_US 200000    /* between two batches */
#define ROUND_DELAY_US 3600000000 /* between two rounds */
#define FIRST_DELAY_US 60000000  /* after the start */
#define RETENTION (30 * 86400)   /* seconds that a record outlives its time */

/* ---- taking up work ---- */

struct work {
	enum acme_work kind;
	uint64_t number;
};

struct work_list {
	struct acme *acme;
	struct work *items;
	size_t count;
	size_t capacity;
};

static int add_work(struct work_list *list, struct bytes key)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : 64;
		struct work *items = reallocarray(list->items, capacity, sizeof *items);
		if (!items)
			return SIGNET_E_NOMEM;
		list->items = items;
		list->capacity = capacity;
	}
	list->items[list->count++] = (struct work){
		(enum acme_work)key.data[0],
		store_key_to_u64(bytes_make(key.data + 1, key.length - 1))};
	return 0;
}

static int list_work(struct store_txn *txn, void *arg)
{
	struct work_list *list = arg;
	struct store_cursor *cursor;
	int result = store_cursor_open(&cursor, txn,
	                               signet_state_table(list->acme->state, ACME_WORK));
	list->count = 0;
	while (result == 0 && (result = store_next(cursor)) == 0)
		result = add_work(list, store_cursor_key(cursor));
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

struct resume {
	struct acme *acme;
	uint64_t number;
	struct arena *arena;
	Acme__Order *holder;
	Acme__Authorization *authorization;
	struct acme_order order;
};

static int find_authorization(struct store_txn *txn, void *arg)
{
	struct resume *resume = arg;
	return record_get_authorization(txn, resume->acme->state, resume->arena, resume->number,
	                                &resume->holder, &resume->authorization);
}

static int find_order(struct store_txn *txn, void *arg)
{
	struct resume *resume = arg;
	return acme_order_read(txn, resume->acme->state, resume->arena, resume->number,
	                       &resume->order);
}

static int resume_authorization(struct resume *resume, struct error *err)
{
	bool settled;
	struct account *account;
	int result = store_read(resume->acme->state->store, find_authorization, resume, err);
	if (result == 0)
		result = acme_account_find(resume->acme, resume->holder->account, &account, err);
	if (result < 0)
		return result;
	if (resume->authorization->status == ACME_PROCESSING)
		result = acme_validate(resume->acme, resume->number, resume->authorization->name,
		                       account->thumbprint, 0, &settled, err);
	account_release(account);
	return result;
}

static int resume_order(struct resume *resume, struct error *err)
{
	int64_t retry_after;
	int result = store_read(resume->acme->state->store, find_order, resume, err);
	if (result < 0 || resume->order.status != ACME_PROCESSING)
		return result;
	return acme_order_advance(resume->acme, resume->arena, &resume->order, &retry_after, err);
}

static void resume_work(struct acme *acme, const struct work *work)
{
	struct error err = {0};
	struct resume resume = {.acme = acme, .number = work->number,
	                        .arena = arena_new(LIMIT_REQUEST_ARENA)};
	if (!resume.arena)
		error_nomem(&err);
	else if (work->kind == WORK_ORDER)
		resume_order(&resume, &err);
	else
		resume_authorization(&resume, &err);
	if (err.code)
		log_error(LOG_WARNING, "acme-resume-failed", &err, "intermediary", acme->host->name,
		          NULL);
	arena_free(resume.arena);
}

static void recover(struct acme_job *job)
{
	struct acme *acme = job->acme;
	struct error err = {0};
	struct work_list list = {.acme = acme};
	if (store_read(acme->state->store, list_work, &list, &err) < 0)
		log_error(LOG_ERROR, "acme-resume-failed", &err, "intermediary", acme->host->name,
		          NULL);
	for (size_t i = 0; i < list.count && !atomic_load(&acme->stopping); i++)
		resume_work(acme, &list.items[i]);
	free(list.items);
	free(job);
}

/* ---- cleaning ---- */

struct round {
	struct acme_job job;
	uint64_t next;              /* where the batch begins */
	struct arena *arena;
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

static bool is_old(struct store_txn *txn, struct round *round, struct bytes value)
{
	Acme__Order *order;
	return record_read(txn, round->arena, &acme__order__descriptor, value, &order) == 0 &&
	       last_expiry(order) + RETENTION < clock_now();
}

/* The greatest number is never given up: it is what the next one is counted from. */
static int look(struct store_txn *txn, void *arg)
{
	struct round *round = arg;
	struct store_cursor *cursor;
	uint64_t number = 0, last = 0;
	struct store_key key = store_key_number(round->next);
	const struct signet_state *state = round->job.acme->state;
	int result = record_next_number(txn, state, ACME_ORDER, &last);
	if (result == 0)
		result = store_cursor_open(&cursor, txn, signet_state_table(state, ACME_ORDER));
	if (result == 0)
		result = store_seek(cursor, store_key_get(&key));
	for (int i = 0; result == 0 && i < BATCH; i++, result = store_next(cursor)) {
		number = store_key_to_u64(store_cursor_key(cursor));
		if (number + 1 < last && is_old(txn, round, store_cursor_value(cursor)))
			round->old[round->count++] = number;
	}
	round->next = number + 1;
	round->ended = result == SIGNET_E_NOT_FOUND;
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static void forget_proven(struct store_txn *txn, struct round *round, uint64_t number,
                          const Acme__Order *order, const char *name)
{
	uint64_t newest;
	struct store_key key = record_proven_key(order->account, name);
	unsigned table = signet_state_table(round->job.acme->state, ACME_PROVEN);
	if (record_get_number(txn, table, store_key_get(&key), &newest) == 0 && newest == number)
		store_delete(txn, table, store_key_get(&key));
	record_delete_work(txn, round->job.acme->state, WORK_AUTHORIZATION, number);
}

static int forget_order(struct store_txn *txn, struct round *round, uint64_t number)
{
	Acme__Order *order;
	const struct signet_state *state = round->job.acme->state;
	struct store_key key = store_key_number(number);
	int result = record_get_order(txn, state, round->arena, number, &order);
	if (result < 0)
		return result == SIGNET_E_NOT_FOUND ? 0 : result;
	struct store_key listed = record_list_key(order->account, number);
	for (size_t i = 0; i < order->n_authorizations; i++)
		forget_proven(txn, round, authorization_number(number, i), order,
		              order->authorizations[i]->name);
	store_delete(txn, signet_state_table(state, ACME_LIST), store_key_get(&listed));
	record_delete_work(txn, state, WORK_ORDER, number);
	store_delete(txn, signet_state_table(state, ACME_ORDER), store_key_get(&key));
	return store_error(txn);
}

static int forget(struct store_txn *txn, void *arg)
{
	struct round *round = arg;
	int result = 0;
	for (size_t i = 0; result == 0 && i < round->count; i++)
		result = forget_order(txn, round, round->old[i]);
	return result;
}

static int clean_batch(struct round *round, struct error *err)
{
	struct store *store = round->job.acme->state->store;
	round->count = 0;
	int result = store_read(store, look, round, err);
	if (result == 0 && round->count)
		result = store_write(store, forget, round, err);
	return result;
}

/* One batch, and then itself again later: a round is a row of small jobs, so that cleaning
 * neither holds up a validation nor the writers for long. */
static void clean(struct acme_job *job)
{
	struct round *round = (struct round *)job;
	struct error err = {0};
	struct acme *acme = job->acme;
	int64_t delay = BATCH_DELAY_US;
	round->arena = arena_new(LIMIT_REQUEST_ARENA);
	int result = round->arena ? clean_batch(round, &err) : error_nomem(&err);
	arena_free(round->arena);
	if (result < 0)
		log_error(LOG_WARNING, "acme-clean-failed", &err, "intermediary", acme->host->name,
		          NULL);
	if (result < 0 || round->ended) {
		delay = ROUND_DELAY_US;
		round->next = 0;
	}
	if (acme_job_add(job, delay) < 0)
		free(round);
}

static void drop(struct acme_job *job)
{
	free(job);
}

static int start(struct acme *acme, struct acme_job *job, void (*run)(struct acme_job *),
                 int64_t delay)
{
	if (!job)
		return SIGNET_E_NOMEM;
	*job = (struct acme_job){.acme = acme, .run = run, .drop = drop};
	int result = acme_job_add(job, delay);
	if (result < 0)
		free(job);
	return result;
}

int acme_recover(struct acme *acme, struct error *err)
{
	struct round *round = calloc(1, sizeof *round);
	int result = start(acme, (struct acme_job *)round, clean, FIRST_DELAY_US);
	if (result == 0)
		result = start(acme, malloc(sizeof(struct acme_job)), recover, 0);
	return result < 0 ? error_set(err, result, "the worker pool takes no job") : 0;
}
