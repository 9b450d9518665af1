/* signetctl db: the engine's database. */
#include "signetctl/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/maintenance.h"
#include "base/clock.h"
#include "signetctl/print.h"

/* Earlier keys of an authority that are looked for. */
#define EARLIER_MAX 20

/* ---- the files of the authorities ---- */

struct names {
	const char **items;
	size_t count, room;
	struct command_context *context;
};

static int add_name(struct names *names, const char *name)
{
	if (!name)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->items[i], name) == 0)
			return 0;
	if (names->count == names->room)
		return SIGNET_E_TOO_BIG;
	char *path = settings_path(names->context->settings, name);
	if (!path)
		return SIGNET_E_NOMEM;
	if (access(path, F_OK) == 0)
		names->items[names->count++] = name;
	free(path);
	return 0;
}

/* "issuing.pem", and "issuing.1.pem" and so on, and what `signetctl ca` (ca_files.h) has put beside, where they
 * are. */
static int add_series(struct names *names, const struct conf_node *node)
{
	const char *name;
	struct arena *arena = names->context->arena;
	if (!node || conf_text(node, &name, NULL))
		return 0;
	if (strchr(name, '/')) {
		if (!names->context->quiet)
			fprintf(stderr, "signetctl: %s does not lie in the state directory itself: it is not in the backup\n",
			        name);
		return 0;
	}
	const char *dot = strrchr(name, '.');
	int stem = dot ? (int)(dot - name) : (int)strlen(name);
	static const char *const marks[] = {"new", "cross"};
	int result = add_name(names, arena_strdup(arena, name));
	for (size_t i = 0; result == 0 && i < sizeof marks / sizeof *marks; i++)
		result = add_name(names, arena_printf(arena, "%.*s.%s%s", stem, name, marks[i],
		                                      dot ? dot : ""));
	for (unsigned i = 1; result == 0 && i <= EARLIER_MAX; i++)
		result = add_name(names, arena_printf(arena, "%.*s.%u%s", stem, name, i, dot ? dot : ""));
	return result;
}

int db_authority_files(struct command_context *context, const char ***out, size_t *count,
                       struct error *err)
{
	struct names names = {.room = MANIFEST_FILES_MAX - 4, .context = context};
	const struct conf_node *all = context->settings->authorities;
	names.items = arena_array(context->arena, names.room, sizeof *names.items);
	int result = names.items ? 0 : SIGNET_E_NOMEM;
	for (size_t i = 0; result == 0 && all && i < conf_count(all); i++) {
		const struct conf_node *authority = conf_item(all, i);
		result = add_series(&names, conf_find(authority, "certificate"));
		if (result == 0)
			result = add_series(&names, conf_find(authority, "key"));
	}
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	if (result)
		return error_set(err, result, "more files of authorities than a backup holds");
	*out = names.items;
	*count = names.count;
	return 0;
}

/* ---- stats ---- */

#define TABLE_COLUMNS 3

static const struct print_column table_columns[TABLE_COLUMNS] = {
	{"TABLE", "table", PRINT_TEXT},
	{"RECORDS", "records", PRINT_NUMBER},
	{"OCTETS", "octets", PRINT_NUMBER},
};

static int print_tables(struct command_context *context, const struct signet_database_stats *s)
{
	struct print_rows rows = {.columns = TABLE_COLUMNS};
	for (size_t i = 0; i < s->table_count; i++) {
		const char **cell = print_rows_add(&rows, context->arena);
		if (!cell)
			return COMMAND_FAILED;
		cell[0] = s->tables[i].name;
		cell[1] = print_number(context->arena, s->tables[i].entries);
		cell[2] = print_number(context->arena, s->tables[i].octets);
	}
	return print_table(context->format, table_columns, TABLE_COLUMNS, rows.cells, rows.count)
		? COMMAND_FAILED : COMMAND_OK;
}

