/*
 * What the gateway and signetctl ask of the engine to watch it. For the roles;
 * no part of the SDK.
 */
#ifndef SIGNET_API_METRICS_H
#define SIGNET_API_METRICS_H

#include "api/client.h"
#include "base/metrics.h"

/* Appends the engine's families. *cut: there were more than a reply can hold. Not repeated while the
 * engine is away for long: SIGNET_E_UNAVAILABLE, SIGNET_E_TIMEOUT. */
int signet_read_metrics(struct signet_client *client, struct arena *arena,
                        struct metric_list *list, bool *cut, struct error *err);
/* The gateway's word on itself, which the engine shows for a while. Given up when the engine does not
 * answer soon. */
int signet_report(struct signet_client *client, const struct signet_gateway_load *load,
                  struct error *err);
/* Whether the engine answers now and its database takes writes: 0; SIGNET_E_IO for a database that does
 * not; SIGNET_E_UNAVAILABLE, at once, when the engine is away; SIGNET_E_TIMEOUT after 3 s when it hangs. */
int signet_check_health(struct signet_client *client, struct error *err);

#endif
