/*
 * The key `when` of a policy rule: which requests it judges. Not part of the
 * SDK: a rule is asked only where its condition holds.
 *
 *   protocol, intermediary, profile, authority   a name or a list of names
 *   requester   a pattern or a list of patterns, "@GROUP" among them
 *   address     a network or a list of networks
 *   time        a time of the week or a list of them (week.h)
 *   not         a map of these keys: holds where that does not
 *
 * All keys that are there must hold, each with one of its values.
 */
#ifndef SIGNET_API_CONDITION_H
#define SIGNET_API_CONDITION_H

#include "api/policy.h"
#include "conf/settings.h"

struct condition;

/* From the map. A name that the configuration does not have (profiles, authorities, intermediaries
 * and their protocols, groups) is an error: a slip of the pen must not switch a rule off. Settings and
 * groups must outlive it. SIGNET_E_CONFIG. */
int condition_load(struct condition **out, const struct settings *settings,
                   const struct signet_groups *groups, const struct conf_node *node,
                   struct error *err);
/* Accepts NULL. */
void condition_free(struct condition *condition);

/* now: for `time`. NULL holds always. An address that is none is in no network, and a
 * zone behind one does not count. */
bool condition_holds(const struct condition *condition, const struct signet_request *request,
                     int64_t now);

#endif
