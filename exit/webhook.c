/*
 * The exit module `webhook`: posts each event as JSON to a web server.
 *
 *   url, ca, certificate, key, secret, timeout, headers   see api/https.h
 *
 * A status of 2xx is done. 400, 405, 410, 413, 415 and 422 say that the server will never take this event:
 * it goes to the dead letters. Everything else is tried again: servers come back, and what is wrong with
 * a login or an address can be mended. The JSON is described in exec.man.
 */
#include <stdlib.h>

#include "api/exit.h"
#include "api/https.h"
#include "api/json.h"
#include "base/limits.h"

#define ANSWER_MAX 65536

struct exit_webhook {
	struct https_target *target;
};

static void webhook_free(void *instance)
{
	struct exit_webhook *webhook = instance;
	https_target_free(webhook->target);
	free(webhook);
}

static int webhook_configure(void **instance, const struct signet_exit_host *host,
                             const struct conf_node *node, struct error *err)
{
	struct exit_webhook *webhook = calloc(1, sizeof *webhook);
	if (!webhook)
		return error_nomem(err);
	int result = https_target_load(&webhook->target, node, host->state_directory, err);
	if (result) {
		free(webhook);
		return result;
	}
	*instance = webhook;
	return 0;
}

static enum signet_exit_result judge(unsigned status, struct error *err)
{
	static const unsigned final[] = {400, 405, 410, 413, 415, 422};
	if (status >= 200 && status < 300)
		return SIGNET_EXIT_DONE;
	error_set(err, SIGNET_E_UNAVAILABLE, "the server answered with the status %u", status);
	for (size_t i = 0; i < sizeof final / sizeof *final; i++)
		if (status == final[i])
			return SIGNET_EXIT_GIVE_UP;
	return SIGNET_EXIT_RETRY;
}

static enum signet_exit_result webhook_notify(void *instance, const struct signet_event *event,
                                              struct error *err)
{
	struct exit_webhook *webhook = instance;
	_cleanup_buffer_ struct buffer body = BUFFER_MAX(LIMIT_EVENT_JSON);
	_cleanup_buffer_ struct buffer answer = BUFFER_MAX(ANSWER_MAX);
	unsigned status = 0;
	int64_t retry_after;
	if (json_put_event(&body, event)) {
		error_set(err, SIGNET_E_TOO_BIG, "the event cannot be written as JSON");
		return SIGNET_EXIT_GIVE_UP;
	}
	if (https_post(webhook->target, buffer_bytes(&body), &answer, &status, &retry_after, err))
		return SIGNET_EXIT_RETRY;
	return judge(status, err);
}

static const char *const webhook_keys[] = {HTTPS_KEYS, NULL};

extern const struct signet_exit exit_webhook;
const struct signet_exit exit_webhook = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_EXIT, "webhook",
	           "posts each event as JSON to a web server", webhook_keys},
	.events = SIGNET_EVENTS_ALL,
	.configure = webhook_configure,
	.notify = webhook_notify,
	.close = webhook_free,
};
