/* What administrators ask. */
#include "api/client_call.h"

static int read_lists(struct arena *arena, struct signet_request_info *out,
                      const Signet__Rpc__Request *r, struct error *err)
{
	out->attributes = arena_array(arena, r->n_attributes, sizeof *out->attributes);
	out->trace = arena_array(arena, r->n_trace, sizeof *out->trace);
	out->extensions = arena_array(arena, r->n_extensions, sizeof *out->extensions);
	if (!out->attributes || !out->trace || !out->extensions)
		return error_nomem(err);
	for (size_t i = 0; i < r->n_attributes; i++)
		out->attributes[i] = (struct signet_attribute){r->attributes[i]->name,
		                                               r->attributes[i]->value};
	for (size_t i = 0; i < r->n_trace; i++) {
		const Signet__Rpc__TraceStep *step = r->trace[i];
		out->trace[i] = (struct signet_trace_step){step->rule, step->decision,
		                                           (enum signet_reason)step->reason,
		                                           step->message, step->change};
	}
	for (size_t i = 0; i < r->n_extensions; i++) {
		const Signet__Rpc__RequestExtension *e = r->extensions[i];
		out->extensions[i] = (struct signet_request_extension){
			e->oid, e->name, e->critical, client_bytes(e->value), e->origin};
	}
	out->attribute_count = r->n_attributes;
	out->trace_count = r->n_trace;
	out->extension_count = r->n_extensions;
	return 0;
}

int client_read_request(struct arena *arena, struct signet_request_info *out,
                        const Signet__Rpc__Request *r, struct error *err)
{
	*out = (struct signet_request_info){
		.id = r->id,
		.state = (enum signet_request_state)r->state,
		.submitted = r->submitted,
		.resolved = r->resolved,
		.profile = r->profile,
		.authority = r->authority,
		.intermediary = r->intermediary,
		.protocol = r->protocol,
		.requester = r->requester,
		.address = r->address,
		.subject = r->subject,
		.names = (const char **)r->names,
		.name_count = r->n_names,
		.key = r->key,
		.reason = (enum signet_reason)r->reason,
		.message = r->message,
		.certificate_id = r->certificate_id,
		.serial = client_bytes(r->serial),
		.csr = client_bytes(r->csr),
		.not_before = r->not_before,
		.not_after = r->not_after,
		.draft_subject = r->draft_subject,
		.approvers = (const char **)r->approvers,
		.approver_count = r->n_approvers,
		.void_approvers = (const char **)r->void_approvers,
		.void_approver_count = r->n_void_approvers,
	};
	return read_lists(arena, out, r, err);
}

int signet_list_requests(struct signet_client *client, struct arena *arena, uint64_t before,
                         unsigned limit, enum signet_request_state state,
                         struct signet_request_info **out, size_t *count, bool *more,
                         struct error *err)
{
	Signet__Rpc__ListRequests query = SIGNET__RPC__LIST_REQUESTS__INIT;
	query.before = before;
	query.limit = limit;
	query.state = state;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_LIST_REQUESTS;
	call.list_requests = &query;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, CLIENT_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_REQUESTS, &reply, err);
	if (result)
		return result;
	const Signet__Rpc__Requests *list = reply->requests;
	struct signet_request_info *array = arena_array(arena, list->n_items, sizeof *array);
	if (!array)
		return error_nomem(err);
	for (size_t i = 0; i < list->n_items && result == 0; i++)
		result = client_read_request(arena, &array[i], list->items[i], err);
	if (result)
		return result;
	*out = array;
	*count = list->n_items;
	*more = list->more;
	return 0;
}

int signet_show_request(struct signet_client *client, struct arena *arena, uint64_t id,
                        struct signet_request_info *out, struct error *err)
{
	Signet__Rpc__RequestId request = SIGNET__RPC__REQUEST_ID__INIT;
	request.id = id;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_SHOW_REQUEST;
	call.show_request = &request;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, CLIENT_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_REQUEST, &reply, err);
	return result ? result : client_read_request(arena, out, reply->request, err);
}

int signet_list_certificates(struct signet_client *client, struct arena *arena, uint64_t before,
                             unsigned limit, const char *name, struct signet_certificate **out,
                             size_t *count, bool *more, struct error *err)
{
	Signet__Rpc__ListCertificates query = SIGNET__RPC__LIST_CERTIFICATES__INIT;
	query.before = before;
	query.limit = limit;
	query.name = client_text(name);
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_LIST_CERTIFICATES;
	call.list_certificates = &query;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, CLIENT_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_CERTIFICATES, &reply, err);
	if (result)
		return result;
	const Signet__Rpc__Certificates *list = reply->certificates;
	struct signet_certificate *array = arena_array(arena, list->n_items, sizeof *array);
	if (!array)
		return error_nomem(err);
	for (size_t i = 0; i < list->n_items; i++)
		client_read_certificate(&array[i], list->items[i]);
	*out = array;
	*count = list->n_items;
	*more = list->more;
	return 0;
}

