/* A policy rule: names may have so many characters and no more.
 *
 *   policy:
 *     - name-length: {max: 40}
 */
#include <stdlib.h>

#include "api/policy.h"

struct rule {
	int64_t max;
};

static int configure(void **out, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	struct rule *rule = calloc(1, sizeof *rule);
	(void)host;
	if (!rule)
		return error_nomem(err);
	int result = conf_get_integer(node, "max", 1, 253, 64, &rule->max, err);
	if (result) {
		free(rule);
		return result;
	}
	*out = rule;
	return 0;
}

static int check(const void *instance, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	const struct rule *rule = instance;
	size_t count;
	const struct general_name *names = signet_draft_alt_names(draft, &count);
	(void)request;
	for (size_t i = 0; i < count; i++)
		if (names[i].kind == GN_DNS && names[i].value.length > (size_t)rule->max)
			return signet_deny(verdict, SIGNET_REASON_NAME,
			                   "a name has %zu characters, %d are allowed",
			                   names[i].value.length, (int)rule->max);
	return 0;
}

static const char *const keys[] = {"max", NULL};

const struct signet_policy signet_module = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "name-length",
	           "limits the length of DNS names", keys},
	.configure = configure,
	.check = check,
	.free = free,
};
