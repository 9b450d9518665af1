/*
 * The rule `approval`: a request waits for a person. With `when` it does so
 * for some requests only.
 *
 *   officers  how many different officers must approve, 1 to 16; 1 when missing
 *   message   what the client hears meanwhile
 */
#include <stdlib.h>

#include "api/policy.h"
#include "base/limits.h"

struct approval {
	int64_t officers;
	const char *message;
};

static int read_approval(struct approval *a, const struct conf_node *node, struct error *err)
{
	if (conf_get_integer(node, "officers", 1, LIMIT_APPROVALS, 1, &a->officers, err) ||
	    conf_get_text(node, "message", "", &a->message, err))
		return SIGNET_E_CONFIG;
	if (strlen(a->message) >= SIGNET_VERDICT_TEXT)
		return conf_error(conf_find(node, "message"), err, "is longer than %d octets",
		                  SIGNET_VERDICT_TEXT - 1);
	return 0;
}

static int configure(void **rule, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	struct approval *approval = calloc(1, sizeof *approval);
	(void)host;
	if (!approval)
		return error_nomem(err);
	int result = read_approval(approval, node, err);
	if (result) {
		free(approval);
		return result;
	}
	*rule = approval;
	return 0;
}

static int check(const void *rule, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	const struct approval *approval = rule;
	(void)request;
	(void)draft;
	verdict->approvals = (unsigned)approval->officers;
	if (*approval->message)
		return signet_hold(verdict, "%s", approval->message);
	if (approval->officers == 1)
		return signet_hold(verdict, "an officer has to approve the request");
	return signet_hold(verdict, "%u officers have to approve the request", verdict->approvals);
}

static const char *const keys[] = {"officers", "message", NULL};

extern const struct signet_policy policy_approval;
const struct signet_policy policy_approval = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "approval",
	           "holds requests until officers have approved", keys},
	.configure = configure,
	.check = check,
	.free = free,
};
