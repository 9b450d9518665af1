/*
 * The parts of extension_describe: each appends what its decoder makes of
 * the value. SIGNET_E_INVALID or _TOO_BIG from the decoder, SIGNET_E_NOMEM.
 * Private to asn1.
 */
#ifndef SIGNET_ASN1_EXTENSION_DESCRIBE_H
#define SIGNET_ASN1_EXTENSION_DESCRIBE_H

#include "asn1/extension.h"

/* The divider, before all items but the first. */
void describe_divider(struct buffer *out, size_t index, const char *divider);

int describe_name_constraints(struct buffer *out, struct arena *arena, struct bytes value);
int describe_policy_constraints(struct buffer *out, struct arena *arena, struct bytes value);
int describe_inhibit_any_policy(struct buffer *out, struct arena *arena, struct bytes value);
int describe_ocsp_nocheck(struct buffer *out, struct arena *arena, struct bytes value);
int describe_tls_feature(struct buffer *out, struct arena *arena, struct bytes value);
int describe_ms_template(struct buffer *out, struct arena *arena, struct bytes value);
int describe_crl_number(struct buffer *out, struct arena *arena, struct bytes value);
int describe_issuing_point(struct buffer *out, struct arena *arena, struct bytes value);
int describe_crl_reason(struct buffer *out, struct arena *arena, struct bytes value);
int describe_invalidity_date(struct buffer *out, struct arena *arena, struct bytes value);
int describe_ms_sid(struct buffer *out, struct arena *arena, struct bytes value);

#endif
