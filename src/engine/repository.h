/*
 * The directory public/ of the state directory: what everybody may have, as
 * files that the gateway serves and that may be copied elsewhere.
 *
 *   ca/NAME.cer   an authority's certificate, DER
 *   ca/NAME.pem   its chain, its own first
 *   ca/NAME.p7c   the same as certs-only CMS, with the cross certificates of the authority
 *   crl/          CRLs (crl_publish.h)
 *
 * NAME is the public name of a key (authority.h). Files are replaced whole,
 * never changed, and readable for all.
 */
#ifndef SIGNET_ENGINE_REPOSITORY_H
#define SIGNET_ENGINE_REPOSITORY_H

#include "engine/configuration.h"

#define REPOSITORY "public"
#define REPOSITORY_CA REPOSITORY "/ca"
#define REPOSITORY_CRL REPOSITORY "/crl"
/* Files in the making begin so: nobody serves them. */
#define REPOSITORY_UNFINISHED ".new-"

/* That every authority's name can be that of a file and of a part of an URL (letters, digits, ".", "_" and
 * "-", no "." or "-" first), and that no two of them could have the same files, as "ca" with a third shard
 * and "ca-3" would. SIGNET_E_CONFIG. section: the authorities, in the order of the configuration. */
int repository_check_names(const struct conf_node *section, struct error *err);
/* Makes the directories, and removes what was not finished when the engine was last killed. Before
 * anything else writes there. */
int repository_open(const char *state, struct error *err);
/* Writes the files of all authorities and their earlier keys; those that say so already are left
 * alone. */
int repository_write_authorities(const char *state, const struct configuration *configuration,
                                 struct error *err);

#endif
