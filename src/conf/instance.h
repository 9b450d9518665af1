/*
 * The lists of module instances: policy:, exit: and intermediaries:. For
 * settings.c alone, which hands their results out.
 */
#ifndef SIGNET_CONF_INSTANCE_H
#define SIGNET_CONF_INSTANCE_H

#include "conf/settings.h"

/* Reads a section, where a missing one (NULL) is an empty list. with_profiles: an entry may
 * name profiles; what it is the module of says whether it must. The caller frees *out with instance_list_free, after a failure, too. */
int instance_list_read(struct instance **out, size_t *count, const struct conf_node *section,
                       bool with_profiles, struct error *err);
void instance_list_free(struct instance *list, size_t count);

#endif
