/*
 * OCSP (RFC 6960, RFC 5019; the nonce by RFC 9654): a strict parser of
 * requests, and a builder of responses that encodes once for each responder
 * what does not change from answer to answer.
 */
#ifndef SIGNET_PKI_OCSP_H
#define SIGNET_PKI_OCSP_H

#include "crypto/hash.h"
#include "crypto/key.h"

#define OCSP_NONCE_MAX 128 /* RFC 9654 section 2.1 */

struct ocsp_cert_id {
	struct bytes der;         /* CertID, as it came */
	enum hash_algorithm hash; /* SHA-1 or SHA-256; 0: another, which is nobody's here */
	struct bytes name_hash;   /* of the issuer's Name */
	struct bytes key_hash;    /* of its key, the BIT STRING's content */
	struct bytes serial;      /* magnitude */
};

/* A parsed request; the slices point into what was parsed. */
struct ocsp_request {
	struct ocsp_cert_id ids[LIMIT_OCSP_IDS];
	size_t count;             /* one at least */
	struct bytes nonce;       /* what a response echoes; empty: there is none */
};

/* Strict DER. requestorName and signature are read over (RFC 6960 section 4.1.2 leaves it to the
 * responder whether to look at them). SIGNET_E_INVALID, or SIGNET_E_TOO_BIG over LIMIT_OCSP_IDS or
 * LIMIT_OCSP_REQUEST: the answer to both is malformedRequest. */
int ocsp_request_parse(struct ocsp_request *out, struct bytes der, struct error *err);

/* OCSPResponseStatus (RFC 6960 section 4.2.1). */
enum ocsp_result {
	OCSP_SUCCESSFUL = 0,
	OCSP_MALFORMED_REQUEST = 1,
	OCSP_INTERNAL_ERROR = 2,
	OCSP_TRY_LATER = 3,
	OCSP_SIGNATURE_REQUIRED = 5,
	OCSP_UNAUTHORIZED = 6,
};
/* An OCSPResponse without an answer in it; static. */
struct bytes ocsp_error_response(enum ocsp_result result);

/* Who signs, with what does not change encoded: ResponderID (the key's hash), algorithm, and the
 * certificates that come along. May be shared by threads. */
struct ocsp_signer;
/* The key must outlive it. certificates: DER, the responder's first; none when the authority
 * itself signs. */
int ocsp_signer_new(struct ocsp_signer **out, const struct key *key,
                    const struct bytes *certificates, size_t count, struct error *err);
void ocsp_signer_free(struct ocsp_signer *signer);

enum ocsp_status { OCSP_GOOD, OCSP_REVOKED, OCSP_UNKNOWN };

struct ocsp_single {
	struct bytes cert_id;     /* CertID as the request had it */
	enum ocsp_status status;
	int64_t revoked;          /* when; of OCSP_REVOKED alone, as the next */
	unsigned reason;          /* CRLReason; 0 is not written */
	int64_t cutoff;           /* archiveCutoff; 0: none */
};

struct ocsp_answer {
	const struct ocsp_single *singles;
	size_t count;
	int64_t produced;
	int64_t this_update;
	int64_t next_update;
	bool extended;            /* never-issued serials are revoked: says the extension of RFC 6960
	                             section 4.4.8 */
	struct bytes nonce;       /* empty: none */
};

/* Appends a signed OCSPResponse. SIGNET_E_INVALID for a time that cannot be written; SIGNET_E_NOMEM;
 * SIGNET_E_TOO_BIG; SIGNET_E_CRYPTO. */
int ocsp_response_build(struct buffer *out, const struct ocsp_signer *signer,
                        const struct ocsp_answer *answer, struct error *err);

#endif
