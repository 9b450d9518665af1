#include "engine/chain.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/draft.h"
#include "engine/advice.h"

struct chain {
	struct advice *advice; /* NULL: no rule is run apart */
	size_t count;
	struct rule rules[];
};

static struct chain *chain_new(size_t room)
{
	return calloc(1, sizeof(struct chain) + room * sizeof(struct rule));
}

int chain_make(struct chain **out, const struct rule *rules, size_t count, struct error *err)
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

static int load_rules(struct chain *chain, const struct settings *settings,
                      const struct signet_groups *groups, struct error *err)
{
	bool apart = false;
	for (; chain->count < settings->policy_count; chain->count++) {
		struct rule *rule = &chain->rules[chain->count];
		int result = rule_load(rule, settings, groups, &settings->policy[chain->count], err);
		if (result)
			return result;
		apart |= rule->module->apart;
	}
	return apart ? advice_new(&chain->advice, settings->state, err) : 0;
}

int chain_configure(struct chain **out, const struct settings *settings,
                    const struct signet_groups *groups, struct error *err)
{
	struct chain *chain = chain_new(settings->policy_count);
	if (!chain)
		return error_nomem(err);
	int result = load_rules(chain, settings, groups, err);
	if (result) {
		chain_free(chain);
		return result;
	}
	*out = chain;
	return 0;
}

void chain_free(struct chain *chain)
{
	if (!chain)
		return;
	for (size_t i = 0; i < chain->count; i++)
		rule_clear(&chain->rules[i]);
	advice_free(chain->advice);
	free(chain);
}

bool chain_asks(const struct chain *chain)
{
	return chain->advice != NULL;
}

void chain_count_advices(struct chain *chain, struct load *load)
{
	if (chain->advice)
		advice_count(chain->advice, load);
}

/* An empty text needs no copy. */
static const char *keep(struct arena *arena, const char *text)
{
	return *text ? arena_strdup(arena, text) : "";
}

/* Into a place behind the others, for which there is room. */
static int put_step(struct arena *arena, struct chain_result *result, const char *rule,
                    const struct signet_verdict *verdict, const char *change)
{
	struct signet_trace_step *step = &result->steps[result->count];
	step->rule = arena_strdup(arena, rule);
	step->decision = verdict->decision;
	step->reason = verdict->decision == SIGNET_PASS ? SIGNET_REASON_NONE : verdict->reason;
	step->message = keep(arena, verdict->message);
	step->change = change;
	if (!step->rule || !step->message)
		return SIGNET_E_NOMEM;
	result->count++;
	if (verdict->decision == SIGNET_DENY ||
	    (verdict->decision == SIGNET_HOLD && result->decision == SIGNET_PASS)) {
		result->decision = verdict->decision;
		result->reason = verdict->reason;
		result->message = step->message;
	}
	return 0;
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
	result->steps = steps;
	return put_step(arena, result, rule, verdict, change);
}

static int check(const struct chain *chain, const struct rule *rule,
                 const struct signet_request *request, struct signet_draft *draft,
                 struct signet_verdict *verdict, bool *busy, struct error *err)
{
	if (rule->module->apart) {
		signet_draft_rest(draft); /* it may take seconds */
		return chain->advice ? advice_judge(chain->advice, rule, request, draft, verdict, busy,
		                                    err)
		                     : error_set(err, SIGNET_E_INTERNAL, "there is no adviser");
	}
	int code = rule->module->check(rule->instance, request, draft, verdict);
	verdict->message[sizeof verdict->message - 1] = '\0';
	bool known = verdict->decision == SIGNET_PASS || verdict->decision == SIGNET_HOLD ||
	             verdict->decision == SIGNET_DENY;
	return code || !known ? error_set(err, code ? code : SIGNET_E_INTERNAL, "the rule failed")
	                      : 0;
}

