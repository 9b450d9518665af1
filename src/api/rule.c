#include "api/rule.h"

static int find_module(struct rule *rule, const struct settings *settings,
                       const struct instance *instance, struct error *err)
{
	const struct signet_module *module;
	struct error why = {0};
	if (signet_module_find(&module, SIGNET_MODULE_POLICY, instance->kind,
	                       signet_builtin_policies, settings->modules, &why))
		return conf_error(instance->node, err, "%s", why.message);
	if (signet_module_check_keys(module, instance->node, err))
		return SIGNET_E_CONFIG;
	/* the module is the descriptor's first member */
	rule->module = (const struct signet_policy *)(const void *)module;
	if (!rule->module->configure || !rule->module->check)
		return conf_error(instance->node, err, "the module has no configure or no check");
	return 0;
}

int rule_load(struct rule *out, const struct settings *settings,
              const struct signet_groups *groups, const struct instance *instance,
              struct error *err)
{
	const struct signet_policy_host host = {instance->name, settings->state, groups};
	const struct conf_node *when = conf_find(instance->node, "when");
	struct rule rule = {.name = instance->name};
	int result = find_module(&rule, settings, instance, err);
	if (result == 0 && when)
		result = condition_load(&rule.when, settings, groups, when, err);
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
