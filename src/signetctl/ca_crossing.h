/*
 * Making cross certificates (RFC 4210 section 4.4), and keeping them beside
 * the authority that publishes them.
 */
#ifndef SIGNET_SIGNETCTL_CA_CROSSING_H
#define SIGNET_SIGNETCTL_CA_CROSSING_H

#include "signetctl/authority.h"
#include "signetctl/ca_authority.h"

#define CA_CROSSING_MAX 2 /* that one command makes */

struct ca_crossing {
	struct ca_authority *publisher; /* open: its file is written */
	struct arena *arena;
	int64_t now;
	int64_t not_after;              /* as it is wished for; 0: as long as both certificates last */
	struct bytes made[CA_CROSSING_MAX];
	size_t count;
};

/* What a certificate for another authority may restrict. */
struct ca_crossing_limits {
	bool foreign;                  /* not an authority of ours */
	int path_length;               /* CAs below it; PATH_LENGTH_NONE: as its own certificate says */
	const struct name_constraints *names; /* NULL: as its own certificate says */
};

/* The publisher's new key by its last earlier one, and that by the new one. SIGNET_E_INVALID: it is no root, or has
 * no earlier key that lasts. */
int ca_crossing_roll(struct ca_crossing *crossing, struct error *err);
/* The key of this certificate, which has to be a CA's, by the authority. */
int ca_crossing_certify(struct ca_crossing *crossing, const struct ca_authority *by,
                        const struct certificate *whose, const struct ca_crossing_limits *limits,
                        struct error *err);
/* Adds what was made to the publisher's file. Those for the same key by the same key, and those that have ended,
 * leave it. */
int ca_crossing_save(const struct ca_crossing *crossing, struct error *err);

#endif
