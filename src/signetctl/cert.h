/*
 * What the cert commands share: finding certificates, and revoking them.
 */
#ifndef SIGNET_SIGNETCTL_CERT_H
#define SIGNET_SIGNETCTL_CERT_H

#include "signetctl/command.h"

/* A short decimal number is an id, hex (colons or 0x allowed) a serial number, 64 digits of it the SHA-256
 * of the certificate, and what has a dot or a slash the name of a file with it (PEM or DER), which must be
 * the engine's. The context has its client. SIGNET_E_INVALID for what is none of them, SIGNET_E_NOT_FOUND. */
int cert_find(struct command_context *context, const char *text, struct signet_certificate *out,
              struct error *err);
/* "2026-11-23T12:49:00Z", or a day, which begins at midnight UTC. SIGNET_E_INVALID. */
int cert_read_date(const char *text, int64_t *out, struct error *err);

/* The columns of cert list and the formats of cert export, one after the other, NULL behind the last. */
const char *cert_list_column(size_t at);
const char *cert_export_format(size_t at);

/* SHA-256 of a SubjectPublicKeyInfo: 64 hex digits, or a file with the key, a certificate or a PKCS#10
 * of it (PEM or DER). SIGNET_E_INVALID. */
int cert_read_key(struct arena *arena, const char *text, uint8_t out[32], struct error *err);

extern const struct command_option cert_list_options[];
extern const struct command_option cert_export_options[];
extern const struct command_option cert_import_options[];
extern const struct command_option cert_revoke_options[];
extern const struct command_option cert_hold_options[];

int cert_list(struct command_context *context, const struct command_value *values, int argc,
              char **argv);
int cert_export(struct command_context *context, const struct command_value *values, int argc,
                char **argv);
int cert_import(struct command_context *context, const struct command_value *values, int argc,
                char **argv);
int cert_revoke(struct command_context *context, const struct command_value *values, int argc,
                char **argv);
int cert_hold(struct command_context *context, const struct command_value *values, int argc,
              char **argv);
int cert_release(struct command_context *context, const struct command_value *values, int argc,
                 char **argv);

#endif
