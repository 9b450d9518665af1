/*
 * Certificates in one CMS file, without a signature: what is served as .p7c
 * (RFC 5280 section 4.2.2.1) and answered where a protocol wants certificates
 * in PKCS#7 (RFC 5652 section 5.1, "certs-only").
 */
#ifndef SIGNET_PKI_CERTIFICATE_BAG_H
#define SIGNET_PKI_CERTIFICATE_BAG_H

#include "asn1/der.h"

/* Appends the DER of a ContentInfo with these certificates (DER each). The buffer's error. */
int certificate_bag_encode(struct buffer *out, const struct bytes *certificates, size_t count);

#endif
