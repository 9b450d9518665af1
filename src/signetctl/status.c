/* signetctl status: the running engine at a glance. */
#include <inttypes.h>

#include "base/clock.h"
#include "signetctl/command.h"
#include "signetctl/overview.h"
#include "signetctl/processes.h"
#include "signetctl/print.h"

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

#define RATE_MINUTES 5

/* In the last whole minutes, their mean. */
static const char *rate_text(struct arena *arena, const uint32_t *minutes, size_t count)
{
	uint64_t sum = 0;
	size_t n = 0;
	for (; n < RATE_MINUTES && n + 1 < count; n++)
		sum += minutes[n + 1];
	return n ? arena_printf(arena, "%.1f", (double)sum / (double)n) : NULL;
}

static const char *counted_text(struct arena *arena, const struct signet_status *s, uint64_t number)
{
	return s->counted ? print_number(arena, number) : NULL;
}

static const char *roles_text(struct arena *arena, const struct signet_status *s)
{
	struct process_role *roles;
	size_t count;
	if (processes_find(arena, s->pid, &roles, &count))
		return NULL;
	const char **lines = arena_array(arena, count, sizeof *lines);
	for (size_t i = 0; lines && i < count; i++) {
		const char *size = print_size(arena, roles[i].resident);
		lines[i] = size ? arena_printf(arena, "%s: process %u, up %" PRId64 " s, %s",
		                               roles[i].name, roles[i].pid, roles[i].uptime, size)
		                : NULL;
		if (!lines[i])
			return NULL;
	}
	return lines ? print_lines(arena, lines, count) : NULL;
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
		{"Issued per minute", "issuedPerMinute", text ? PRINT_TEXT : PRINT_NUMBER,
		 rate_text(arena, s.issued, s.minute_count)},
		{"Denied per minute", "deniedPerMinute", text ? PRINT_TEXT : PRINT_NUMBER,
		 rate_text(arena, s.denied, s.minute_count)},
		{"Valid", "valid", PRINT_NUMBER, counted_text(arena, &s, s.valid)},
		{"Held", "held", PRINT_NUMBER, counted_text(arena, &s, s.held)},
		{"Revoked", "revoked", PRINT_NUMBER, counted_text(arena, &s, s.revoked)},
		{"Expired", "expired", PRINT_NUMBER, counted_text(arena, &s, s.expired)},
		{"Expire in 7 days", "expiring7", PRINT_NUMBER,
		 counted_text(arena, &s, s.expiring_week)},
		{"Expire in 30 days", "expiring30", PRINT_NUMBER,
		 counted_text(arena, &s, s.expiring_month)},
		{"CRLs", "crls", PRINT_LIST, crls_text(arena, &s)},
		{"Stale CRLs", "staleCrls", PRINT_NUMBER,
		 s.stale_crls || !text ? print_number(arena, s.stale_crls) : NULL},
		{"Connections", "connections", PRINT_NUMBER, print_number(arena, s.connections)},
		{"To admin.sock", "adminConnections", PRINT_NUMBER,
		 print_number(arena, s.admin_connections)},
		{"Roles", "roles", PRINT_LIST, roles_text(arena, &s)},
		{"Exit queues", "exits", PRINT_LIST, exits_text(arena, &s)},
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
