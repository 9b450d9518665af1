/*
 * When a CRL is to be replaced, from the beginning of its file: it may have
 * many megabytes that nobody needs for this.
 */
#ifndef SIGNET_REPOSITORY_EXPIRY_H
#define SIGNET_REPOSITORY_EXPIRY_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"

/* Octets of a CRL up to its nextUpdate, at most: its issuer takes the most of them. */
#define EXPIRY_HEAD (LIMIT_NAME + 256)

/* beginning: of the DER (RFC 5280 section 5.1), as much as there is up to EXPIRY_HEAD. *out: seconds.
 * SIGNET_E_INVALID: no CRL, or one without nextUpdate. */
int expiry_of_crl(struct bytes beginning, int64_t *out);

#endif
