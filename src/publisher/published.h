/*
 * The CRL of a crl-published event: the file that the engine has written, as
 * it is now, mapped while an exit module looks at it.
 */
#ifndef SIGNET_PUBLISHER_PUBLISHED_H
#define SIGNET_PUBLISHER_PUBLISHED_H

#include "api/exit.h"

struct published {
	void *map;
	size_t size;
};

/* Fills in crl, delta and crl_name, which is in the arena; an event of another kind is left alone.
 * SIGNET_E_NOT_FOUND: the file is not there any more; SIGNET_E_INVALID, _TOO_BIG, _IO, _NOMEM. */
int published_open(struct published *out, struct arena *arena, const char *state,
                   struct signet_event *event, struct error *err);
void published_close(struct published *published);

#endif
