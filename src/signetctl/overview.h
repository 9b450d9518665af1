/*
 * What status and monitor say of the engine's CRLs and exits: a line for each.
 */
#ifndef SIGNET_SIGNETCTL_OVERVIEW_H
#define SIGNET_SIGNETCTL_OVERVIEW_H

#include "api/client.h"
#include "base/arena.h"

/* "90 s", "5 min", "3 h", "12 d"; in the arena, NULL without memory. */
const char *overview_duration(struct arena *arena, int64_t seconds);
/* The mean of the last five whole minutes (minutes[0] runs yet), "1.5"; NULL for none, or without
 * memory. */
const char *overview_rate(struct arena *arena, const uint32_t *minutes, size_t count);
/* "issuing: number 4711, 3 entries, 5 min old, next update 2026-..."; one that is past its nextUpdate or
 * missing has STALE in it. */
const char *overview_crl(struct arena *arena, const struct signet_crl_summary *crl, int64_t now);
/* "ldap: 3 waiting for 5 min, 1 dead: no route to host" */
const char *overview_exit(struct arena *arena, const struct signet_consumer_status *exit,
                          int64_t now);

#endif
