/*
 * The HTTP server: CivetWeb behind our own request and response. Every
 * request is checked (framing.h, path.h), routed (router.h), read whole
 * within its route's limit and answered; what cannot be served gets a problem
 * document (RFC 7807).
 */
#ifndef SIGNET_GATEWAY_SERVER_H
#define SIGNET_GATEWAY_SERVER_H

#include "conf/settings.h"
#include "gateway/meter.h"
#include "gateway/router.h"
#include "gateway/tls.h"

struct server;

struct server_options {
	const struct listener *listeners; /* copied but for their strings */
	size_t listener_count;
	const char *hostname;             /* for requests without a Host header */
	struct tls *tls;                  /* NULL: no listener may have tls set */
	unsigned threads;                 /* connections served at once; 0: the default */
	int64_t request_limit;            /* microseconds for a request's headers, and again for its
	                                     body; 0: the default */
	/* The routes in force, kept until release; NULL: the server answers 503. */
	const struct router *(*acquire)(void *arg, void **lease);
	void (*release)(void *arg, void *lease);
	void *arg;
	struct metrics *meter;            /* meter.h; NULL: nothing is counted */
};

/* Every listener is bound when it returns. SIGNET_E_IO names the one that cannot be. */
int server_start(struct server **out, const struct server_options *options, struct error *err);

/* Connections that can be served at once, and requests that are under way. */
void server_load(const struct server *server, unsigned *threads, unsigned *busy);

/* Closes the listeners, waits (10 s at most) for the requests under way, ends the connections and
 * the threads. Accepts NULL. */
void server_stop(struct server *server);

#endif
