/*
 * What the gateway counts of itself. All take NULL: then nothing is counted.
 */
#ifndef SIGNET_GATEWAY_METER_H
#define SIGNET_GATEWAY_METER_H

#include "base/metrics.h"

/* NULL without memory; freed with metrics_free. */
struct metrics *meter_new(void);
/* intermediary: the instance's name, "" for requests that belong to none. */
void meter_answer(struct metrics *meter, const char *intermediary, int status,
                  int64_t duration_us);
/* step: 1 when one is opened, -1 when it is closed. */
void meter_connection(struct metrics *meter, int step);
void meter_handshake_failure(struct metrics *meter);

struct meter_totals {
	uint64_t requests, errors; /* errors: those that were answered with 5xx */
	unsigned connections;      /* that are open */
};
/* SIGNET_E_NOMEM. */
int meter_read(struct metrics *meter, struct arena *arena, struct meter_totals *out);

#endif
