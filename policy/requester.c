/*
 * The rule `requester`: who may ask. Lists of patterns ("*" stands for any
 * characters, "@NAME" for a group of the configuration), asked in this order:
 *
 *   deny       denied
 *   hold       waits for an officer
 *   allow      passes; with this list who is in none is denied, else passes
 *   anonymous  deny (default), hold or allow: those whom the intermediary does not know, whatever
 *              the lists say
 *
 * At least one key is needed.
 */
#include <stdlib.h>

#include "api/policy.h"

struct patterns {
	const char **list;
	size_t count;
};

struct requester {
	struct patterns deny, hold, allow;
	enum signet_decision anonymous;
};

static void free_rule(void *rule)
{
	struct requester *r = rule;
	free(r->deny.list);
	free(r->hold.list);
	free(r->allow.list);
	free(r);
}

static int read_patterns(struct patterns *out, const struct signet_groups *groups,
                         const struct conf_node *node, struct error *err)
{
	return node ? signet_patterns_read(&out->list, &out->count, groups, node, err) : 0;
}

static int read_requester(struct requester *r, const struct signet_groups *groups,
                          const struct conf_node *node, struct error *err)
{
	static const char *const choices[] = {
		[SIGNET_PASS] = "allow", [SIGNET_HOLD] = "hold", [SIGNET_DENY] = "deny",
		[SIGNET_DENY + 1] = NULL};
	const struct conf_node *anonymous = conf_find(node, "anonymous");
	int choice = SIGNET_DENY;
	if (read_patterns(&r->deny, groups, conf_find(node, "deny"), err) ||
	    read_patterns(&r->hold, groups, conf_find(node, "hold"), err) ||
	    read_patterns(&r->allow, groups, conf_find(node, "allow"), err) ||
	    (anonymous && conf_choice(anonymous, choices, &choice, err)))
		return SIGNET_E_CONFIG;
	if (!r->deny.list && !r->hold.list && !r->allow.list && !anonymous)
		return conf_error(node, err, "needs 'allow', 'hold', 'deny' or 'anonymous'");
	r->anonymous = (enum signet_decision)choice;
	return 0;
}

static int configure(void **rule, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	struct requester *requester = calloc(1, sizeof *requester);
	if (!requester)
		return error_nomem(err);
	int result = read_requester(requester, host->groups, node, err);
	if (result) {
		free_rule(requester);
		return result;
	}
	*rule = requester;
	return 0;
}

static bool is_in(const struct patterns *patterns, const struct signet_request *request)
{
	return signet_patterns_fit(request->groups, patterns->list, patterns->count,
	                           request->requester);
}

static enum signet_decision decide(const struct requester *r, const struct signet_request *request)
{
	if (!*request->requester)
		return r->anonymous;
	if (is_in(&r->deny, request))
		return SIGNET_DENY;
	if (is_in(&r->hold, request))
		return SIGNET_HOLD;
	return !r->allow.list || is_in(&r->allow, request) ? SIGNET_PASS : SIGNET_DENY;
}

static int check(const void *rule, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	const char *who = *request->requester ? request->requester : "somebody unknown";
	(void)draft;
	switch (decide(rule, request)) {
	case SIGNET_PASS:
		return 0;
	case SIGNET_HOLD:
		return signet_hold(verdict, "an officer has to approve what %s asks for", who);
	case SIGNET_DENY:
		break;
	}
	return signet_deny(verdict, SIGNET_REASON_POLICY, "%s may not ask for this", who);
}

static const char *const keys[] = {"allow", "hold", "deny", "anonymous", NULL};

extern const struct signet_policy policy_requester;
const struct signet_policy policy_requester = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "requester",
	           "says who may ask", keys},
	.configure = configure,
	.check = check,
	.free = free_rule,
};
