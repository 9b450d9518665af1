/* What the engine is asked: by requests, and in the background. */
#include <stdlib.h>

#include "base/log.h"
#include "intermediaries/ocsp/ocsp.h"

#define ASKING_MAX 96 /* at once: a flood of requests leaves threads for others */

static int ask(struct ocsp *ocsp, struct arena *arena, const char *authority,
               struct bytes request, struct answer **out, bool *keep, struct error *err)
{
	struct signet_ocsp_response reply;
	int result = signet_answer_ocsp(ocsp->host->client, arena, request, authority, &reply, err);
	if (result)
		return result;
	/* the others are not asked for again */
	struct answer *answer = answer_new(&(struct answer){
		.response = reply.response,
		.request = reply.cacheable ? request : BYTES_NONE,
		.authority = reply.cacheable ? authority : "",
		.serials = reply.serials,
		.serial_count = reply.serial_count,
		.this_update = reply.this_update,
		.next_update = reply.next_update,
		.common = reply.cacheable,
	});
	if (!answer)
		return error_nomem(err);
	*keep = reply.cacheable;
	*out = answer;
	return 0;
}

int ocsp_ask(struct ocsp *ocsp, struct arena *arena, const char *authority, struct bytes request,
             struct answer **out, bool *keep, struct error *err)
{
	int result;
	if (atomic_fetch_add(&ocsp->asking, 1) < ASKING_MAX)
		result = ask(ocsp, arena, authority, request, out, keep, err);
	else
		result = error_set(err, SIGNET_E_TIMEOUT, "too many requests wait");
	atomic_fetch_sub(&ocsp->asking, 1);
	return result;
}

/* ---- in the background ---- */

struct renewal {
	struct ocsp *ocsp;
	struct answer *answer;
	uint8_t key[ANSWERS_KEY];
};

void ocsp_drop_renewal(void *arg)
{
	struct renewal *renewal = arg;
	answer_release(renewal->answer);
	free(renewal);
}

static int renew(const struct renewal *renewal, struct error *err)
{
	struct ocsp *ocsp = renewal->ocsp;
	const struct answer *old = renewal->answer;
	struct answer *fresh;
	bool keep;
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	if (!arena)
		return error_nomem(err);
	uint64_t epoch = answers_epoch(ocsp->answers);
	int result = ocsp_ask(ocsp, arena, old->authority, old->request, &fresh, &keep, err);
	if (result == 0) {
		if (keep)
			answers_put(ocsp->answers, renewal->key, fresh, epoch);
		answer_release(fresh);
	}
	arena_free(arena);
	return result;
}

static void run_renewal(void *arg)
{
	struct renewal *renewal = arg;
	struct error err = {0};
	if (renew(renewal, &err)) {
		log_error(LOG_DEBUG, "ocsp-renewal-failed", &err, "intermediary",
		          renewal->ocsp->host->name, NULL);
		answers_not_renewed(renewal->ocsp->answers, renewal->key);
	}
	ocsp_drop_renewal(renewal);
}

void ocsp_renew(struct ocsp *ocsp, struct answer *answer, const uint8_t key[ANSWERS_KEY])
{
	struct renewal *renewal = calloc(1, sizeof *renewal);
	if (renewal) {
		*renewal = (struct renewal){.ocsp = ocsp, .answer = answer_keep(answer)};
		memcpy(renewal->key, key, sizeof renewal->key);
	}
	if (!renewal || pool_add(ocsp->pool, run_renewal, renewal, 0)) {
		answers_not_renewed(ocsp->answers, key);
		if (renewal)
			ocsp_drop_renewal(renewal);
	}
	answer_release(answer);
}
