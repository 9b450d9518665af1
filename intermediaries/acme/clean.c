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
	Acme__Authorization *authorization;
	struct acme_order order;
};

static int find_authorization(struct store_txn *txn, void *arg)
{
	struct resume *resume = arg;
	return record_get_authorization(txn, resume->acme->state, resume->arena, resume->number,
	                                &resume->authorization);
}

static int find_order(struct store_txn *txn, void *arg)
{
	struct resume *resume = arg;
	return acme_order_read(txn, resume->acme->state, resume->arena, resume->number,
	                       &resume->order);
}

static int resume_authorization(struct resume *resume, struct error *err)
{
	struct account *account;
	int result = store_read(resume->acme->state->store, find_authorization, resume, err);
	if (result == 0)
		result = acme_account_find(resume->acme, resume->authorization->account, &account,
		                           err);
	if (result < 0)
		return result;
	if (resume->authorization->status == ACME_PROCESSING)
		result = acme_validate(resume->acme, resume->number, resume->authorization->name,
		                       account->thumbprint, err);
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
	enum acme_table table;
	uint64_t next;              /* where the batch begins */
	struct arena *arena;
	uint64_t old[BATCH];        /* numbers of what may go */
	size_t count;
	bool ended;                 /* this was the table's last batch */
};

static int64_t expiry(struct store_txn *txn, struct round *round, struct bytes value)
{
	Acme__Order *order;
	Acme__Authorization *authorization;
	if (round->table == ACME_AUTHORIZATION)
		return record_read(txn, round->arena, &acme__authorization__descriptor, value,
		                   &authorization) < 0 ? INT64_MAX - RETENTION
		                                       : authorization->expires;
	/* what the engine holds waits for an administrator, however long */
	if (record_read(txn, round->arena, &acme__order__descriptor, value, &order) < 0 ||
	    order->status == ACME_PROCESSING)
		return INT64_MAX - RETENTION;
	return order->expires;
}

/* The greatest number is never given up: it is what the next one is counted from. */
static int look(struct store_txn *txn, void *arg)
{
	struct round *round = arg;
	struct store_cursor *cursor;
	uint64_t number = 0, last = 0;
	struct store_key key = store_key_number(round->next);
	int64_t now = clock_now();
	unsigned table = signet_state_table(round->job.acme->state, round->table);
	int result = record_next_number(txn, round->job.acme->state, round->table, &last);
	if (result == 0)
		result = store_cursor_open(&cursor, txn, table);
	if (result == 0)
		result = store_seek(cursor, store_key_get(&key));
	for (int i = 0; result == 0 && i < BATCH; i++, result = store_next(cursor)) {
		number = store_key_to_u64(store_cursor_key(cursor));
		if (number + 1 < last &&
		    expiry(txn, round, store_cursor_value(cursor)) + RETENTION < now)
			round->old[round->count++] = number;
	}
	round->next = number + 1;
	round->ended = result == SIGNET_E_NOT_FOUND;
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static int forget_proven(struct store_txn *txn, struct round *round, uint64_t number)
{
	uint64_t newest;
	Acme__Authorization *record;
	const struct signet_state *state = round->job.acme->state;
	int result = record_get_authorization(txn, state, round->arena, number, &record);
	if (result < 0)
		return result == SIGNET_E_NOT_FOUND ? 0 : result;
	struct store_key key = record_proven_key(record->account, record->name);
	unsigned table = signet_state_table(state, ACME_PROVEN);
	if (record_get_number(txn, table, store_key_get(&key), &newest) == 0 && newest == number)
		store_delete(txn, table, store_key_get(&key));
	return record_delete_work(txn, state, WORK_AUTHORIZATION, number);
}

static int forget_listed(struct store_txn *txn, struct round *round, uint64_t number)
{
	Acme__Order *record;
	const struct signet_state *state = round->job.acme->state;
	int result = record_get_order(txn, state, round->arena, number, &record);
	if (result < 0)
		return result == SIGNET_E_NOT_FOUND ? 0 : result;
	struct store_key key = record_list_key(record->account, number);
	store_delete(txn, signet_state_table(state, ACME_LIST), store_key_get(&key));
	return record_delete_work(txn, state, WORK_ORDER, number);
}

static int forget(struct store_txn *txn, void *arg)
{
	struct round *round = arg;
	for (size_t i = 0; i < round->count; i++) {
		struct store_key key = store_key_number(round->old[i]);
		int result = round->table == ACME_ORDER
		                     ? forget_listed(txn, round, round->old[i])
		                     : forget_proven(txn, round, round->old[i]);
		if (result < 0)
			return result;
		store_delete(txn, signet_state_table(round->job.acme->state, round->table),
		             store_key_get(&key));
	}
	return store_error(txn);
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
		delay = round->table == ACME_ORDER ? BATCH_DELAY_US : ROUND_DELAY_US;
		round->table = round->table == ACME_ORDER ? ACME_AUTHORIZATION : ACME_ORDER;
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
	if (round)
		round->table = ACME_ORDER;
	int result = start(acme, (struct acme_job *)round, clean, FIRST_DELAY_US);
	if (result == 0)
		result = start(acme, malloc(sizeof(struct acme_job)), recover, 0);
	return result < 0 ? error_set(err, result, "the worker pool takes no job") : 0;
}
