/*
 * What signetctl db asks of the engine. Not for modules.
 */
#ifndef SIGNET_API_MAINTENANCE_H
#define SIGNET_API_MAINTENANCE_H

#include "api/client.h"

/* The layouts of the databases that this version writes; a backup of another one is not brought back.
 * The engine's 1 was that of development versions whose rows and indexes these are not. */
#define SIGNET_SCHEMA_ENGINE 2
#define SIGNET_SCHEMA_GATEWAY 1

/* Beside the engine's database: while a backup is being brought back, and when it was. The engine does
 * not start on the first, and puts the second on record. "ACTOR\nDETAIL\n", of printable characters. */
#define SIGNET_NOTE_RESTORING "restoring"
#define SIGNET_NOTE_RESTORED "restored"

/* Has the engine write a copy of its database into this file, which is empty and open for writing, and
 * sync it. Takes as long as it takes: signet_client_cancel from another thread ends it, and so does the
 * end of this process. */
int signet_backup(struct signet_client *client, int file, uint64_t *octets, struct error *err);

struct signet_table_stats {
	const char *name;
	uint64_t entries, octets;
};
struct signet_database_stats {
	struct signet_table_stats *tables;
	size_t table_count;
	uint64_t page_size, pages, free_pages, map, file; /* map and file in octets */
	uint64_t commits, writes;                         /* since the engine has started, and */
	int64_t started;                                  /* when that was */
	int64_t oldest_request, newest_request;           /* 0: there is none */
	int64_t oldest_event, newest_event;
	uint64_t requests_day, requests_week;             /* that came in the last day and week */
};
int signet_database_stats(struct signet_client *client, struct arena *arena,
                          struct signet_database_stats *out, struct error *err);

struct signet_finding {
	const char *table;
	const char *key;      /* of the record: a number, or hex */
	uint64_t id;          /* of the request that it is about; 0 for none */
	const char *problem;
};
/* One portion of a check. place: empty for the first, then *next of the one before, which is empty
 * after the last. */
struct signet_check {
	struct signet_finding *findings;
	size_t count;
	uint64_t looked;      /* records of this portion */
	uint64_t total;       /* of the whole check, about */
	struct bytes next;
};
int signet_check_database(struct signet_client *client, struct arena *arena, struct bytes place,
                          struct signet_check *out, struct error *err);

/* One batch of what the configuration's `retention` lets go of. */
struct signet_pruned {
	uint64_t certificates, requests, events;
	struct bytes next;
};
/* dry_run: counts, and prunes nothing. place: as of signet_check_database. */
int signet_prune(struct signet_client *client, struct arena *arena, bool dry_run,
                 struct bytes place, struct signet_pruned *out, struct error *err);

#endif
