/*
 * Telling the running daemon that files have changed.
 */
#ifndef SIGNET_SIGNETCTL_RELOAD_H
#define SIGNET_SIGNETCTL_RELOAD_H

#include "signetctl/command.h"

/* Sends SIGHUP to the signetd that holds the lock of this state directory, and to no other process.
 * SIGNET_E_UNAVAILABLE: there is none; SIGNET_E_PERMISSION: it is another user's. */
int reload_signal(const char *state, struct error *err);

/* Waits until the engine has this certificate as the authority's. SIGNET_E_TIMEOUT: it has not, its log says
 * why; SIGNET_E_PERMISSION: who asks is not told. */
int reload_wait(struct command_context *context, const char *authority, struct bytes certificate,
                struct error *err);

#endif
