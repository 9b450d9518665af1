/*
 * What the files of this intermediary share: the instance, and the frame in
 * which every request is served.
 *
 * A request comes to a handler of acme.c, which calls acme_serve with what
 * it demands of the message and the function that does the work. acme_serve
 * checks the message once (jws.h, nonce.h), finds the account, reads the
 * payload and calls the function; it adds the headers that every answer has
 * and renders a problem (problem.h) when the function ends with one.
 */
#ifndef SIGNET_ACME_ACME_H
#define SIGNET_ACME_ACME_H

#include <stdatomic.h>

#include "api/intermediary.h"
#include "base/pool.h"
#include "intermediaries/acme/cache.h"
#include "intermediaries/acme/chains.h"
#include "intermediaries/acme/config.h"
#include "intermediaries/acme/json_private.h"
#include "intermediaries/acme/jws.h"
#include "intermediaries/acme/nonce.h"
#include "intermediaries/acme/problem.h"
#include "intermediaries/acme/record.h"
#include "intermediaries/acme/url.h"

#define ACME_BODY_MAX 65536 /* a CSR of LIMIT_CSR octets in two layers of base64url */
#define ACME_NAMES_MAX LIMIT_SAN_COUNT
#define ACME_CONTACTS_MAX 10
#define ACME_VALIDATIONS_MAX 4096

struct acme {
	const struct signet_intermediary_host *host;
	const struct signet_state *state;
	struct acme_config config;
	uint8_t secret[URL_SECRET]; /* from the store; set by start */
	struct nonces *nonces;
	struct cache *cache;
	struct chains *chains;
	struct pool *pool;          /* validations, resubmissions, cleaning; between start and stop */
	struct validations *validations;
	size_t validations_max;     /* under way or waiting at once */
	atomic_bool stopping;
};

/* What waits in the pool begins with this. run and drop (when it is not run any more) end with
 * freeing it or adding it again. */
struct acme_job {
	struct acme *acme;
	void (*run)(struct acme_job *job);
	void (*drop)(struct acme_job *job);
};
/* As pool_add. */
int acme_job_add(struct acme_job *job, int64_t delay_us);

/* ---- serve.c ---- */

struct acme_call {
	struct acme *acme;
	const struct http_request *request;
	struct http_response *response;
	struct arena *arena;         /* the request's */
	const char *base;            /* of the instance: "https://ca.example.com/acme" */
	struct jws jws;
	struct account *account;     /* NULL when the message brought its own key */
	struct pubkey *key;          /* then this is it */
	json_t *payload;             /* NULL for POST-as-GET */
	struct acme_problem problem;
};

enum acme_demand {
	ACME_BY_ACCOUNT = 1, /* kid of a valid account */
	ACME_BY_KEY = 2,     /* jwk */
	ACME_OBJECT = 4,     /* the payload is a JSON object */
	ACME_EMPTY = 8,      /* POST-as-GET; together with ACME_OBJECT: either */
};

/* Returns 0 with the response filled but for the common headers, or -1 with the problem set. */
typedef int (*acme_function)(struct acme_call *call);

void acme_serve(struct acme *acme, const struct http_request *request,
                struct http_response *response, unsigned demand, acme_function function);
/* The same without a message: GET. */
void acme_serve_get(struct acme *acme, const struct http_request *request,
                    struct http_response *response, acme_function function);

