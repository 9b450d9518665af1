/*
 * Making CA certificates: what `signetctl init` and `signetctl ca` are built of.
 */
#ifndef SIGNET_SIGNETCTL_AUTHORITY_H
#define SIGNET_SIGNETCTL_AUTHORITY_H

#include "base/arena.h"
#include "base/buffer.h"
#include "crypto/key.h"
#include "pki/certificate.h"
#include "pki/csr.h"

struct authority_plan {
	struct bytes subject;         /* Name */
	int64_t not_before;
	int64_t not_after;
	int path_length;              /* PATH_LENGTH_NONE for no limit */
};

/* A CA certificate for this key. issuer and issuer_key NULL: self-signed. Appends DER. */
int authority_certificate(struct buffer *out, const struct authority_plan *plan,
                          const struct key *key, const struct certificate *issuer,
                          const struct key *issuer_key, struct error *err);

/* A certification request for a subordinate CA. Appends DER. */
int authority_request(struct buffer *out, struct bytes subject, const struct key *key,
                      struct error *err);

/* Where certificates of an authority say that its CRL, its certificate and its OCSP responder are found; NULL: they
 * do not. */
struct authority_urls {
	const char *crl, *certificate, *ocsp;
};

/* Another certificate for an authority: what it says of it is taken from the one that there is, what it says of
 * its issuer is not. */
struct authority_terms {
	const struct certificate *like;   /* subject and extensions, but for the key identifiers, CDP and AIA */
	bool keep_urls;                   /* the issuer is the same: those of CDP and AIA stay */
	bool foreign;                     /* only those extensions that say what it may do, not what is unknown */
	const struct extension *instead;  /* in place of those of their kind; not key identifiers, CDP, AIA */
	size_t instead_count;
	const struct pubkey *key;
	int64_t not_before, not_after;
	const struct certificate *issuer; /* NULL: self-signed */
	const struct key *issuer_key;     /* its own key when it is self-signed */
	struct authority_urls urls;       /* of CDP and AIA */
};
/* Appends DER. SIGNET_E_INVALID: RFC 5280 does not allow it. */
int authority_reissue(struct buffer *out, struct arena *arena, const struct authority_terms *terms,
                      struct error *err);
/* A request for it, for issuers elsewhere. Appends DER. */
int authority_rerequest(struct buffer *out, struct arena *arena, const struct certificate *like,
                        const struct key *key, struct error *err);

/* Whether these certificates, DER, the authority's first, verify at that time, with the name constraints of
 * each and its path length, of which the authority itself, too, is to issue: x509_verify_chain would
 * take it for the end of the path. SIGNET_E_INVALID, _BAD_NAME, _TOO_BIG. */
int authority_verify_chain(struct arena *arena, const struct bytes *chain, size_t count,
                           int64_t now, struct error *err);
/* Whether they can serve with this key: the first is the key's, a CA that may sign certificates and CRLs,
 * and the chain verifies so at that time. */
int authority_check_chain(struct arena *arena, const struct bytes *chain, size_t count,
                          const struct key *key, int64_t at, struct error *err);

#endif
