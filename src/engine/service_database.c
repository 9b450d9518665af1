/* What signetctl db asks. */
#include <stdio.h>

#include "base/clock.h"
#include "engine/backup.h"
#include "engine/database_stats.h"
#include "engine/service.h"
#include "rpc/ca.pb-c.h"

#define ACTOR_SIZE 32

static const char *actor(const struct service_call *c, char out[ACTOR_SIZE])
{
	snprintf(out, ACTOR_SIZE, "uid %u", (unsigned)c->peer->uid);
	return out;
}

int service_backup(const struct service_call *c)
{
	char who[ACTOR_SIZE];
	Signet__Rpc__Number *number = arena_alloc(c->arena, sizeof *number);
	if (!number)
		return error_nomem(c->err);
	signet__rpc__number__init(number);
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_NUMBER;
	c->reply->number = number;
	return backup_write(c->engine, c->peer->file, actor(c, who), &number->number, c->err);
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
