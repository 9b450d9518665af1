#include <unistd.h>

#include "base/clock.h"
#include "config.h"
#include "engine/crl_status.h"
#include "engine/service.h"
#include "engine/view.h"
#include "rpc/ca.pb-c.h"

/* Octets of rows in one reply: what else a message holds is below the rest. */
#define ROWS_OCTETS (LIMIT_MESSAGE - 2048)
#define CRLS_MAX 64 /* keys of authorities, and scopes of each, that a status tells of */

static int failed(const struct service_call *c, int result)
{
	if (result == SIGNET_E_NOMEM)
		return error_nomem(c->err);
	return error_set(c->err, result, "a stored record cannot be shown");
}

void service_reply_request(const struct service_call *c, Signet__Rpc__Request *request)
{
	/* what the csr or the certificate says, too, makes room for what only this answer has */
	if (signet__rpc__request__get_packed_size(request) > ROWS_OCTETS)
		request->n_names = 0;
	if (signet__rpc__request__get_packed_size(request) > ROWS_OCTETS)
		request->n_extensions = 0;
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_REQUEST;
	c->reply->request = request;
}

int service_show_request(const struct service_call *c)
{
	struct stored stored;
	Signet__Rpc__Request *out = arena_alloc(c->arena, sizeof *out);
	int result = out ? database_find(c->engine->database, c->arena, c->call->show_request->id,
	                                 &stored, c->err) : error_nomem(c->err);
	if (result)
		return result;
	result = view_request(c->arena, &stored, true, out);
	if (result)
		return failed(c, result);
	service_reply_request(c, out);
	return 0;
}

/* All but what it says. */
static void fill_consumer(Signet__Rpc__ConsumerStatus *row,
                          const struct signet_consumer_status *consumer)
{
	signet__rpc__consumer_status__init(row);
	row->name = (char *)(uintptr_t)consumer->name;
	row->cursor = consumer->cursor;
	row->waiting = consumer->waiting;
	row->dead = consumer->dead;
	row->retrying = consumer->retrying;
	row->tries = consumer->tries;
	row->published = consumer->counts.published;
	row->failed = consumer->counts.failed;
	row->given_up = consumer->counts.given_up;
	row->oldest = consumer->oldest;
}

static int add_consumers(const struct service_call *c, Signet__Rpc__Status *status, size_t octets)
{
	struct signet_consumer_status *list;
	size_t count;
	int result = consumers_list(c->engine->consumers, c->arena, &list, &count, c->err);
	if (result)
		return result;
	Signet__Rpc__ConsumerStatus *rows = arena_array(c->arena, count, sizeof *rows);
	status->consumers = arena_array(c->arena, count, sizeof *status->consumers);
	if (!rows || !status->consumers)
		return error_nomem(c->err);
	for (size_t i = 0; i < count; i++) {
		fill_consumer(&rows[i], &list[i]);
		octets += signet__rpc__consumer_status__get_packed_size(&rows[i]) + 8;
		status->consumers[status->n_consumers++] = &rows[i];
	}
	/* what they say comes last: of very many not all fits the message */
	for (size_t i = 0; i < count; i++) {
		octets += strlen(list[i].trouble) + 3;
		if (octets <= ROWS_OCTETS)
			rows[i].trouble = (char *)(uintptr_t)list[i].trouble;
	}
	return 0;
}

static int add_rates(const struct service_call *c, Signet__Rpc__Status *status)
{
	struct measures *measures = c->engine->measures;
	struct census_counts counts;
	status->issued = arena_array(c->arena, RATES_MINUTES, sizeof *status->issued);
	status->denied = arena_array(c->arena, RATES_MINUTES, sizeof *status->denied);
	if (!status->issued || !status->denied)
		return error_nomem(c->err);
	status->n_issued = status->n_denied = RATES_MINUTES;
	rates_read(&measures->issued, clock_now(), status->issued);
	rates_read(&measures->denied, clock_now(), status->denied);
	census_read(measures->census, clock_now(), &counts);
	status->counted = counts.time;
	status->valid = counts.valid;
	status->held = counts.held;
	status->revoked = counts.revoked;
	status->expired = counts.expired;
	status->expiring_week = counts.expiring_week;
	status->expiring_month = counts.expiring_month;
	return 0;
}

struct crls {
	const struct service_call *c;
	Signet__Rpc__Status *status;
	size_t octets;
};

static int add_crls(void *arg, const struct crl_summary *summary)
{
	struct crls *crls = arg;
	Signet__Rpc__Status *status = crls->status;
	status->stale_crls += summary->stale;
	if (status->n_crls == CRLS_MAX)
		return 0;
	Signet__Rpc__CrlSummary *row = arena_alloc(crls->c->arena, sizeof *row);
	char *authority = arena_strdup(crls->c->arena, summary->authority);
	if (!row || !authority)
		return SIGNET_E_NOMEM;
	signet__rpc__crl_summary__init(row);
	row->authority = authority;
	row->shards = summary->shards;
	row->delta = summary->delta;
	row->count = summary->count;
	row->stale = summary->stale;
	row->number = summary->number;
	row->entries = summary->entries;
	row->this_update = summary->this_update;
	row->next_update = summary->next_update;
	crls->octets += signet__rpc__crl_summary__get_packed_size(row) + 8;
	status->crls[status->n_crls++] = row;
	return 0;
}

static int add_lists(const struct service_call *c, Signet__Rpc__Status *status)
{
	struct crls crls = {c, status, 0};
	status->crls = arena_array(c->arena, CRLS_MAX, sizeof *status->crls);
	if (!status->crls)
		return error_nomem(c->err);
	int result = crl_status_read(database_store(c->engine->database), c->configuration,
	                             clock_now(), add_crls, &crls, c->err);
	return result ? result : add_consumers(c, status, crls.octets);
}

int service_status(const struct service_call *c)
{
	struct database_counts counts;
	struct store_stats stats;
	Signet__Rpc__Status *status = arena_alloc(c->arena, sizeof *status);
	if (!status)
		return error_nomem(c->err);
	int result = database_count(c->engine->database, &counts, c->err);
	if (result)
		return result;
	store_stats(database_store(c->engine->database), &stats);
	signet__rpc__status__init(status);
	status->version = (char *)(uintptr_t)PACKAGE_VERSION;
	status->pid = (uint32_t)getpid();
	status->started = c->engine->started;
	status->requests = counts.requests;
	status->certificates = counts.certificates;
	status->pending = counts.pending;
	status->events = counts.events;
	status->database_used = stats.used;
	status->database_file = stats.file;
	status->connections = atomic_load(&c->engine->connections);
	status->admin_connections = atomic_load(&c->engine->admin_connections);
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_STATUS;
	c->reply->status = status;
	int added = add_rates(c, status);
	if (added == 0)
		added = add_lists(c, status);
	return added ? added : service_add_loads(c, status, stats.waiting);
}
