/* What signetctl db asks. */
#include "api/maintenance.h"

#include "api/client_call.h"

/* A copy of a large database to a slow disk. */
#define BACKUP_TIMEOUT_US (INT64_C(7) * 86400 * 1000000)
/* One portion may wait for a slow disk. */
#define PORTION_TIMEOUT_US INT64_C(120000000)

int signet_backup(struct signet_client *client, int file, uint64_t *octets, struct error *err)
{
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	if (!arena)
		return error_nomem(err);
	Signet__Rpc__Empty empty = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_DB_BACKUP;
	call.db_backup = &empty;
	Signet__Rpc__Reply *reply;
	int result = client_call_with_file(client, arena, &call, file, BACKUP_TIMEOUT_US,
	                                   SIGNET__RPC__REPLY__BODY_NUMBER, &reply, err);
	if (result == 0)
		*octets = reply->number->number;
	arena_free(arena);
	return result;
}

int signet_database_stats(struct signet_client *client, struct arena *arena,
                          struct signet_database_stats *out, struct error *err)
{
	Signet__Rpc__Empty empty = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_DB_STATS;
	call.db_stats = &empty;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, PORTION_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_DB_STATS, &reply, err);
	if (result)
		return result;
	const Signet__Rpc__DbStats *s = reply->db_stats;
	struct signet_table_stats *tables = arena_array(arena, s->n_tables, sizeof *tables);
	if (!tables)
		return error_nomem(err);
	for (size_t i = 0; i < s->n_tables; i++)
		tables[i] = (struct signet_table_stats){s->tables[i]->name, s->tables[i]->entries,
		                                        s->tables[i]->octets};
	*out = (struct signet_database_stats){
		.tables = tables, .table_count = s->n_tables, .page_size = s->page_size,
		.pages = s->pages, .free_pages = s->free_pages, .map = s->map, .file = s->file,
		.commits = s->commits, .writes = s->writes, .started = s->started,
		.oldest_request = s->oldest_request, .newest_request = s->newest_request,
		.oldest_event = s->oldest_event, .newest_event = s->newest_event,
		.requests_day = s->requests_day, .requests_week = s->requests_week};
	return 0;
}

int signet_check_database(struct signet_client *client, struct arena *arena, struct bytes place,
                          struct signet_check *out, struct error *err)
{
	Signet__Rpc__DbCheck check = SIGNET__RPC__DB_CHECK__INIT;
	check.place = client_data(place);
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_DB_CHECK;
	call.db_check = &check;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, PORTION_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_DB_FINDINGS, &reply, err);
	if (result)
		return result;
	const Signet__Rpc__DbFindings *f = reply->db_findings;
	struct signet_finding *findings = arena_array(arena, f->n_items, sizeof *findings);
	if (!findings)
		return error_nomem(err);
	for (size_t i = 0; i < f->n_items; i++)
		findings[i] = (struct signet_finding){f->items[i]->table, f->items[i]->key,
		                                      f->items[i]->id, f->items[i]->problem};
	*out = (struct signet_check){findings, f->n_items, f->looked, f->total,
	                             client_bytes(f->next)};
	return 0;
}

int signet_prune(struct signet_client *client, struct arena *arena, bool dry_run,
                 struct bytes place, struct signet_pruned *out, struct error *err)
{
	Signet__Rpc__DbPrune prune = SIGNET__RPC__DB_PRUNE__INIT;
	prune.dry_run = dry_run;
	prune.place = client_data(place);
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_DB_PRUNE;
	call.db_prune = &prune;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, PORTION_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_DB_PRUNED, &reply, err);
	if (result)
		return result;
	const Signet__Rpc__DbPruned *p = reply->db_pruned;
	*out = (struct signet_pruned){p->certificates, p->requests, p->events,
	                              client_bytes(p->next)};
	return 0;
}
