/*
 * The listener of `metrics:`: /metrics for Prometheus, /healthz (the gateway
 * is alive) and /readyz (it can issue). Plain HTTP, beside the public server
 * and not reachable through it.
 */
#ifndef SIGNET_GATEWAY_MONITORING_H
#define SIGNET_GATEWAY_MONITORING_H

#include "api/metrics.h"
#include "conf/settings.h"

struct monitoring;

/* The public listeners are up when it is called. SIGNET_E_IO: it cannot listen there. client and meter
 * outlive it. */
int monitoring_start(struct monitoring **out, const struct listener *listener,
                     struct signet_client *client, struct metrics *meter, struct error *err);
/* It is ready no more. This and the next accept NULL. */
void monitoring_say_stopping(struct monitoring *monitoring);
void monitoring_stop(struct monitoring *monitoring);

#endif
