/*
 * The instances of one configuration.
 */
#ifndef SIGNET_GATEWAY_INSTANCE_SET_H
#define SIGNET_GATEWAY_INSTANCE_SET_H

#include "api/intermediary.h"
#include "conf/settings.h"
#include "gateway/router.h"

struct hosted {
	const struct instance *conf;
	const struct signet_intermediary *module;
	const char *path;
	struct signet_state state;
	struct signet_intermediary_host host;
	void *instance;       /* NULL: not configured */
	bool started;
};

struct instance_set {
	const struct settings *settings;
	struct settings *owned;    /* the same, when the set frees them */
	struct hosted *items;
	size_t count;
	struct router *router;
	unsigned leases;           /* host.c's: requests under way */
};

/* Finds the modules and their paths; configures nothing. */
int instance_set_new(struct instance_set **out, const struct settings *settings,
                     struct error *err);
/* Stops and frees the instances; the settings stay. Idempotent. */
void instance_set_unload(struct instance_set *set);
/* Unloads, and frees the settings when they are owned. Accepts NULL. */
void instance_set_free(struct instance_set *set);

/* The tables of all instances, named INSTANCE/TABLE, in their order: an array to be freed with
 * instance_set_free_tables. */
int instance_set_tables(const struct instance_set *set, struct store_table **out, size_t *count,
                        struct error *err);
void instance_set_free_tables(struct store_table *tables, size_t count);

/* Points each instance to its tables among those that are open. store NULL: to none.
 * SIGNET_E_NOT_FOUND when some are not there. */
int instance_set_place(struct instance_set *set, struct store *store,
                       const struct store_table *tables, size_t count);

/* Configures all and makes the router. client outlives the set. */
int instance_set_configure(struct instance_set *set, struct signet_client *client,
                           struct error *err);
int instance_set_start(struct instance_set *set, struct error *err);
/* Idempotent. */
void instance_set_stop(struct instance_set *set);

#endif