/* Sets the problem and returns -1. */
int acme_fail(struct acme_call *call, enum acme_problem_type type, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same from an error, which is logged here when it is not the client's fault. */
int acme_fail_error(struct acme_call *call, const char *event, const struct error *err);
/* The same from an error that cannot be the client's fault. */
int acme_fail_internal(struct acme_call *call, const char *event, const struct error *err);

/* Fills the response with this object and gives up the reference. */
int acme_reply(struct acme_call *call, int status, json_t *json);
/* "BASE/PLACE/ID" in the arena, and "BASE/PLACE/ID/REST" unless rest is NULL; NULL without
 * memory. */
const char *acme_url(struct acme_call *call, const char *place, enum url_kind kind,
                     uint64_t number, const char *rest);
/* The number in the request's {id}. -1 with a problem. */
int acme_number(struct acme_call *call, enum url_kind kind, uint64_t *number);

/* ---- account.c ---- */

int acme_account_create(struct acme_call *call);
int acme_account_update(struct acme_call *call);
/* From the cache or the store, with a reference for the caller. SIGNET_E_NOT_FOUND. */
int acme_account_find(struct acme *acme, uint64_t number, struct account **out,
                      struct error *err);

/* ---- order.c ---- */

/* An order and what its status depends on, in the arena. */
struct acme_order {
	uint64_t number;
	Acme__Order *record;
	/* record->n_authorizations: where each one really stands, and when it ends; NULL and 0 when
	 * it is gone, or not needed any more */
	const Acme__Authorization **authorizations;
	int64_t *expires;
	enum acme_status status; /* what a client is to see */
};

int acme_order_show(struct acme_call *call);
int acme_order_certificate(struct acme_call *call);
int acme_order_list(struct acme_call *call);
/* The request's order, of the call's account. -1 with a problem. */
int acme_order_load(struct acme_call *call, enum url_kind kind, struct acme_order *out);
/* Reads an order with its authorizations; for a transaction. */
int acme_order_read(struct store_txn *txn, const struct signet_state *state,
                    struct arena *arena, uint64_t number, struct acme_order *out);
/* The status that follows from the record and the authorizations (RFC 8555 section 7.1.6). */
enum acme_status acme_order_judge(const struct acme_order *order, int64_t now);
/* The certificate and its issuers in PEM. */
int acme_chain_write(struct buffer *out, const struct signet_outcome *outcome);
int acme_order_reply(struct acme_call *call, int status, const struct acme_order *order);

/* ---- new_order.c ---- */

int acme_order_create(struct acme_call *call);

/* ---- finalize.c ---- */

int acme_order_finalize(struct acme_call *call);
/* Brings an order in processing on: submits what the engine has not answered, asks again for
 * what it holds. order is brought up to date; *retry_after: seconds. */
int acme_order_advance(struct acme *acme, struct arena *arena, struct acme_order *order,
                       int64_t *retry_after, struct error *err);

/* ---- authz.c ---- */

int acme_authorization_show(struct acme_call *call); /* or deactivate */
int acme_challenge_show(struct acme_call *call);     /* or try */

/* ---- validate.c ---- */

struct validations;

int acme_validations_new(struct validations **out, struct error *err);
void acme_validations_free(struct validations *validations);

/* Validates an authorization that is pending or in processing, outside of the caller's thread.
 * Waits for at most wait_us: *settled says whether the result is stored by then. One that is
 * under way already is not begun again. SIGNET_E_TOO_BIG when too many are, SIGNET_E_UNAVAILABLE
 * after the stop, SIGNET_E_NOMEM. */
int acme_validate(struct acme *acme, uint64_t authorization, const char *name,
                  const char *thumbprint, int64_t wait_us, bool *settled, struct error *err);

/* How many run, and how many wait for a thread or for their next attempt. */
void acme_validations_count(struct validations *validations, unsigned *running,
                            unsigned *waiting);

/* ---- recover.c ---- */

/* Takes up again, in the background, what a restart cut off. Called once, by start. */
int acme_recover(struct acme *acme, struct error *err);

/* ---- clean.c ---- */

/* Begins to forget, in the background, what has ended long ago. Called once, by start. */
int acme_clean_start(struct acme *acme, struct error *err);
/* One step of it: *next is where it begins (0: at the oldest order) and then where the next one
 * has to; 0 when this was the last of a round. */
int acme_clean_batch(struct acme *acme, uint64_t *next, struct error *err);

#endif
