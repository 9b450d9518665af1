/* What each role has to do: the gateway says it, of the others the engine sees it. */
#include "base/clock.h"
#include "engine/crl_keeper.h"
#include "engine/service.h"
#include "rpc/ca.pb-c.h"

#define ROLES 4 /* engine, gateway, publisher, adviser */
#define UNKNOWN (-1)

int service_report(const struct service_call *c)
{
	const Signet__Rpc__GatewayLoad *said = c->call->report;
	const struct signet_gateway_load load = {
		.threads = said->threads, .busy = said->busy, .connections = said->connections,
		.requests = said->requests, .errors = said->errors, .working = said->working,
		.waiting = said->waiting, .prepared = said->prepared, .doubtful = said->doubtful};
	return report_take(c->engine->measures->gateway, &load, c->err);
}

/* The row's numbers of each minute are to be filled in. NULL without memory. */
static Signet__Rpc__RoleLoad *add_role(const struct service_call *c, Signet__Rpc__Status *status,
                                       const char *name, int64_t busy, int64_t queue)
{
	Signet__Rpc__RoleLoad *row = arena_alloc(c->arena, sizeof *row);
	if (!row)
		return NULL;
	signet__rpc__role_load__init(row);
	row->role = (char *)(uintptr_t)name;
	row->busy = busy;
	row->queue = queue;
	row->done = arena_array(c->arena, RATES_MINUTES, sizeof *row->done);
	row->failed = arena_array(c->arena, RATES_MINUTES, sizeof *row->failed);
	if (!row->done || !row->failed)
		return NULL;
	row->n_done = row->n_failed = RATES_MINUTES;
	status->roles[status->n_roles++] = row;
	return row;
}

static int add_counted(const struct service_call *c, Signet__Rpc__Status *status, const char *name,
                       struct load *load, int64_t busy, int64_t queue)
{
	Signet__Rpc__RoleLoad *row = add_role(c, status, name, busy, queue);
	if (!row)
		return SIGNET_E_NOMEM;
	rates_read(&load->done, clock_now(), row->done);
	rates_read(&load->failed, clock_now(), row->failed);
	return 0;
}

static int add_engine(const struct service_call *c, Signet__Rpc__Status *status, uint64_t writes)
{
	struct load *calls = &c->engine->measures->calls;
	int64_t busy = atomic_load(&calls->busy);
	/* the one that asks is none of them */
	return add_counted(c, status, "engine", calls, busy > 0 ? busy - 1 : 0, (int64_t)writes);
}

static int add_gateway(const struct service_call *c, Signet__Rpc__Status *status)
{
	struct report *report = c->engine->measures->gateway;
	struct signet_gateway_load load;
	if (!report_read(report, &load))
		return 0;
	Signet__Rpc__RoleLoad *row = add_role(c, status, "gateway", load.busy, load.waiting);
	Signet__Rpc__GatewayLoad *out = arena_alloc(c->arena, sizeof *out);
	if (!row || !out)
		return SIGNET_E_NOMEM;
	report_read_rates(report, clock_now(), row->done, row->failed);
	signet__rpc__gateway_load__init(out);
	out->threads = load.threads;
	out->busy = load.busy;
	out->connections = load.connections;
	out->requests = load.requests;
	out->errors = load.errors;
	out->working = load.working;
	out->waiting = load.waiting;
	out->prepared = load.prepared;
	out->doubtful = load.doubtful;
	status->gateway = out;
	return 0;
}

static int add_publisher(const struct service_call *c, Signet__Rpc__Status *status)
{
	uint64_t queue = 0;
	for (size_t i = 0; i < status->n_consumers; i++)
		queue += status->consumers[i]->waiting;
	Signet__Rpc__RoleLoad *row = add_role(c, status, "publisher", UNKNOWN, (int64_t)queue);
	if (!row)
		return SIGNET_E_NOMEM;
	consumers_read_rates(c->engine->consumers, clock_now(), row->done, row->failed);
	return 0;
}

static int add_adviser(const struct service_call *c, Signet__Rpc__Status *status)
{
	struct load *advices = &c->engine->measures->advices;
	if (!chain_asks(c->configuration->chain))
		return 0;
	return add_counted(c, status, "adviser", advices, atomic_load(&advices->busy), UNKNOWN);
}

static int add_signatures(const struct service_call *c, Signet__Rpc__Status *status)
{
	status->ocsp_signed = arena_array(c->arena, RATES_MINUTES, sizeof *status->ocsp_signed);
	if (!status->ocsp_signed)
		return SIGNET_E_NOMEM;
	status->n_ocsp_signed = RATES_MINUTES;
	rates_read(&c->engine->measures->ocsp_signed, clock_now(), status->ocsp_signed);
	return 0;
}

int service_add_loads(const struct service_call *c, Signet__Rpc__Status *status, uint64_t writes)
{
	status->roles = arena_array(c->arena, ROLES, sizeof *status->roles);
	if (!status->roles || add_engine(c, status, writes) || add_gateway(c, status) ||
	    add_publisher(c, status) || add_adviser(c, status) || add_signatures(c, status))
		return error_nomem(c->err);
	if (c->engine->crls) {
		status->crls_busy = crl_keeper_is_busy(c->engine->crls);
		status->crls_failing = crl_keeper_failures(c->engine->crls);
	}
	return 0;
}
