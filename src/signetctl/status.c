/* signetctl status: the running engine at a glance. */
#include <inttypes.h>

#include "signetctl/command.h"
#include "signetctl/print.h"

static const char *consumers_text(struct arena *arena, const struct signet_status *status)
{
	const char **lines = arena_array(arena, status->consumer_count, sizeof *lines);
	if (!lines)
		return NULL;
	for (size_t i = 0; i < status->consumer_count; i++) {
		const struct signet_consumer_status *c = &status->consumers[i];
		lines[i] = arena_printf(arena, "%s: %" PRIu64 " waiting, %" PRIu64 " dead%s%s", c->name,
		                        c->waiting, c->dead, *c->trouble ? ": " : "", c->trouble);
		if (!lines[i])
			return NULL;
	}
	return print_lines(arena, lines, status->consumer_count);
}

static int run_status(struct command_context *context, const struct command_value *values,
                      int argc, char **argv)
{
	(void)values, (void)argc, (void)argv;
	struct arena *arena = context->arena;
	struct error err;
	struct signet_status s;
	int status = command_client(context);
	if (status)
		return status;
	if (signet_get_status(context->client, arena, &s, &err))
		return command_error(&err);
	bool text = context->format == PRINT_TABLE;
	const struct print_field fields[] = {
		{"Version", "version", PRINT_TEXT, s.version},
		{"Engine process", "pid", PRINT_NUMBER, print_number(arena, s.pid)},
		{"Started", "started", PRINT_TEXT, print_time(arena, s.started)},
		{"Requests", "requests", PRINT_NUMBER, print_number(arena, s.requests)},
		{"Pending", "pending", PRINT_NUMBER, print_number(arena, s.pending)},
		{"Certificates", "certificates", PRINT_NUMBER, print_number(arena, s.certificates)},
		{"Events", "events", PRINT_NUMBER, print_number(arena, s.events)},
		{"Exit queues", "exits", PRINT_LIST, consumers_text(arena, &s)},
		{"Database", "databaseOctets", text ? PRINT_TEXT : PRINT_NUMBER,
		 !text ? print_number(arena, s.database_used)
		               : arena_printf(arena, "%s used of %s", print_size(arena, s.database_used),
		                              print_size(arena, s.database_file))},
	};
	return print_fields(context->format, fields, sizeof fields / sizeof *fields) ? COMMAND_FAILED
	                                                                           : COMMAND_OK;
}

const struct command commands_status[] = {
	{"status", "", "", 0, 0, "show the engine's state", NULL, run_status},
	{NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
