/*
 * Worker pool: a fixed number of threads that run jobs in the order in which
 * they come, and jobs that wait for their time.
 */
#ifndef SIGNET_BASE_POOL_H
#define SIGNET_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct pool;

typedef void (*pool_job)(void *arg);

/* threads: at least 1. queue_max: jobs that may wait, delayed ones included. */
int pool_new(struct pool **out, const char *name, size_t threads, size_t queue_max,
             struct error *err);

/* Runs job(arg) as soon as a thread is free, not before delay_us from now.
 * SIGNET_E_TOO_BIG when the queue is full, SIGNET_E_STATE after pool_stop; arg is then still
 * the caller's. */
int pool_add(struct pool *pool, pool_job job, void *arg, int64_t delay_us);

size_t pool_waiting(struct pool *pool);

/* Waits for the running jobs and calls drop(arg) for each that has not begun; drop may be NULL.
 * Stops the threads. Idempotent. */
void pool_stop(struct pool *pool, pool_job drop);
/* Stops first if need be. Accepts NULL. */
void pool_free(struct pool *pool);

#endif
