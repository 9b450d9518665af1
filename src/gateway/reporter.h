/*
 * Tells the engine every few seconds what the gateway has to do, for
 * administrators to see (signetctl status).
 */
#ifndef SIGNET_GATEWAY_REPORTER_H
#define SIGNET_GATEWAY_REPORTER_H

#include "gateway/host.h"
#include "gateway/server.h"

struct reporter;

/* What it tells of; they outlive it. */
struct reporter_sources {
	const struct server *server;
	struct host *host;
	struct metrics *meter;
};

/* socket: the engine's. It has a connection of its own, so that it is heard when all others are busy. */
int reporter_start(struct reporter **out, const char *socket, const struct reporter_sources *sources,
                   struct error *err);
/* A report under way is given up. Accepts NULL. */
void reporter_stop(struct reporter *reporter);

#endif
