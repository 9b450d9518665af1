#include "exit/file_hook.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "base/encoding.h"
#include "base/process.h"

#define TIMEOUT_DEFAULT 30
#define TIMEOUT_MAX 3600
#define OUTPUT_MAX 65536  /* of its standard output, which nobody reads */
#define ARGUMENT_MAX 8192

static const char *const placeholders[] = {"{path}", "{event}", "{serial}", "{authority}", NULL};

static int placeholder_at(const char *text)
{
	for (int i = 0; placeholders[i]; i++)
		if (strncmp(text, placeholders[i], strlen(placeholders[i])) == 0)
			return i;
	return -1;
}

static int check(const struct conf_node *node, const struct file_hook *hook, size_t count,
                 struct error *err)
{
	struct error why = {0};
	if (count == 0)
		return conf_error(node, err, "is empty");
	if (count > FILE_HOOK_ARGUMENTS)
		return conf_error(node, err, "has more than %d parts", FILE_HOOK_ARGUMENTS);
	if (process_check_program(hook->arguments[0], &why))
		return conf_error(node, err, "%s", why.message);
	for (size_t i = 1; i < count; i++)
		for (const char *at = hook->arguments[i]; (at = strchr(at, '{')); at++)
			if (placeholder_at(at) < 0)
				return conf_error(node, err, "'%.32s' is none of {path}, {event}, "
				                  "{serial}, {authority}", at);
	return 0;
}

int file_hook_read(struct file_hook *hook, const struct conf_node *node, struct error *err)
{
	const struct conf_node *list = conf_find(node, "hook");
	const struct conf_node *timeout = conf_find(node, "hook-timeout");
	size_t count;
	if (!list)
		return timeout ? conf_error(timeout, err, "there is no 'hook'") : 0;
	int result = conf_get_duration(node, "hook-timeout", TIMEOUT_DEFAULT, &hook->timeout, err);
	if (result == 0 && (hook->timeout < 1 || hook->timeout > TIMEOUT_MAX))
		result = conf_error(timeout, err, "must be from 1s to 1h");
	if (result == 0)
		result = conf_text_list(list, &hook->arguments, &count, err);
	return result ? result : check(list, hook, count, err);
}

void file_hook_clear(struct file_hook *hook)
{
	free(hook->arguments);
	hook->arguments = NULL;
}

static const char *fill(struct arena *arena, const char *argument, const char *const *values)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(ARGUMENT_MAX);
	for (const char *at = argument; *at;) {
		int which = *at == '{' ? placeholder_at(at) : -1;
		if (which < 0) {
			buffer_append_octet(&text, (uint8_t)*at++);
		} else {
			buffer_append_text(&text, values[which]);
			at += strlen(placeholders[which]);
		}
	}
	return text.error ? NULL : arena_text(arena, buffer_bytes(&text));
}

static int judge(const char *program, int status, struct error *err)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return error_set(err, SIGNET_E_UNAVAILABLE, "the hook %s was killed by signal %d",
		                 program, WTERMSIG(status));
	return error_set(err, SIGNET_E_UNAVAILABLE, "the hook %s ended with status %d", program,
	                 WEXITSTATUS(status));
}

int file_hook_run(const struct file_hook *hook, struct arena *arena,
                  const struct signet_event *event, const char *path, struct error *err)
{
	const char *arguments[FILE_HOOK_ARGUMENTS + 1] = {NULL};
	if (!hook->arguments)
		return 0;
	const char *kind = signet_event_name(event->kind);
	const char *serial = hex_text(arena, event->serial);
	const char *values[] = {path, kind ? kind : "", serial ? serial : "", event->authority};
	for (size_t i = 0; hook->arguments[i]; i++) {
		arguments[i] = fill(arena, hook->arguments[i], values);
		if (!arguments[i])
			return error_nomem(err);
	}
	const struct process_options options = {.argv = arguments,
	                                        .timeout_us = hook->timeout * 1000000};
	_cleanup_buffer_ struct buffer output = BUFFER_MAX(OUTPUT_MAX);
	int status;
	int result = process_run(&options, &output, &status, err);
	if (result)
		return error_prefix(err, "the hook %s", arguments[0]);
	return judge(arguments[0], status, err);
}
