/*
 * What signetctl cert import is made of: the certificates of files, and what
 * CRLs say of them.
 */
#ifndef SIGNET_SIGNETCTL_CERT_IMPORT_H
#define SIGNET_SIGNETCTL_CERT_IMPORT_H

#include <stdbool.h>

#include "api/import.h"

/* ---- files ---- */

/* Where a certificate stands. */
struct cert_place {
	const char *file;
	size_t number;        /* of the certificate in the file, from 1 on; 0: it is the only thing there */
};
struct cert_visitor {
	/* Each returns 0 to go on. der stands during the call. */
	int (*certificate)(void *arg, const struct cert_place *place, struct bytes der);
	int (*broken)(void *arg, const struct cert_place *place, const char *why);
	void *arg;
};
/* The octets of a file, or of the files of a directory that cert_visit would read. */
uint64_t cert_measure(const char *path);
/* Every certificate of a file (one in DER, or any number in PEM, where what is none is passed over), or of
 * the files of a directory whose names end in .pem, .crt, .cer or .der, by their names. What is no
 * certificate where one should be is told to `broken`, and so is a file that cannot be read. Returns what
 * a function of the visitor has returned. */
int cert_visit(const char *path, const struct cert_visitor *visitor);

/* ---- revocations ---- */

struct cert_revocations;

/* Reads the CRL of this file (DER or PEM), has the engine verify it and adds it to *revocations, which is
 * made when it is NULL. authority: whose it must be; NULL: of any. */
int cert_revocations_add(struct cert_revocations **revocations, struct signet_client *client,
                         const char *path, const char *authority, struct error *err);
void cert_revocations_free(struct cert_revocations *revocations);
/* Fills in what the CRL of its issuer says of the certificate. Accepts NULL: nothing is said. */
void cert_revocations_apply(const struct cert_revocations *revocations,
                            struct signet_import_item *item);
/* The authorities of the CRLs, each once. */
size_t cert_revocations_authorities(const struct cert_revocations *revocations,
                                    const char *const **out);

#endif
