/*
 * How many in each of the last minutes. Counting takes no lock.
 */
#ifndef SIGNET_ENGINE_RATES_H
#define SIGNET_ENGINE_RATES_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define RATES_MINUTES 16

/* Each slot: the minute that it counts (upper half) and the number. */
struct rates {
	_Atomic uint64_t slots[RATES_MINUTES];
};

/* now: seconds. A minute holds UINT32_MAX at most: what is beyond is not counted. */
void rates_count(struct rates *rates, int64_t now);
void rates_add(struct rates *rates, int64_t now, uint64_t number);
/* Of a counter of another process: what it has grown by since it was `last`. One that is less than that
 * began anew with its process, and has grown by all that it is. */
void rates_follow(struct rates *rates, int64_t now, uint64_t last, uint64_t total);
/* out[0]: the minute that runs, out[1] the one before ... */
void rates_read(struct rates *rates, int64_t now, uint32_t out[RATES_MINUTES]);

#endif
