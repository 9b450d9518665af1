/*
 * Taking away what `retention` keeps no longer, in batches that are one
 * transaction each: a record goes with all its rows of indexes, or not at
 * all.
 *
 *   events        when they are old, every exit that is configured is past
 *                 them, and no dead letter is of them
 *   certificates  with their requests: long after their end, when no event
 *                 tells of them any more
 *   requests      that were denied or have failed, likewise
 *
 * The newest event and the newest request always stay: they are what the next
 * ones are counted from. With a request goes its idempotency key: who
 * submits with it again asks anew.
 */
#ifndef SIGNET_ENGINE_PRUNE_H
#define SIGNET_ENGINE_PRUNE_H

#include "engine/check.h"
#include "engine/core.h"

struct prune_batch {
	uint64_t certificates, requests, events; /* gone; or that would go */
	struct check_place next;
	bool done;                               /* there is no next */
};

/* One batch; an empty place: the first. actor: for the audit record, which there is if anything goes. dry_run: counts only. */
int prune_some(struct engine *engine, const struct configuration *configuration,
               const struct check_place *place, const char *actor, bool dry_run,
               struct prune_batch *out, struct error *err);

#endif
