/*
 * What the files of the OCSP responder share (RFC 6960, RFC 5019): the
 * gateway's side. It signs nothing: it looks at the request to find a prepared
 * answer, and else asks the engine.
 */
#ifndef SIGNET_OCSP_OCSP_H
#define SIGNET_OCSP_OCSP_H

#include <pthread.h>
#include <stdatomic.h>

#include "api/intermediary.h"
#include "base/limits.h"
#include "base/pool.h"
#include "intermediaries/ocsp/answers.h"

struct ocsp {
	const struct signet_intermediary_host *host;
	struct answers *answers;
	int64_t cache;                 /* answers that are kept at most */
	struct pool *pool;             /* renews them */
	struct signet_client *watcher; /* of the watch alone: it is cancelled */
	pthread_t watch;
	bool watching;
	atomic_bool stopping;
	atomic_bool away;              /* the engine, when the watch looked last; it looks often then */
	atomic_uint asking;            /* requests that wait for the engine */
};

/* The routes' handlers. */
void ocsp_get(void *ocsp, const struct http_request *request, struct http_response *response);
void ocsp_post(void *ocsp, const struct http_request *request, struct http_response *response);

/* Asks the engine. *keep: the answer may serve others. A reference for the caller. SIGNET_E_UNAVAILABLE: the
 * engine is away, and revokes nothing; SIGNET_E_TIMEOUT: it is there, but has no time for this. */
int ocsp_ask(struct ocsp *ocsp, struct arena *arena, const char *authority, struct bytes request,
             struct answer **out, bool *keep, struct error *err);

/* Has the answer made anew in the background, and kept in place of what is there. Takes the
 * reference over. */
void ocsp_renew(struct ocsp *ocsp, struct answer *answer, const uint8_t key[ANSWERS_KEY]);

/* A renewal that does not happen: for pool_stop. */
void ocsp_drop_renewal(void *arg);

/* A thread that learns of revocations as they happen. */
int ocsp_watch_start(struct ocsp *ocsp, struct error *err);
/* Waits for its end. Accepts one that was not started. */
void ocsp_watch_stop(struct ocsp *ocsp);

#endif
