/*
 * What keeps the CRLs of a key from being published: it is logged when it
 * begins and when it is over, not with every attempt in between.
 */
#ifndef SIGNET_ENGINE_CRL_TROUBLE_H
#define SIGNET_ENGINE_CRL_TROUBLE_H

#include <stddef.h>

#include "base/error.h"

#define CRL_TROUBLES_MAX 64
#define CRL_TROUBLE_NAME_MAX 128

struct crl_troubles {
	struct {
		char name[CRL_TROUBLE_NAME_MAX];
		int code;
	} known[CRL_TROUBLES_MAX];
	size_t count;
};

/* An attempt failed; name: the key's public one, due: why it was made. The same error of the same key is
 * logged once, whichever of its CRLs it hits. */
void crl_trouble_note(struct crl_troubles *troubles, const char *name, const char *due,
                      const struct error *err);
/* All went well with this key. */
void crl_trouble_end(struct crl_troubles *troubles, const char *name);

#endif
