/*
 * What the gateway sends is not taken for granted: the form of a submission.
 */
#ifndef SIGNET_ENGINE_SUBMISSION_H
#define SIGNET_ENGINE_SUBMISSION_H

#include "api/client.h"

/* Every size is within its limit and every text is UTF-8. SIGNET_E_INVALID, SIGNET_E_TOO_BIG. */
int submission_check(const struct signet_submission *submission, struct error *err);

#endif
