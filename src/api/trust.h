/*
 * Files of certificates that a module's TLS is made of: the library opens
 * them for each connection, but what is wrong with them is to be said when
 * the module is configured.
 */
#ifndef SIGNET_API_TRUST_H
#define SIGNET_API_TRUST_H

#include "conf/conf.h"

/* The file holds certificates in PEM, one at least, and nothing else. SIGNET_E_CONFIG names file, line
 * and key of the node. */
int trust_check(const char *path, const struct conf_node *node, struct error *err);

#endif
