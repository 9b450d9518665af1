#include "engine/chain.h"

#include <stdlib.h>

#include "api/draft.h"

struct chain {
	size_t count;
	struct chain_rule rules[];
};

static struct chain *chain_new(size_t room)
{
	return calloc(1, sizeof(struct chain) + room * sizeof(struct chain_rule));
}

int chain_make(struct chain **out, const struct chain_rule *rules, size_t count,
               struct error *err)
{
	struct chain *chain = chain_new(count);
	if (!chain)
		return error_nomem(err);
	if (count)
		memcpy(chain->rules, rules, count * sizeof *rules);
	chain->count = count;
	*out = chain;
	return 0;
}

static int configure_rule(struct chain_rule *rule, const struct settings *settings,
                          const struct signet_groups *groups, const struct instance *instance,
                          struct error *err)
{
	const struct signet_module *module;
	if (signet_module_find(&module, SIGNET_MODULE_POLICY, instance->kind,
	                       signet_builtin_policies, settings->modules, err))
		return conf_error(instance->node, err, "%s", err->message);
	if (signet_module_check_keys(module, instance->node, err))
		return SIGNET_E_CONFIG;
	/* the module is the descriptor's first member */
	rule->module = (const struct signet_policy *)(const void *)module;
	rule->name = instance->name;
	if (!rule->module->configure || !rule->module->check)
		return conf_error(instance->node, err, "the module has no configure or no check");
	struct signet_policy_host host = {instance->name, settings->state, groups};
	int result = rule->module->configure(&rule->instance, &host, instance->node, err);
	if (result)
		rule->module = NULL;
	return result;
}

int chain_configure(struct chain **out, const struct settings *settings,
                    const struct signet_groups *groups, struct error *err)
{
	struct chain *chain = chain_new(settings->policy_count);
	if (!chain)
		return error_nomem(err);
	for (; chain->count < settings->policy_count; chain->count++) {
		int result = configure_rule(&chain->rules[chain->count], settings, groups,
		                            &settings->policy[chain->count], err);
		if (result) {
			chain_free(chain);
			return result;
		}
	}
	*out = chain;
	return 0;
}

void chain_free(struct chain *chain)
{
	if (!chain)
		return;
	for (size_t i = 0; i < chain->count; i++)
		if (chain->rules[i].module->free)
			chain->rules[i].module->free(chain->rules[i].instance);
	free(chain);
}

int chain_add_step(struct arena *arena, struct chain_result *result, const char *rule,
                   const struct signet_verdict *verdict, const char *change)
{
	struct signet_trace_step *steps =
		arena_array(arena, result->count + 1, sizeof *steps);
	if (!steps)
		return SIGNET_E_NOMEM;
	if (result->count)
		memcpy(steps, result->steps, result->count * sizeof *steps);
	struct signet_trace_step *step = &steps[result->count];
	step->rule = arena_strdup(arena, rule);
	step->decision = verdict->decision;
	step->reason = verdict->decision == SIGNET_PASS ? SIGNET_REASON_NONE : verdict->reason;
	step->message = arena_strdup(arena, verdict->message);
	step->change = change;
	if (!step->rule || !step->message)
		return SIGNET_E_NOMEM;
	result->steps = steps;
	result->count++;
	if (verdict->decision == SIGNET_DENY ||
	    (verdict->decision == SIGNET_HOLD && result->decision == SIGNET_PASS)) {
		result->decision = verdict->decision;
		result->reason = verdict->reason;
		result->message = step->message;
	}
	return 0;
}

/* One rule's word, whatever the rule did. */
static void ask(const struct chain_rule *rule, const struct signet_request *request,
                struct signet_draft *draft, struct signet_verdict *verdict)
{
	*verdict = (struct signet_verdict){.decision = SIGNET_PASS};
	int code = rule->module->check(rule->instance, request, draft, verdict);
	verdict->message[sizeof verdict->message - 1] = '\0';
	bool known = verdict->decision == SIGNET_PASS || verdict->decision == SIGNET_HOLD ||
	             verdict->decision == SIGNET_DENY;
	if (code == 0 && known)
		return;
	struct error err = {0};
	error_set(&err, code ? code : SIGNET_E_INTERNAL, "the rule failed");
	log_error(LOG_ERROR, "policy", &err, "rule", rule->name, "profile", request->profile,
	          "intermediary", request->intermediary, NULL);
	*verdict = (struct signet_verdict){SIGNET_DENY, SIGNET_REASON_INTERNAL, 0,
	                                   "a policy rule failed"};
}

static int deny_empty(struct arena *arena, struct chain_result *result)
{
	static const struct signet_verdict verdict = {SIGNET_DENY, SIGNET_REASON_POLICY, 0,
	                                              "no policy is configured"};
	return chain_add_step(arena, result, "policy", &verdict, "");
}

int chain_run(const struct chain *chain, struct arena *arena, const struct signet_request *request,
              struct signet_draft *draft, struct chain_result *out)
{
	*out = (struct chain_result){.decision = SIGNET_PASS, .message = ""};
	if (chain->count == 0)
		return deny_empty(arena, out);
	for (size_t i = 0; i < chain->count && out->decision != SIGNET_DENY; i++) {
		struct signet_verdict verdict;
		signet_draft_begin(draft, SIGNET_ORIGIN_POLICY);
		ask(&chain->rules[i], request, draft, &verdict);
		int result = chain_add_step(arena, out, chain->rules[i].name, &verdict,
		                            signet_draft_changes(draft));
		if (result)
			return result;
	}
	return 0;
}
