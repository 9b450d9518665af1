/* signetctl exit: the queues of the exit modules, and their dead letters. */
#include <inttypes.h>
#include <stdio.h>

#include "api/exit.h"
#include "base/limits.h"
#include "base/text.h"
#include "signetctl/command.h"
#include "signetctl/print.h"

#define STATUS_COLUMNS 10
#define LETTER_COLUMNS 9

static const struct print_column status_columns[STATUS_COLUMNS] = {
	{"NAME", "name", PRINT_TEXT},           {"CURSOR", "cursor", PRINT_NUMBER},
	{"WAITING", "waiting", PRINT_NUMBER},   {"DEAD", "dead", PRINT_NUMBER},
	{"RETRYING", "retrying", PRINT_NUMBER}, {"PUBLISHED", "published", PRINT_NUMBER},
	{"FAILED", "failed", PRINT_NUMBER},     {"OLDEST", "oldest", PRINT_TEXT},
	{"TRIES", "tries", PRINT_NUMBER},       {"TROUBLE", "trouble", PRINT_TEXT},
};

static int run_status(struct command_context *context, const struct command_value *values,
                      int argc, char **argv)
{
	(void)values;
	struct arena *arena = context->arena;
	struct error err;
	struct signet_status s;
	int status = command_client(context);
	if (status)
		return status;
	if (signet_get_status(context->client, arena, &s, &err))
		return command_error(&err);
	struct print_rows rows = {.columns = STATUS_COLUMNS};
	for (size_t i = 0; i < s.consumer_count; i++) {
		const struct signet_consumer_status *c = &s.consumers[i];
		if (argc && strcmp(c->name, argv[0]) != 0)
			continue;
		const char **cell = print_rows_add(&rows, arena);
		if (!cell)
			return COMMAND_FAILED;
		cell[0] = c->name;
		cell[1] = print_number(arena, c->cursor);
		cell[2] = print_number(arena, c->waiting);
		cell[3] = print_number(arena, c->dead);
		cell[4] = print_number(arena, c->retrying);
		cell[5] = print_number(arena, c->counts.published);
		cell[6] = print_number(arena, c->counts.failed);
		cell[7] = print_time(arena, c->oldest);
		cell[8] = print_number(arena, c->tries);
		cell[9] = *c->trouble ? c->trouble : NULL;
	}
	if (argc && rows.count == 0) {
		error_set(&err, SIGNET_E_NOT_FOUND, "there is no exit '%s'", argv[0]);
		return command_error(&err);
	}
	return print_table(context->format, status_columns, STATUS_COLUMNS, rows.cells, rows.count)
		? COMMAND_FAILED : COMMAND_OK;
}

static const struct print_column letter_columns[LETTER_COLUMNS] = {
	{"EXIT", "exit", PRINT_TEXT},         {"SEQUENCE", "sequence", PRINT_NUMBER},
	{"EVENT", "event", PRINT_TEXT},       {"REQUEST", "request", PRINT_NUMBER},
	{"SUBJECT", "subject", PRINT_TEXT},   {"GIVEN UP", "givenUp", PRINT_TEXT},
	{"TRIES", "tries", PRINT_NUMBER},     {"STATE", "state", PRINT_STATE},
	{"REASON", "reason", PRINT_TEXT},
};

static int add_letter(struct arena *arena, struct print_rows *rows,
                      const struct signet_letter *letter)
{
	const char *event = signet_event_name((enum signet_event_kind)letter->kind);
	const char **cell = print_rows_add(rows, arena);
	if (!cell)
		return SIGNET_E_NOMEM;
	cell[0] = letter->consumer;
	cell[1] = print_number(arena, letter->sequence);
	cell[2] = event ? event : print_number(arena, letter->kind);
	cell[3] = letter->request_id ? print_number(arena, letter->request_id) : NULL;
	cell[4] = letter->subject;
	cell[5] = print_time(arena, letter->time);
	cell[6] = print_number(arena, letter->tries);
	cell[7] = letter->retrying ? "retrying" : "dead";
	cell[8] = letter->reason;
	return 0;
}

