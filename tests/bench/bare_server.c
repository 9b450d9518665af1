#include "tests/bench/bare_server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <civetweb.h>

static struct bytes content;

static int answer(struct mg_connection *connection, void *arg)
{
	(void)arg;
	return mg_write(connection, content.data, content.length) > 0 ? 200 : 500;
}

/* Says its port, or nothing. */
static void serve(int out, unsigned threads)
{
	char number[16];
	struct mg_callbacks callbacks = {0};
	struct mg_server_port port;
	snprintf(number, sizeof number, "%u", threads);
	/* as the gateway's, so that only the work differs (src/gateway/server.c) */
	const char *options[] = {"listening_ports", "127.0.0.1:0",
	                         "num_threads", number,
	                         "enable_keep_alive", "yes",
	                         "keep_alive_timeout_ms", "5000",
	                         "request_timeout_ms", "10000",
	                         "tcp_nodelay", "1",
	                         "connection_queue", "128",
	                         "listen_backlog", "1024",
	                         "decode_url", "no",
	                         NULL};
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setenv("TZ", "UTC0", 1);
	mg_init_library(0);
	struct mg_context *context = mg_start(&callbacks, NULL, options);
	if (!context || mg_get_server_ports(context, 1, &port) != 1)
		_exit(1);
	mg_set_request_handler(context, "/", answer, NULL);
	unsigned chosen = (unsigned)port.port;
	if (write(out, &chosen, sizeof chosen) != sizeof chosen)
		_exit(1);
	for (;;)
		pause();
}

bool bare_server_start(struct bare_server *out, struct bytes octets, unsigned threads)
{
	int fds[2];
	*out = (struct bare_server){0};
	content = octets;
	if (pipe(fds))
		return false;
	out->pid = fork();
	if (out->pid == 0)
		serve(fds[1], threads);
	close(fds[1]);
	bool started = out->pid > 0 && read(fds[0], &out->port, sizeof out->port) == sizeof out->port;
	close(fds[0]);
	return started;
}

void bare_server_stop(struct bare_server *server)
{
	if (server->pid <= 0)
		return;
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
	server->pid = 0;
}
