/* What officers decide. Nothing here is repeated by itself: a decision that was made before the
 * connection broke would come back as an error. */
#include "api/client_call.h"

static int decide(struct signet_client *client, struct arena *arena, Signet__Rpc__Call *call,
                  uint64_t id, const char *reason, struct signet_outcome *out,
                  struct error *err)
{
	Signet__Rpc__Decision decision = SIGNET__RPC__DECISION__INIT;
	decision.id = id;
	decision.reason = client_text(reason);
	call->approve = &decision; /* approve and deny are of one type */
	Signet__Rpc__Reply *reply;
	int result = client_call_once(client, arena, call, CLIENT_SUBMIT_TIMEOUT_US,
	                              SIGNET__RPC__REPLY__BODY_OUTCOME, &reply, err);
	return result ? result : client_read_outcome(arena, out, reply->outcome, err);
}

int signet_approve_request(struct signet_client *client, struct arena *arena, uint64_t id,
                           const char *reason, struct signet_outcome *out, struct error *err)
{
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_APPROVE;
	return decide(client, arena, &call, id, reason, out, err);
}

int signet_deny_request(struct signet_client *client, struct arena *arena, uint64_t id,
                        const char *reason, struct signet_outcome *out, struct error *err)
{
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_DENY;
	return decide(client, arena, &call, id, reason, out, err);
}

static int add_attributes(struct arena *arena, Signet__Rpc__Edit *out,
                          const struct signet_request_edit *edit)
{
	size_t count = edit->attribute_count;
	Signet__Rpc__Attribute *list = arena_array(arena, count, sizeof *list);
	out->attributes = arena_array(arena, count, sizeof(Signet__Rpc__Attribute *));
	if (!list || !out->attributes)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		signet__rpc__attribute__init(&list[i]);
		list[i].name = client_text(edit->attributes[i].name);
		list[i].value = client_text(edit->attributes[i].value);
		out->attributes[i] = &list[i];
	}
	out->n_attributes = count;
	return 0;
}

static int add_extensions(struct arena *arena, Signet__Rpc__Edit *out,
                          const struct signet_request_edit *edit)
{
	size_t count = edit->extension_count;
	Signet__Rpc__RequestExtension *list = arena_array(arena, count, sizeof *list);
	out->extensions = arena_array(arena, count, sizeof(Signet__Rpc__RequestExtension *));
	if (!list || !out->extensions)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		signet__rpc__request_extension__init(&list[i]);
		list[i].oid = client_text(edit->extensions[i].oid);
		list[i].critical = edit->extensions[i].critical;
		list[i].value = client_data(edit->extensions[i].value);
		out->extensions[i] = &list[i];
	}
	out->n_extensions = count;
	return 0;
}

int signet_edit_request(struct signet_client *client, struct arena *arena, uint64_t id,
                        const struct signet_request_edit *edit, const char *reason,
                        struct error *err)
{
	Signet__Rpc__Edit message = SIGNET__RPC__EDIT__INIT;
	if (add_attributes(arena, &message, edit) || add_extensions(arena, &message, edit))
		return error_nomem(err);
	message.id = id;
	message.reason = client_text(reason);
	message.removed = (char **)(uintptr_t)edit->removed;
	message.n_removed = edit->removed_count;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_EDIT;
	call.edit = &message;
	Signet__Rpc__Reply *reply;
	return client_call_once(client, arena, &call, CLIENT_SUBMIT_TIMEOUT_US, CLIENT_NO_BODY,
	                        &reply, err);
}

int signet_revoke(struct signet_client *client, struct bytes serial, unsigned reason,
                  int64_t date, const char *comment, struct error *err)
{
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	if (!arena)
		return error_nomem(err);
	Signet__Rpc__Revocation revocation = SIGNET__RPC__REVOCATION__INIT;
	revocation.serial = client_data(serial);
	revocation.reason = reason;
	revocation.date = date;
	revocation.comment = client_text(comment);
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_REVOKE;
	call.revoke = &revocation;
	Signet__Rpc__Reply *reply;
	/* to order twice is no error, but between the two somebody may have ordered other things */
	int result = client_call_once(client, arena, &call, CLIENT_TIMEOUT_US, CLIENT_NO_BODY,
	                              &reply, err);
	arena_free(arena);
	return result;
}
