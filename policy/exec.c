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
#include <stdlib.h>

#include "api/advised.h"
#include "api/program.h"

struct exec {
	struct advised advised;
	struct program *program;
};

static void free_rule(void *rule)
{
	struct exec *exec = rule;
	program_free(exec->program);
	free(exec);
}

static int configure(void **rule, const struct signet_policy_host *host,
                     const struct conf_node *node, struct error *err)
{
	struct exec *exec = calloc(1, sizeof *exec);
	if (!exec)
		return error_nomem(err);
	int result = advised_read(&exec->advised, host, node, err);
	if (result == 0)
		result = program_read(&exec->program, node, host->state_directory, err);
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

static int run(const void *rule, struct buffer *question, struct buffer *answer, struct error *err)
{
	const struct exec *exec = rule;
	int code;
	if (buffer_append_text(question, "\n"))
		return error_set(err, question->error, "the request cannot be written as JSON");
	return program_run(exec->program, buffer_bytes(question), answer, &code, err);
}

static int check(const void *rule, const struct signet_request *request,
                 struct signet_draft *draft, struct signet_verdict *verdict)
{
	const struct exec *exec = rule;
	return advised_check(&exec->advised, run, rule, request, draft, verdict);
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
