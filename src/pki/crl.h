/*
 * Certificate revocation lists (RFC 5280 section 5): a writer that streams
 * the entries into a file and a reader over a file that is mapped. Neither
 * holds the entries: memory does not depend on how many they are.
 */
#ifndef SIGNET_PKI_CRL_H
#define SIGNET_PKI_CRL_H

#include "asn1/extension.h"
#include "crypto/key.h"

#define CRL_REASON_REMOVE 8 /* removeFromCRL, in delta CRLs only */

struct crl_entry {
	struct bytes serial; /* magnitude */
	int64_t revoked;
	int64_t invalid;     /* invalidity date; 0: none */
	unsigned reason;     /* CRLReason; 0, unspecified, is not written */
};

/* Called for each entry, whose serial it must not keep. What is not 0 ends the visit, whose result it
 * is. */
typedef int crl_visitor(void *context, const struct crl_entry *entry);
/* Has all entries visited, in their order. The writer calls it two or three times and must see
 * the same each time: it reads one snapshot. 0, the visitor's result or an error of its own. */
typedef int crl_source(void *arg, crl_visitor *visitor, void *context);

struct crl_head {
	struct bytes issuer;    /* Name of the authority, DER */
	struct bytes key_id;    /* its subjectKeyIdentifier */
	uint64_t number;        /* cRLNumber */
	uint64_t base;          /* the number of the CRL that it adds to; 0: it is complete */
	int64_t this_update;
	int64_t next_update;
	const char *const *points; /* URIs of a critical issuingDistributionPoint; none: there is none */
	size_t point_count;
	const char *const *freshest; /* URIs of freshestCRL */
	size_t freshest_count;
};

struct crl_written {
	uint64_t entries;
	uint64_t size;          /* octets of the file */
};

/* Writes the CRL as the content of fd, a regular file that is open for reading and writing; the
 * caller syncs it. It is read back and its signature verified. What the file has after a failure is no CRL. SIGNET_E_INVALID: an entry or a head that
 * cannot be written (names what); SIGNET_E_TOO_BIG over LIMIT_CRL; SIGNET_E_INTERNAL for a source that
 * changed; SIGNET_E_IO, SIGNET_E_FULL; what the source returned. */
int crl_write(int fd, const struct key *key, enum signature_algorithm algorithm,
              const struct crl_head *head, crl_source *source, void *arg,
              struct crl_written *written, struct error *err);

/* A parsed CRL; the slices point into der, the arrays are in the arena. */
struct crl {
	struct bytes der;
	struct bytes tbs;
	struct bytes issuer;        /* Name */
	int64_t this_update;
	int64_t next_update;        /* 0: not said */
	enum signature_algorithm signature_algorithm;
	struct bytes signature;
	struct extension *extensions;
	size_t extension_count;
	struct bytes key_id;        /* of the authorityKeyIdentifier; may be empty */
	uint64_t number;            /* 0: not said */
	uint64_t base;              /* 0: it is complete */
	struct issuing_point point; /* all zero without one */
	struct bytes *freshest;
	size_t freshest_count;
	struct bytes entries;       /* what revokedCertificates has in it */
	void *map;                  /* crl_open's */
};

/* Reads all but the entries, so that it costs the same for any number of them. Strict: version 2, DER,
 * both algorithms equal, everything consumed, no unknown critical extension, no indirect CRL.
 * SIGNET_E_INVALID, _BAD_NAME, _BAD_ALGORITHM, _TOO_BIG, _NOMEM, with what is wrong. */
int crl_parse(struct crl *out, struct arena *arena, struct bytes der, struct error *err);
/* Has the entries visited. SIGNET_E_INVALID names the first bad one by its place; else the visitor's
 * result. */
int crl_visit(const struct crl *crl, crl_visitor *visitor, void *context, struct error *err);
/* Signed by this key (only the signature is checked). */
int crl_verify(const struct crl *crl, const struct pubkey *issuer, struct error *err);
/* The entry with this serial number (magnitude). SIGNET_E_NOT_FOUND. Its serial is the CRL's. */
int crl_find(const struct crl *crl, struct bytes serial, struct crl_entry *out,
             struct error *err);

/* Maps the file, which must be one that is replaced by renaming and never changed, and parses it. */
int crl_open(struct crl *out, struct arena *arena, const char *path, struct error *err);
void crl_close(struct crl *crl);

#endif
