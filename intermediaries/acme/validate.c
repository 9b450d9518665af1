#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "intermediaries/acme/acme.h"

struct validation {
	struct acme_job job;
	uint64_t number;
	unsigned attempt;
	char name[LIMIT_DNS_NAME + 1];
	char thumbprint[CACHE_THUMBPRINT_TEXT];
};

struct result {
	struct validation *validation;
	struct arena *arena;
	Acme__Problem *error; /* NULL: valid */
};

static int write_result(struct store_txn *txn, void *arg)
{
	struct result *result = arg;
	const struct acme *acme = result->validation->job.acme;
	uint64_t number = result->validation->number;
	Acme__Authorization *record;
	record_delete_work(txn, acme->state, WORK_AUTHORIZATION, number);
	int found = record_get_authorization(txn, acme->state, result->arena, number, &record);
	if (found < 0)
		return found == SIGNET_E_NOT_FOUND ? 0 : found;
	if (record->status != ACME_PROCESSING)
		return 0; /* deactivated meanwhile */
	record->status = result->error ? ACME_INVALID : ACME_VALID;
	record->error = result->error;
	if (!result->error) {
		struct store_key key = record_proven_key(record->account, record->name);
		int64_t lifetime = acme->config.authorization_lifetime;
		record->validated = clock_now();
		/* what is not to be used again still has to live as long as its order */
		if (lifetime) {
			record->expires = record->validated + lifetime;
			record_put_number(txn, signet_state_table(acme->state, ACME_PROVEN),
			                  store_key_get(&key), number);
		}
	}
	return record_put(txn, acme->state, result->arena, ACME_AUTHORIZATION, number,
	                  &record->base);
}

static void log_result(const struct validation *validation, const struct acme_problem *problem)
{
	log_event(LOG_INFO, problem->type ? "acme-not-proven" : "acme-proven", "intermediary",
	          validation->job.acme->host->name, "name", validation->name, "type",
	          problem->type ? problem_name(problem->type) : NULL, "message",
	          problem->type ? problem->detail : NULL, NULL);
}

/* A result that cannot be stored is found out again after a restart. */
static void conclude(struct validation *validation, const struct acme_problem *problem)
{
	struct error err = {0};
	struct result result = {.validation = validation, .arena = arena_new(65536)};
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

static void finish(struct acme_job *job)
{
	atomic_fetch_sub(&job->acme->validations, 1);
	free(job);
}

static void run(struct acme_job *job)
{
	struct validation *validation = (struct validation *)job;
	struct acme *acme = job->acme;
	struct acme_problem problem = {0};
	bool again = attempt(validation, &problem);
	if (again && ++validation->attempt < acme->config.attempts) {
		unsigned doublings = validation->attempt - 1;
		int64_t delay = acme->config.retry_delay_us << (doublings < 10 ? doublings : 10);
		if (acme_job_add(job, delay) == 0)
			return;
	}
	/* the instance is being stopped: what is cut off is no verdict */
	if (!problem.type || !atomic_load(&acme->stopping))
		conclude(validation, &problem);
	finish(job);
}

int acme_validate(struct acme *acme, uint64_t authorization, const char *name,
                  const char *thumbprint, struct error *err)
{
	struct validation *validation = calloc(1, sizeof *validation);
	if (!validation)
		return error_nomem(err);
	validation->job = (struct acme_job){.acme = acme, .run = run, .drop = finish};
	validation->number = authorization;
	strncpy(validation->name, name, sizeof validation->name - 1);
	strncpy(validation->thumbprint, thumbprint, sizeof validation->thumbprint - 1);
	atomic_fetch_add(&acme->validations, 1);
	if (acme_job_add(&validation->job, 0) == 0)
		return 0;
	finish(&validation->job);
	return error_set(err, SIGNET_E_UNAVAILABLE, "no validation can be started now");
}
