#include "signetctl/processes.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

#define ROLES_MAX 8
#define PATH_SIZE 96

/* Up to size - 1 octets of a file of /proc, with a NUL; 0: there is none. */
static size_t read_proc(unsigned pid, const char *name, char *out, size_t size)
{
	char path[PATH_SIZE];
	snprintf(path, sizeof path, "/proc/%u/%s", pid, name);
	FILE *file = fopen(path, "re");
	size_t length = file ? fread(out, 1, size - 1, file) : 0;
	if (file)
		fclose(file);
	out[length] = '\0';
	return length;
}

/* proc(5), stat: the name in parentheses may hold anything, so fields are counted behind it. */
static int read_stat(unsigned pid, unsigned *parent, struct process_role *out)
{
	char text[1024];
	unsigned long long started;
	long long pages;
	const long ticks = sysconf(_SC_CLK_TCK), page = sysconf(_SC_PAGESIZE);
	read_proc(pid, "stat", text, sizeof text);
	const char *rest = strrchr(text, ')');
	if (!rest || ticks <= 0 || page <= 0 ||
	    sscanf(rest, ") %*c %u %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d "
	                 "%*d %llu %*u %lld", parent, &started, &pages) != 3)
		return SIGNET_E_NOT_FOUND;
	struct timespec now;
	if (clock_gettime(CLOCK_BOOTTIME, &now))
		return SIGNET_E_NOT_FOUND;
	out->pid = pid;
	out->uptime = now.tv_sec - (int64_t)(started / (unsigned long long)ticks);
	out->resident = pages > 0 ? (uint64_t)pages * (uint64_t)page : 0;
	return 0;
}

/* A process may write what it likes into its command line: only what stands here is taken for a role. */
static const char *known_role(const char *name)
{
	static const char *const known[] = {"engine", "gateway", "publisher", "adviser"};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i], name) == 0)
			return known[i];
	return NULL;
}

/* What the supervisor has it know; NULL: it is none of the roles. */
static const char *role_of(unsigned pid, int64_t *restarts)
{
	char text[4096];
	size_t length = read_proc(pid, "cmdline", text, sizeof text);
	const char *name = NULL;
	uint64_t number;
	*restarts = -1;
	for (size_t at = 0; at < length; at += strlen(text + at) + 1) {
		size_t next = at + strlen(text + at) + 1;
		if (next >= length)
			break;
		if (!name && strcmp(text + at, "--role") == 0)
			name = known_role(text + next);
		else if (strcmp(text + at, "--restarts") == 0 &&
		         text_to_uint(text + next, UINT32_MAX, &number) == 0)
			*restarts = (int64_t)number;
	}
	return name;
}

static void add(struct process_role *list, size_t *count, unsigned pid, const char *name)
{
	unsigned parent;
	int64_t restarts = -1;
	name = name ? name : role_of(pid, &restarts);
	if (!name || *count == ROLES_MAX || read_stat(pid, &parent, &list[*count]))
		return;
	list[*count].restarts = restarts;
	list[(*count)++].name = name;
}

int processes_find(struct arena *arena, unsigned engine, struct process_role **out, size_t *count)
{
	struct process_role *list = arena_array(arena, ROLES_MAX, sizeof *list), self;
	char path[PATH_SIZE];
	unsigned supervisor, pid;
	int64_t restarts;
	const char *role = role_of(engine, &restarts);
	if (!list)
		return SIGNET_E_NOMEM;
	if (!role || strcmp(role, "engine") != 0 || read_stat(engine, &supervisor, &self))
		return SIGNET_E_NOT_FOUND;
	*count = 0;
	add(list, count, supervisor, "supervisor");
	snprintf(path, sizeof path, "/proc/%u/task/%u/children", supervisor, supervisor);
	FILE *children = fopen(path, "re");
	while (children && fscanf(children, "%u", &pid) == 1)
		add(list, count, pid, NULL);
	if (children)
		fclose(children);
	*out = list;
	return 0;
}
