/*
 * Keeps the CRLs of all authorities, and of their earlier keys, as their
 * configuration says: by the clock, at once after revocations that may not
 * wait, and again when a file is missing, damaged or was not made as the
 * configuration now says. What fails is logged and tried again with growing
 * pauses. One thread does all of it.
 *
 * What is due follows from the database and the files alone (crl_due.h), so
 * that nothing is forgotten when the process ends.
 */
#ifndef SIGNET_ENGINE_CRL_KEEPER_H
#define SIGNET_ENGINE_CRL_KEEPER_H

#include "engine/core.h"

struct crl_keeper;
struct Signet__Db__Crl;

int crl_keeper_new(struct crl_keeper **out, struct engine *engine, struct error *err);
/* Stops first if need be. Accepts NULL. */
void crl_keeper_free(struct crl_keeper *keeper);
int crl_keeper_start(struct crl_keeper *keeper, struct error *err);
/* Waits for what is under way. Accepts NULL. */
void crl_keeper_stop(struct crl_keeper *keeper);

/* The configuration is another one: looks at once. Accepts NULL. */
void crl_keeper_wake(struct crl_keeper *keeper);
/* A certificate of this authority was revoked, for this CRLReason: looks at once, together with others
 * that come in the next moment, when its CRLs may not wait for that. Accepts NULL. */
void crl_keeper_revoked(struct crl_keeper *keeper, const uint8_t issuer[AUTHORITY_ISSUER_SIZE],
                        unsigned reason);

/* Whether it is at work on a CRL or on the certificates of a key that is revoked; what failed when it looked
 * last, and will be tried again. */
bool crl_keeper_is_busy(const struct crl_keeper *keeper);
unsigned crl_keeper_failures(const struct crl_keeper *keeper);

/* Publishes now what an administrator asks for: the CRLs of the authority ("": of all) and of its earlier
 * keys, or with delta their delta CRLs alone. visit is called for each, and ends it when it does not
 * return 0. SIGNET_E_NOT_FOUND: there is no such authority, or it publishes none. */
int crl_keeper_publish(struct crl_keeper *keeper, const struct configuration *configuration,
                       const char *authority, bool delta, const char *actor,
                       int (*visit)(void *arg, unsigned shard, const struct Signet__Db__Crl *crl),
                       void *arg, struct error *err);

/* For tests: does what is due. *wait: seconds until something is. */
int crl_keeper_round(struct crl_keeper *keeper, int64_t *wait);

#endif
