/* signetctl request approve, deny and edit: what officers decide. */
#include <stdio.h>

#include "base/encoding.h"
#include "base/text.h"
#include "signetctl/print.h"
#include "signetctl/request.h"

#define COLUMNS 4

enum { OPTION_REASON, OPTION_ATTRIBUTE, OPTION_EXTENSION, OPTION_REMOVE };

const struct command_option request_decision_options[] = {
	{"reason", "TEXT", "why: for the audit trail, and of a denial for the client"},
	{NULL, NULL, NULL},
};

const struct command_option request_edit_options[] = {
	{"reason", "TEXT", "why: for the audit trail"},
	{"attribute", "NAME=VALUE", "set an attribute; NAME= removes it; may be repeated"},
	{"extension", "OID[:critical]=HEX", "set an extension (DER); may be repeated"},
	{"remove", "OID", "leave an extension out; may be repeated"},
	{NULL, NULL, NULL},
};

static const struct print_column columns[COLUMNS] = {
	{"ID", "id", PRINT_NUMBER},
	{"STATE", "state", PRINT_STATE},
	{"SERIAL", "serial", PRINT_WORD},
	{"MESSAGE", "message", PRINT_TEXT},
};

typedef int (*decide_function)(struct signet_client *client, struct arena *arena, uint64_t id,
                               const char *reason, struct signet_outcome *out,
                               struct error *err);

static int add_row(struct arena *arena, struct print_rows *rows,
                   const struct signet_outcome *outcome)
{
	static const enum signet_request_state states[] = {
		[SIGNET_ISSUED] = SIGNET_REQUEST_ISSUED, [SIGNET_PENDING] = SIGNET_REQUEST_PENDING,
		[SIGNET_DENIED] = SIGNET_REQUEST_DENIED, [SIGNET_FAILED] = SIGNET_REQUEST_FAILED};
	const char **cell = print_rows_add(rows, arena);
	if (!cell)
		return SIGNET_E_NOMEM;
	cell[0] = print_number(arena, outcome->request_id);
	cell[1] = signet_request_state_name(states[outcome->disposition]);
	cell[2] = outcome->serial.length ? hex_text(arena, outcome->serial) : "";
	cell[3] = outcome->message;
	return 0;
}

/* What came of an approval, as an exit status. */
static int status_of(const struct signet_outcome *outcome)
{
	switch (outcome->disposition) {
	case SIGNET_ISSUED:
	case SIGNET_PENDING:
		return COMMAND_OK;
	case SIGNET_DENIED:
		return COMMAND_REFUSED;
	case SIGNET_FAILED:
		break;
	}
	return COMMAND_FAILED;
}

/* Each request by itself: one that cannot be decided does not keep the others from it. */
static int decide(struct command_context *context, decide_function how, bool denying,
                  const char *reason, int argc, char **argv)
{
	struct print_rows rows = {.columns = COLUMNS};
	uint64_t ids[COMMAND_ARGUMENTS_MAX];
	for (int i = 0; i < argc; i++)
		if (text_to_uint(argv[i], INT64_MAX, &ids[i]))
			return command_usage("'%s' is no request id", argv[i]);
	int status = command_client(context);
	if (status)
		return status;
	for (int i = 0; i < argc; i++) {
		struct signet_outcome outcome;
		struct error err = {0};
		int own;
		if (how(context->client, context->arena, ids[i], reason, &outcome, &err)) {
			if (argc > 1)
				error_prefix(&err, "request %s", argv[i]);
			own = command_error(&err);
		} else {
			own = denying ? COMMAND_OK : status_of(&outcome);
			if (add_row(context->arena, &rows, &outcome))
				return COMMAND_FAILED;
		}
		status = status ? status : own;
	}
	if (rows.count && print_table(context->format, columns, COLUMNS, rows.cells, rows.count))
		return COMMAND_FAILED;
	return status;
}

static const char *reason_of(const struct command_value *values)
{
	const char *reason = values[OPTION_REASON].value;
	return reason ? reason : "";
}

int request_approve(struct command_context *context, const struct command_value *values, int argc,
                    char **argv)
{
	return decide(context, signet_approve_request, false, reason_of(values), argc, argv);
}

int request_deny(struct command_context *context, const struct command_value *values, int argc,
                 char **argv)
{
	return decide(context, signet_deny_request, true, reason_of(values), argc, argv);
}

static int read_edit(struct arena *arena, const struct command_value *values,
                     struct signet_request_edit *out, struct error *err)
{
	const struct command_value *a = &values[OPTION_ATTRIBUTE], *e = &values[OPTION_EXTENSION];
	const struct command_value *r = &values[OPTION_REMOVE];
	const char **removed = arena_array(arena, r->count, sizeof *removed);
	struct signet_attribute *attributes = arena_array(arena, a->count, sizeof *attributes);
	struct signet_request_extension *extensions =
		arena_array(arena, e->count, sizeof *extensions);
	int result = attributes && extensions && removed ? 0 : error_nomem(err);
	for (size_t i = 0; result == 0 && i < a->count; i++)
		result = request_read_attribute(arena, a->all[i], &attributes[i], err);
	for (size_t i = 0; result == 0 && i < e->count; i++)
		result = request_read_extension(arena, e->all[i], &extensions[i], err);
	for (size_t i = 0; result == 0 && i < r->count; i++)
		result = request_read_oid(arena, r->all[i], &removed[i], err);
	*out = (struct signet_request_edit){attributes, a->count, extensions, e->count, removed,
	                                    r->count};
	return result;
}

int request_edit(struct command_context *context, const struct command_value *values, int argc,
                 char **argv)
{
	struct signet_request_edit edit;
	struct error err = {0};
	uint64_t id;
	(void)argc;
	if (text_to_uint(argv[0], INT64_MAX, &id))
		return command_usage("'%s' is no request id", argv[0]);
	if (read_edit(context->arena, values, &edit, &err))
		return err.code == SIGNET_E_INVALID ? command_usage("%s", err.message)
		                                    : command_error(&err);
	if (edit.attribute_count + edit.extension_count + edit.removed_count == 0)
		return command_usage("request edit: nothing is to be changed");
	int status = command_client(context);
	if (status)
		return status;
	return signet_edit_request(context->client, context->arena, id, &edit, reason_of(values),
	                           &err) ? command_error(&err) : COMMAND_OK;
}
