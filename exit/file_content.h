/*
 * What stands in a published file, and what stands in one that is there.
 */
#ifndef SIGNET_EXIT_FILE_CONTENT_H
#define SIGNET_EXIT_FILE_CONTENT_H

#include "api/exit.h"
#include "base/buffer.h"

enum file_format { FILE_PEM, FILE_DER, FILE_PEM_CHAIN, FILE_FORMATS };

/* The certificate, and its issuers where the format has them. */
int file_put_certificate(struct buffer *out, enum file_format format, struct bytes certificate,
                         const struct bytes *issuers, size_t issuer_count);
int file_put_crl(struct buffer *out, enum file_format format, struct bytes crl);

/* Whether this content begins with the certificate. */
bool file_is_certificate(struct bytes content, enum file_format format, struct bytes certificate);
/* When it was made: a certificate's notBefore (RFC 5280 section 4.1.2.5), a CRL's thisUpdate (section
 * 5.1.2.4). SIGNET_E_INVALID. */
typedef int file_time_reader(struct bytes content, enum file_format format, int64_t *seconds);
file_time_reader file_certificate_time, file_crl_time;

#endif