static int run_letters(struct command_context *context, const struct command_value *values,
                       int argc, char **argv)
{
	(void)values;
	struct error err;
	const char *after_consumer = "";
	uint64_t after = 0;
	int status = command_client(context);
	if (status)
		return status;
	struct print_rows rows = {.columns = LETTER_COLUMNS};
	for (bool more = true; more;) {
		struct signet_letter *letters;
		size_t count;
		if (signet_list_letters(context->client, context->arena, argc ? argv[0] : "",
		                        after_consumer, after, LIMIT_LIST, &letters, &count, &more,
		                        &err))
			return command_error(&err);
		for (size_t i = 0; i < count; i++)
			if (add_letter(context->arena, &rows, &letters[i]))
				return COMMAND_FAILED;
		if (count == 0)
			break;
		after_consumer = letters[count - 1].consumer;
		after = letters[count - 1].sequence;
	}
	return print_table(context->format, letter_columns, LETTER_COLUMNS, rows.cells, rows.count)
		? COMMAND_FAILED : COMMAND_OK;
}

static const struct command_option move_options[] = {
	{"all", NULL, "all dead letters of this exit"},
	{NULL, NULL, NULL},
};

typedef int (*move_function)(struct signet_client *client, const char *consumer, uint64_t sequence,
                             uint64_t *moved, struct error *err);

/* One after the other; the first that is not there ends it. */
static int move(struct command_context *context, const struct command_value *values, int argc,
                char **argv, move_function function, const char *said)
{
	struct error err;
	uint64_t sequence = 0, moved, sum = 0;
	bool all = values[0].value;
	if (all == (argc > 1))
		return command_usage("either sequence numbers or --all");
	for (int i = 1; i < argc; i++)
		if (text_to_uint(argv[i], INT64_MAX, &sequence) || sequence == 0)
			return command_usage("'%s' is no sequence number of an event", argv[i]);
	int status = command_client(context);
	if (status)
		return status;
	for (int i = all ? 0 : 1; i < argc; i++) {
		if (!all)
			text_to_uint(argv[i], INT64_MAX, &sequence);
		if (function(context->client, argv[0], sequence, &moved, &err))
			return command_error(&err);
		sum += moved;
	}
	const struct print_field fields[] = {
		{said, "moved", PRINT_NUMBER, print_number(context->arena, sum)},
	};
	return print_fields(context->format, fields, 1) ? COMMAND_FAILED : COMMAND_OK;
}

static int run_retry(struct command_context *context, const struct command_value *values, int argc,
                     char **argv)
{
	return move(context, values, argc, argv, signet_retry_letters, "To be tried again");
}

static int run_drop(struct command_context *context, const struct command_value *values, int argc,
                    char **argv)
{
	return move(context, values, argc, argv, signet_drop_letters, "Dropped");
}

static int run_forget(struct command_context *context, const struct command_value *values, int argc,
                      char **argv)
{
	(void)values, (void)argc;
	struct error err;
	struct signet_forgotten forgotten;
	int status = command_client(context);
	if (status)
		return status;
	if (signet_forget_exit(context->client, argv[0], &forgotten, &err))
		return command_error(&err);
	const struct print_field fields[] = {
		{"Forgotten", "exit", PRINT_TEXT, argv[0]},
		{"Events given up", "waiting", PRINT_NUMBER,
		 print_number(context->arena, forgotten.waiting)},
		{"Dead letters given up", "letters", PRINT_NUMBER,
		 print_number(context->arena, forgotten.letters)},
	};
	return print_fields(context->format, fields, sizeof fields / sizeof *fields)
		? COMMAND_FAILED : COMMAND_OK;
}

const struct command commands_exit[] = {
	{"exit", "status", "[EXIT]", 0, 1, "show the queues of the exit modules", NULL, run_status},
	{"exit", "letters", "[EXIT]", 0, 1, "list dead letters: events that were given up", NULL,
	 run_letters},
	{"exit", "retry", "EXIT [SEQUENCE]...", 1, COMMAND_ARGUMENTS_MAX, "have dead letters tried again",
	 move_options, run_retry},
	{"exit", "drop", "EXIT [SEQUENCE]...", 1, COMMAND_ARGUMENTS_MAX, "remove dead letters for good",
	 move_options, run_drop},
	{"exit", "forget", "EXIT", 1, 1, "forget an exit that is configured no more", NULL, run_forget},
	{NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
