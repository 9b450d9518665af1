#include "engine/crl_policy.h"

#include <stdlib.h>

#include "api/client.h"

#define HOUR 3600
#define DAY (24 * HOUR)
#define MINUTE 60
/* keyCompromise, cACompromise, aACompromise (RFC 5280 section 5.3.1) */
#define IMMEDIATE_DEFAULT (1u << 1 | 1u << 2 | 1u << 10)
#define IMMEDIATE_ALL 0x7ffu

static bool is_word(const struct conf_node *node, const char *word)
{
	const char *text;
	return node && conf_kind(node) == CONF_SCALAR && conf_text(node, &text, NULL) == 0 &&
	       strcmp(text, word) == 0;
}

static int read_reason(const struct conf_node *node, const char *name, unsigned *mask,
                       struct error *err)
{
	for (unsigned reason = 0; reason <= 10; reason++) {
		const char *known = signet_revocation_reason_name(reason);
		if (known && strcmp(known, name) == 0) {
			*mask |= 1u << reason;
			return 0;
		}
	}
	return conf_error(node, err, "'%s' is no reason for a revocation", name);
}

static int read_immediate(struct crl_policy *policy, const struct conf_node *node,
                          struct error *err)
{
	const char **names;
	size_t count;
	policy->immediate = IMMEDIATE_DEFAULT;
	if (!node)
		return 0;
	policy->immediate = is_word(node, "all") ? IMMEDIATE_ALL : 0;
	if (policy->immediate || is_word(node, "none"))
		return 0;
	int result = conf_text_list(node, &names, &count, err);
	if (result)
		return result;
	for (size_t i = 0; result == 0 && i < count; i++)
		result = read_reason(node, names[i], &policy->immediate, err);
	free(names);
	return result;
}

static int check(const struct crl_policy *policy, const struct conf_node *node, struct error *err)
{
	if (policy->interval < MINUTE)
		return conf_error(node, err, "interval: must be at least a minute");
	if (policy->validity <= policy->interval)
		return conf_error(node, err, "validity: must be longer than the interval, so that a "
		                  "CRL is there before the one before it ends");
	if (policy->delta && policy->delta < MINUTE)
		return conf_error(node, err, "delta: must be at least a minute");
	if (policy->delta >= policy->interval)
		return conf_error(node, err, "delta: must be shorter than the interval");
	return 0;
}

int crl_policy_load(struct crl_policy *out, const struct conf_node *node, struct error *err)
{
	static const char *const known[] = {"interval", "validity", "delta", "shards", "immediate",
	                                    NULL};
	struct crl_policy policy = {.published = true};
	int64_t shards;
	if (is_word(node, "none")) {
		*out = (struct crl_policy){0};
		return 0;
	}
	if (node && conf_check_keys(node, known, err))
		return SIGNET_E_CONFIG;
	if (conf_get_duration(node, "interval", DAY, &policy.interval, err) ||
	    conf_get_duration(node, "validity", 2 * policy.interval, &policy.validity, err) ||
	    conf_get_duration(node, "delta", 0, &policy.delta, err) ||
	    conf_get_integer(node, "shards", 0, CRL_SHARDS_MAX, 0, &shards, err) ||
	    read_immediate(&policy, conf_find(node, "immediate"), err))
		return SIGNET_E_CONFIG;
	policy.shards = (unsigned)shards;
	if (node && check(&policy, node, err))
		return SIGNET_E_CONFIG;
	*out = policy;
	return 0;
}

int64_t crl_policy_delta_validity(const struct crl_policy *policy)
{
	return 2 * policy->delta;
}
