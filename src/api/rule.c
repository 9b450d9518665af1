#include "api/rule.h"

#include "base/limits.h"
#include "crypto/hash.h"

#define DEFAULT_TIMEOUT 10
#define SECOND INT64_C(1000000)

int rule_find_module(const struct signet_policy **out, const struct settings *settings,
                     const struct instance *instance, struct error *err)
{
	const struct signet_module *module;
	struct error why = {0};
	if (signet_module_find(&module, SIGNET_MODULE_POLICY, instance->kind,
	                       signet_builtin_policies, settings->modules, &why))
		return conf_error(instance->node, err, "%s", why.message);
	/* the module is the descriptor's first member */
	const struct signet_policy *policy = (const struct signet_policy *)(const void *)module;
	if (!policy->configure || !policy->check)
		return conf_error(instance->node, err, "the module has no configure or no check");
	*out = policy;
	return 0;
}

/* The text of a node that no other node has: kind, key, and the length before what it holds. */
static void put_node(struct buffer *out, const struct conf_node *node)
{
	const char *text = "";
	enum conf_kind kind = conf_kind(node);
	size_t count = conf_count(node);
	bool plain = kind == CONF_SCALAR && conf_text(node, &text, NULL) == 0;
	buffer_printf(out, "%d %zu %s %d %zu %s %zu ", (int)kind, strlen(conf_key(node)),
	              conf_key(node), plain, strlen(text), text, count);
	for (size_t i = 0; i < count; i++)
		put_node(out, conf_item(node, i));
}

int rule_fingerprint(const struct instance *instance, uint64_t *out)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(4 * LIMIT_CONFIG_FILE);
	uint8_t hash[HASH_SIZE_MAX];
	buffer_printf(&text, "%s ", instance->kind);
	put_node(&text, instance->node);
	int result = text.error ? text.error : hash_compute(HASH_SHA256, buffer_bytes(&text), hash);
	if (result)
		return result;
	*out = 0;
	for (int i = 0; i < 8; i++)
		*out = *out << 8 | hash[i];
	return 0;
}

int rule_hash_text(const struct conf_node *node, uint8_t out[32])
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(16 * LIMIT_CONFIG_FILE);
	put_node(&text, node);
	return text.error ? text.error : hash_compute(HASH_SHA256, buffer_bytes(&text), out);
}

static int read_timeout(struct rule *rule, const struct conf_node *node, struct error *err)
{
	int64_t seconds;
	int result = conf_get_duration(node, "timeout", DEFAULT_TIMEOUT, &seconds, err);
	if (result)
		return result;
	if (seconds < 1 || seconds > LIMIT_ADVICE_TIMEOUT)
		return conf_error(conf_find(node, "timeout"), err, "not from 1s to %ds",
		                  LIMIT_ADVICE_TIMEOUT);
	rule->timeout_us = seconds * SECOND;
	return 0;
}

int rule_load(struct rule *out, const struct settings *settings,
              const struct signet_groups *groups, const struct instance *instance,
              struct error *err)
{
	const struct signet_policy_host host = {instance->name, settings->state, groups};
	const struct conf_node *when = conf_find(instance->node, "when");
	struct rule rule = {.name = instance->name};
	int result = rule_find_module(&rule.module, settings, instance, err);
	if (result == 0)
		result = signet_module_check_keys(&rule.module->module, instance->node, err);
	if (result == 0 && when)
		result = condition_load(&rule.when, settings, groups, when, err);
	if (result == 0 && rule.module->apart)
		result = read_timeout(&rule, instance->node, err);
	if (result == 0 && rule.module->apart)
		result = rule_fingerprint(instance, &rule.fingerprint)
			? error_nomem(err) : 0;
	if (result == 0)
		result = rule.module->configure(&rule.instance, &host, instance->node, err);
	if (result) {
		condition_free(rule.when);
		return result;
	}
	*out = rule;
	return 0;
}

void rule_clear(struct rule *rule)
{
	if (rule->module && rule->module->free)
		rule->module->free(rule->instance);
	condition_free(rule->when);
	*rule = (struct rule){0};
}
