/*
 * What is said of a request to the one who made it.
 */
#ifndef SIGNET_ENGINE_OUTCOME_H
#define SIGNET_ENGINE_OUTCOME_H

#include "engine/configuration.h"
#include "engine/database.h"

struct outcome_parts {
	uint64_t id;
	enum signet_request_state state;
	enum signet_reason reason;
	const char *message;
	struct bytes serial;      /* issued: these three */
	struct bytes certificate;
	const char *authority;
};

/* The slices stay the caller's; the chain is in the arena, its DERs are the configuration's. */
int outcome_make(const struct configuration *configuration, struct arena *arena,
                 const struct outcome_parts *parts, struct signet_outcome *out,
                 struct error *err);
/* SIGNET_E_CORRUPT when the record contradicts itself. */
int outcome_of_stored(const struct configuration *configuration, struct arena *arena,
                      const struct stored *stored, struct signet_outcome *out,
                      struct error *err);
/* The serial number of a certificate in DER. SIGNET_E_INVALID. */
int outcome_serial(struct bytes certificate, struct bytes *out);

#endif
