#include "signetctl/overview.h"

#include <inttypes.h>

#include "base/clock.h"

#define RATE_MINUTES 5

const char *overview_duration(struct arena *arena, int64_t seconds)
{
	static const struct {
		int64_t from, unit;
		const char *name;
	} units[] = {{172800, 86400, "d"}, {7200, 3600, "h"}, {120, 60, "min"}};
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (seconds >= units[i].from)
			return arena_printf(arena, "%" PRId64 " %s", seconds / units[i].unit,
			                    units[i].name);
	return arena_printf(arena, "%" PRId64 " s", seconds);
}

const char *overview_rate(struct arena *arena, const uint32_t *minutes, size_t count)
{
	uint64_t sum = 0;
	size_t n = 0;
	for (; n < RATE_MINUTES && n + 1 < count; n++)
		sum += minutes[n + 1];
	return n ? arena_printf(arena, "%.1f", (double)sum / (double)n) : NULL;
}

static const char *stale_text(struct arena *arena, const struct signet_crl_summary *crl)
{
	if (crl->stale == 0)
		return "";
	return crl->shards ? arena_printf(arena, "STALE (%u), ", crl->stale) : "STALE, ";
}

const char *overview_crl(struct arena *arena, const struct signet_crl_summary *crl, int64_t now)
{
	char next[CLOCK_TEXT_SIZE];
	const char *scope = crl->shards ? crl->delta ? " shards, delta" : " shards"
	                                : crl->delta ? " delta" : "";
	if (crl->count == 0)
		return arena_printf(arena, "%s%s: STALE, none is published", crl->authority, scope);
	const char *stale = stale_text(arena, crl);
	const char *age = overview_duration(arena, now > crl->this_update ? now - crl->this_update : 0);
	if (!stale || !age)
		return NULL;
	return arena_printf(arena, "%s%s: %snumber %" PRIu64 ", %" PRIu64 " entries, %s old, next "
	                    "update %s", crl->authority, scope, stale, crl->number, crl->entries, age,
	                    clock_format(crl->next_update, next));
}

const char *overview_exit(struct arena *arena, const struct signet_consumer_status *exit,
                          int64_t now)
{
	const char *since = "";
	if (exit->oldest && now > exit->oldest) {
		const char *age = overview_duration(arena, now - exit->oldest);
		since = age ? arena_printf(arena, " for %s", age) : NULL;
	}
	if (!since)
		return NULL;
	return arena_printf(arena, "%s: %" PRIu64 " waiting%s, %" PRIu64 " dead%s%s", exit->name,
	                    exit->waiting, since, exit->dead, *exit->trouble ? ": " : "",
	                    exit->trouble);
}
