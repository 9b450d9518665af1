/*
 * What the exit module `ldap` has to know of certificates and CRLs: of those
 * of the event, and of what stands in a directory already, which anybody may
 * have put there.
 */
#ifndef SIGNET_EXIT_LDAP_VALUE_H
#define SIGNET_EXIT_LDAP_VALUE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

/* Slices of the DER that was read. */
struct directory_certificate {
	struct bytes der;
	struct bytes issuer;  /* Name */
	struct bytes subject; /* Name */
	int64_t not_before, not_after;
};

/* Strict, as pki/certificate.h; the arena is for its work. */
int directory_certificate_read(struct directory_certificate *out, struct arena *arena,
                               struct bytes der, struct error *err);

/* thisUpdate of a CertificateList (RFC 5280 section 5.1); what comes behind it is not looked at.
 * SIGNET_E_INVALID. */
int directory_crl_time(int64_t *this_update, struct bytes der);

#endif
