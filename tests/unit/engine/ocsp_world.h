/*
 * What the tests of OCSP have in common: an engine with one authority, questions
 * and answers as openssl makes and verifies them.
 */
#ifndef TESTS_UNIT_ENGINE_OCSP_WORLD_H
#define TESTS_UNIT_ENGINE_OCSP_WORLD_H

#include "tests/unit/engine/fixture.h"

#include "engine/ocsp.h"

/* behind ours: it has macros with the names of our key usages, and other values */
enum { KEY_USAGE_SIGNATURE = KU_DIGITAL_SIGNATURE, KEY_USAGE_AUTHORITY = KU_KEY_CERT_SIGN | KU_CRL_SIGN };
#include <openssl/ocsp.h>

extern struct fixture ocsp_fixture;
extern struct bytes ocsp_leaf, ocsp_issuer; /* the certificate that is asked about, and its issuer's */

/* A request about a serial number of an issuer. */
struct question {
	OCSP_REQUEST *request;
	OCSP_CERTID *id; /* the request's */
	struct bytes der;
};

/* What an answer says. */
struct said {
	int status, reason;
	time_t revoked, this_update, next_update;
	int certificates;
	bool extended, cutoff;
};

/* What ocsp_status tells of the responders: their number, and the last one. */
struct seen {
	size_t count;
	uint8_t serial[SERIAL_SIZE];
	int64_t not_before, not_after, renewal;
	uint64_t answers;
	bool trouble;
};

/* A new certificate by the idempotency key. */
struct bytes ocsp_world_issue_leaf(const char *key, struct bytes *serial);
void ocsp_world_revoke_as(struct bytes serial, unsigned reason);
void ocsp_world_ask_serial(struct question *q, X509 *by, ASN1_INTEGER *serial, const EVP_MD *hash);
void ocsp_world_ask(struct question *q, struct bytes certificate, struct bytes by, const EVP_MD *hash);
struct ocsp_answered ocsp_world_answer_of(struct bytes request, const char *authority);
int ocsp_world_error_of(struct bytes request, const char *authority);
/* The answer, which openssl verifies against the root. */
struct said ocsp_world_verify(const struct question *q, struct bytes response);
struct said ocsp_world_status_of(struct bytes certificate);
void ocsp_world_begin_with(const char *sections);
/* The same sections, with these `ocsp` settings of the authority. */
void ocsp_world_begin_with_ocsp(const char *ocsp);
int ocsp_world_teardown(void **state);
struct seen ocsp_world_see(void);
void ocsp_world_keep(void);
X509 *ocsp_world_x509(struct bytes der);

#endif
