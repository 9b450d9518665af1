/*
 * What the tests of CRLs have in common: an engine whose authority publishes
 * them, with a clock that stands still, and certificates to revoke.
 */
#ifndef TESTS_UNIT_ENGINE_CRL_WORLD_H
#define TESTS_UNIT_ENGINE_CRL_WORLD_H

#include "fixture.h"

#include "engine/crl_keeper.h"
#include "pki/crl.h"

enum { UNSPECIFIED = 0, KEY_COMPROMISE = 1, SUPERSEDED = 4, HOLD = 6, REMOVE = 8 };

struct crl_world {
	struct fixture f;
	int64_t now;
	unsigned issued;
	const char *base; /* urls.base of the next start; NULL: http://crl.example */
};

/* crl: what the configuration says of it, "{interval: 1h}", for an authority with a base URL. */
void crl_world_make(struct crl_world *w, const char *crl);
/* The same once more with the engine closed and opened: as after a kill, for nothing is said of the end. */
void crl_world_restart(struct crl_world *w, const char *crl);
void crl_world_end(struct crl_world *w);
void crl_world_later(struct crl_world *w, int64_t seconds);

/* A new certificate's serial, in the fixture's arena. */
struct bytes crl_world_issue(struct crl_world *w);
void crl_world_revoke(struct crl_world *w, struct bytes serial, unsigned reason);

/* Does what is due; seconds until something is. */
int64_t crl_world_round(struct crl_world *w);

/* A file below public/crl/: it is there, whole, and signed by this key (NULL: the authority's). */
struct crl crl_world_open(struct crl_world *w, const char *name, const struct key *key);
uint64_t crl_world_number(struct crl_world *w, const char *name);
bool crl_world_has(struct crl_world *w, const char *name);
/* The reason of the serial's entry; -1: it has none. */
int crl_world_reason(struct crl_world *w, const char *name, struct bytes serial);

#endif
