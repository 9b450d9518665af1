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
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/https.h"
#include "api/json.h"
#include "api/policy.h"
#include "base/limits.h"
#include "base/log.h"

#define DEFAULT_OUTPUT 65536

struct webhook {
	const char *name; /* of the instance */
	struct https_target *target;
	size_t output;
};

static void free_rule(void *rule)
{
	struct webhook *webhook = rule;
	https_target_free(webhook->target);
	free(webhook);
}

static int read_webhook(struct webhook *webhook, const struct signet_policy_host *host,
                        const struct conf_node *node, struct error *err)
{
	uint64_t output;
	int result = conf_get_size(node, "output", DEFAULT_OUTPUT, &output, err);
	if (result)
		return result;
	if (output < 1 || output > LIMIT_ADVICE_JSON)
		return conf_error(conf_find(node, "output"), err, "not from 1 to 1M octets");
	webhook->name = host->name;
	webhook->output = output;
	return https_target_read(&webhook->target, node, host->state_directory, err);
}

static int configure(void **rule, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	struct webhook *webhook = calloc(1, sizeof *webhook);
	if (!webhook)
		return error_nomem(err);
	int result = read_webhook(webhook, host, node, err);
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

static int post(const struct webhook *webhook, const struct signet_request *request,
                struct signet_draft *draft, struct signet_verdict *verdict, struct error *err)
{
	_cleanup_buffer_ struct buffer body = BUFFER_MAX(LIMIT_ADVICE_JSON);
	_cleanup_buffer_ struct buffer answer = BUFFER_MAX(webhook->output);
	unsigned status;
	int64_t retry_after;
	int result = json_put_judgement(&body, request, draft);
	if (result)
		return error_set(err, result, "the request cannot be written as JSON");
	result = https_post(webhook->target, buffer_bytes(&body), &answer, &status, &retry_after,
	                    err);
	if (result)
		return result;
	if (status != 200)
		return error_set(err, SIGNET_E_DENIED, "the web server answered with status %u",
		                 status);
	return json_read_judgement(buffer_bytes(&answer), draft, verdict, err);
}

static int check(const void *rule, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	const struct webhook *webhook = rule;
	struct error err = {0};
	char id[24];
	int result = post(webhook, request, draft, verdict, &err);
	if (result) {
		snprintf(id, sizeof id, "%" PRIu64, request->id);
		log_error(LOG_ERROR, "rule-failed", &err, "rule", webhook->name, "request", id,
		          "profile", request->profile, NULL);
	}
	return result;
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
