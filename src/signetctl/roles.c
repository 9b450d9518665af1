#include "signetctl/roles.h"

#include <string.h>

#include "base/error.h"
#include "signetctl/overview.h"
#include "signetctl/processes.h"

static const char *const names[ROLES_COUNT] = {"supervisor", "engine", "gateway", "publisher",
                                               "adviser"};

static const struct print_column table[1 + ROLES_CELLS] = {
	{"ROLE", "", PRINT_WORD},     {"PROCESS", "", PRINT_NUMBER}, {"UP", "", PRINT_NUMBER},
	{"MEMORY", "", PRINT_NUMBER}, {"DIED", "", PRINT_NUMBER},    {"BUSY", "", PRINT_NUMBER},
	{"QUEUE", "", PRINT_NUMBER},  {"PER MIN", "", PRINT_NUMBER}, {"FAILED", "", PRINT_NUMBER},
};
#define KEYS(role)                                                                        \
	{NULL, role "Pid", PRINT_NUMBER}, {NULL, role "Uptime", PRINT_NUMBER},            \
	{NULL, role "Memory", PRINT_NUMBER}, {NULL, role "Restarts", PRINT_NUMBER},       \
	{NULL, role "Busy", PRINT_NUMBER}, {NULL, role "Queue", PRINT_NUMBER},            \
	{NULL, role "PerMinute", PRINT_NUMBER}, {NULL, role "FailedPerMinute", PRINT_NUMBER}
static const struct print_column fields[ROLES_FIELDS] = {
	KEYS("supervisor"), KEYS("engine"), KEYS("gateway"), KEYS("publisher"), KEYS("adviser")};

static struct role *find(struct roles *roles, const char *name)
{
	for (size_t i = 0; i < ROLES_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return &roles->items[i];
	return NULL;
}

static int read_processes(struct arena *arena, unsigned engine, struct roles *out)
{
	struct process_role *list;
	size_t count;
	int result = processes_find(arena, engine, &list, &count);
	if (result)
		return result == SIGNET_E_NOT_FOUND ? 0 : result;
	for (size_t i = 0; i < count; i++) {
		struct role *role = find(out, list[i].name);
		if (!role)
			continue;
		role->pid = list[i].pid;
		role->uptime = list[i].uptime;
		role->memory = (int64_t)list[i].resident;
		role->restarts = list[i].restarts;
	}
	return 0;
}

int roles_read(struct arena *arena, const struct signet_status *status, struct roles *out)
{
	for (size_t i = 0; i < ROLES_COUNT; i++)
		out->items[i] = (struct role){-1, -1, -1, -1, -1, -1, NULL, NULL};
	int result = read_processes(arena, status->pid, out);
	for (size_t i = 0; result == 0 && i < status->role_count; i++) {
		const struct signet_role_load *load = &status->roles[i];
		struct role *role = find(out, load->role);
		if (!role)
			continue;
		role->busy = load->busy;
		role->queue = load->queue;
		role->done = overview_rate(arena, load->done, load->minute_count);
		role->failed = overview_rate(arena, load->failed, load->minute_count);
	}
	return result;
}

static const char *number(struct arena *arena, int64_t value)
{
	return value < 0 ? NULL : print_number(arena, (uint64_t)value);
}

static void put_cells(struct arena *arena, const struct role *role, const char *out[ROLES_CELLS])
{
	const char *cells[ROLES_CELLS] = {
		number(arena, role->pid),      number(arena, role->uptime),
		number(arena, role->memory),   number(arena, role->restarts),
		number(arena, role->busy),     number(arena, role->queue),
		role->done,                    role->failed,
	};
	memcpy(out, cells, sizeof cells);
}

int roles_print(struct arena *arena, const struct roles *roles)
{
	const char *rows[ROLES_COUNT][1 + ROLES_CELLS];
	size_t count = 0;
	for (size_t i = 0; i < ROLES_COUNT; i++) {
		const struct role *role = &roles->items[i];
		if (role->pid < 0 && !role->done)
			continue;
		const char **row = rows[count++];
		row[0] = names[i];
		put_cells(arena, role, row + 1);
		if (role->uptime >= 0)
			row[2] = overview_duration(arena, role->uptime);
		if (role->memory >= 0)
			row[3] = print_size(arena, (uint64_t)role->memory);
	}
	return print_table(PRINT_TABLE, table, 1 + ROLES_CELLS, &rows[0][0], count);
}

void roles_columns(struct print_column out[ROLES_FIELDS])
{
	memcpy(out, fields, sizeof fields);
}

void roles_cells(struct arena *arena, const struct roles *roles, const char *out[ROLES_FIELDS])
{
	for (size_t i = 0; i < ROLES_COUNT; i++)
		put_cells(arena, &roles->items[i], out + i * ROLES_CELLS);
}

void roles_gateway(struct arena *arena, const struct signet_status *status,
                   struct print_field out[ROLES_GATEWAY_FIELDS])
{
	static const struct signet_gateway_load none;
	const struct signet_gateway_load *g = status->gateway ? status->gateway : &none;
	const struct {
		const char *label, *key;
		uint64_t number;
	} lines[ROLES_GATEWAY_FIELDS] = {
		{"HTTP requests", "httpRequests", g->requests},
		{"HTTP errors", "httpErrors", g->errors},
		{"HTTP connections", "httpConnections", g->connections},
		{"HTTP threads", "httpThreads", g->threads},
		{"Validating", "validating", g->working},
		{"OCSP answers", "ocspKept", g->prepared},
		{"Doubtful of them", "ocspDoubtful", g->doubtful},
	};
	for (size_t i = 0; i < ROLES_GATEWAY_FIELDS; i++)
		out[i] = (struct print_field){lines[i].label, lines[i].key, PRINT_NUMBER,
		                              status->gateway ? print_number(arena, lines[i].number)
		                                              : NULL};
}
