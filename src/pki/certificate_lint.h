/*
 * The rules that one extension keeps by itself, apart from the rest of the
 * certificate. Private to pki.
 */
#ifndef SIGNET_PKI_CERTIFICATE_LINT_H
#define SIGNET_PKI_CERTIFICATE_LINT_H

#include "asn1/extension.h"

/* Criticality, who may have it, and its form, for those extensions of which a standard says something.
 * ca: the certificate is a CA's. SIGNET_E_INVALID names extension and section; SIGNET_E_NOMEM. */
int certificate_lint_extension(struct arena *arena, const struct extension *extension, bool ca,
                   struct error *err);

#endif
