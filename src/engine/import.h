/*
 * Certificates that another CA has issued with the key of one of our
 * authorities, before that key came here: they are stored as if they had been
 * issued, so that they can be found and revoked, and CRLs and OCSP answers
 * tell of them. Each must be signed by a present or earlier key of an
 * authority. What they say comes from outside and is read strictly.
 *
 * The request that such a certificate answers is made up: it has no csr, says
 * who imported it and when (submitted), and when it was issued elsewhere
 * (resolved).
 */
#ifndef SIGNET_ENGINE_IMPORT_H
#define SIGNET_ENGINE_IMPORT_H

#include "engine/core.h"

struct import_item {
	struct bytes der;
	int64_t revoked;       /* when it was revoked or held elsewhere; 0: it is not */
	int64_t invalid;       /* since when it is not to be relied on; 0: not said */
	unsigned reason;       /* CRLReason, not removeFromCRL */
};

struct import_order {
	const struct import_item *items;
	size_t count;          /* at most LIMIT_IMPORT */
	const char *authority; /* whose they must be; "": of any */
	bool unexpired;        /* those that have ended are left out */
	bool check;            /* nothing is stored */
	bool publish;          /* the exits are told that they were issued */
	const char *actor;     /* "uid 1000", */
	const char *from;      /* "admin.sock pid 4711"; NULL: the engine itself */
};

struct import_refusal {
	size_t item;
	int code;
	const char *message;
};

struct import_result {
	size_t imported;
	size_t skipped;        /* were here already */
	size_t ended;          /* left out */
	size_t revoked;        /* are revoked or held now, as was said of them, and were not here before */
	struct import_refusal *refused; /* in the arena, by their items */
	size_t refused_count;
};

/* All that can be, in one durable transaction with one audit record. One that was here already is
 * skipped; had it come so, too, and was never revoked or held here, and is revoked elsewhere now, it is
 * revoked, which has an audit record of its own. What was issued here never changes. SIGNET_E_NOT_FOUND: there is no such
 * authority; SIGNET_E_TOO_BIG. A refusal of one is no error. */
int import_certificates(struct engine *engine, const struct configuration *configuration,
                        struct arena *arena, const struct import_order *order,
                        struct import_result *out, struct error *err);

/* Whether the regular file, at most LIMIT_CRL_FILE octets, is a CRL in DER of this authority ("": of any),
 * signed by one of its keys, and no delta CRL: then an audit record says so, with its SHA-256. *key: the
 * one that has signed it. SIGNET_E_INVALID. */
int import_check_crl(struct engine *engine, const struct configuration *configuration,
                     struct arena *arena, int file, const char *authority, const char *actor,
                     const struct authority **key, struct error *err);

#endif
