/*
 * Submissions under way, by idempotency key: the same one twice at once
 * becomes one after the other, so that the second finds the first's outcome
 * and nothing is signed in vain.
 */
#ifndef SIGNET_ENGINE_FLIGHTS_H
#define SIGNET_ENGINE_FLIGHTS_H

#include "base/error.h"
#include "engine/index.h"

struct flights;

/* Stands on the stack of the thread between enter and leave. */
struct flight {
	uint8_t key[INDEX_HASH_SIZE];
	struct flight *next;
};

int flights_new(struct flights **out, struct error *err);
void flights_free(struct flights *flights);

/* Waits while another flight of this key is under way. flight->key is set. */
void flights_enter(struct flights *flights, struct flight *flight);
void flights_leave(struct flights *flights, struct flight *flight);

#endif
