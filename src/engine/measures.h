/*
 * What the engine counts of itself for metrics and status.
 */
#ifndef SIGNET_ENGINE_MEASURES_H
#define SIGNET_ENGINE_MEASURES_H

#include "base/metrics.h"
#include "engine/census.h"
#include "engine/load.h"
#include "engine/report.h"

struct configuration;

struct measures {
	struct metrics *metrics;
	struct census *census;
	struct rates issued, denied;
	struct load calls;          /* on both sockets, but those that wait for something to happen */
	struct load advices;        /* questions to the adviser */
	struct rates ocsp_signed;   /* answers */
	struct report *gateway;     /* what it says of itself */
	_Atomic int64_t probed;     /* clock_monotonic_us of the last write that was tried, and */
	_Atomic int probe_result;   /* what came of it */
};

/* NULL without memory. Commits of the database are watched from here on. */
struct measures *measures_new(struct database *database);
/* After the database is closed. */
void measures_free(struct measures *measures);

/* A request got this state; its names are those of the configuration. */
void measures_resolved(struct measures *measures, const char *intermediary, const char *profile,
                       enum signet_request_state state);
/* A submission could not be dealt with. */
void measures_refused(struct measures *measures, const struct configuration *configuration,
                      const struct signet_submission *submission);
/* An OCSP answer was signed. */
void measures_signed(struct measures *measures);
void measures_submitted(struct measures *measures, int64_t duration_us);

/* Whether the database takes a write, tried anew every few seconds: 0 or what it failed with. */
int measures_probe(struct measures *measures, struct database *database);

#endif
