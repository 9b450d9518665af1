/*
 * The certificates of CAs that keys of the configuration's authorities have
 * signed: by signetctl ca, which works on files and with keys that are not
 * here in general. What of them the configuration has, cross certificates
 * among them, is brought into the database when it is loaded: so they can be
 * found and revoked, and CRLs and OCSP answers tell of them as of any other
 * that the authority has issued.
 */
#ifndef SIGNET_ENGINE_ADOPT_H
#define SIGNET_ENGINE_ADOPT_H

#include "engine/core.h"

/* Those of the current configuration that the database does not have, with a record as of an import
 * (import.h). What it cannot take is logged and holds nothing up. */
void adopt_authorities(struct engine *engine);

#endif
