/*
 * An OCSP request in a path (RFC 6960 appendix A.1): base64, perhaps with its
 * slashes, plus and equal signs encoded, and perhaps behind the name of an
 * authority.
 */
#ifndef SIGNET_OCSP_TARGET_H
#define SIGNET_OCSP_TARGET_H

#include "base/arena.h"
#include "base/error.h"

/* rest: what of the path follows the instance's, undecoded: "MEIw...", "NAME/MEIw...". Padding may be
 * missing. *authority: "" when none is named. SIGNET_E_INVALID. */
int target_read(struct arena *arena, const char *rest, const char **authority,
                struct bytes *request);

#endif
