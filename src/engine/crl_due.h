/*
 * Which CRLs of a scope are to be published now, and why.
 */
#ifndef SIGNET_ENGINE_CRL_DUE_H
#define SIGNET_ENGINE_CRL_DUE_H

#include "engine/core.h"

struct crl_due {
	const char *complete; /* why: "interval", "missing", "damaged", "immediate", ...; NULL: it is not */
	const char *delta;    /* the same of the delta CRL; one follows each complete CRL anyway */
	int64_t next;         /* else when the first of them is */
};

struct crl_look {
	struct engine *engine;
	const struct authority *key;
	unsigned shard;
	int64_t now;
	uint64_t looked; /* generation: what changed until then is not to be published at once any more */
	bool thorough;   /* the files are read and verified */
};

/* The strings are constants. The arena is for the time of the call. */
int crl_due_find(struct crl_due *out, struct arena *arena, const struct crl_look *look,
                 struct error *err);

#endif
