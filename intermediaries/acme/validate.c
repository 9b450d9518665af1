#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "intermediaries/acme/acme.h"

#define BUCKETS 256

/* A request that waits for its validation; on its stack. */
struct waiter {
	pthread_cond_t changed;
	bool ended;   /* nothing is to be waited for any more */
	bool settled; /* the result is stored */
};

struct validation {
	struct acme_job job;
	struct validation *next; /* in its bucket */
	struct waiter *waiter;   /* NULL: nobody waits */
	uint64_t number;
	unsigned attempt;
	char name[LIMIT_DNS_NAME + 1];
	char thumbprint[CACHE_THUMBPRINT_TEXT];
};

struct validations {
	pthread_mutex_t lock; /* guards all below, and waiter and next of every validation */
	size_t count;
	size_t running;       /* of them: those that a thread is at work on */
	struct validation *buckets[BUCKETS];
};

int acme_validations_new(struct validations **out, struct error *err)
{
	struct validations *all = calloc(1, sizeof *all);
	if (!all)
		return error_nomem(err);
	pthread_mutex_init(&all->lock, NULL);
	*out = all;
	return 0;
}

void acme_validations_free(struct validations *all)
{
	if (!all)
		return;
	pthread_mutex_destroy(&all->lock);
	free(all);
}

/* The place that holds the validation of this number, or the end of its bucket. */
static struct validation **find(struct validations *all, uint64_t number)
{
	struct validation **at = &all->buckets[number % BUCKETS];
	while (*at && (*at)->number != number)
		at = &(*at)->next;
	return at;
}

static void wake(struct validation *validation, bool settled)
{
	struct waiter *waiter = validation->waiter;
	if (!waiter)
		return;
	waiter->ended = true;
	waiter->settled = settled;
	validation->waiter = NULL;
	pthread_cond_signal(&waiter->changed);
}

struct result {
	struct validation *validation;
	struct arena *arena;
	Acme__Problem *error; /* NULL: valid */
};

static int set_valid(struct store_txn *txn, const struct acme *acme, uint64_t number,
                     const Acme__Order *order, Acme__Authorization *record)
{
	struct store_key key = record_proven_key(order->account, record->name);
	record->status = ACME_VALID;
	record->validated = clock_now();
	/* one that is not to be used again still has to live as long as its order */
	if (!acme->config.authorization_lifetime)
		return 0;
	record->expires = record->validated + acme->config.authorization_lifetime;
	return record_put_number(txn, signet_state_table(acme->state, ACME_PROVEN),
	                         store_key_get(&key), number);
}

static int write_result(struct store_txn *txn, void *arg)
{
	struct result *result = arg;
	const struct acme *acme = result->validation->job.acme;
	uint64_t number = result->validation->number;
	Acme__Order *order;
	Acme__Authorization *record;
	record_delete_work(txn, acme->state, WORK_AUTHORIZATION, number);
	int found = record_get_authorization(txn, acme->state, result->arena, number, &order,
	                                     &record);
	if (found < 0)
		return found == SIGNET_E_NOT_FOUND ? 0 : found;
	if (record->status != ACME_PENDING && record->status != ACME_PROCESSING)
		return 0; /* deactivated meanwhile */
	record->challenge = ACME_HTTP_01;
	record->error = result->error;
	if (result->error)
		record->status = ACME_INVALID;
	else
		set_valid(txn, acme, number, order, record);
	return record_put(txn, acme->state, result->arena, ACME_ORDER,
	                  authorization_order(number), &order->base);
}

static void log_result(const struct validation *validation, const struct acme_problem *problem)
{
	const char *instance = validation->job.acme->host->name;
	if (problem->type)
		log_event(LOG_INFO, "acme-not-proven", "intermediary", instance, "name",
		          validation->name, "type", problem_name(problem->type), "message",
		          problem->detail, NULL);
	else
		log_event(LOG_DEBUG, "acme-proven", "intermediary", instance, "name",
		          validation->name, NULL);
}

/* A result that cannot be stored is found out again: by the client's next try, or after a
 * restart. Returns whether it is stored. */
static bool conclude(struct validation *validation, const struct acme_problem *problem)
{
	struct error err = {0};
	struct result result = {.validation = validation, .arena = arena_new(LIMIT_REQUEST_ARENA)};
	if (result.arena && problem->type)
		result.error = problem_to_record(problem, result.arena);
	if (!result.arena || (problem->type && !result.error))
		error_nomem(&err);
	else
		store_write(validation->job.acme->state->store, write_result, &result, &err);
	if (err.code)
		log_error(LOG_ERROR, "acme-validation-failed", &err, "name", validation->name,
		          NULL);
	else
		log_result(validation, problem);
	arena_free(result.arena);
	return !err.code;
}

static bool is_key_authorization(struct bytes body, const char *token, const char *thumbprint)
{
	size_t head = strlen(token), tail = strlen(thumbprint);
	/* RFC 8555 section 8.3: white space at the end is ignored */
	while (body.length && strchr(" \t\r\n", body.data[body.length - 1]) &&
	       body.data[body.length - 1])
		body.length--;
	return body.length == head + 1 + tail && memcmp(body.data, token, head) == 0 &&
	       body.data[head] == '.' && memcmp(body.data + head + 1, thumbprint, tail) == 0;
}

static enum acme_problem_type failure_type(enum fetch_failure failure)
{
	switch (failure) {
	case FETCH_DNS:
		return ACME_DNS;
	case FETCH_CONNECTION:
		return ACME_CONNECTION;
	case FETCH_TLS:
		return ACME_TLS;
	case FETCH_STATUS:
	case FETCH_TOO_BIG:
		return ACME_INCORRECT_RESPONSE;
	case FETCH_FORBIDDEN:
		return ACME_UNAUTHORIZED;
	default:
		return ACME_SERVER_INTERNAL;
	}
}

