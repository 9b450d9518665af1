/*
 * How old the CRLs of the authorities are, summed up for those who watch:
 * of each key the complete CRL and the shards, and the delta CRLs of both.
 */
#ifndef SIGNET_ENGINE_CRL_STATUS_H
#define SIGNET_ENGINE_CRL_STATUS_H

#include "engine/configuration.h"
#include "store/store.h"

struct crl_summary {
	const char *authority; /* public name of the key; the configuration's */
	bool shards;           /* of all shards, else of the complete CRL */
	bool delta;
	unsigned count;        /* that are published; with 0 all below is 0, too */
	unsigned stale;        /* past their nextUpdate, or wanted and not published */
	uint64_t number;       /* the lowest */
	uint64_t entries;      /* of all */
	int64_t this_update;   /* the oldest */
	int64_t next_update;   /* the first */
};

/* For each key that publishes CRLs, in the order of the configuration. An error of visit ends it.
 * SIGNET_E_CORRUPT, SIGNET_E_NOMEM. */
int crl_status_read(struct store *store, const struct configuration *configuration, int64_t now,
                    int (*visit)(void *arg, const struct crl_summary *summary), void *arg,
                    struct error *err);

#endif
