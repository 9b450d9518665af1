/*
 * Lists of URLs in the configuration, for certificates to name.
 */
#ifndef SIGNET_ENGINE_URLS_H
#define SIGNET_ENGINE_URLS_H

#include "conf/conf.h"

#define URLS_MAX 8

/* Reads a list of absolute URIs, or one, at most URLS_MAX; `none` is an empty list, and so is a node of
 * NULL. The caller frees *out with free(); the strings are the document's. */
int urls_read(const struct conf_node *node, const char ***out, size_t *count, struct error *err);

#endif
