/*
 * The rule `webhook`: posts request and draft as JSON to a web server, whose
 * answer is the judgement.
 *
 *   url, ca, certificate, key, secret, timeout, headers   see api/https.h; timeout at most 60s
 *   output   octets of the answer; default 64k, at most 1M
 *
 * The answer counts only with the status 200. Everything else denies: another status, no connection, the
 * end of the time, an answer that is too long or is none. The JSON is described in exec.man.
 */
#include <stdlib.h>

#include "api/advised.h"
#include "api/https.h"

struct webhook {
	struct advised advised;
	struct https_target *target;
};

static void free_rule(void *rule)
{
	struct webhook *webhook = rule;
	https_target_free(webhook->target);
	free(webhook);
}

static int configure(void **rule, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	struct webhook *webhook = calloc(1, sizeof *webhook);
	if (!webhook)
		return error_nomem(err);
	int result = advised_read(&webhook->advised, host, node, err);
	if (result == 0)
		result = https_target_read(&webhook->target, node, host->state_directory, err);
	if (result) {
		free_rule(webhook);
		return result;
	}
	*rule = webhook;
	return 0;
}

static int start(void *rule, struct error *err)
{
	struct webhook *webhook = rule;
	return https_target_open(webhook->target, err);
}

static int post(const void *rule, struct buffer *question, struct buffer *answer, struct error *err)
{
	const struct webhook *webhook = rule;
	unsigned status;
	int64_t retry_after;
	int result = https_post(webhook->target, buffer_bytes(question), answer, &status,
	                        &retry_after, err);
	if (result == 0 && status != 200)
		result = error_set(err, SIGNET_E_DENIED, "the web server answered with status %u",
		                   status);
	return result;
}

static int check(const void *rule, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	const struct webhook *webhook = rule;
	return advised_check(&webhook->advised, post, rule, request, draft, verdict);
}

static const char *const keys[] = {HTTPS_KEYS, "output", NULL};

extern const struct signet_policy policy_webhook;
const struct signet_policy policy_webhook = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "webhook",
	           "asks a web server", keys},
	.configure = configure,
	.check = check,
	.free = free_rule,
	.apart = true,
	.start = start,
};
