/*
 * The check of the database: every record reads back, every certificate is
 * signed by a known key, and records and indexes point to each other. It goes
 * by portions, each in a snapshot of its own, so that a large database is
 * checked while the engine works; what changes between two portions is
 * whole in either.
 */
#ifndef SIGNET_ENGINE_CHECK_H
#define SIGNET_ENGINE_CHECK_H

#include "engine/configuration.h"
#include "engine/database.h"

#define CHECK_FINDINGS_MAX 100
#define CHECK_PROBLEM_MAX 160
#define CHECK_KEY_MAX 80

struct check_finding {
	const char *table;
	char key[CHECK_KEY_MAX + 1];         /* a number, or the beginning of the key in hex */
	uint64_t id;                         /* of the request that it is about; 0 for none */
	char problem[CHECK_PROBLEM_MAX + 1];
};

/* Where a portion begins: a step and the key behind which it goes on. All zero: at the beginning. */
struct check_place {
	unsigned step;
	struct store_key key;
};

struct check_portion {
	struct check_finding findings[CHECK_FINDINGS_MAX];
	size_t count;
	uint64_t looked;         /* records */
	uint64_t total;          /* that the whole check will look at, about */
	struct check_place next;
	bool done;               /* there is no next */
};
/* A portion takes a fraction of a second. The keys that may have signed are those of the configuration. */
int check_portion(struct database *database, const struct configuration *configuration,
                  const struct check_place *place, struct check_portion *out, struct error *err);

/* The place as octets, and back. SIGNET_E_INVALID. */
struct bytes check_place_pack(const struct check_place *place, struct arena *arena);
int check_place_unpack(struct check_place *out, struct bytes packed);

#endif
