#include "tests/unit/web_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tree.h"

#define PORTS_MAX 8
#define PATHS 8

static struct {
	char directory[64];
	pid_t pid;
	int input;
	struct {
		char name[32];
		unsigned number;
	} ports[PORTS_MAX];
	size_t port_count;
} server;

const char *web_server_path(const char *name)
{
	static char paths[PATHS][128];
	static unsigned next;
	char *path = paths[next++ % PATHS];
	snprintf(path, sizeof paths[0], "%s/%s", server.directory, name);
	return path;
}

void web_server_write(const char *name, const char *content)
{
	FILE *file = fopen(web_server_path(name), "w");
	assert_non_null(file);
	fputs(content, file);
	assert_int_equal(fclose(file), 0);
}

unsigned web_server_port(const char *name)
{
	for (size_t i = 0; i < server.port_count; i++)
		if (strcmp(server.ports[i].name, name) == 0)
			return server.ports[i].number;
	fail_msg("no port %s", name);
	return 0;
}

static void become_server(int input, int output)
{
	const char *top = getenv("srcdir");
	char program[512];
	snprintf(program, sizeof program, "%s/tests/web_server.py", top ? top : ".");
	dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	/* our ends of the pipes among them: else it would never see its input end */
	close_range(STDERR_FILENO + 1, ~0U, 0);
	execlp("python3", "python3", program, server.directory, (char *)NULL);
	_exit(127);
}

static void read_ports(FILE *output)
{
	char line[64];
	while (fgets(line, sizeof line, output) && strcmp(line, "ready\n") != 0) {
		assert_true(server.port_count < PORTS_MAX);
		assert_int_equal(sscanf(line, "%31s %u", server.ports[server.port_count].name,
		                        &server.ports[server.port_count].number), 2);
		server.port_count++;
	}
	assert_string_equal(line, "ready\n");
}

void web_server_start(void)
{
	int input[2], output[2];
	snprintf(server.directory, sizeof server.directory, "/tmp/signet-web-XXXXXX");
	assert_non_null(mkdtemp(server.directory));
	assert_int_equal(pipe(input), 0);
	assert_int_equal(pipe(output), 0);
	signal(SIGPIPE, SIG_IGN);
	server.port_count = 0;
	server.pid = fork();
	assert_true(server.pid >= 0);
	if (server.pid == 0)
		become_server(input[0], output[1]);
	close(input[0]);
	close(output[1]);
	server.input = input[1];
	FILE *file = fdopen(output[0], "r");
	assert_non_null(file);
	read_ports(file);
	fclose(file);
}

void web_server_stop(void)
{
	close(server.input);
	kill(server.pid, SIGKILL);
	waitpid(server.pid, NULL, 0);
	assert_int_equal(tree_remove(server.directory), 0);
}
