#include "engine/request.h"

#include "base/clock.h"
#include "base/log.h"
#include "engine/outcome.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"
#include "engine/submission.h"
#include "engine/work.h"

/* The outcome of the same submission, if there was one. SIGNET_E_NOT_FOUND. */
static int find_earlier(struct work *work, const uint8_t *key, struct signet_outcome *out,
                        struct error *err)
{
	struct stored stored;
	int result = database_find_submission(work->engine->database, work->arena, key, &stored,
	                                      err);
	if (result)
		return result;
	struct bytes csr = bytes_make(stored.request->csr.data, stored.request->csr.len);
	if (!bytes_equal(csr, work->submission->csr) ||
	    strcmp(stored.request->profile, work->submission->profile) != 0)
		return error_set(err, SIGNET_E_CONFLICT,
		                 "another request was submitted with this idempotency key");
	return outcome_of_stored(work->configuration, work->arena, &stored, out, err);
}

/* How often a request is judged anew since others got ahead of it. */
#define ROUNDS 5

static int store_judged(struct work *work, struct database_entry *entry, struct error *err)
{
	int result = work_judge(work, err);
	if (result == 0)
		result = work_decide(work, err);
	if (result == 0)
		result = work_fill_entry(work, entry, err);
	return result ? result : database_add(work->engine->database, entry, err);
}

static int judge_until_stored(struct work *work, struct database_entry *entry, struct error *err)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		*err = (struct error){0};
		*entry = (struct database_entry){.idempotency = entry->idempotency};
		int result = store_judged(work, entry, err);
		if (result != SIGNET_E_CONFLICT)
			return result;
	}
	return error_set(err, SIGNET_E_UNAVAILABLE,
	                 "too many others were issued certificates meanwhile: try again");
}

/* From the csr on: what fails here leaves nothing behind. */
static int process(struct work *work, const uint8_t *key, struct signet_outcome *out,
                   struct error *err)
{
	struct database_entry entry = {.idempotency = key};
	int result = work_begin(work, err);
	if (result == 0)
		result = judge_until_stored(work, &entry, err);
	if (result == 0)
		result = work_finish(work, &entry, out, err);
	work_clear(work);
	return result;
}

static int submit_once(struct work *work, struct signet_outcome *out, struct error *err)
{
	struct flight flight;
	const struct signet_submission *s = work->submission;
	int result = index_idempotency(s->intermediary, s->idempotency_key, flight.key);
	if (result)
		return error_set(err, result, "the idempotency key cannot be hashed");
	struct error missing = {0};
	flights_enter(work->engine->flights, &flight);
	result = find_earlier(work, flight.key, out, &missing);
	if (result == SIGNET_E_NOT_FOUND)
		result = process(work, flight.key, out, err);
	else if (result)
		*err = missing;
	flights_leave(work->engine->flights, &flight);
	return result;
}

int request_submit_by(struct engine *engine, const struct configuration *configuration,
                      struct arena *arena, const struct signet_submission *submission,
                      const char *author, const char *from, struct signet_outcome *out,
                      struct error *err)
{
	struct work work = {.engine = engine, .configuration = configuration, .arena = arena,
	                    .submission = submission, .author = author, .from = from};
	struct error unwanted = {0};
	int64_t began = clock_monotonic_us();
	if (!err)
		err = &unwanted;
	int result = submission_check(submission, err);
	if (result == 0)
		result = work_find_profile(&work, err);
	if (result == 0)
		result = submit_once(&work, out, err);
	measures_submitted(engine->measures, clock_monotonic_us() - began);
	if (result) {
		measures_refused(engine->measures, configuration, submission);
		log_error(LOG_WARNING, "refused", err, "profile", submission->profile,
		          "intermediary", submission->intermediary, "peer", submission->address,
		          NULL);
	}
	return result;
}

int request_submit(struct engine *engine, const struct configuration *configuration,
                   struct arena *arena, const struct signet_submission *submission,
                   struct signet_outcome *out, struct error *err)
{
	return request_submit_by(engine, configuration, arena, submission, NULL, NULL, out, err);
}

/* Who could ask for the profile, where the submission does not say who does. */
static void find_intermediary(const struct configuration *configuration,
                              struct signet_submission *s)
{
	const struct settings *settings = configuration->settings;
	for (size_t i = 0; i < settings->intermediary_count; i++) {
		const struct instance *instance = &settings->intermediaries[i];
		if (!*s->intermediary && configuration_is_open(configuration, instance->name, s->profile))
			s->intermediary = instance->name;
		if (!*s->protocol && strcmp(s->intermediary, instance->name) == 0)
			s->protocol = instance->kind;
	}
}

/* Which of them is missing. */
static int check_intermediary(const struct signet_submission *s, struct error *err)
{
	if (!*s->intermediary)
		return error_set(err, SIGNET_E_NOT_FOUND,
		                 "there is no profile '%.64s' that is open to an intermediary",
		                 s->profile);
	if (!*s->protocol)
		return error_set(err, SIGNET_E_NOT_FOUND, "there is no intermediary '%.64s'",
		                 s->intermediary);
	return 0;
}

static int test(struct work *work, struct bytes *record, struct error *err)
{
	struct database_entry entry = {0};
	int result = work_find_profile(work, err);
	if (result == 0)
		result = work_begin(work, err);
	if (result == 0)
		result = work_judge(work, err);
	if (result == 0)
		result = work_decide(work, err);
	if (result == 0)
		result = work_fill_entry(work, &entry, err);
	work_clear(work);
	if (result == 0)
		*record = entry.record;
	return result;
}

int request_test(struct engine *engine, const struct configuration *configuration,
                 struct arena *arena, const struct signet_submission *submission,
                 struct stored *out, struct issue_plan *plan, struct error *err)
{
	struct signet_submission filled = *submission;
	struct work work = {.engine = engine, .configuration = configuration, .arena = arena,
	                    .submission = &filled, .test = true};
	struct stored made = {0};
	struct error unwanted = {0};
	struct bytes record;
	if (!err)
		err = &unwanted;
	filled.idempotency_key = "test";
	find_intermediary(configuration, &filled);
	int result = check_intermediary(&filled, err);
	if (result == 0)
		result = submission_check(&filled, err);
	if (result == 0)
		result = test(&work, &record, err);
	if (result == 0 && record_unpack_request(arena, record, &made.request))
		result = error_nomem(err);
	if (result)
		return result;
	*out = made;
	*plan = work.plan;
	return 0;
}

int request_retrieve(struct engine *engine, const struct configuration *configuration,
                     struct arena *arena, uint64_t id, struct signet_outcome *out,
                     struct error *err)
{
	struct stored stored;
	int result = database_find(engine->database, arena, id, &stored, err);
	return result ? result : outcome_of_stored(configuration, arena, &stored, out, err);
}
