/*
 * The publisher role: reads the engine's events and feeds the exit modules.
 */
#ifndef SIGNET_PUBLISHER_PUBLISHER_H
#define SIGNET_PUBLISHER_PUBLISHER_H

#include "conf/settings.h"

/* Checks the exit modules' configuration without publishing anything. */
int publisher_check(const struct settings *settings, struct error *err);
/* As engine_run. */
int publisher_run(const struct settings *settings, int ready_fd);

#endif
