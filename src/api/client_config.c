/* The configuration as the engine knows it: authorities, profiles, chains. */
#include "api/client_call.h"

static int read_constraints(struct arena *arena, const Signet__Rpc__Authority *in,
                            struct signet_authority *out)
{
	struct bytes *list = arena_array(arena, in->n_name_constraints, sizeof *list);
	if (!list)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < in->n_name_constraints; i++)
		list[i] = client_bytes(in->name_constraints[i]);
	out->name_constraints = list;
	out->name_constraint_count = in->n_name_constraints;
	return 0;
}

static int read_keys(struct arena *arena, const Signet__Rpc__Authority *in,
                     struct signet_authority *out)
{
	out->keys = arena_array(arena, in->n_keys, sizeof *out->keys);
	if (!out->keys)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < in->n_keys; i++) {
		const Signet__Rpc__AuthorityKey *key = in->keys[i];
		out->keys[i] = (struct signet_authority_key){
			.ordinal = key->ordinal,
			.issuer = client_bytes(key->issuer),
			.key = key->key,
			.not_before = key->not_before,
			.not_after = key->not_after,
			.revoked = key->revoked,
		};
	}
	out->key_count = in->n_keys;
	return 0;
}

int signet_list_authorities(struct signet_client *client, struct arena *arena,
                            struct signet_authority **out, size_t *count, struct error *err)
{
	Signet__Rpc__Empty nothing = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_LIST_AUTHORITIES;
	call.list_authorities = &nothing;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, CLIENT_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_AUTHORITIES, &reply, err);
	if (result)
		return result;
	const Signet__Rpc__Authorities *list = reply->authorities;
	struct signet_authority *array = arena_array(arena, list->n_items, sizeof *array);
	if (!array)
		return error_nomem(err);
	for (size_t i = 0; i < list->n_items; i++) {
		const Signet__Rpc__Authority *a = list->items[i];
		array[i] = (struct signet_authority){
			.name = a->name,
			.subject = a->subject,
			.certificate = client_bytes(a->certificate),
			.key = a->key,
			.not_before = a->not_before,
			.not_after = a->not_after,
			.base_url = a->base_url,
			.issued = a->issued,
			.cross_certificates = a->cross_certificates,
		};
		if (read_constraints(arena, a, &array[i]) || read_keys(arena, a, &array[i]))
			return error_nomem(err);
	}
	*out = array;
	*count = list->n_items;
	return 0;
}

int signet_list_profiles(struct signet_client *client, struct arena *arena,
                         struct signet_profile **out, size_t *count, struct error *err)
{
	Signet__Rpc__Empty nothing = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_LIST_PROFILES;
	call.list_profiles = &nothing;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, CLIENT_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_PROFILES, &reply, err);
	if (result)
		return result;
	const Signet__Rpc__Profiles *list = reply->profiles;
	struct signet_profile *array = arena_array(arena, list->n_items, sizeof *array);
	if (!array)
		return error_nomem(err);
	for (size_t i = 0; i < list->n_items; i++) {
		const Signet__Rpc__Profile *p = list->items[i];
		array[i] = (struct signet_profile){p->name, p->authority, p->validity};
	}
	*out = array;
	*count = list->n_items;
	return 0;
}

int signet_get_chain(struct signet_client *client, struct arena *arena, const char *authority,
                     struct bytes **out, size_t *count, struct error *err)
{
	Signet__Rpc__Name name = SIGNET__RPC__NAME__INIT;
	name.name = client_text(authority);
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_GET_CHAIN;
	call.get_chain = &name;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, CLIENT_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_CHAIN, &reply, err);
	if (result)
		return result;
	const Signet__Rpc__Chain *chain = reply->chain;
	struct bytes *array = client_bytes_array(arena, chain->certificates, chain->n_certificates);
	if (!array)
		return error_nomem(err);
	*out = array;
	*count = chain->n_certificates;
	return 0;
}
