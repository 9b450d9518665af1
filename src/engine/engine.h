/*
 * The engine role: holds the keys and the database, judges and issues.
 */
#ifndef SIGNET_ENGINE_ENGINE_H
#define SIGNET_ENGINE_ENGINE_H

#include "conf/settings.h"

/* Checks authorities (key and certificate match, the chain holds, may sign), profiles and policy
 * as engine_run would, without opening the database or a socket. */
int engine_check(const struct settings *settings, struct error *err);
/* Serves until it is told to stop; reloads settings->path on SIGHUP (base/role.h). Returns the
 * process's exit status. ready_fd: see role_ready. */
int engine_run(const struct settings *settings, int ready_fd);

#endif
