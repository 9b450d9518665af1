#include "adviser/rules.h"

#include <pthread.h>
#include <stdlib.h>

#include "api/groups.h"

struct rules {
	struct settings *owned;
	struct signet_groups *groups;
	unsigned references; /* guarded by the holder's lock */
	size_t count;
	struct rule items[];
};

struct rules_holder {
	pthread_mutex_t lock;
	struct rules *current, *previous; /* previous: NULL before the first reload */
};

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	for (size_t i = 0; i < rules->count; i++)
		rule_clear(&rules->items[i]);
	groups_free(rules->groups);
	settings_free(rules->owned);
	free(rules);
}

/* The others are the engine's alone: what they read our user may not be allowed to. */
static int load_rule(struct rules *rules, const struct settings *settings,
                     const struct instance *instance, struct error *err)
{
	const struct signet_policy *module;
	struct rule *rule = &rules->items[rules->count];
	int result = rule_find_module(&module, settings, instance, err);
	if (result || !module->apart)
		return result;
	result = rule_load(rule, settings, rules->groups, instance, err);
	if (result)
		return result;
	rules->count++;
	return module->start ? module->start(rule->instance, err) : 0;
}

int rules_load(struct rules **out, const struct settings *settings, struct settings *owned,
               struct error *err)
{
	struct rules *rules =
		calloc(1, sizeof *rules + settings->policy_count * sizeof *rules->items);
	if (!rules) {
		settings_free(owned);
		return error_nomem(err);
	}
	rules->owned = owned;
	rules->references = 1;
	int result = groups_load(&rules->groups, settings->groups, err);
	for (size_t i = 0; result == 0 && i < settings->policy_count; i++)
		result = load_rule(rules, settings, &settings->policy[i], err);
	if (result) {
		rules_free(rules);
		return result;
	}
	*out = rules;
	return 0;
}

size_t rules_count(const struct rules *rules)
{
	return rules->count;
}

const struct signet_groups *rules_groups(const struct rules *rules)
{
	return rules->groups;
}

int rules_holder_new(struct rules_holder **out, struct rules *first, struct error *err)
{
	struct rules_holder *holder = calloc(1, sizeof *holder);
	if (!holder)
		return error_nomem(err);
	pthread_mutex_init(&holder->lock, NULL);
	holder->current = first;
	*out = holder;
	return 0;
}

void rules_holder_free(struct rules_holder *holder)
{
	if (!holder)
		return;
	rules_free(holder->current);
	rules_free(holder->previous);
	pthread_mutex_destroy(&holder->lock);
	free(holder);
}

void rules_release(struct rules_holder *holder, struct rules *of)
{
	pthread_mutex_lock(&holder->lock);
	bool last = of && --of->references == 0;
	pthread_mutex_unlock(&holder->lock);
	if (last)
		rules_free(of);
}

void rules_swap(struct rules_holder *holder, struct rules *next)
{
	pthread_mutex_lock(&holder->lock);
	struct rules *oldest = holder->previous;
	holder->previous = holder->current;
	holder->current = next;
	pthread_mutex_unlock(&holder->lock);
	rules_release(holder, oldest);
}

static const struct rule *find(const struct rules *rules, const char *name, uint64_t fingerprint)
{
	for (size_t i = 0; rules && i < rules->count; i++)
		if (strcmp(rules->items[i].name, name) == 0 &&
		    rules->items[i].fingerprint == fingerprint)
			return &rules->items[i];
	return NULL;
}

const struct rule *rules_take(struct rules_holder *holder, const char *name, uint64_t fingerprint,
                              struct rules **of)
{
	pthread_mutex_lock(&holder->lock);
	struct rules *rules = holder->current;
	const struct rule *rule = find(rules, name, fingerprint);
	if (!rule)
		rule = find(rules = holder->previous, name, fingerprint);
	if (rule) {
		rules->references++;
		*of = rules;
	}
	pthread_mutex_unlock(&holder->lock);
	return rule;
}
