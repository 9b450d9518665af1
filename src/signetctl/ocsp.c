/* signetctl ocsp: who signs the answers about certificates. */
#include <stdio.h>

#include "base/encoding.h"
#include "signetctl/command.h"
#include "signetctl/print.h"

static const struct print_column columns[] = {
	{"KEY OF", "key", PRINT_WORD},      {"AUTHORITY", "authority", PRINT_TEXT},
	{"SIGNER", "signer", PRINT_TEXT},   {"ALGORITHM", "algorithm", PRINT_TEXT},
	{"SERIAL", "serial", PRINT_WORD},   {"NOT AFTER", "notAfter", PRINT_TEXT},
	{"RENEWAL", "renewal", PRINT_TEXT}, {"ANSWERS", "answers", PRINT_NUMBER},
	{"TROUBLE", "trouble", PRINT_TEXT},
};
#define COLUMNS (sizeof columns / sizeof *columns)

static int fill_row(struct arena *arena, const struct signet_ocsp_responder *r, const char **cells)
{
	cells[0] = r->public_name;
	cells[1] = r->authority;
	cells[2] = r->delegated ? "delegated" : "authority";
	cells[3] = r->key;
	cells[4] = hex_text(arena, r->serial);
	cells[5] = print_time(arena, r->not_after);
	cells[6] = print_time(arena, r->renewal);
	cells[7] = print_number(arena, r->answers);
	cells[8] = r->trouble;
	return cells[4] && cells[7] ? 0 : SIGNET_E_NOMEM;
}

static int run_status(struct command_context *context, const struct command_value *values,
                      int argc, char **argv)
{
	(void)values, (void)argc, (void)argv;
	struct signet_ocsp_status s;
	struct print_rows rows = {.columns = COLUMNS};
	struct error err = {0};
	int status = command_client(context);
	if (status)
		return status;
	if (signet_get_ocsp_status(context->client, context->arena, &s, &err))
		return command_error(&err);
	for (size_t i = 0; i < s.count; i++) {
		const char **cells = print_rows_add(&rows, context->arena);
		if (!cells || fill_row(context->arena, &s.responders[i], cells)) {
			error_nomem(&err);
			return command_error(&err);
		}
	}
	if (print_table(context->format, columns, COLUMNS, rows.cells, rows.count))
		return COMMAND_FAILED;
	if (context->format == PRINT_TABLE && !context->quiet)
		fprintf(stderr, "%llu request%s answered, %llu refused\n",
		        (unsigned long long)s.answered, s.answered == 1 ? "" : "s",
		        (unsigned long long)s.refused);
	return COMMAND_OK;
}

const struct command commands_ocsp[] = {
	{"ocsp", "status", "", 0, 0, "show who signs OCSP answers, and how many", NULL, run_status},
	{NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
