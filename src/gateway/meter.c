#include "gateway/meter.h"

#include <string.h>

enum { REQUESTS, DURATION, CONNECTIONS, ACCEPTED, HANDSHAKES, COUNT };

static const struct metric_definition definitions[COUNT] = {
	[REQUESTS] = {"signet_http_requests_total",
	              "HTTP requests by intermediary and class of the status.", METRIC_COUNTER,
	              {"intermediary", "code"}, 160},
	[DURATION] = {"signet_http_request_duration_seconds",
	              "Time from the head of a request to the end of its answer.",
	              METRIC_HISTOGRAM, {"intermediary"}, 32},
	[CONNECTIONS] = {"signet_http_connections", "Open connections.", METRIC_GAUGE, {NULL}, 0},
	[ACCEPTED] = {"signet_http_connections_total", "Connections that were served.",
	              METRIC_COUNTER, {NULL}, 0},
	[HANDSHAKES] = {"signet_tls_handshake_failures_total", "TLS handshakes that failed.",
	                METRIC_COUNTER, {NULL}, 0},
};

struct metrics *meter_new(void)
{
	return metrics_new(definitions, COUNT);
}

void meter_answer(struct metrics *meter, const char *intermediary, int status,
                  int64_t duration_us)
{
	static const char *const classes[] = {"1xx", "2xx", "3xx", "4xx", "5xx"};
	if (!meter || status < 100 || status > 599)
		return;
	const char *values[] = {*intermediary ? intermediary : "none", classes[status / 100 - 1]};
	metrics_add(meter, REQUESTS, values, 1);
	metrics_observe(meter, DURATION, values, duration_us);
}

void meter_connection(struct metrics *meter, int step)
{
	metrics_add(meter, CONNECTIONS, NULL, step);
	if (step > 0)
		metrics_add(meter, ACCEPTED, NULL, step);
}

void meter_handshake_failure(struct metrics *meter)
{
	metrics_add(meter, HANDSHAKES, NULL, 1);
}

static void add_requests(struct meter_totals *out, const struct metric_family *family)
{
	for (const struct metric_sample *s = family->first; s; s = s->next) {
		out->requests += (uint64_t)s->value;
		if (strcmp(s->values[1], "5xx") == 0)
			out->errors += (uint64_t)s->value;
	}
}

int meter_read(struct metrics *meter, struct arena *arena, struct meter_totals *out)
{
	struct metric_list list = {0};
	struct meter_totals totals = {0};
	int result = metrics_snapshot(meter, arena, &list);
	if (result)
		return result;
	for (const struct metric_family *f = list.first; f; f = f->next)
		if (f->name == definitions[REQUESTS].name)
			add_requests(&totals, f);
		else if (f->name == definitions[CONNECTIONS].name && f->first && f->first->value > 0)
			totals.connections = (unsigned)f->first->value;
	*out = totals;
	return 0;
}
