/* OCSP: answers for the intermediary that gives them, and how it goes. */
#include "api/client_call.h"

/* Who asks whether a certificate is good waits less than who wants one: an engine that is restarted is
 * back by then, and a later answer finds nobody. */
#define OCSP_TIMEOUT_US INT64_C(4000000)

int signet_answer_ocsp(struct signet_client *client, struct arena *arena, struct bytes request,
                       const char *authority, struct signet_ocsp_response *out,
                       struct error *err)
{
	Signet__Rpc__OcspRequest ask = SIGNET__RPC__OCSP_REQUEST__INIT;
	ask.request = client_data(request);
	ask.authority = client_text(authority);
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_OCSP_ANSWER;
	call.ocsp_answer = &ask;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, OCSP_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_OCSP_RESPONSE, &reply, err);
	if (result)
		return result;
	const Signet__Rpc__OcspResponse *in = reply->ocsp_response;
	struct bytes *serials = client_bytes_array(arena, in->serials, in->n_serials);
	if (!serials)
		return error_nomem(err);
	*out = (struct signet_ocsp_response){
		.response = client_bytes(in->response), .this_update = in->this_update,
		.next_update = in->next_update, .cacheable = in->cacheable, .serials = serials,
		.serial_count = in->n_serials};
	return 0;
}

int signet_watch_revocations(struct signet_client *client, struct arena *arena, uint64_t after,
                             unsigned wait_ms, struct signet_revocation_changes *out,
                             struct error *err)
{
	Signet__Rpc__RevocationsWatch watch = SIGNET__RPC__REVOCATIONS_WATCH__INIT;
	watch.after = after;
	watch.wait_ms = wait_ms;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_REVOCATIONS_WATCH;
	call.revocations_watch = &watch;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call,
	                         CLIENT_TIMEOUT_US + (int64_t)wait_ms * 1000,
	                         SIGNET__RPC__REPLY__BODY_REVOKED, &reply, err);
	if (result)
		return result;
	const Signet__Rpc__Revocations *in = reply->revoked;
	struct bytes *serials = client_bytes_array(arena, in->serials, in->n_serials);
	if (!serials)
		return error_nomem(err);
	*out = (struct signet_revocation_changes){in->generation, serials, in->n_serials, in->all};
	return 0;
}

int signet_get_ocsp_status(struct signet_client *client, struct arena *arena,
                           struct signet_ocsp_status *out, struct error *err)
{
	Signet__Rpc__Empty empty = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_OCSP_STATUS;
	call.ocsp_status = &empty;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, CLIENT_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_OCSP_STATUS, &reply, err);
	if (result)
		return result;
	const Signet__Rpc__OcspStatus *in = reply->ocsp_status;
	struct signet_ocsp_responder *list = arena_array(arena, in->n_items, sizeof *list);
	if (!list)
		return error_nomem(err);
	for (size_t i = 0; i < in->n_items; i++) {
		const Signet__Rpc__OcspResponder *r = in->items[i];
		list[i] = (struct signet_ocsp_responder){
			.authority = r->authority, .public_name = r->public_name,
			.delegated = r->delegated, .key = r->key, .serial = client_bytes(r->serial),
			.not_before = r->not_before, .not_after = r->not_after,
			.renewal = r->renewal, .answers = r->answers, .trouble = r->trouble};
	}
	*out = (struct signet_ocsp_status){list, in->n_items, in->answered, in->refused};
	return 0;
}
