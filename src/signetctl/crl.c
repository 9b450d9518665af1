/* signetctl crl: CRLs are published, listed and shown. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/limits.h"
#include "signetctl/command.h"
#include "signetctl/crl.h"
#include "signetctl/print.h"

#define COLUMNS 10

static const struct print_column columns[COLUMNS] = {
	{"AUTHORITY", "authority", PRINT_TEXT},    {"SHARD", "shard", PRINT_NUMBER},
	{"KIND", "kind", PRINT_TEXT},              {"NUMBER", "number", PRINT_NUMBER},
	{"BASE", "base", PRINT_NUMBER},            {"THIS UPDATE", "thisUpdate", PRINT_TEXT},
	{"NEXT UPDATE", "nextUpdate", PRINT_TEXT}, {"ENTRIES", "entries", PRINT_NUMBER},
	{"OCTETS", "size", PRINT_NUMBER},          {"FILE", "file", PRINT_TEXT},
};

static int add_rows(struct command_context *context, struct print_rows *rows,
                    const char *authority, const struct signet_crl *crls, size_t count)
{
	struct arena *arena = context->arena;
	for (size_t i = 0; i < count; i++) {
		const struct signet_crl *crl = &crls[i];
		if (*authority && strcmp(authority, crl->authority) != 0)
			continue;
		const char **cell = print_rows_add(rows, arena);
		if (!cell)
			return SIGNET_E_NOMEM;
		cell[0] = crl->authority;
		cell[1] = crl->shard ? print_number(arena, crl->shard) : NULL;
		cell[2] = crl->delta ? "delta" : "complete";
		cell[3] = print_number(arena, crl->number);
		cell[4] = crl->base ? print_number(arena, crl->base) : NULL;
		cell[5] = print_time(arena, crl->this_update);
		cell[6] = print_time(arena, crl->next_update);
		cell[7] = print_number(arena, crl->entries);
		cell[8] = print_number(arena, crl->size);
		cell[9] = crl->file;
	}
	return 0;
}

static int print_rows_of(struct command_context *context, const struct print_rows *rows)
{
	return print_table(context->format, columns, COLUMNS, rows->cells, rows->count)
		? COMMAND_FAILED : COMMAND_OK;
}

static int run_list(struct command_context *context, const struct command_value *values, int argc,
                    char **argv)
{
	(void)values;
	struct print_rows rows = {.columns = COLUMNS};
	struct bytes last = BYTES_NONE;
	struct error err;
	int status = command_client(context);
	if (status)
		return status;
	for (bool more = true; more;) {
		struct signet_crl *crls;
		size_t count;
		if (signet_list_crls(context->client, context->arena, last, LIMIT_LIST, &crls, &count,
		                     &last, &more, &err))
			return command_error(&err);
		if (add_rows(context, &rows, argc ? argv[0] : "", crls, count))
			return COMMAND_FAILED;
		if (count == 0)
			break;
	}
	if (argc && rows.count == 0) {
		error_set(&err, SIGNET_E_NOT_FOUND, "there is no CRL of an authority '%s'", argv[0]);
		return command_error(&err);
	}
	return print_rows_of(context, &rows);
}

static const struct command_option publish_options[] = {
	{"delta", NULL, "only the delta CRLs"},
	{NULL, NULL, NULL},
};

static int run_publish(struct command_context *context, const struct command_value *values,
                       int argc, char **argv)
{
	struct print_rows rows = {.columns = COLUMNS};
	struct signet_crl *crls;
	struct error err;
	size_t count;
	bool more;
	int status = command_client(context);
	if (status)
		return status;
	if (signet_publish_crls(context->client, context->arena, argc ? argv[0] : "",
	                        values[0].value != NULL, &crls, &count, &more, &err))
		return command_error(&err);
	if (add_rows(context, &rows, "", crls, count))
		return COMMAND_FAILED;
	if (more && !context->quiet)
		fputs("signetctl: there are more; see signetctl crl list\n", stderr);
	return print_rows_of(context, &rows);
}

const struct command commands_crl[] = {
	{"crl", "list", "[AUTHORITY]", 0, 1, "list the CRLs that are published", NULL, run_list},
	{"crl", "publish", "[AUTHORITY]", 0, 1, "publish CRLs now, of one authority or of all",
	 publish_options, run_publish},
	{"crl", "show", "FILE|AUTHORITY", 1, 1, "show a CRL with its entries", crl_show_options,
	 crl_show},
	{NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
