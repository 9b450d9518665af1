/* CRLs, for administrators. */
#include "api/client_call.h"

/* A million entries take a second; many shards take longer. */
#define PUBLISH_TIMEOUT_US INT64_C(600000000)

static int read_list(struct arena *arena, const Signet__Rpc__Crls *list, struct signet_crl **out,
                     size_t *count, bool *more, struct error *err)
{
	struct signet_crl *array = arena_array(arena, list->n_items, sizeof *array);
	if (!array)
		return error_nomem(err);
	for (size_t i = 0; i < list->n_items; i++) {
		const Signet__Rpc__Crl *crl = list->items[i];
		array[i] = (struct signet_crl){
			.authority = crl->authority, .file = crl->file, .shard = crl->shard,
			.delta = crl->delta, .number = crl->number, .base = crl->base_number,
			.this_update = crl->this_update, .next_update = crl->next_update,
			.entries = crl->entries, .size = crl->size};
	}
	*out = array;
	*count = list->n_items;
	*more = list->more;
	return 0;
}

int signet_publish_crls(struct signet_client *client, struct arena *arena, const char *authority,
                        bool delta, struct signet_crl **out, size_t *count, bool *more,
                        struct error *err)
{
	Signet__Rpc__CrlOrder order = SIGNET__RPC__CRL_ORDER__INIT;
	order.authority = client_text(authority);
	order.delta = delta;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_PUBLISH_CRLS;
	call.publish_crls = &order;
	Signet__Rpc__Reply *reply;
	int result = client_call_once(client, arena, &call, PUBLISH_TIMEOUT_US,
	                              SIGNET__RPC__REPLY__BODY_CRLS, &reply, err);
	return result ? result : read_list(arena, reply->crls, out, count, more, err);
}

int signet_list_crls(struct signet_client *client, struct arena *arena, struct bytes after,
                     unsigned limit, struct signet_crl **out, size_t *count, struct bytes *last,
                     bool *more, struct error *err)
{
	Signet__Rpc__ListCrls query = SIGNET__RPC__LIST_CRLS__INIT;
	query.after = client_data(after);
	query.limit = limit;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_LIST_CRLS;
	call.list_crls = &query;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, CLIENT_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_CRLS, &reply, err);
	if (result)
		return result;
	*last = client_bytes(reply->crls->last);
	return read_list(arena, reply->crls, out, count, more, err);
}

static int ask_key(struct signet_client *client, struct arena *arena,
                   Signet__Rpc__KeyRevocation *order, struct signet_key_progress *out,
                   struct error *err)
{
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_REVOKE_AUTHORITY;
	call.revoke_authority = order;
	Signet__Rpc__Reply *reply;
	/* an order that is repeated changes nothing */
	int result = client_call(client, arena, &call, CLIENT_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_KEY_PROGRESS, &reply, err);
	if (result)
		return result;
	*out = (struct signet_key_progress){
		.key = reply->key_progress->key, .revoked = reply->key_progress->revoked,
		.count = reply->key_progress->count, .finished = reply->key_progress->finished};
	return 0;
}

int signet_revoke_authority(struct signet_client *client, struct arena *arena,
                            const char *authority, unsigned ordinal, unsigned reason,
                            const char *comment, struct signet_key_progress *out,
                            struct error *err)
{
	Signet__Rpc__KeyRevocation order = SIGNET__RPC__KEY_REVOCATION__INIT;
	order.authority = client_text(authority);
	order.ordinal = ordinal;
	order.reason = reason;
	order.comment = client_text(comment);
	return ask_key(client, arena, &order, out, err);
}

int signet_get_key_progress(struct signet_client *client, struct arena *arena,
                            const char *authority, unsigned ordinal,
                            struct signet_key_progress *out, struct error *err)
{
	Signet__Rpc__KeyRevocation order = SIGNET__RPC__KEY_REVOCATION__INIT;
	order.authority = client_text(authority);
	order.ordinal = ordinal;
	order.look = true;
	return ask_key(client, arena, &order, out, err);
}
