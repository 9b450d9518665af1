/* The event queue, for the publisher. */
#include "api/client_call.h"
#include "api/exit.h"

#include "base/limits.h"

static void read_event(struct signet_event *out, const Signet__Rpc__Event *e)
{
	*out = (struct signet_event){
		.sequence = e->sequence,
		.kind = (enum signet_event_kind)e->kind,
		.time = e->time,
		.request_id = e->request_id,
		.certificate_id = e->certificate_id,
		.authority = e->authority,
		.profile = e->profile,
		.requester = e->requester,
		.serial = client_bytes(e->serial),
		.certificate = client_bytes(e->certificate),
		.subject = e->subject,
		.names = (const char **)e->names,
		.name_count = e->n_names,
		.message = e->message,
		.state = (enum signet_certificate_state)e->state,
		.not_before = e->not_before,
		.not_after = e->not_after,
		.revoked = e->revoked,
		.revocation_reason = e->revocation_reason,
		.crl_file = e->file,
		.crl_shard = e->shard,
		.crl_earlier = e->earlier,
	};
}

int client_read_events(struct arena *arena, const Signet__Rpc__Events *list,
                       struct signet_event **out, size_t *count, struct error *err)
{
	struct signet_event *array = arena_array(arena, list->n_items, sizeof *array);
	if (!array)
		return error_nomem(err);
	for (size_t i = 0; i < list->n_items; i++)
		read_event(&array[i], list->items[i]);
	*out = array;
	*count = list->n_items;
	return 0;
}

int signet_read_events(struct signet_client *client, struct arena *arena,
                       const struct signet_events_query *query, struct signet_event **out,
                       size_t *count, uint64_t *last, struct error *err)
{
	Signet__Rpc__EventsRead read = SIGNET__RPC__EVENTS_READ__INIT;
	read.consumer = client_text(query->consumer);
	read.kinds = query->kinds;
	read.after = query->after;
	read.limit = query->limit;
	read.wait_ms = query->wait_ms;
	read.tries = query->tries;
	read.trouble = client_text(query->trouble);
	read.published = query->counts.published;
	read.failed = query->counts.failed;
	read.given_up = query->counts.given_up;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_EVENTS_READ;
	call.events_read = &read;
	Signet__Rpc__Reply *reply;
	int64_t timeout = CLIENT_TIMEOUT_US + (int64_t)query->wait_ms * 1000;
	int result = client_call(client, arena, &call, timeout, SIGNET__RPC__REPLY__BODY_EVENTS,
	                         &reply, err);
	if (result == 0)
		result = client_read_events(arena, reply->events, out, count, err);
	if (result == 0)
		*last = reply->events->last;
	return result;
}

int signet_advance_events(struct signet_client *client, const char *consumer, uint64_t sequence,
                          struct error *err)
{
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	if (!arena)
		return error_nomem(err);
	Signet__Rpc__EventsAdvance advance = SIGNET__RPC__EVENTS_ADVANCE__INIT;
	advance.consumer = client_text(consumer);
	advance.sequence = sequence;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_EVENTS_ADVANCE;
	call.events_advance = &advance;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, CLIENT_TIMEOUT_US, CLIENT_NO_BODY, &reply,
	                         err);
	arena_free(arena);
	return result;
}
