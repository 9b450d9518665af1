/* What signetctl db asks. */
#include "base/clock.h"
#include "engine/backup.h"
#include "engine/check.h"
#include "engine/database_stats.h"
#include "engine/prune.h"
#include "engine/service.h"
#include "rpc/ca.pb-c.h"

int service_backup(const struct service_call *c)
{
	const char *actor = service_actor_from(c);
	Signet__Rpc__Number *number = arena_alloc(c->arena, sizeof *number);
	if (!number || !actor)
		return error_nomem(c->err);
	signet__rpc__number__init(number);
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_NUMBER;
	c->reply->number = number;
	return backup_write(c->engine, c->peer->file, actor, &number->number, c->err);
}

static int fill_tables(const struct service_call *c, const struct database_stats *stats,
                       Signet__Rpc__DbStats *out)
{
	Signet__Rpc__DbTable *rows = arena_array(c->arena, TABLE_COUNT, sizeof *rows);
	out->tables = arena_array(c->arena, TABLE_COUNT, sizeof *out->tables);
	if (!rows || !out->tables)
		return error_nomem(c->err);
	for (unsigned i = 0; i < TABLE_COUNT; i++) {
		signet__rpc__db_table__init(&rows[i]);
		rows[i].name = (char *)(uintptr_t)stats->tables[i].name;
		rows[i].entries = stats->tables[i].entries;
		rows[i].octets = stats->tables[i].octets;
		out->tables[out->n_tables++] = &rows[i];
	}
	return 0;
}

int service_database_stats(const struct service_call *c)
{
	struct database_stats *stats = arena_alloc(c->arena, sizeof *stats);
	Signet__Rpc__DbStats *out = arena_alloc(c->arena, sizeof *out);
	struct store_stats store;
	if (!stats || !out)
		return error_nomem(c->err);
	int result = database_measure(c->engine->database, clock_now(), stats, c->err);
	if (result)
		return result;
	store_stats(database_store(c->engine->database), &store);
	signet__rpc__db_stats__init(out);
	out->page_size = stats->pages.page_size;
	out->pages = stats->pages.pages;
	out->free_pages = stats->pages.free;
	out->map = stats->pages.map;
	out->file = store.file;
	out->commits = store.commits;
	out->writes = store.writes;
	out->started = c->engine->started;
	out->oldest_request = stats->oldest_request;
	out->newest_request = stats->newest_request;
	out->oldest_event = stats->oldest_event;
	out->newest_event = stats->newest_event;
	out->requests_day = stats->requests_day;
	out->requests_week = stats->requests_week;
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_DB_STATS;
	c->reply->db_stats = out;
	return fill_tables(c, stats, out);
}

/* An empty place is that of the end, too: a beginning that is no end has a step of 0 in it. */
static int reply_place(const struct service_call *c, const struct check_place *next, bool done,
                       ProtobufCBinaryData *out)
{
	struct bytes packed = done ? BYTES_NONE : check_place_pack(next, c->arena);
	if (!done && packed.length == 0)
		return error_nomem(c->err);
	*out = (ProtobufCBinaryData){packed.length, (uint8_t *)(uintptr_t)packed.data};
	return 0;
}

static int read_place(const struct service_call *c, ProtobufCBinaryData in, struct check_place *out)
{
	if (check_place_unpack(out, bytes_make(in.data, in.len)))
		return error_set(c->err, SIGNET_E_INVALID, "there is no such place to go on at");
	return 0;
}

static int fill_findings(const struct service_call *c, const struct check_portion *portion,
                         Signet__Rpc__DbFindings *out)
{
	Signet__Rpc__DbFinding *rows = arena_array(c->arena, portion->count, sizeof *rows);
	out->items = arena_array(c->arena, portion->count, sizeof *out->items);
	if (!rows || !out->items)
		return error_nomem(c->err);
	for (size_t i = 0; i < portion->count; i++) {
		const struct check_finding *finding = &portion->findings[i];
		signet__rpc__db_finding__init(&rows[i]);
		rows[i].table = (char *)(uintptr_t)finding->table;
		rows[i].key = (char *)(uintptr_t)finding->key;
		rows[i].id = finding->id;
		rows[i].problem = (char *)(uintptr_t)finding->problem;
		out->items[out->n_items++] = &rows[i];
	}
	return 0;
}

int service_check_database(const struct service_call *c)
{
	struct check_portion *portion = arena_alloc(c->arena, sizeof *portion);
	Signet__Rpc__DbFindings *out = arena_alloc(c->arena, sizeof *out);
	struct check_place place;
	if (!portion || !out)
		return error_nomem(c->err);
	int result = read_place(c, c->call->db_check->place, &place);
	if (result == 0)
		result = check_portion(c->engine->database, c->configuration, &place, portion, c->err);
	if (result)
		return result;
	signet__rpc__db_findings__init(out);
	out->looked = portion->looked;
	out->total = portion->total;
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_DB_FINDINGS;
	c->reply->db_findings = out;
	result = fill_findings(c, portion, out);
	return result ? result : reply_place(c, &portion->next, portion->done, &out->next);
}

int service_prune(const struct service_call *c)
{
	Signet__Rpc__DbPruned *out = arena_alloc(c->arena, sizeof *out);
	struct check_place place;
	struct prune_batch batch;
	const char *actor = service_actor_from(c);
	if (!out || !actor)
		return error_nomem(c->err);
	int result = read_place(c, c->call->db_prune->place, &place);
	if (result == 0)
		result = prune_some(c->engine, c->configuration, &place, actor,
		                    c->call->db_prune->dry_run, &batch, c->err);
	if (result)
		return result;
	signet__rpc__db_pruned__init(out);
	out->certificates = batch.certificates;
	out->requests = batch.requests;
	out->events = batch.events;
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_DB_PRUNED;
	c->reply->db_pruned = out;
	return reply_place(c, &batch.next, batch.done, &out->next);
}
