/*
 * What the role processes have in common: they are started by the
 * supervisor, say on a pipe that they are ready (or why not), and wait for
 * signals.
 */
#ifndef SIGNET_BASE_ROLE_H
#define SIGNET_BASE_ROLE_H

#include <stdbool.h>

#include "base/error.h"

enum role_signal { ROLE_STOP, ROLE_RELOAD };

/* Call first, before any thread: blocks the signals that role_wait takes, ignores SIGPIPE, asks
 * for SIGTERM when the supervisor dies, sets no-new-privileges, and, when secret, makes the
 * process undumpable (no core, no ptrace, /proc closed). */
int role_begin(bool secret, struct error *err);

/* The last of these alone, for a process that reads keys and is no role. */
int role_make_undumpable(struct error *err);

/* What the supervisor reads on the pipe: this when the role serves; any other text is the line
 * that says why it does not; nothing at all when it died. */
#define ROLE_READY "\006"

/* Tells the supervisor that the role serves. fd -1: nobody waits. Closes fd. */
void role_ready(int fd);
/* Tells it the one line why it cannot (message and detail); the log for fd -1. Closes fd. */
void role_failed(int fd, const struct error *err);

/* Waits for SIGTERM or SIGINT (stop) or SIGHUP (reload). */
enum role_signal role_wait(void);

#endif
