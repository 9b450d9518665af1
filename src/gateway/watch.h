/*
 * Watches the threads that wait for a client. CivetWeb bounds each wait for
 * octets, not their sum: a client that sends one octet every few seconds
 * holds its thread for days. A thread says until when it may wait; after that
 * time a signal interrupts it again and again, which CivetWeb takes for the
 * end of the connection.
 */
#ifndef SIGNET_GATEWAY_WATCH_H
#define SIGNET_GATEWAY_WATCH_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct watch;

/* One per thread; the thread's own memory. */
struct watch_slot {
	pthread_t thread;
	int64_t deadline;         /* clock_monotonic_us; 0: not waiting */
	atomic_bool busy;         /* serving a request: not to be hurried */
	struct watch_slot *next;
};

int watch_new(struct watch **out, struct error *err);
/* Every slot has left. Accepts NULL. */
void watch_free(struct watch *watch);

/* Called by the thread itself, first and last. */
void watch_enter(struct watch *watch, struct watch_slot *slot);
void watch_leave(struct watch *watch, struct watch_slot *slot);

/* Between these two, the thread may wait for the client for that long. */
void watch_begin(struct watch *watch, struct watch_slot *slot, int64_t limit_us);
void watch_end(struct watch *watch, struct watch_slot *slot);

/* Between these two, watch_hurry leaves the thread alone. */
void watch_set_busy(struct watch_slot *slot, bool busy);

/* The server stops: from now on all threads that are not busy are interrupted until they leave. */
void watch_hurry(struct watch *watch);

#endif
