#include "api/advised.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/json.h"
#include "base/limits.h"
#include "base/log.h"

#define DEFAULT_OUTPUT 65536

int advised_read(struct advised *out, const struct signet_policy_host *host,
                 const struct conf_node *node, struct error *err)
{
	uint64_t output;
	int result = conf_get_size(node, "output", DEFAULT_OUTPUT, &output, err);
	if (result)
		return result;
	if (output < 1 || output > LIMIT_ADVICE_JSON)
		return conf_error(conf_find(node, "output"), err, "not from 1 to 1M octets");
	*out = (struct advised){host->name, output};
	return 0;
}

static int judge(const struct advised *advised, advised_ask *ask, const void *rule,
                 const struct signet_request *request, struct signet_draft *draft,
                 struct signet_verdict *verdict, struct error *err)
{
	_cleanup_buffer_ struct buffer question = BUFFER_MAX(LIMIT_ADVICE_JSON);
	_cleanup_buffer_ struct buffer answer = BUFFER_MAX(advised->output);
	int result = json_put_judgement(&question, request, draft);
	if (result)
		return error_set(err, result, "the request cannot be written as JSON");
	result = ask(rule, &question, &answer, err);
	return result ? result : json_read_judgement(buffer_bytes(&answer), draft, verdict, err);
}

int advised_check(const struct advised *advised, advised_ask *ask, const void *rule,
                  const struct signet_request *request, struct signet_draft *draft,
                  struct signet_verdict *verdict)
{
	struct error err = {0};
	char id[24];
	int result = judge(advised, ask, rule, request, draft, verdict, &err);
	if (result) {
		snprintf(id, sizeof id, "%" PRIu64, request->id);
		log_error(LOG_ERROR, "rule-failed", &err, "rule", advised->name, "request", id,
		          "profile", request->profile, NULL);
	}
	return result;
}
