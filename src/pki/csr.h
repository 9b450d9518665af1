/*
 * PKCS#10 certification requests (RFC 2986).
 */
#ifndef SIGNET_PKI_CSR_H
#define SIGNET_PKI_CSR_H

#include "asn1/extension.h"
#include "asn1/name.h"
#include "crypto/key.h"

/* A parsed request; the slices point into der, arrays are in the arena. */
struct csr {
	struct bytes der;
	struct bytes info;                /* what is signed */
	struct bytes subject;             /* Name, checked; may be empty */
	struct bytes spki;
	struct pubkey *key;               /* freed by csr_clear */
	struct extension *extensions;     /* of the extensionRequest attribute */
	size_t extension_count;
	struct general_name *alt_names;   /* of its subjectAltName */
	size_t alt_name_count;
	const char *challenge_password;   /* NULL when there is none. A secret: never logged */
	enum signature_algorithm signature_algorithm;
	struct bytes signature;
};

/* Strict DER, everything consumed, at most LIMIT_CSR octets. Attributes at most once each,
 * unknown ones are skipped. Does not verify the signature. SIGNET_E_BAD_REQUEST, _BAD_KEY,
 * _BAD_ALGORITHM, _BAD_NAME, _TOO_BIG with what is wrong. On failure nothing need be cleared. */
int csr_parse(struct csr *out, struct arena *arena, struct bytes der, struct error *err);
void csr_clear(struct csr *csr);

/* Proof of possession: the request is signed by its own key. SIGNET_E_BAD_SIGNATURE. */
int csr_verify_possession(const struct csr *csr, struct error *err);

/* PEM ("CERTIFICATE REQUEST" or "NEW CERTIFICATE REQUEST") or DER into DER. */
int csr_read(struct buffer *der, struct bytes pem_or_der, struct error *err);

/* Builds and signs a request with this subject (DER) and, unless count is 0, an
 * extensionRequest with these extensions. Appends DER to out. */
int csr_build(struct buffer *out, const struct key *key, struct bytes subject,
              const struct extension *extensions, size_t count, struct error *err);

#endif
