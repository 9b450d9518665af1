/*
 * What a certificate of our own says, read without a look at its key and
 * signature: for lists and events, where the full parser would spend most of
 * its time on the key.
 */
#ifndef SIGNET_ENGINE_OUTLINE_H
#define SIGNET_ENGINE_OUTLINE_H

#include "asn1/extension.h"

struct outline {
	struct bytes serial;  /* magnitude */
	struct bytes subject; /* Name */
	int64_t not_before;
	int64_t not_after;
	struct extension *extensions;
	size_t extension_count;
	struct general_name *names; /* subjectAltName */
	size_t name_count;
};

/* The slices point into der, the arrays are in the arena. SIGNET_E_CORRUPT, SIGNET_E_NOMEM. */
int outline_read(struct outline *out, struct arena *arena, struct bytes der);

#endif
