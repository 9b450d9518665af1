#include "gateway/keeper.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "gateway/own_certificate.h"

#define LOOK_S 60   /* how often the clock is looked at: it may be set, or the machine sleep */
#define RETRY_S 300 /* after a renewal that failed */

struct keeper {
	const struct settings *settings;
	struct signet_client *client;
	struct tls *tls;
	int64_t renew_at;      /* the thread's */
	pthread_mutex_t lock;  /* guards stopping */
	pthread_cond_t changed;
	bool stopping;
	bool running;          /* there is a thread */
	pthread_t thread;
};

/* ---- the configuration's certificate ---- */

static int read_named(const struct settings *settings, const char *key, struct buffer *out,
                      struct error *err)
{
	const char *name;
	const struct conf_node *node = conf_find(settings->tls, key);
	int result = conf_text(node, &name, err);
	if (result)
		return result;
	char *path = settings_path(settings, name);
	if (!path)
		return error_nomem(err);
	result = file_read(out, path, err);
	free(path);
	return result ? conf_error(node, err, "cannot read %s", name) : 0;
}

static int read_configured(const struct settings *settings, struct buffer *chain,
                           struct buffer *key, struct error *err)
{
	/* that both keys are there, the settings have seen to */
	int result = read_named(settings, "certificate", chain, err);
	return result ? result : read_named(settings, "key", key, err);
}

static bool has_tls_listener(const struct settings *settings)
{
	for (size_t i = 0; i < settings->listener_count; i++)
		if (settings->listeners[i].tls)
			return true;
	return false;
}

int keeper_check(const struct settings *settings, struct error *err)
{
	_cleanup_buffer_ struct buffer chain = BUFFER_MAX(LIMIT_PEM_FILE);
	_cleanup_secret_ struct buffer key = BUFFER_MAX(LIMIT_KEY_FILE);
	if (!settings->tls) {
		struct general_name *names;
		size_t count;
		struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
		int result = !arena                      ? error_nomem(err)
		             : has_tls_listener(settings)
		                     ? own_certificate_names(arena, settings, NULL, &names,
		                                             &count, err)
		                     : 0;
		arena_free(arena);
		return result;
	}
	int result = read_configured(settings, &chain, &key, err);
	if (!result && tls_check_certificate(buffer_bytes(&chain), buffer_bytes(&key), err))
		result = conf_error(settings->tls, err, "%s", err ? err->message : "");
	return result;
}

static int set_configured(struct keeper *keeper, struct error *err)
{
	_cleanup_buffer_ struct buffer chain = BUFFER_MAX(LIMIT_PEM_FILE);
	_cleanup_secret_ struct buffer key = BUFFER_MAX(LIMIT_KEY_FILE);
	int result = read_configured(keeper->settings, &chain, &key, err);
	return result ? result
	              : tls_set_certificate(keeper->tls, buffer_bytes(&chain),
	                                    buffer_bytes(&key), err);
}

/* ---- the gateway's own ---- */

static int set_own(struct keeper *keeper, bool renew, struct error *err)
{
	struct own_certificate own = OWN_CERTIFICATE_EMPTY;
	int result = renew ? own_certificate_request(&own, keeper->settings, keeper->client, err)
	                   : own_certificate_get(&own, keeper->settings, keeper->client, err);
	if (!result)
		result = tls_set_certificate(keeper->tls, buffer_bytes(&own.chain),
		                             buffer_bytes(&own.key), err);
	if (!result) {
		char until[CLOCK_TEXT_SIZE];
		keeper->renew_at = own.renew_at;
		log_event(LOG_INFO, renew ? "tls-renewed" : "tls-certificate", "until",
		          clock_format(own.not_after, until), NULL);
	}
	own_certificate_clear(&own);
	return result;
}

/* Waits up to that long; false when the keeper is to stop. */
static bool wait(struct keeper *keeper, int seconds)
{
	int64_t due = clock_monotonic_us() + seconds * INT64_C(1000000);
	pthread_mutex_lock(&keeper->lock);
	int result = 0;
	while (!keeper->stopping && result == 0)
		result = clock_wait(&keeper->changed, &keeper->lock, due);
	bool stopping = keeper->stopping;
	pthread_mutex_unlock(&keeper->lock);
	return !stopping;
}

static void *keep(void *arg)
{
	struct keeper *keeper = arg;
	int pause = clock_now() >= keeper->renew_at ? 0 : LOOK_S;
	while (wait(keeper, pause)) {
		struct error err = {0};
		pause = LOOK_S;
		if (clock_now() < keeper->renew_at)
			continue;
		if (set_own(keeper, true, &err)) {
			log_error(LOG_ERROR, "tls-not-renewed", &err, NULL);
			pause = RETRY_S;
		}
	}
	return NULL;
}

static int start_thread(struct keeper *keeper, struct error *err)
{
	if (pthread_create(&keeper->thread, NULL, keep, keeper))
		return error_set(err, SIGNET_E_NOMEM, "cannot start a thread");
	pthread_setname_np(keeper->thread, "keeper");
	keeper->running = true;
	return 0;
}

int keeper_start(struct keeper **out, const struct settings *settings,
                 struct signet_client *client, struct tls *tls, struct error *err)
{
	struct keeper *keeper = calloc(1, sizeof *keeper);
	if (!keeper)
		return error_nomem(err);
	keeper->settings = settings;
	keeper->client = client;
	keeper->tls = tls;
	clock_condition_init(&keeper->changed);
	pthread_mutex_init(&keeper->lock, NULL);
	int result = settings->tls ? set_configured(keeper, err) : set_own(keeper, false, err);
	if (!result && !settings->tls)
		result = start_thread(keeper, err);
	if (result)
		keeper_stop(keeper);
	else
		*out = keeper;
	return result;
}

void keeper_stop(struct keeper *keeper)
{
	if (!keeper)
		return;
	pthread_mutex_lock(&keeper->lock);
	keeper->stopping = true;
	pthread_cond_signal(&keeper->changed);
	pthread_mutex_unlock(&keeper->lock);
	if (keeper->running)
		pthread_join(keeper->thread, NULL);
	pthread_cond_destroy(&keeper->changed);
	pthread_mutex_destroy(&keeper->lock);
	free(keeper);
}
