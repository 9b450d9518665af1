/*
 * The gateway role: the HTTP listeners, the intermediaries and their state.
 */
#ifndef SIGNET_GATEWAY_GATEWAY_H
#define SIGNET_GATEWAY_GATEWAY_H

#include "conf/settings.h"

/* Checks listeners and the intermediaries' configuration without opening anything. */
int gateway_check(const struct settings *settings, struct error *err);
/* As engine_run. */
int gateway_run(const struct settings *settings, int ready_fd);

#endif
