/*
 * Hosts the intermediaries: finds their modules, opens their tables, and
 * holds the set of instances that serve. A new configuration makes a new set
 * that takes the old one's place as a whole; requests that the old one serves
 * are finished by it.
 */
#ifndef SIGNET_GATEWAY_HOST_H
#define SIGNET_GATEWAY_HOST_H

#include "api/intermediary.h"
#include "conf/settings.h"
#include "gateway/router.h"

struct host;

/* Configures every instance, and lets it go. Nothing is opened: the state that they are given has
 * no store. */
int host_check(const struct settings *settings, struct error *err);

/* Opens the store STATE/gateway/state, configures and starts the instances. settings and client
 * outlive the host. */
int host_open(struct host **out, const struct settings *settings, struct signet_client *client,
              struct error *err);

/* Takes the settings over when it returns 0. On an error the old set serves on. When instances
 * have come whose tables are not open yet, requests wait for a moment. */
int host_reload(struct host *host, struct settings *settings, struct error *err);

/* Requests are no longer acquired, those under way end, the instances are stopped and freed.
 * Accepts NULL. */
void host_close(struct host *host);

/* What the instances in force do beside their requests; nothing while there are none. */
void host_load(struct host *host, struct signet_intermediary_load *out);

/* For server_options: the routes of the set in force. */
const struct router *host_acquire(void *host, void **lease);
void host_release(void *host, void *lease);

#endif
