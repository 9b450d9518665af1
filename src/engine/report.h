/*
 * What the gateway says of itself, now and then: the last of it, for people
 * to see, and how fast its counters grow. It is a stranger's word: nothing is
 * done by it, and what cannot be is not kept.
 */
#ifndef SIGNET_ENGINE_REPORT_H
#define SIGNET_ENGINE_REPORT_H

#include "api/client.h"
#include "engine/rates.h"

/* Seconds. Reports come every five: one that is older is of a gateway that is gone or hangs. */
#define REPORT_LIFE 20

struct report;

int report_new(struct report **out, struct error *err);
/* Accepts NULL. */
void report_free(struct report *report);

/* SIGNET_E_INVALID: it says what cannot be; the one before stays until it is too old. */
int report_take(struct report *report, const struct signet_gateway_load *load, struct error *err);
/* The newest one; false: there is none that is new enough. */
bool report_read(struct report *report, struct signet_gateway_load *out);
/* Its requests, and those of them that failed, in each minute; of a gateway that says nothing any more,
 * too. */
void report_read_rates(struct report *report, int64_t now, uint32_t done[RATES_MINUTES],
                       uint32_t failed[RATES_MINUTES]);

#endif
