#include <stdlib.h>
#include <time.h>

#include "base/file.h"
#include "base/log.h"
#include "intermediaries/ocsp/ocsp.h"

#define WAIT_MS 5000         /* and when an engine that hangs is noticed soon after */
#define RETRY_NS 200000000 /* after a failure */

/* Answers that were forgotten, to be renewed once the lock is free. */
struct forgotten {
	struct forgotten *next;
	struct answer *answer;
	uint8_t key[ANSWERS_KEY];
};

static void note(void *arg, struct answer *answer, const uint8_t *key)
{
	struct forgotten **list = arg, *item = malloc(sizeof *item);
	if (!item) {
		answer_release(answer); /* it is made when somebody asks */
		return;
	}
	*item = (struct forgotten){.next = *list, .answer = answer};
	memcpy(item->key, key, sizeof item->key);
	*list = item;
}

static void forget(struct ocsp *ocsp, const struct bytes *serials, size_t count)
{
	struct forgotten *list = NULL, *next;
	answers_forget(ocsp->answers, serials, count, note, &list);
	for (; list; list = next) {
		next = list->next;
		ocsp_renew(ocsp, list->answer, list->key);
		free(list);
	}
}

static int watch_once(struct ocsp *ocsp, struct arena *arena, uint64_t *after, struct error *err)
{
	struct signet_revocation_changes changes;
	int result = signet_watch_revocations(ocsp->watcher, arena, *after, WAIT_MS, &changes, err);
	if (result)
		return result;
	if (changes.all)
		answers_doubt(ocsp->answers);
	if (changes.count)
		forget(ocsp, changes.serials, changes.count);
	*after = changes.generation;
	return 0;
}

/* The engine is lost, or is back. While it is away nothing is revoked, and what it has signed holds; but no
 * cache is to keep it beyond the moment in which the engine is back. */
static void tell(const struct ocsp *ocsp, bool lost, const struct error *err)
{
	if (lost) {
		answers_doubt(ocsp->answers);
		log_error(LOG_WARNING, "ocsp-watch-lost", err, "intermediary", ocsp->host->name,
		          NULL);
	} else {
		log_event(LOG_INFO, "ocsp-watch-back", "intermediary", ocsp->host->name, NULL);
	}
}

static void *keep_watch(void *arg)
{
	struct ocsp *ocsp = arg;
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	bool lost = false;
	uint64_t after = 0;
	while (arena && !atomic_load(&ocsp->stopping)) {
		struct error err = {0};
		int result = watch_once(ocsp, arena, &after, &err);
		bool failed = result != 0;
		if (failed != lost && !atomic_load(&ocsp->stopping))
			tell(ocsp, failed, &err);
		lost = failed;
		atomic_store(&ocsp->away, result == SIGNET_E_UNAVAILABLE);
		if (failed && !atomic_load(&ocsp->stopping))
			nanosleep(&(struct timespec){0, RETRY_NS}, NULL);
		arena_clear(arena);
	}
	arena_free(arena);
	return NULL;
}

int ocsp_watch_start(struct ocsp *ocsp, struct error *err)
{
	char *path = file_below(ocsp->host->state_directory, "run/request.sock");
	int result = path ? signet_client_open(&ocsp->watcher, path, err) : error_nomem(err);
	free(path);
	if (result)
		return result;
	if (pthread_create(&ocsp->watch, NULL, keep_watch, ocsp))
		return error_set(err, SIGNET_E_NOMEM, "cannot start a thread");
	pthread_setname_np(ocsp->watch, "ocsp-watch");
	ocsp->watching = true;
	return 0;
}

void ocsp_watch_stop(struct ocsp *ocsp)
{
	atomic_store(&ocsp->stopping, true);
	if (ocsp->watcher)
		signet_client_cancel(ocsp->watcher);
	if (ocsp->watching)
		pthread_join(ocsp->watch, NULL);
	ocsp->watching = false;
	signet_client_close(ocsp->watcher);
	ocsp->watcher = NULL;
}
