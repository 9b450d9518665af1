/*
 * The bare HTTP server: the library that the gateway stands on, with a handler
 * that writes one and the same answer. What the gateway's own work costs shows
 * against it.
 */
#ifndef SIGNET_BENCH_BARE_SERVER_H
#define SIGNET_BENCH_BARE_SERVER_H

#include <sys/types.h>

#include "base/bytes.h"

struct bare_server {
	pid_t pid;
	unsigned port; /* on 127.0.0.1 */
};

/* A process of its own that answers each GET with these octets: head and body. threads: connections
 * served at once. false when it does not start. */
bool bare_server_start(struct bare_server *out, struct bytes answer, unsigned threads);
void bare_server_stop(struct bare_server *server);

#endif
