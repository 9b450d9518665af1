#include "api/metrics.h"

#include "api/client_call.h"

/* Who watches wants to know soon that there is no answer. */
#define TIMEOUT_US INT64_C(3000000)

static int read_sample(struct metric_family *family, struct arena *arena,
                       const Signet__Rpc__MetricSample *in, size_t labels)
{
	if (in->n_values != labels ||
	    in->n_buckets != (family->type == METRIC_HISTOGRAM ? METRIC_BUCKETS : 0))
		return SIGNET_E_INTERNAL;
	struct metric_sample *sample = metric_family_add(family, arena, in->value);
	if (!sample)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < labels; i++)
		sample->values[i] = in->values[i];
	for (size_t i = 0; i < in->n_buckets; i++)
		sample->buckets[i] = in->buckets[i];
	return 0;
}

static int read_family(struct metric_list *list, struct arena *arena,
                       const Signet__Rpc__MetricFamily *in)
{
	struct metric_definition definition = {in->name, in->help, (enum metric_type)in->type,
	                                       {NULL}, 0};
	if (in->n_labels > METRIC_LABELS || in->type > METRIC_HISTOGRAM)
		return SIGNET_E_INTERNAL;
	for (size_t i = 0; i < in->n_labels; i++)
		definition.labels[i] = in->labels[i];
	struct metric_family *family = metric_list_add(list, arena, &definition);
	int result = family ? 0 : SIGNET_E_NOMEM;
	for (size_t i = 0; result == 0 && i < in->n_samples; i++)
		result = read_sample(family, arena, in->samples[i], in->n_labels);
	return result;
}

int signet_read_metrics(struct signet_client *client, struct arena *arena,
                        struct metric_list *list, bool *cut, struct error *err)
{
	Signet__Rpc__Empty empty = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_METRICS;
	call.metrics = &empty;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_METRICS, &reply, err);
	if (result)
		return result;
	const Signet__Rpc__Metrics *metrics = reply->metrics;
	for (size_t i = 0; result == 0 && i < metrics->n_families; i++)
		result = read_family(list, arena, metrics->families[i]);
	if (result)
		return error_set(err, result, "the engine's metrics cannot be read");
	*cut = metrics->cut;
	return 0;
}

int signet_check_health(struct signet_client *client, struct error *err)
{
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	if (!arena)
		return error_nomem(err);
	Signet__Rpc__Health health = SIGNET__RPC__HEALTH__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_HEALTH;
	call.health = &health;
	health.probe = true;
	Signet__Rpc__Reply *reply;
	int result = client_call_once(client, arena, &call, TIMEOUT_US,
	                              SIGNET__RPC__REPLY__BODY_HEALTH, &reply, err);
	if (result == 0 && !reply->health->writable)
		result = error_set(err, SIGNET_E_IO, "the database takes no writes: %s",
		                   reply->health->trouble);
	arena_free(arena);
	return result;
}

int signet_report(struct signet_client *client, const struct signet_gateway_load *load,
                  struct error *err)
{
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	if (!arena)
		return error_nomem(err);
	Signet__Rpc__GatewayLoad message = SIGNET__RPC__GATEWAY_LOAD__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_REPORT;
	call.report = &message;
	message.threads = load->threads;
	message.busy = load->busy;
	message.connections = load->connections;
	message.requests = load->requests;
	message.errors = load->errors;
	message.working = load->working;
	message.waiting = load->waiting;
	message.prepared = load->prepared;
	message.doubtful = load->doubtful;
	Signet__Rpc__Reply *reply;
	int result = client_call_once(client, arena, &call, TIMEOUT_US, CLIENT_NO_BODY, &reply, err);
	arena_free(arena);
	return result;
}
