/*
 * Why certificates are revoked for good (RFC 5280 section 5.3.1): not
 * certificateHold and removeFromCRL, for which there is cert hold and
 * cert release.
 */
#ifndef SIGNET_SIGNETCTL_REASON_H
#define SIGNET_SIGNETCTL_REASON_H

#include <stddef.h>

#include "base/error.h"

/* Their names one after the other, NULL behind the last. */
const char *reason_word(size_t at);
/* By its name, as the value of --reason. SIGNET_E_INVALID with what there is. */
int reason_read(const char *name, unsigned *out, struct error *err);

#endif
