/* The audit trail, for those who read it. */
#include "api/client_audit.h"

#include "api/client_call.h"

static int read_record(struct arena *arena, const Signet__Rpc__AuditRecord *in,
                       struct signet_audit_record *out)
{
	*out = (struct signet_audit_record){
		.sequence = in->sequence, .action = in->action, .stored = client_bytes(in->record),
		.actor = "", .from = "", .detail = "", .before = "", .after = ""};
	Signet__Rpc__AuditEntry *entry =
		signet__rpc__audit_entry__unpack(NULL, in->record.len, in->record.data);
	if (!entry)
		return 0;
	out->time = entry->time;
	out->request = entry->request;
	out->actor = arena_strdup(arena, entry->actor);
	out->from = arena_strdup(arena, entry->from);
	out->detail = arena_strdup(arena, entry->detail);
	out->before = arena_strdup(arena, entry->before);
	out->after = arena_strdup(arena, entry->after);
	signet__rpc__audit_entry__free_unpacked(entry, NULL);
	return out->actor && out->from && out->detail && out->before && out->after ? 0
	                                                                         : SIGNET_E_NOMEM;
}

int signet_read_audit(struct signet_client *client, struct arena *arena,
                      const struct signet_audit_query *query, struct signet_audit_page *out,
                      struct error *err)
{
	Signet__Rpc__AuditRead read = SIGNET__RPC__AUDIT_READ__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	Signet__Rpc__Reply *reply;
	read.from = query->from;
	read.before = query->before;
	read.limit = query->limit;
	read.actor = client_text(query->actor);
	read.action = client_text(query->action);
	read.request = query->request;
	read.since = query->since;
	read.until = query->until;
	call.call_case = SIGNET__RPC__CALL__CALL_AUDIT_READ;
	call.audit_read = &read;
	int result = client_call(client, arena, &call, CLIENT_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_AUDIT_RECORDS, &reply, err);
	if (result)
		return result;
	const Signet__Rpc__AuditRecords *list = reply->audit_records;
	struct signet_audit_record *records = arena_array(arena, list->n_items, sizeof *records);
	if (!records)
		return error_nomem(err);
	for (size_t i = 0; i < list->n_items; i++)
		if (read_record(arena, list->items[i], &records[i]))
			return error_nomem(err);
	*out = (struct signet_audit_page){records, list->n_items, list->next, list->last};
	return 0;
}
