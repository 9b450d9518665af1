/*
 * The engine's configuration: authorities, profiles, policy and who may ask
 * for what. Immutable once loaded; a reload makes a new one and swaps it
 * whole, while requests under way keep theirs until they are done.
 */
#ifndef SIGNET_ENGINE_CONFIGURATION_H
#define SIGNET_ENGINE_CONFIGURATION_H

#include <sys/types.h>

#include "engine/authority.h"
#include "engine/chain.h"
#include "engine/profile.h"
#include "engine/retention.h"
#include "engine/roles.h"
#include "engine/schedule.h"

/* The name of what comes over admin.sock as an intermediary's: every profile of the configuration is open
 * to it. */
#define CONFIGURATION_ADMIN "signetctl"

struct configuration {
	const struct settings *settings;
	uint64_t generation;           /* set by configuration_swap */
	char fingerprint[72];          /* "sha256:" and the hash of what it says and of the
	                                  authorities' chains and keys, for the audit trail */
	struct authority *authorities;
	size_t authority_count;
	struct profile *profiles;      /* the configured ones */
	size_t profile_count;
	struct profile gateway;        /* the built-in one */
	struct signet_groups *groups;
	struct chain *chain;
	uid_t gateway_user;            /* as configured, else the engine's own */
	uid_t publisher_user;
	struct roles roles;            /* who may administer */
	struct schedule schedule;
	int64_t head_interval;         /* seconds between signed heads of the audit trail */
	struct retention retention;
	/* private */
	struct settings *owned;
	struct arena *arena;
	unsigned references;
};

/* Reads and checks everything. owned: the settings when they are to be freed with the
 * configuration (and after a failure), else NULL. SIGNET_E_CONFIG. */
int configuration_load(struct configuration **out, const struct settings *settings,
                       struct settings *owned, struct error *err);
/* For one that is in no holder. Accepts NULL. */
void configuration_free(struct configuration *configuration);

/* The profile of this name, the built-in one included; NULL. */
const struct profile *configuration_profile(const struct configuration *configuration,
                                            const char *name);
const struct authority *configuration_authority(const struct configuration *configuration,
                                                const char *name);
/* Whether this intermediary may ask for this profile. */
bool configuration_is_open(const struct configuration *configuration, const char *intermediary,
                           const char *profile);

struct configuration_holder;

/* Takes the first configuration over. */
int configuration_holder_new(struct configuration_holder **out, struct configuration *first,
                             struct error *err);
void configuration_holder_free(struct configuration_holder *holder);
/* The current one, which stands until it is released. */
struct configuration *configuration_take(struct configuration_holder *holder);
void configuration_release(struct configuration_holder *holder,
                           struct configuration *configuration);
/* Takes the new one over, with a generation above all before it, also of earlier processes. */
void configuration_swap(struct configuration_holder *holder, struct configuration *next);

#endif
