/*
 * What a role has to do, counted where the engine sees it: what is under way,
 * and what came of how many in each minute. Counting takes no lock.
 */
#ifndef SIGNET_ENGINE_LOAD_H
#define SIGNET_ENGINE_LOAD_H

#include <stdbool.h>

#include "engine/rates.h"

struct load {
	_Atomic unsigned busy;
	struct rates done, failed; /* done: those that failed, too */
};

/* Around one piece of work. Both accept NULL: nothing is counted. */
void load_begin(struct load *load);
void load_end(struct load *load, bool failed);

#endif
