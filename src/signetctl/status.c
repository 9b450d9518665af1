/* signetctl status: the running engine at a glance. */
#include <stdio.h>

#include "base/clock.h"
#include "signetctl/command.h"
#include "signetctl/overview.h"
#include "signetctl/roles.h"

static const char *exits_text(struct arena *arena, const struct signet_status *status)
{
	const char **lines = arena_array(arena, status->consumer_count, sizeof *lines);
	if (!lines)
		return NULL;
	for (size_t i = 0; i < status->consumer_count; i++) {
		lines[i] = overview_exit(arena, &status->consumers[i], clock_now());
		if (!lines[i])
			return NULL;
	}
	return print_lines(arena, lines, status->consumer_count);
}

static const char *crls_text(struct arena *arena, const struct signet_status *status)
{
	const char **lines = arena_array(arena, status->crl_count, sizeof *lines);
	if (!lines)
		return NULL;
	for (size_t i = 0; i < status->crl_count; i++) {
		lines[i] = overview_crl(arena, &status->crls[i], clock_now());
		if (!lines[i])
			return NULL;
	}
	return print_lines(arena, lines, status->crl_count);
}

static const char *counted_text(struct arena *arena, const struct signet_status *s, uint64_t number)
{
	return s->counted ? print_number(arena, number) : NULL;
}

static const char *crl_work(const struct signet_status *s)
{
	return s->crls_failing ? "failing" : s->crls_busy ? "at work" : "none";
}

#define FIELDS_MAX 96

struct fields {
	struct print_field list[FIELDS_MAX];
	size_t count;
};

static void add_fields(struct fields *fields, const struct print_field *list, size_t count)
{
	for (size_t i = 0; i < count && fields->count < FIELDS_MAX; i++)
		fields->list[fields->count++] = list[i];
}

/* For programs: people get a table below. */
static void add_roles(struct arena *arena, struct fields *fields, const struct roles *roles)
{
	struct print_column columns[ROLES_FIELDS];
	const char *cells[ROLES_FIELDS];
	roles_columns(columns);
	roles_cells(arena, roles, cells);
	for (size_t i = 0; i < ROLES_FIELDS; i++)
		add_fields(fields, &(struct print_field){"", columns[i].key, columns[i].kind, cells[i]},
		           1);
}

static void add_gateway(struct arena *arena, struct fields *fields, const struct signet_status *s)
{
	struct print_field gateway[ROLES_GATEWAY_FIELDS];
	roles_gateway(arena, s, gateway);
	add_fields(fields, gateway, ROLES_GATEWAY_FIELDS);
}

static void add_engine(struct arena *arena, struct fields *fields, const struct signet_status *s,
                       bool text)
{
	const struct print_field list[] = {
		{"Version", "version", PRINT_TEXT, s->version},
		{"Engine process", "pid", PRINT_NUMBER, print_number(arena, s->pid)},
		{"Started", "started", PRINT_TEXT, print_time(arena, s->started)},
		{"Requests", "requests", PRINT_NUMBER, print_number(arena, s->requests)},
		{"Pending", "pending", PRINT_NUMBER, print_number(arena, s->pending)},
		{"Certificates", "certificates", PRINT_NUMBER, print_number(arena, s->certificates)},
		{"Events", "events", PRINT_NUMBER, print_number(arena, s->events)},
		{"Issued per minute", "issuedPerMinute", PRINT_NUMBER,
		 overview_rate(arena, s->issued, s->minute_count)},
		{"Denied per minute", "deniedPerMinute", PRINT_NUMBER,
		 overview_rate(arena, s->denied, s->minute_count)},
		{"Valid", "valid", PRINT_NUMBER, counted_text(arena, s, s->valid)},
		{"Held", "held", PRINT_NUMBER, counted_text(arena, s, s->held)},
		{"Revoked", "revoked", PRINT_NUMBER, counted_text(arena, s, s->revoked)},
		{"Expired", "expired", PRINT_NUMBER, counted_text(arena, s, s->expired)},
		{"Expire in 7 days", "expiring7", PRINT_NUMBER,
		 counted_text(arena, s, s->expiring_week)},
		{"Expire in 30 days", "expiring30", PRINT_NUMBER,
		 counted_text(arena, s, s->expiring_month)},
		{"CRLs", "crls", PRINT_LIST, crls_text(arena, s)},
		{"Stale CRLs", "staleCrls", PRINT_NUMBER,
		 s->stale_crls || !text ? print_number(arena, s->stale_crls) : NULL},
		{"CRL work", "crlWork", PRINT_TEXT, crl_work(s)},
		{"OCSP per minute", "ocspPerMinute", PRINT_NUMBER,
		 overview_rate(arena, s->ocsp_signed, s->ocsp_minute_count)},
		{"Connections", "connections", PRINT_NUMBER, print_number(arena, s->connections)},
		{"To admin.sock", "adminConnections", PRINT_NUMBER,
		 print_number(arena, s->admin_connections)},
		{"Exit queues", "exits", PRINT_LIST, exits_text(arena, s)},
		{"Database", "databaseOctets", text ? PRINT_TEXT : PRINT_NUMBER,
		 !text ? print_number(arena, s->database_used)
		               : arena_printf(arena, "%s used of %s", print_size(arena, s->database_used),
		                              print_size(arena, s->database_file))},
	};
	add_fields(fields, list, sizeof list / sizeof *list);
}

static int run_status(struct command_context *context, const struct command_value *values,
                      int argc, char **argv)
{
	(void)values, (void)argc, (void)argv;
	struct arena *arena = context->arena;
	struct fields fields = {.count = 0};
	struct signet_status s;
	struct roles roles;
	struct error err;
	int status = command_client(context);
	if (status)
		return status;
	if (signet_get_status(context->client, arena, &s, &err))
		return command_error(&err);
	if (roles_read(arena, &s, &roles)) {
		error_nomem(&err);
		return command_error(&err);
	}
	bool text = context->format == PRINT_TABLE;
	add_engine(arena, &fields, &s, text);
	add_gateway(arena, &fields, &s);
	if (!text)
		add_roles(arena, &fields, &roles);
	int result = print_fields(context->format, fields.list, fields.count);
	if (result == 0 && text) {
		putchar('\n');
		result = roles_print(arena, &roles);
	}
	return result ? COMMAND_FAILED : COMMAND_OK;
}

const struct command commands_status[] = {
	{"status", "", "", 0, 0, "show the engine's state", NULL, run_status},
	{NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