static int print_summary(struct command_context *context, const struct signet_database_stats *s)
{
	struct arena *arena = context->arena;
	uint64_t used = s->free_pages < s->pages ? (s->pages - s->free_pages) * s->page_size : 0;
	const struct print_field fields[] = {
		{"File", "fileOctets", PRINT_NUMBER, print_number(arena, s->file)},
		{"Used", "usedOctets", PRINT_NUMBER, print_number(arena, used)},
		{"Page size", "pageSize", PRINT_NUMBER, print_number(arena, s->page_size)},
		{"Pages", "pages", PRINT_NUMBER, print_number(arena, s->pages)},
		{"Free pages", "freePages", PRINT_NUMBER, print_number(arena, s->free_pages)},
		{"Map", "mapOctets", PRINT_NUMBER, print_number(arena, s->map)},
		{"Oldest request", "oldestRequest", PRINT_TEXT, print_time(arena, s->oldest_request)},
		{"Newest request", "newestRequest", PRINT_TEXT, print_time(arena, s->newest_request)},
		{"Oldest event", "oldestEvent", PRINT_TEXT, print_time(arena, s->oldest_event)},
		{"Newest event", "newestEvent", PRINT_TEXT, print_time(arena, s->newest_event)},
		{"Requests of the last day", "requestsDay", PRINT_NUMBER,
		 print_number(arena, s->requests_day)},
		{"Requests of the last week", "requestsWeek", PRINT_NUMBER,
		 print_number(arena, s->requests_week)},
		{"Commits since the start", "commits", PRINT_NUMBER, print_number(arena, s->commits)},
		{"Writes since the start", "writes", PRINT_NUMBER, print_number(arena, s->writes)},
	};
	return print_fields(context->format, fields, sizeof fields / sizeof *fields)
		? COMMAND_FAILED : COMMAND_OK;
}

static int run_stats(struct command_context *context, const struct command_value *values, int argc,
                     char **argv)
{
	(void)argc, (void)argv;
	struct signet_database_stats stats;
	struct error err;
	int status = command_client(context);
	if (status)
		return status;
	if (signet_database_stats(context->client, context->arena, &stats, &err))
		return command_error(&err);
	if (values[0].value)
		return print_tables(context, &stats);
	status = print_summary(context, &stats);
	if (status || context->format != PRINT_TABLE)
		return status;
	putchar('\n');
	return print_tables(context, &stats);
}

/* ---- prune ---- */

static const struct command_option prune_options[] = {
	{"dry-run", NULL, "only count what would go"},
	{NULL, NULL, NULL},
};

static int prune_all(struct command_context *context, bool dry_run, struct signet_pruned *sum,
                     struct error *err)
{
	struct bytes place = BYTES_NONE;
	do {
		struct signet_pruned batch;
		int result = signet_prune(context->client, context->arena, dry_run, place, &batch, err);
		if (result)
			return result;
		sum->certificates += batch.certificates;
		sum->requests += batch.requests;
		sum->events += batch.events;
		place = batch.next;
	} while (place.length);
	return 0;
}

static int run_prune(struct command_context *context, const struct command_value *values, int argc,
                     char **argv)
{
	(void)argc, (void)argv;
	struct signet_pruned sum = {0};
	struct arena *arena = context->arena;
	struct error err;
	int status = command_client(context);
	if (status)
		return status;
	if (prune_all(context, values[0].value, &sum, &err))
		return command_error(&err);
	const struct print_field fields[] = {
		{"Certificates", "certificates", PRINT_NUMBER, print_number(arena, sum.certificates)},
		{"Requests", "requests", PRINT_NUMBER, print_number(arena, sum.requests)},
		{"Events", "events", PRINT_NUMBER, print_number(arena, sum.events)},
	};
	return print_fields(context->format, fields, sizeof fields / sizeof *fields)
		? COMMAND_FAILED : COMMAND_OK;
}

static const struct command_option stats_options[] = {
	{"tables", NULL, "only the tables: with --json and --csv they are left out otherwise"},
	{NULL, NULL, NULL},
};

const struct command commands_db[] = {
	{"db", "backup", "PATH", 1, 1, "copy the database of the running engine to a new directory",
	 db_backup_options, db_backup},
	{"db", "restore", "PATH", 1, 1, "bring a backup back; the daemon must not run", NULL,
	 db_restore},
	{"db", "check", "", 0, 0, "verify every record, index and signature", NULL, db_check},
	{"db", "prune", "", 0, 0, "take away now what the retention keeps no longer", prune_options,
	 run_prune},
	{"db", "stats", "", 0, 0, "show how large the database is and how it grows", stats_options,
	 run_stats},
	{NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
