/*
 * The thread of one exit instance: reads its events, hands each to the
 * module until that says done, and moves the cursor behind what is done.
 */
#ifndef SIGNET_PUBLISHER_WORKER_H
#define SIGNET_PUBLISHER_WORKER_H

#include "publisher/exits.h"

struct worker;

/* item and exits outlive the worker. */
int worker_start(struct worker **out, const struct exit_instance *item, const struct exits *exits,
                 struct error *err);
/* Asks it to end: after the module's call under way and after the cursor is moved. */
void worker_ask_stop(struct worker *worker);
/* Waits until this time (clock_monotonic_us) for its end. True: it has ended and is freed. */
bool worker_join(struct worker *worker, int64_t until);

#endif
