/*
 * The intermediary: speaks one protocol to its clients and hands their
 * requests to the engine.
 *
 * The gateway reads the configuration, opens the instance's tables (state.h)
 * and calls configure, then start. From then on it calls the handlers of the
 * routes, several at once, for every HTTP request below the instance's path
 * (http.h). A handler reaches the CA only through the client (client.h). stop
 * ends what start began; free is the last call.
 */
#ifndef SIGNET_API_INTERMEDIARY_H
#define SIGNET_API_INTERMEDIARY_H

#include "api/client.h"
#include "api/http.h"
#include "api/module.h"
#include "api/state.h"

/* What an instance is given; valid until free. */
struct signet_intermediary_host {
	const char *name;             /* of the instance: goes into every submission */
	const char *path;             /* where its routes begin: "/acme"; "" for the root */
	const char *const *profiles;  /* NULL-ended, at least one; NULL for a module without */
	const char *hostname;
	const char *state_directory;  /* relative file names of the configuration stand below it */
	struct signet_client *client;
	const struct signet_state *state; /* its store is NULL while a configuration is only checked:
	                                     configure does not touch it */
};

/* What an instance does beside its requests, for people to see. */
struct signet_intermediary_load {
	unsigned working, waiting;    /* validations and the like: under way, and waiting for their turn */
	unsigned prepared, doubtful;  /* answers that are kept, and those of them that are not given out
	                                 without asking the engine first */
};

struct signet_intermediary {
	struct signet_module module;
	const char *default_path;                /* when the configuration has no `path` */
	const struct http_route *routes;         /* ended by a route without pattern */
	const struct store_table *tables;        /* ended by a table without name; NULL for none */
	int (*configure)(void **instance, const struct signet_intermediary_host *host,
	                 const struct conf_node *node, struct error *err);
	int (*start)(void *instance, struct error *err); /* may be NULL */
	void (*stop)(void *instance);                    /* may be NULL; requests may still come */
	void (*free)(void *instance);                    /* no request is under way */
	/* Adds its own to the numbers; started and not freed yet. May be NULL. */
	void (*load)(void *instance, struct signet_intermediary_load *load);
	bool without_profiles;        /* it asks for no certificates: `profile` is no key of it */
};

#endif
