/*
 * The second opinion: GnuTLS reads what our own builder made, and verifies
 * chains. Nothing leaves the engine before x509_agrees said so.
 */
#ifndef SIGNET_CRYPTO_X509_H
#define SIGNET_CRYPTO_X509_H

#include "crypto/key.h"

struct x509_expected {
	struct bytes serial;   /* magnitude */
	struct bytes issuer;   /* DER */
	struct bytes subject;  /* DER */
	struct bytes spki;     /* DER */
	int64_t not_before;
	int64_t not_after;
};

/* Imports the certificate with GnuTLS and compares. SIGNET_E_INTERNAL names the first field that
 * differs. */
int x509_agrees(struct bytes certificate, const struct x509_expected *expected,
                struct error *err);

/* Each certificate is signed by the next one and valid at that time, each issuer is a CA that may
 * sign certificates and allows as many CAs below it as there are, and the last is self-signed or
 * trusted as it stands. Name constraints are not looked at. chain[0] is the leaf. SIGNET_E_INVALID with
 * the reason. */
int x509_verify_chain(const struct bytes *chain, size_t count, int64_t at, struct error *err);

#endif
