/*
 * The exit module `exec`: a program that gets each event as JSON on its
 * standard input.
 *
 *   command, timeout, environment, directory   see api/program.h
 *
 * Exit status 0: done. 65 (EX_DATAERR): this event will never be published, it goes to the dead letters.
 * Anything else, a signal and the end of its time are tried again. The first line that it writes stands
 * in the log then. The JSON is described in exec.man.
 */
#include <stdlib.h>
#include <sysexits.h>

#include "api/exit.h"
#include "api/json.h"
#include "api/program.h"
#include "base/limits.h"

#define OUTPUT_MAX 65536

struct exit_exec {
	struct program *program;
};

static void exec_free(void *instance)
{
	struct exit_exec *exec = instance;
	program_free(exec->program);
	free(exec);
}

static int exec_configure(void **instance, const struct signet_exit_host *host,
                          const struct conf_node *node, struct error *err)
{
	struct exit_exec *exec = calloc(1, sizeof *exec);
	if (!exec)
		return error_nomem(err);
	int result = program_load(&exec->program, node, host->state_directory, err);
	if (result) {
		free(exec);
		return result;
	}
	*instance = exec;
	return 0;
}

/* What the program wrote, up to the end of its first line and fit for a log. */
static void add_words(struct error *err, struct buffer *output)
{
	char line[ERROR_DETAIL_MAX];
	size_t length = 0;
	while (length < output->length && length < sizeof line - 1 && output->data[length] >= ' ' &&
	       output->data[length] < 0x7f) {
		line[length] = (char)output->data[length];
		length++;
	}
	line[length] = '\0';
	if (length)
		error_detail(err, "%s", line);
}

static enum signet_exit_result exec_notify(void *instance, const struct signet_event *event,
                                           struct error *err)
{
	const struct exit_exec *exec = instance;
	_cleanup_buffer_ struct buffer input = BUFFER_MAX(LIMIT_EVENT_JSON);
	_cleanup_buffer_ struct buffer output = BUFFER_MAX(OUTPUT_MAX);
	int code = 0;
	if (json_put_event(&input, event) || buffer_append_text(&input, "\n")) {
		error_set(err, SIGNET_E_TOO_BIG, "the event cannot be written as JSON");
		return SIGNET_EXIT_GIVE_UP;
	}
	int result = program_run(exec->program, buffer_bytes(&input), &output, &code, err);
	if (result == 0)
		return SIGNET_EXIT_DONE;
	add_words(err, &output);
	return result == SIGNET_E_DENIED && code == EX_DATAERR ? SIGNET_EXIT_GIVE_UP
	                                                       : SIGNET_EXIT_RETRY;
}

static const char *const exec_keys[] = {PROGRAM_KEYS, NULL};

extern const struct signet_exit exit_exec;
const struct signet_exit exit_exec = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_EXIT, "exec",
	           "a program that gets each event as JSON", exec_keys},
	.events = SIGNET_EVENTS_ALL,
	.configure = exec_configure,
	.notify = exec_notify,
	.close = exec_free,
};