/* One rule's word: a denial when the rule failed. SIGNET_E_UNAVAILABLE when it was not even asked. */
static int ask(const struct chain *chain, const struct rule *rule,
               const struct signet_request *request, struct signet_draft *draft,
               struct signet_verdict *verdict)
{
	struct error err = {0};
	bool busy = false;
	/* field by field: the text has many octets, and mostly one is used */
	verdict->decision = SIGNET_PASS;
	verdict->reason = SIGNET_REASON_NONE;
	verdict->approvals = 0;
	verdict->message[0] = '\0';
	if (check(chain, rule, request, draft, verdict, &busy, &err) == 0)
		return 0;
	log_error(LOG_ERROR, "policy", &err, "rule", rule->name, "profile", request->profile,
	          "intermediary", request->intermediary, NULL);
	*verdict = (struct signet_verdict){SIGNET_DENY, SIGNET_REASON_INTERNAL, 0,
	                                   "a policy rule failed"};
	return busy ? SIGNET_E_UNAVAILABLE : 0;
}

/* "approved by uid 1000, uid 1001"; cut where there is no more room. */
static void name_approvers(const struct signet_request *request, struct signet_verdict *verdict)
{
	char *text = verdict->message;
	size_t room = sizeof verdict->message;
	for (size_t i = 0; i < request->approver_count; i++) {
		int n = snprintf(text, room, "%s%s", i ? ", " : "approved by ", request->approvers[i]);
		if (n < 0 || (size_t)n >= room) {
			*text = '\0';
			return;
		}
		text += n;
		room -= (size_t)n;
	}
}

/* Turns a hold that was approved often enough into a pass; else counts what is missing. */
static void lift_hold(const struct signet_request *request, struct signet_verdict *verdict,
                      struct chain_result *out)
{
	size_t wanted = verdict->approvals ? verdict->approvals : 1;
	if (verdict->decision != SIGNET_HOLD)
		return;
	if (wanted > out->approvals_wanted)
		out->approvals_wanted = (unsigned)wanted;
	if (request->approver_count >= wanted) {
		verdict->decision = SIGNET_PASS;
		name_approvers(request, verdict);
		return;
	}
	unsigned missing = (unsigned)(wanted - request->approver_count);
	if (missing > out->approvals_missing)
		out->approvals_missing = missing;
}

/* What nobody has judged is denied. */
static int deny_unjudged(const struct chain *chain, struct arena *arena,
                         struct chain_result *result)
{
	struct signet_verdict verdict;
	signet_deny(&verdict, SIGNET_REASON_POLICY, "%s",
	            chain->count ? "no policy rule applies" : "no policy is configured");
	return put_step(arena, result, "policy", &verdict, "");
}

static int run_rules(const struct chain *chain, struct arena *arena,
                     const struct signet_request *request, struct signet_draft *draft,
                     struct chain_result *out)
{
	for (size_t i = 0; i < chain->count && out->decision != SIGNET_DENY; i++) {
		const struct rule *rule = &chain->rules[i];
		struct signet_verdict verdict;
		if (!condition_holds(rule->when, request, request->submitted))
			continue;
		signet_draft_begin(draft, SIGNET_ORIGIN_POLICY);
		signet_draft_set_rule(draft, rule->name);
		int result = ask(chain, rule, request, draft, &verdict);
		if (result)
			return result;
		lift_hold(request, &verdict, out);
		result = put_step(arena, out, rule->name, &verdict, signet_draft_changes(draft));
		if (result)
			return result;
	}
	return out->count ? 0 : deny_unjudged(chain, arena, out);
}

int chain_run(const struct chain *chain, struct arena *arena, const struct signet_request *request,
              struct signet_draft *draft, struct chain_result *out)
{
	*out = (struct chain_result){.decision = SIGNET_PASS, .message = ""};
	out->steps = arena_array(arena, chain->count + 1, sizeof *out->steps);
	if (!out->steps)
		return SIGNET_E_NOMEM;
	int result = run_rules(chain, arena, request, draft, out);
	signet_draft_set_rule(draft, NULL);
	signet_draft_rest(draft);
	return result;
}
