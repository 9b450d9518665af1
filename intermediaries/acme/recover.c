#include <stdlib.h>

#include "base/log.h"
#include "intermediaries/acme/acme.h"

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

static void drop(struct acme_job *job)
{
	free(job);
}

int acme_recover(struct acme *acme, struct error *err)
{
	struct acme_job *job = malloc(sizeof *job);
	if (!job)
		return error_nomem(err);
	*job = (struct acme_job){.acme = acme, .run = recover, .drop = drop};
	if (acme_job_add(job, 0) == 0)
		return 0;
	free(job);
	return error_set(err, SIGNET_E_INTERNAL, "the worker pool takes no job");
}
