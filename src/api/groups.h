/*
 * The configuration's `groups`: named sets of requesters, for the patterns of
 * policy rules. Not part of the SDK: for the roles, which read them once.
 */
#ifndef SIGNET_API_GROUPS_H
#define SIGNET_API_GROUPS_H

#include "api/policy.h"

/* From `groups: {NAME: [PATTERN]}`, whose document must outlive it; NULL makes no group. A group
 * holds names and patterns, no other groups. SIGNET_E_CONFIG. */
int groups_load(struct signet_groups **out, const struct conf_node *section, struct error *err);
/* Accepts NULL. */
void groups_free(struct signet_groups *groups);

#endif
