/* What administrators look for. */
#include "api/client_call.h"

int signet_search_certificates(struct signet_client *client, struct arena *arena,
                               const struct signet_certificate_query *q,
                               struct signet_certificate **out, size_t *count,
                               struct bytes *place, struct error *err)
{
	Signet__Rpc__ListCertificates query = SIGNET__RPC__LIST_CERTIFICATES__INIT;
	query.before = q->before;
	query.limit = q->limit;
	query.name = client_text(q->name);
	query.serial = client_text(q->serial);
	query.key = client_data(q->key ? bytes_make(q->key, 32) : BYTES_NONE);
	query.requester = client_text(q->requester);
	query.profile = client_text(q->profile);
	query.authority = client_text(q->authority);
	query.state = q->state;
	query.expires_after = q->expires_after;
	query.expires_before = q->expires_before;
	query.issued_after = q->issued_after;
	query.issued_before = q->issued_before;
	query.sort = q->sort;
	query.reverse = q->reverse;
	query.place = client_data(q->place);
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
	*place = client_bytes(list->place);
	return 0;
}

int signet_search_requests(struct signet_client *client, struct arena *arena,
                           const struct signet_request_query *q,
                           struct signet_request_info **out, size_t *count, struct bytes *place,
                           struct error *err)
{
	Signet__Rpc__ListRequests query = SIGNET__RPC__LIST_REQUESTS__INIT;
	query.before = q->before;
	query.limit = q->limit;
	query.state = q->state;
	query.name = client_text(q->name);
	query.profile = client_text(q->profile);
	query.requester = client_text(q->requester);
	query.intermediary = client_text(q->intermediary);
	query.submitted_after = q->submitted_after;
	query.submitted_before = q->submitted_before;
	query.reverse = q->reverse;
	query.place = client_data(q->place);
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
	*place = client_bytes(list->place);
	return 0;
}
