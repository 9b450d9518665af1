/*
 * An authority: a certificate with its chain and the key that signs under
 * it. Loading checks all that can be checked before the first request.
 */
#ifndef SIGNET_ENGINE_AUTHORITY_H
#define SIGNET_ENGINE_AUTHORITY_H

#include "base/limits.h"
#include "conf/settings.h"
#include "engine/crl_policy.h"
#include "engine/ocsp_settings.h"
#include "pki/certificate.h"

/* Octets of the name of a key: the beginning of SHA-256 over its SubjectPublicKeyInfo. It says in the
 * database which key of an authority has signed. */
#define AUTHORITY_ISSUER_SIZE 8

/* What stands in the name of the file with its cross certificates: `issuing.cross.pem`. */
#define AUTHORITY_CROSS "cross"
/* What stands in the name of a key's file that is to be the authority's next one: `issuing.new.key`. */
#define AUTHORITY_NEW "new"

/* What the whole chain allows below the authority, its root too where that is in it: no certificate of
 * the authority goes past that. */
struct authority_bounds {
	int64_t not_after;     /* the first end of a certificate in the chain */
	int path_length;       /* CAs that may still follow one another; PATH_LENGTH_NONE: any number */
	const struct name_constraints *constraints; /* of every certificate that has them, */
	const struct bytes *constraint_values;      /* and what they were decoded of */
	size_t constraint_count;
};

/* An earlier key whose certificate, or that of an issuer of it, has ended: all that is still said of it. */
struct authority_ended {
	unsigned ordinal;
	uint8_t issuer[AUTHORITY_ISSUER_SIZE];
	const char *key_name;
	int64_t not_before, not_after; /* the first end in its chain */
};

/* An authority may have had other keys before: their certificates live on, and so do their CRLs and
 * OCSP answers. Beside `issuing.pem` and `issuing.key` they lie as `issuing.1.pem` and `issuing.1.key`,
 * the first that there was, `issuing.2.pem` and so on. */
struct authority {
	const char *name;
	const char *public_name;          /* of this key, in URLs and files: "NAME", from the second
	                                     key on "NAME.k2" */
	uint8_t issuer[AUTHORITY_ISSUER_SIZE];
	unsigned ordinal;                 /* 1: its first key */
	struct authority *previous;       /* its earlier keys, without those that have ended, oldest
	                                     first: for CRLs and OCSP, never for certificates */
	size_t previous_count;
	struct authority_ended *ended;    /* those, oldest first */
	size_t ended_count;
	struct bytes *cross;              /* certificates for its keys by others and for others by its
	                                     keys: published, never part of a chain */
	size_t cross_count;
	struct key *key;
	const char *key_name;             /* "P-256", "RSA-2048" */
	struct certificate certificate;
	const char *subject;              /* RFC 4514 */
	struct bytes chain[LIMIT_CHAIN];  /* its own certificate first */
	size_t chain_count;
	size_t sent_count;                /* those of them that clients get: no self-signed root */
	struct authority_bounds bounds;
	struct ocsp_settings ocsp;        /* of all its keys alike */
	struct extension key_id;          /* authorityKeyIdentifier of every certificate of it */
	/* authorityInfoAccess, cRLDistributionPoints and freshestCRL, where the configuration names URLs:
	 * what its certificates carry unless their profile says other. With shards the latter two stand
	 * for those of the certificate's shard. */
	struct extension extensions[3];
	size_t extension_count;
	struct crl_policy crl;
	char *base_url;                   /* of what everybody may have; NULL: not said */
	bool freshest;                    /* certificates name the delta CRL, too */
};

/* Reads `authorities.NAME`: certificate chain and key are there, belong together, the chain
 * holds at this time, also its path lengths and name constraints, and the certificate may sign
 * certificates and CRLs (RFC 5280 section 4.2.1.3, 4.2.1.9); the same of its earlier keys.
 * SIGNET_E_CONFIG names the file and the reason. Everything but the keys is allocated in the arena. */
int authority_load(struct authority *out, struct arena *arena, const struct settings *settings,
                   const struct conf_node *node, int64_t now, struct error *err);
/* Frees the keys; the rest goes with the arena. */
void authority_clear(struct authority *authority);

/* Whether a CA certificate with this path length (PATH_LENGTH_NONE: without one) stays within the
 * bounds. SIGNET_E_INVALID says why not. */
int authority_check_path(const struct authority *authority, int path_length, struct error *err);
/* Whether the names do (name_constraints_check). */
int authority_check_names(const struct authority *authority, struct arena *arena,
                          struct bytes subject, const struct general_name *names, size_t count,
                          struct error *err);

/* The name of the file with the CRL of this shard (0: the complete one), "issuing.delta-3.crl"; NULL
 * without memory. */
char *authority_crl_file(struct arena *arena, const struct authority *authority, unsigned shard,
                         bool delta);
/* Where that is found by everybody; NULL in *out where the configuration does not say. */
int authority_crl_url(struct arena *arena, const struct authority *authority, unsigned shard,
                      bool delta, const char **out);
/* The shard of a certificate with this serial; 0 where there are none. */
unsigned authority_shard(const struct authority *authority, struct bytes serial);

#endif
