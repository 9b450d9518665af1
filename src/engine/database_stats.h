/*
 * How large the database is, and how it grows.
 */
#ifndef SIGNET_ENGINE_DATABASE_STATS_H
#define SIGNET_ENGINE_DATABASE_STATS_H

#include "engine/database.h"

struct database_stats {
	struct store_table_stats tables[TABLE_COUNT];
	struct store_pages pages;
	int64_t oldest_request, newest_request; /* when it was submitted; 0: there is none */
	int64_t oldest_event, newest_event;
	uint64_t requests_day, requests_week;   /* submitted in the last day and week: a little less
	                                           exact where they were not stored in their order */
};
/* now: the time at which day and week end. */
int database_measure(struct database *database, int64_t now, struct database_stats *out,
                     struct error *err);

#endif
