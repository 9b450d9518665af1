/*
 * The protocol state of an intermediary: tables of its own in the gateway's
 * store. The descriptor names them; the functions of store/store.h read and
 * write them by the numbers that signet_state_table gives.
 */
#ifndef SIGNET_API_STATE_H
#define SIGNET_API_STATE_H

#include "store/store.h"

struct signet_state {
	struct store *store;
	unsigned first_table;
};

/* The number of the instance's table at this place of its descriptor's list. */
static inline unsigned signet_state_table(const struct signet_state *state, unsigned place)
{
	return state->first_table + place;
}

#endif
