#include "engine/measures.h"

#include <stdlib.h>

#include "base/clock.h"
#include "engine/configuration.h"
#include "engine/counters.h"

#define PROBE_US 5000000
#define UNKNOWN "unknown"

enum { REQUESTS, SUBMIT, COMMIT, COUNT };

static const struct metric_definition definitions[COUNT] = {
	[REQUESTS] = {"signet_requests_total",
	              "Requests that got this disposition; one that was pending counts again when it "
	              "is decided.",
	              METRIC_COUNTER, {"intermediary", "profile", "disposition"}, 128},
	[SUBMIT] = {"signet_submit_duration_seconds", "Time that the engine took for a submission.",
	            METRIC_HISTOGRAM, {NULL}, 0},
	[COMMIT] = {"signet_store_commit_duration_seconds",
	            "Time that a durable commit of the database took.", METRIC_HISTOGRAM, {NULL}, 0},
};

static void note_commit(void *arg, int64_t duration_us)
{
	struct measures *measures = arg;
	metrics_observe(measures->metrics, COMMIT, NULL, duration_us);
}

struct measures *measures_new(struct database *database)
{
	struct measures *measures = calloc(1, sizeof *measures);
	if (!measures)
		return NULL;
	measures->metrics = metrics_new(definitions, COUNT);
	measures->census = census_new(database);
	if (!measures->metrics || !measures->census || report_new(&measures->gateway, NULL)) {
		measures_free(measures);
		return NULL;
	}
	store_watch_commits(database_store(database), note_commit, measures);
	return measures;
}

void measures_free(struct measures *measures)
{
	if (!measures)
		return;
	report_free(measures->gateway);
	census_free(measures->census);
	metrics_free(measures->metrics);
	free(measures);
}

static const char *disposition(enum signet_request_state state)
{
	switch (state) {
	case SIGNET_REQUEST_ISSUED: return "issued";
	case SIGNET_REQUEST_PENDING: return "pending";
	case SIGNET_REQUEST_DENIED: return "denied";
	default: return "failed";
	}
}

void measures_resolved(struct measures *measures, const char *intermediary, const char *profile,
                       enum signet_request_state state)
{
	if (!measures)
		return;
	const char *values[] = {intermediary, profile, disposition(state)};
	metrics_add(measures->metrics, REQUESTS, values, 1);
	if (state == SIGNET_REQUEST_ISSUED)
		rates_count(&measures->issued, clock_now());
	else if (state == SIGNET_REQUEST_DENIED)
		rates_count(&measures->denied, clock_now());
}

void measures_refused(struct measures *measures, const struct configuration *configuration,
                      const struct signet_submission *submission)
{
	if (!measures)
		return;
	/* what the gateway makes up is not to become a label */
	bool known = configuration_is_open(configuration, submission->intermediary,
	                                   submission->profile);
	const char *values[] = {known ? submission->intermediary : UNKNOWN,
	                        known ? submission->profile : UNKNOWN, "refused"};
	metrics_add(measures->metrics, REQUESTS, values, 1);
}

void measures_signed(struct measures *measures)
{
	if (measures)
		rates_count(&measures->ocsp_signed, clock_now());
}

void measures_submitted(struct measures *measures, int64_t duration_us)
{
	if (measures)
		metrics_observe(measures->metrics, SUBMIT, NULL, duration_us);
}

static int put_time(struct store_txn *txn, void *arg)
{
	const struct store_key *time = arg;
	return store_put(txn, TABLE_COUNTERS, bytes_text(COUNTER_PROBE), store_key_get(time));
}

int measures_probe(struct measures *measures, struct database *database)
{
	int64_t now = clock_monotonic_us();
	int64_t probed = atomic_load(&measures->probed);
	struct store_key time = store_key_number((uint64_t)now);
	/* who comes while another one tries gets what came of the last time */
	if ((probed && now - probed < PROBE_US) ||
	    !atomic_compare_exchange_strong(&measures->probed, &probed, now))
		return atomic_load(&measures->probe_result);
	int result = store_write(database_store(database), put_time, &time, NULL);
	atomic_store(&measures->probe_result, result);
	return result;
}
