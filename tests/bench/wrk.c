#include "tests/bench/wrk.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* "12.34ms", "1.20s", "850.00us" */
static double milliseconds(const char *text)
{
	char *unit;
	double value = strtod(text, &unit);
	return strncmp(unit, "us", 2) == 0 ? value / 1e3 : *unit == 's' ? value * 1e3 : value;
}

static void read_line(struct wrk_result *out, const char *line)
{
	unsigned long a, b, c, d;
	char text[32];
	if (strstr(line, " requests in ") && sscanf(line, " %lu", &a) == 1)
		out->requests = a;
	else if (sscanf(line, "Requests/sec: %31s", text) == 1)
		out->per_second = strtod(text, NULL);
	else if (sscanf(line, " Non-2xx or 3xx responses: %lu", &a) == 1)
		out->failed += a;
	else if (sscanf(line, " Socket errors: connect %lu, read %lu, write %lu, timeout %lu", &a, &b,
	                &c, &d) == 4)
		out->failed += a + b + c + d;
	else if (sscanf(line, " 50%% %31s", text) == 1)
		out->p50_ms = milliseconds(text);
	else if (sscanf(line, " 99%% %31s", text) == 1)
		out->p99_ms = milliseconds(text);
}

static pid_t start(int out, const char *url, const char *script, unsigned connections,
                   unsigned seconds)
{
	char count[16], time[16];
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	snprintf(count, sizeof count, "%u", connections);
	snprintf(time, sizeof time, "%us", seconds);
	dup2(out, STDOUT_FILENO);
	const char *argv[] = {"wrk", "-t", "1", "-c", count, "-d", time, "--latency", url,
	                      script ? "-s" : NULL, script, NULL};
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

bool wrk_run(struct wrk_result *out, const char *url, const char *script, unsigned connections,
             unsigned seconds, const char **message)
{
	char line[256];
	int fds[2], status = 0;
	*out = (struct wrk_result){0};
	*message = "wrk cannot be run: is it installed?";
	if (pipe(fds))
		return false;
	pid_t pid = start(fds[1], url, script, connections, seconds);
	close(fds[1]);
	FILE *lines = fdopen(fds[0], "r");
	while (lines && fgets(line, sizeof line, lines))
		read_line(out, line);
	if (lines)
		fclose(lines);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		return false;
	*message = "wrk counts no requests";
	return out->requests > 0 && out->per_second > 0;
}
