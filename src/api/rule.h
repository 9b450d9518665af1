/*
 * A configured policy rule: the module, what it made of its map, and which
 * requests it judges. The engine makes its chain of them, and the adviser the
 * ones that are run apart, from the same settings. Not part of the SDK.
 */
#ifndef SIGNET_API_RULE_H
#define SIGNET_API_RULE_H

#include "api/condition.h"

/* Where the engine asks the adviser, below the state directory. In the adviser's own folder: where
 * each role has its own user, it may not write to the engine's. */
#define ADVICE_SOCKET "adviser/advice.sock"

struct rule {
	const char *name;                   /* of the instance */
	const struct signet_policy *module;
	void *instance;                     /* what the module's configure made */
	struct condition *when;             /* NULL: it judges every request */
	/* of a module that is apart: */
	uint64_t fingerprint;               /* of the instance's text: both processes have read the same */
	int64_t timeout_us;                 /* key `timeout`; 10s where it has none */
};

/* The module of an instance, of which nothing else is looked at. SIGNET_E_CONFIG names file and line. */
int rule_find_module(const struct signet_policy **out, const struct settings *settings,
                     const struct instance *instance, struct error *err);
/* Finds the module, checks the keys, reads `when` and configures the instance. Settings and groups
 * must outlive the rule. SIGNET_E_CONFIG names file, line and key. */
int rule_load(struct rule *out, const struct settings *settings,
              const struct signet_groups *groups, const struct instance *instance,
              struct error *err);
/* A number that two texts of an instance share only when they say the same: kind, keys and values, in
 * their order. */
int rule_fingerprint(const struct instance *instance, uint64_t *out);
/* SHA-256 of a part of the configuration, or of all of it: what it says, not how it is written. */
int rule_hash_text(const struct conf_node *node, uint8_t out[32]);
/* Frees instance and condition. */
void rule_clear(struct rule *rule);

#endif
