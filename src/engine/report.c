#include "engine/report.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"

struct report {
	pthread_mutex_t lock; /* guards load and taken */
	struct signet_gateway_load load;
	int64_t taken;        /* clock_now; 0: never */
	struct rates done, failed;
};

int report_new(struct report **out, struct error *err)
{
	struct report *report = calloc(1, sizeof *report);
	if (!report)
		return error_nomem(err);
	pthread_mutex_init(&report->lock, NULL);
	*out = report;
	return 0;
}

void report_free(struct report *report)
{
	if (!report)
		return;
	pthread_mutex_destroy(&report->lock);
	free(report);
}

static const char *problem(const struct signet_gateway_load *load)
{
	if (load->requests > INT64_MAX || load->errors > load->requests)
		return "it has counted what cannot be";
	if (load->busy > load->threads)
		return "it serves more requests than it has threads";
	return load->doubtful > load->prepared ? "it doubts more answers than it keeps" : NULL;
}

int report_take(struct report *report, const struct signet_gateway_load *load, struct error *err)
{
	const char *wrong = problem(load);
	if (wrong)
		return error_set(err, SIGNET_E_INVALID, "no report of a gateway: %s", wrong);
	int64_t now = clock_now();
	pthread_mutex_lock(&report->lock);
	/* of what was before the engine's start it is not known when it was */
	if (report->taken) {
		rates_follow(&report->done, now, report->load.requests, load->requests);
		rates_follow(&report->failed, now, report->load.errors, load->errors);
	}
	report->load = *load;
	report->taken = now;
	pthread_mutex_unlock(&report->lock);
	return 0;
}

bool report_read(struct report *report, struct signet_gateway_load *out)
{
	int64_t now = clock_now();
	pthread_mutex_lock(&report->lock);
	bool fresh = report->taken && now >= report->taken && now - report->taken < REPORT_LIFE;
	if (fresh)
		*out = report->load;
	pthread_mutex_unlock(&report->lock);
	return fresh;
}

void report_read_rates(struct report *report, int64_t now, uint32_t done[RATES_MINUTES],
                       uint32_t failed[RATES_MINUTES])
{
	rates_read(&report->done, now, done);
	rates_read(&report->failed, now, failed);
}