static void read_crl_summary(struct signet_crl_summary *out, const Signet__Rpc__CrlSummary *in)
{
	*out = (struct signet_crl_summary){
		.authority = in->authority, .shards = in->shards, .delta = in->delta,
		.count = in->count, .stale = in->stale, .number = in->number, .entries = in->entries,
		.this_update = in->this_update, .next_update = in->next_update};
}

static void read_consumer(struct signet_consumer_status *out, const Signet__Rpc__ConsumerStatus *in)
{
	*out = (struct signet_consumer_status){
		.name = in->name, .cursor = in->cursor, .waiting = in->waiting, .dead = in->dead,
		.retrying = in->retrying, .trouble = in->trouble, .tries = in->tries,
		.counts = {in->published, in->failed, in->given_up}, .oldest = in->oldest};
}

static int read_roles(struct arena *arena, struct signet_status *out,
                      const Signet__Rpc__Status *s)
{
	out->roles = arena_array(arena, s->n_roles, sizeof *out->roles);
	if (!out->roles)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < s->n_roles; i++) {
		const Signet__Rpc__RoleLoad *in = s->roles[i];
		out->roles[i] = (struct signet_role_load){
			.role = in->role, .busy = in->busy, .queue = in->queue, .done = in->done,
			.failed = in->failed,
			.minute_count = in->n_done < in->n_failed ? in->n_done : in->n_failed};
	}
	out->role_count = s->n_roles;
	return 0;
}

static int read_gateway(struct arena *arena, struct signet_status *out,
                        const Signet__Rpc__GatewayLoad *in)
{
	struct signet_gateway_load *gateway = arena_alloc(arena, sizeof *gateway);
	if (!gateway)
		return SIGNET_E_NOMEM;
	*gateway = (struct signet_gateway_load){
		.threads = in->threads, .busy = in->busy, .connections = in->connections,
		.requests = in->requests, .errors = in->errors, .working = in->working,
		.waiting = in->waiting, .prepared = in->prepared, .doubtful = in->doubtful};
	out->gateway = gateway;
	return 0;
}

int signet_get_status(struct signet_client *client, struct arena *arena,
                      struct signet_status *out, struct error *err)
{
	Signet__Rpc__Empty nothing = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_STATUS;
	call.status = &nothing;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, CLIENT_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_STATUS, &reply, err);
	if (result)
		return result;
	const Signet__Rpc__Status *s = reply->status;
	struct signet_consumer_status *consumers =
		arena_array(arena, s->n_consumers, sizeof *consumers);
	struct signet_crl_summary *crls = arena_array(arena, s->n_crls, sizeof *crls);
	if (!consumers || !crls)
		return error_nomem(err);
	for (size_t i = 0; i < s->n_crls; i++)
		read_crl_summary(&crls[i], s->crls[i]);
	for (size_t i = 0; i < s->n_consumers; i++)
		read_consumer(&consumers[i], s->consumers[i]);
	*out = (struct signet_status){
		.version = s->version,
		.pid = s->pid,
		.started = s->started,
		.requests = s->requests,
		.certificates = s->certificates,
		.pending = s->pending,
		.events = s->events,
		.database_used = s->database_used,
		.database_file = s->database_file,
		.consumers = consumers,
		.consumer_count = s->n_consumers,
		.issued = s->issued,
		.denied = s->denied,
		.minute_count = s->n_issued < s->n_denied ? s->n_issued : s->n_denied,
		.counted = s->counted,
		.valid = s->valid,
		.held = s->held,
		.revoked = s->revoked,
		.expired = s->expired,
		.expiring_week = s->expiring_week,
		.expiring_month = s->expiring_month,
		.crls = crls,
		.crl_count = s->n_crls,
		.stale_crls = s->stale_crls,
		.connections = s->connections,
		.admin_connections = s->admin_connections,
		.crls_busy = s->crls_busy,
		.crls_failing = s->crls_failing,
		.ocsp_signed = s->ocsp_signed,
		.ocsp_minute_count = s->n_ocsp_signed,
	};
	if (read_roles(arena, out, s) || (s->gateway && read_gateway(arena, out, s->gateway)))
		return error_nomem(err);
	return 0;
}
