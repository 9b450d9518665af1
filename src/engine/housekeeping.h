/*
 * The engine's clock: a thread that does what is due (expiry.h), and sleeps
 * until something is.
 */
#ifndef SIGNET_ENGINE_HOUSEKEEPING_H
#define SIGNET_ENGINE_HOUSEKEEPING_H

#include <stdatomic.h>

#include "engine/core.h"

struct housekeeping;

/* The engine must outlive it. */
int housekeeping_start(struct housekeeping **out, struct engine *engine, struct error *err);
/* Looks at once: the configuration is another one. Accepts NULL. */
void housekeeping_wake(struct housekeeping *housekeeping);
/* Waits for what is under way. Accepts NULL. */
void housekeeping_stop(struct housekeeping *housekeeping);

/* One round, as the thread makes it: all that is due now. *wait: seconds after which there should be
 * another one. stopping: ends it early; NULL: nothing does. */
int housekeeping_round(struct engine *engine, const atomic_bool *stopping, int64_t *wait,
                       struct error *err);

#endif
