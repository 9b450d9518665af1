/*
 * What the engine does by the clock, as configured: how long requests may
 * wait, and how long before their end certificates are announced as expiring.
 */
#ifndef SIGNET_ENGINE_SCHEDULE_H
#define SIGNET_ENGINE_SCHEDULE_H

#include "base/arena.h"
#include "conf/conf.h"

#define SCHEDULE_WARNINGS_MAX 16

struct schedule {
	int64_t pending;  /* seconds after which nobody decides any more; 0: never */
	int64_t warnings[SCHEDULE_WARNINGS_MAX]; /* seconds before notAfter, as they stand there */
	size_t warning_count;
	bool renewed;     /* warns of those, too, that have been renewed */
};

/* From `pending: {expires: 30d}` and `expiring: [30d, 7d]`, or `expiring: {before: [30d, 7d], renewed:
 * true}`; NULL: missing. SIGNET_E_CONFIG. */
int schedule_load(struct schedule *out, const struct conf_node *pending,
                  const struct conf_node *expiring, struct error *err);

/* "30 days", "1 hour", in the greatest unit that goes without a rest. NULL without memory. */
const char *schedule_text(struct arena *arena, int64_t seconds);

#endif
