/*
 * Work of many threads that is cheaper done together, such as questions to
 * another process. A thread that finds a lane free carries its own item at
 * once: a lone one waits for nobody. Those that come while all lanes are in
 * use stand in line, and who leaves a lane hands it to the first of them, who
 * carries what stands behind him, too.
 *
 * Lanes that take long do not hold up the others for long: who has stood in
 * line for COMBINE_PATIENCE_US opens one more.
 */
#ifndef SIGNET_BASE_COMBINE_H
#define SIGNET_BASE_COMBINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMBINE_PATIENCE_US 20000

/* The first member of what a caller hands in, and his until combiner_run returns. */
struct combine_item {
	struct combine_item *next; /* of those that are carried together; NULL behind the last */
	int64_t deadline;          /* by clock_monotonic_us: nobody waits any longer */
	/* combine.c's */
	_Atomic int state;
	_Atomic uint32_t *bell;    /* that is rung when the state is another */
	size_t count;              /* of the first: how many there are with it */
	bool in_line;              /* guarded by the combiner's lock */
};

/* Carries these items, in the thread of the first one's owner; the owners of the others wait. Returns
 * how many of them, from the first: at least one. The rest goes back to the head of the line, and
 * fewer are handed over at a time, until that many were carried again. */
typedef size_t (*combine_function)(void *arg, struct combine_item *items, size_t count);

struct combiner;

/* lanes: calls of the function at once; lanes_most: when they take long; most: items in one call. NULL
 * without memory. */
struct combiner *combiner_new(unsigned lanes, unsigned lanes_most, size_t most,
                              combine_function carry, void *arg);
/* Nobody is inside any more. Accepts NULL. */
void combiner_free(struct combiner *combiner);

/* Returns when the item was carried, by this thread or another's. SIGNET_E_TIMEOUT: the deadline came
 * before anybody took it; what is being carried is waited for. */
int combiner_run(struct combiner *combiner, struct combine_item *item);

/* How many stand in line just now. For tests. */
size_t combiner_waiting(struct combiner *combiner);

#endif
