/*
 * A configured policy rule: the module, what it made of its map, and which
 * requests it judges. The engine makes its chain of them, and the adviser the
 * ones that are run apart, from the same settings. Not part of the SDK.
 */
#ifndef SIGNET_API_RULE_H
#define SIGNET_API_RULE_H

#include "api/condition.h"

struct rule {
	const char *name;                   /* of the instance */
	const struct signet_policy *module;
	void *instance;                     /* what the module's configure made */
	struct condition *when;             /* NULL: it judges every request */
};

/* Finds the module, checks the keys, reads `when` and configures the instance. Settings and groups
 * must outlive the rule. SIGNET_E_CONFIG names file, line and key. */
int rule_load(struct rule *out, const struct settings *settings,
              const struct signet_groups *groups, const struct instance *instance,
              struct error *err);
/* Frees instance and condition. */
void rule_clear(struct rule *rule);

#endif