/* One attempt. Returns whether another one may go better. */
static bool attempt(struct validation *validation, struct acme_problem *problem)
{
	struct error err = {0};
	char token[URL_TOKEN];
	_cleanup_buffer_ struct buffer body = BUFFER_MAX(FETCH_BODY_MAX);
	struct acme *acme = validation->job.acme;
	if (url_token_make(acme->secret, validation->number, token) < 0) {
		problem_set(problem, ACME_SERVER_INTERNAL, "the token cannot be made");
		return true;
	}
	enum fetch_failure failure = fetch_challenge(&acme->config.fetch, validation->name, token,
	                                             &body, &err);
	if (failure != FETCH_OK) {
		problem_set(problem, failure_type(failure), "%s", err.message);
		return failure != FETCH_FORBIDDEN && failure != FETCH_TOO_BIG;
	}
	if (is_key_authorization(buffer_bytes(&body), token, validation->thumbprint))
		return false;
	problem_set(problem, ACME_INCORRECT_RESPONSE,
	            "%s: the answer is not the key authorization", validation->name);
	return true;
}

static void end(struct validation *validation, bool settled)
{
	struct validations *all = validation->job.acme->validations;
	pthread_mutex_lock(&all->lock);
	*find(all, validation->number) = validation->next;
	all->count--;
	wake(validation, settled);
	pthread_mutex_unlock(&all->lock);
	free(validation);
}

static void drop(struct acme_job *job)
{
	end((struct validation *)job, false);
}

/* The next attempt comes too late for the one who waits. */
static bool put_off(struct validation *validation)
{
	struct acme *acme = validation->job.acme;
	unsigned doublings = validation->attempt - 1;
	int64_t delay = acme->config.retry_delay_us << (doublings < 10 ? doublings : 10);
	pthread_mutex_lock(&acme->validations->lock);
	wake(validation, false);
	pthread_mutex_unlock(&acme->validations->lock);
	return acme_job_add(&validation->job, delay) == 0;
}

static void step_running(struct validations *all, int step)
{
	pthread_mutex_lock(&all->lock);
	all->running += (size_t)step;
	pthread_mutex_unlock(&all->lock);
}

void acme_validations_count(struct validations *all, unsigned *running, unsigned *waiting)
{
	pthread_mutex_lock(&all->lock);
	*running = (unsigned)all->running;
	/* one that has ended may still be on its way out */
	*waiting = all->count > all->running ? (unsigned)(all->count - all->running) : 0;
	pthread_mutex_unlock(&all->lock);
}

static void validate(struct validation *validation)
{
	struct acme *acme = validation->job.acme;
	struct acme_problem problem = {0};
	bool settled = false, again = attempt(validation, &problem);
	if (again && ++validation->attempt < acme->config.attempts && put_off(validation))
		return;
	/* the instance is being stopped: what is cut off is no verdict */
	if (!problem.type || !atomic_load(&acme->stopping))
		settled = conclude(validation, &problem);
	end(validation, settled);
}

static void run(struct acme_job *job)
{
	struct validations *all = job->acme->validations;
	step_running(all, 1);
	validate((struct validation *)job);
	step_running(all, -1);
}

static void wait_for(struct validations *all, struct waiter *waiter, int64_t wait_us)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	int64_t ns = until.tv_nsec + wait_us % 1000000 * 1000;
	until.tv_sec += wait_us / 1000000 + ns / 1000000000;
	until.tv_nsec = ns % 1000000000;
	int result = 0;
	while (!waiter->ended && result == 0)
		result = pthread_cond_timedwait(&waiter->changed, &all->lock, &until);
}

/* With the lock held: until it is given up, the new one cannot end. */
static int add(struct validations *all, struct acme *acme, uint64_t number, const char *name,
               const char *thumbprint, struct waiter *waiter, struct error *err)
{
	struct validation *validation = calloc(1, sizeof *validation);
	if (!validation)
		return error_nomem(err);
	validation->job = (struct acme_job){.acme = acme, .run = run, .drop = drop};
	validation->number = number;
	validation->waiter = waiter;
	strncpy(validation->name, name, sizeof validation->name - 1);
	strncpy(validation->thumbprint, thumbprint, sizeof validation->thumbprint - 1);
	if (acme_job_add(&validation->job, 0) < 0) {
		free(validation);
		return error_set(err, SIGNET_E_UNAVAILABLE, "no validation can be started now");
	}
	*find(all, number) = validation;
	all->count++;
	return 0;
}

int acme_validate(struct acme *acme, uint64_t authorization, const char *name,
                  const char *thumbprint, int64_t wait_us, bool *settled, struct error *err)
{
	struct validations *all = acme->validations;
	struct waiter waiter = {.ended = false};
	pthread_condattr_t attributes;
	int result = 0;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&waiter.changed, &attributes);
	pthread_condattr_destroy(&attributes);
	pthread_mutex_lock(&all->lock);
	struct validation *running = *find(all, authorization);
	if (!running && all->count >= acme->validations_max)
		result = error_set(err, SIGNET_E_TOO_BIG, "too many validations are under way");
	else if (!running)
		result = add(all, acme, authorization, name, thumbprint, &waiter, err);
	if (result == 0 && !running && wait_us)
		wait_for(all, &waiter, wait_us);
	/* it may go on without us */
	running = *find(all, authorization);
	if (running && running->waiter == &waiter)
		running->waiter = NULL;
	pthread_mutex_unlock(&all->lock);
	pthread_cond_destroy(&waiter.changed);
	if (result == 0)
		*settled = waiter.settled;
	return result;
}
