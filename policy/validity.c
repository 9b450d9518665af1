/*
 * The rule `validity`: how long a certificate may live, from notBefore to
 * notAfter with both ends counted (RFC 5280 section 4.1.2.5).
 *
 *   max     longest validity, such as 397d
 *   min     shortest validity
 *   clamp   true: what is longer than max is shortened to it, and the trace says so;
 *           false (default): it is denied
 *
 * At least one of max and min is needed.
 */
#include <stdlib.h>

#include "api/policy.h"

struct validity {
	int64_t max; /* seconds; 0: no limit */
	int64_t min;
	bool clamp;
};

static int read_validity(struct validity *v, const struct conf_node *node, struct error *err)
{
	const struct conf_node *max = conf_find(node, "max"), *min = conf_find(node, "min");
	if (!max && !min)
		return conf_error(node, err, "needs 'max' or 'min'");
	if (conf_get_duration(node, "max", 0, &v->max, err) ||
	    conf_get_duration(node, "min", 0, &v->min, err) ||
	    conf_get_boolean(node, "clamp", false, &v->clamp, err))
		return SIGNET_E_CONFIG;
	if (max && v->max <= 0)
		return conf_error(max, err, "must be longer than 0");
	if (max && v->min > v->max)
		return conf_error(min, err, "is longer than 'max'");
	if (v->clamp && !max)
		return conf_error(conf_find(node, "clamp"), err, "needs 'max'");
	return 0;
}

static int configure(void **rule, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	struct validity *validity = calloc(1, sizeof *validity);
	(void)host;
	if (!validity)
		return error_nomem(err);
	int result = read_validity(validity, node, err);
	if (result) {
		free(validity);
		return result;
	}
	*rule = validity;
	return 0;
}

static int check(const void *rule, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	const struct validity *validity = rule;
	int64_t from = signet_draft_not_before(draft);
	int64_t length = signet_draft_not_after(draft) - from + 1;
	(void)request;
	if (length < validity->min)
		return signet_deny(verdict, SIGNET_REASON_VALIDITY,
		                   "a validity of %lld seconds is too short: at least %lld are "
		                   "wanted", (long long)length, (long long)validity->min);
	if (!validity->max || length <= validity->max)
		return 0;
	if (validity->clamp)
		return signet_draft_set_validity(draft, from, from + validity->max - 1);
	return signet_deny(verdict, SIGNET_REASON_VALIDITY,
	                   "a validity of %lld seconds is too long: at most %lld are accepted",
	                   (long long)length, (long long)validity->max);
}

static const char *const keys[] = {"max", "min", "clamp", NULL};

extern const struct signet_policy policy_validity;
const struct signet_policy policy_validity = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "validity",
	           "limits how long certificates live", keys},
	.configure = configure,
	.check = check,
	.free = free,
};
