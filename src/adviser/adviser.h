/*
 * The adviser role: runs the policy rules that start programs, connect, or
 * parse what comes from outside, for the engine, which does none of that. It
 * holds no key and sees no database; what it answers is looked at by the
 * engine as a stranger's word.
 */
#ifndef SIGNET_ADVISER_ADVISER_H
#define SIGNET_ADVISER_ADVISER_H

#include "conf/settings.h"

/* Checks the rules that are run apart, with the programs and secrets that they name. *wanted: there is
 * one, so that the role is needed. */
int adviser_check(const struct settings *settings, bool *wanted, struct error *err);
/* As engine_run. */
int adviser_run(const struct settings *settings, int ready_fd);

#endif
