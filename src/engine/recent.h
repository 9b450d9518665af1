/*
 * The certificates whose state changed last, for those who keep what is said
 * of them: prepared OCSP answers. In memory alone: a reader that comes late,
 * or from before a restart, is told to forget everything.
 */
#ifndef SIGNET_ENGINE_RECENT_H
#define SIGNET_ENGINE_RECENT_H

#include "base/arena.h"
#include "base/error.h"

#define RECENT_KEPT 4096
#define RECENT_TOLD 1000 /* serials in one answer, so that it fits a message */

struct recent;

int recent_new(struct recent **out, struct error *err);
void recent_free(struct recent *recent);
/* Those who wait are sent home, and nobody waits any more. */
void recent_stop(struct recent *recent);

/* serial: magnitude of SERIAL_SIZE octets at most. */
void recent_add(struct recent *recent, struct bytes serial);
/* Other responders, another configuration: everything may be said otherwise. */
void recent_add_all(struct recent *recent);

struct recent_changes {
	uint64_t generation;   /* of what is told: the next `after` */
	struct bytes *serials; /* in the arena */
	size_t count;
	bool all;              /* these are not all: nothing that is kept is to be trusted */
};
/* What changed after this generation (0: none is known), waiting so long for something that did.
 * SIGNET_E_NOMEM. */
int recent_wait(struct recent *recent, struct arena *arena, uint64_t after, unsigned wait_ms,
                struct recent_changes *out, struct error *err);

#endif
