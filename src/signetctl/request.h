/*
 * What the request commands share.
 */
#ifndef SIGNET_SIGNETCTL_REQUEST_H
#define SIGNET_SIGNETCTL_REQUEST_H

#include "signetctl/command.h"

extern const struct command_option request_list_options[];
extern const struct command_option request_submit_options[];
extern const struct command_option request_decision_options[];
extern const struct command_option request_edit_options[];

int request_list(struct command_context *context, const struct command_value *values, int argc,
                 char **argv);
int request_submit(struct command_context *context, const struct command_value *values, int argc,
                   char **argv);
int request_approve(struct command_context *context, const struct command_value *values, int argc,
                    char **argv);
int request_deny(struct command_context *context, const struct command_value *values, int argc,
                 char **argv);
int request_edit(struct command_context *context, const struct command_value *values, int argc,
                 char **argv);

/* The columns of the list, one after the other, NULL behind the last. */
const char *request_list_column(size_t at);

/* "NAME=VALUE" into an attribute, both in the arena. SIGNET_E_INVALID. */
int request_read_attribute(struct arena *arena, const char *text, struct signet_attribute *out,
                           struct error *err);
/* An OID in dotted form, or the name of a known one, into the dotted form. SIGNET_E_INVALID. */
int request_read_oid(struct arena *arena, const char *text, const char **out, struct error *err);
/* "OID=HEX" or "OID:critical=HEX" into an extension. SIGNET_E_INVALID. */
int request_read_extension(struct arena *arena, const char *text,
                           struct signet_request_extension *out, struct error *err);
/* A file with a PKCS#10 (PEM or DER), as DER. */
int request_read_csr(struct arena *arena, const char *path, struct bytes *out, struct error *err);

#endif
