/*
 * What the gateway sends is not taken for granted: the form of a submission.
 */
#ifndef SIGNET_ENGINE_SUBMISSION_H
#define SIGNET_ENGINE_SUBMISSION_H

#include "api/client.h"

/* Every size is within its limit, every text is UTF-8, and no attribute is there twice.
 * SIGNET_E_INVALID, SIGNET_E_TOO_BIG. */
int submission_check(const struct signet_submission *submission, struct error *err);

/* Parts of that, for what administrators send. A label stands in one line: it has no control
 * characters; so many octets. */
int submission_check_label(const char *what, const char *text, size_t least, size_t most,
                           struct error *err);
int submission_check_attributes(const struct signet_attribute *attributes, size_t count,
                                struct error *err);

#endif
