/* signetctl db check */
#include <stdio.h>
#include <string.h>

#include "api/maintenance.h"
#include "signetctl/db.h"
#include "signetctl/print.h"
#include "signetctl/progress.h"

#define COLUMNS 4

static const struct print_column columns[COLUMNS] = {
	{"TABLE", "table", PRINT_TEXT},
	{"RECORD", "record", PRINT_WORD},
	{"REQUEST", "request", PRINT_NUMBER},
	{"PROBLEM", "problem", PRINT_TEXT},
};

/* A check on its way through its portions. */
struct walk {
	struct command_context *context;
	struct arena *arena;       /* of one portion */
	struct print_stream stream;
	struct progress progress;
	uint64_t looked, problems;
	uint8_t place[1024];
	size_t place_length;
};

static int print_findings(struct walk *walk, const struct signet_check *portion)
{
	for (size_t i = 0; i < portion->count; i++) {
		const struct signet_finding *finding = &portion->findings[i];
		const char *row[COLUMNS] = {
			finding->table, finding->key,
			finding->id ? print_number(walk->arena, finding->id) : NULL, finding->problem};
		progress_end(&walk->progress);
		if (print_stream_rows(&walk->stream, row, 1))
			return COMMAND_FAILED;
	}
	walk->problems += portion->count;
	return COMMAND_OK;
}

/* *more: there is another portion. */
static int check_one(struct walk *walk, bool *more)
{
	struct signet_check portion;
	struct error err;
	arena_clear(walk->arena);
	if (signet_check_database(walk->context->client, walk->arena,
	                          bytes_make(walk->place, walk->place_length), &portion, &err)) {
		progress_end(&walk->progress);
		return command_error(&err);
	}
	walk->looked += portion.looked;
	if (portion.total > walk->progress.total)
		walk->progress.total = portion.total;
	progress_set(&walk->progress, walk->looked);
	*more = portion.next.length > 0 && portion.next.length <= sizeof walk->place;
	if (*more)
		memcpy(walk->place, portion.next.data, portion.next.length);
	walk->place_length = *more ? portion.next.length : 0;
	return print_findings(walk, &portion);
}

int db_check(struct command_context *context, const struct command_value *values, int argc,
             char **argv)
{
	(void)values, (void)argc, (void)argv;
	struct walk walk = {.context = context, .arena = arena_new(LIMIT_REQUEST_ARENA)};
	bool more = true;
	int status = walk.arena ? command_client(context) : COMMAND_FAILED;
	if (status) {
		arena_free(walk.arena);
		return status;
	}
	print_stream_begin(&walk.stream, context->format, columns, COLUMNS);
	progress_begin(&walk.progress, "check", PROGRESS_COUNT, 0, context->quiet);
	while (status == COMMAND_OK && more)
		status = check_one(&walk, &more);
	progress_end(&walk.progress);
	if (status == COMMAND_OK && (walk.problems || context->format != PRINT_TABLE) &&
	    print_stream_end(&walk.stream))
		status = COMMAND_FAILED;
	if (status == COMMAND_OK && !context->quiet)
		fprintf(stderr, "signetctl: %llu records checked, %llu problems\n",
		        (unsigned long long)walk.looked, (unsigned long long)walk.problems);
	arena_free(walk.arena);
	return status ? status : walk.problems ? COMMAND_FAILED : COMMAND_OK;
}
