#include "publisher/publisher.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/role.h"
#include "publisher/worker.h"

/* A stop waits so long for the modules' calls under way, and then so long again for those that
 * hang in a call to the engine. */
#define STOP_PATIENCE_US 4000000

/* One configuration at work. */
struct publisher {
	struct settings *owned; /* NULL for the first one, whose settings are the caller's */
	struct exits *exits;
	struct worker **workers;
	size_t count;
};

int publisher_check(const struct settings *settings, struct error *err)
{
	struct exits *exits;
	int result = exits_load(&exits, settings, err);
	if (result == 0)
		exits_free(exits);
	return result;
}

/* False when a module hangs: its worker, and all that it may touch, is left behind. */
static bool stop(struct publisher *p)
{
	for (size_t i = 0; i < p->count; i++)
		worker_ask_stop(p->workers[i]);
	signet_client_cancel(p->exits->reader);
	size_t left = p->count;
	for (int round = 0; round < 2 && left; round++) {
		int64_t until = clock_monotonic_us() + STOP_PATIENCE_US;
		for (size_t i = 0; i < p->count; i++) {
			if (p->workers[i] && worker_join(p->workers[i], until)) {
				p->workers[i] = NULL;
				left--;
			}
		}
		/* from now on no cursor moves, however late a module comes back */
		signet_client_cancel(p->exits->client);
	}
	for (size_t i = 0; i < p->count; i++)
		if (p->workers[i])
			log_event(LOG_ERROR, "exit-hangs", "exit", p->exits->items[i].name, NULL);
	return left == 0;
}

static void publisher_free(struct publisher *p)
{
	if (!p)
		return;
	if (p->exits && !stop(p))
		return;
	free(p->workers);
	exits_free(p->exits);
	settings_free(p->owned);
	free(p);
}

/* Configures the modules, but starts nothing. */
static int publisher_new(struct publisher **out, const struct settings *settings,
                         struct error *err)
{
	struct publisher *p = calloc(1, sizeof *p);
	if (!p)
		return error_nomem(err);
	int result = exits_load(&p->exits, settings, err);
	if (result == 0) {
		p->workers = calloc(p->exits->count + 1, sizeof *p->workers);
		if (!p->workers)
			result = error_nomem(err);
	}
	if (result) {
		publisher_free(p);
		return result;
	}
	*out = p;
	return 0;
}

static int start(struct publisher *p, struct error *err)
{
	for (size_t i = 0; i < p->exits->count; i++) {
		int result = worker_start(&p->workers[i], &p->exits->items[i], p->exits, err);
		if (result)
			return result;
		p->count++;
	}
	return 0;
}

/* Replaces *p by what the file says now; on an error *p works on. */
static int reload(struct publisher **p, const char *path, struct error *err)
{
	struct settings *settings;
	int result = settings_load(&settings, path, err);
	if (result)
		return result;
	struct publisher *next;
	result = publisher_new(&next, settings, err);
	if (result) {
		settings_free(settings);
		return result;
	}
	next->owned = settings;
	publisher_free(*p);
	*p = next;
	return start(next, err);
}

int publisher_run(const struct settings *settings, int ready_fd)
{
	struct error err = {0};
	struct publisher *p = NULL;
	/* undumpable: it reads the passwords of exits, and programs of its user run beside it */
	int result = role_begin(true, &err);
	if (result == 0)
		result = publisher_new(&p, settings, &err);
	if (result == 0)
		result = start(p, &err);
	if (result) {
		role_failed(ready_fd, &err);
		publisher_free(p);
		return EXIT_FAILURE;
	}
	role_ready(ready_fd);
	while (role_wait() == ROLE_RELOAD) {
		if (reload(&p, settings->path, &err))
			log_error(LOG_ERROR, "reload-failed", &err, NULL);
		else
			log_event(LOG_INFO, "reloaded", NULL);
	}
	publisher_free(p);
	return EXIT_SUCCESS;
}
