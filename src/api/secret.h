/*
 * Where a secret of a module comes from: {file: PATH}, {environment: NAME} or
 * {credential: NAME} of the configuration, never its own text.
 */
#ifndef SIGNET_API_SECRET_H
#define SIGNET_API_SECRET_H

#include "base/buffer.h"
#include "base/passphrase.h"
#include "conf/conf.h"

/* Whether the node has this form, without looking whether the secret is there. SIGNET_E_CONFIG. */
int secret_check(const struct conf_node *node, struct error *err);
/* Appends the secret, the first line of what the source holds, to out (BUFFER_MAX(PASSPHRASE_MAX),
 * wiped by the caller) with a NUL behind it. Relative file names stand below the directory.
 * SIGNET_E_CONFIG names file, line and key. */
int secret_read(struct buffer *out, const struct conf_node *node, const char *directory,
                struct error *err);

#endif
