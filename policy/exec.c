/*
 * The rule `exec`: a program that gets request and draft as JSON on its
 * standard input and answers with a judgement on its standard output.
 *
 *   command, timeout, environment, directory   see api/program.h; timeout at most 60s
 *   output   octets that it may write; default 64k, at most 1M
 *
 * The answer counts only when the exit status is 0. Everything else denies: another status, a signal, the
 * end of the time, an answer that is too long or is none. The JSON is described in exec.man. The program
 * runs beside the adviser, as its user.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/json.h"
#include "api/policy.h"
#include "api/program.h"
#include "base/limits.h"
#include "base/log.h"

#define DEFAULT_OUTPUT 65536

struct exec {
	const char *name; /* of the instance */
	struct program *program;
	size_t output;
};

static void free_rule(void *rule)
{
	struct exec *exec = rule;
	program_free(exec->program);
	free(exec);
}

static int read_exec(struct exec *exec, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	uint64_t output;
	int result = conf_get_size(node, "output", DEFAULT_OUTPUT, &output, err);
	if (result)
		return result;
	if (output < 1 || output > LIMIT_ADVICE_JSON)
		return conf_error(conf_find(node, "output"), err, "not from 1 to 1M octets");
	exec->name = host->name;
	exec->output = output;
	return program_read(&exec->program, node, host->state_directory, err);
}

static int configure(void **rule, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	struct exec *exec = calloc(1, sizeof *exec);
	if (!exec)
		return error_nomem(err);
	int result = read_exec(exec, host, node, err);
	if (result) {
		free_rule(exec);
		return result;
	}
	*rule = exec;
	return 0;
}

static int start(void *rule, struct error *err)
{
	const struct exec *exec = rule;
	return program_check(exec->program, err);
}

static int run(const struct exec *exec, const struct signet_request *request,
               struct signet_draft *draft, struct signet_verdict *verdict, struct error *err)
{
	_cleanup_buffer_ struct buffer input = BUFFER_MAX(LIMIT_ADVICE_JSON);
	_cleanup_buffer_ struct buffer output = BUFFER_MAX(exec->output);
	int code;
	int result = json_put_judgement(&input, request, draft);
	if (result || (result = buffer_append_text(&input, "\n")))
		return error_set(err, result, "the request cannot be written as JSON");
	result = program_run(exec->program, buffer_bytes(&input), &output, &code, err);
	return result ? result : json_read_judgement(buffer_bytes(&output), draft, verdict, err);
}

static int check(const void *rule, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	const struct exec *exec = rule;
	struct error err = {0};
	char id[24];
	int result = run(exec, request, draft, verdict, &err);
	if (result) {
		snprintf(id, sizeof id, "%" PRIu64, request->id);
		log_error(LOG_ERROR, "rule-failed", &err, "rule", exec->name, "request", id,
		          "profile", request->profile, NULL);
	}
	return result;
}

static const char *const keys[] = {PROGRAM_KEYS, "output", NULL};

extern const struct signet_policy policy_exec;
const struct signet_policy policy_exec = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "exec",
	           "asks a program", keys},
	.configure = configure,
	.check = check,
	.free = free_rule,
	.apart = true,
	.start = start,
};
