/*
 * An instance of the ACME intermediary without a gateway and an engine: the
 * real descriptor, routes, store and configuration, an engine that does as
 * the test says, and clients that sign their messages.
 */
#ifndef SIGNET_TESTS_ACME_WORLD_H
#define SIGNET_TESTS_ACME_WORLD_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "intermediaries/acme/acme.h"
#include "tests/unit/acme/jose.h"
#include "tests/unit/acme/responder.h"

#define BASE "https://ca.test/acme"

/* The engine: what it answers next, and what it was asked. It is idempotent as the real one. */
struct fake_engine {
	pthread_mutex_t lock;
	enum signet_disposition disposition;
	enum signet_reason reason;
	const char *message;
	int error;                /* negative: signet_submit and signet_retrieve fail with it */
	bool forgets_to_answer;   /* it takes the request and the answer gets lost (E_TIMEOUT) */
	unsigned submissions, retrievals;
	uint64_t last_request;
	char key[64];             /* of the last submission */
	char requester[64], profile[64];
	uint8_t csr[4096];        /* of the last submission */
	size_t csr_length;
};
extern struct fake_engine engine;

struct world {
	char directory[64];
	struct arena *arena;      /* of the whole test */
	struct store *store;
	struct signet_state state;
	struct signet_intermediary_host host;
	struct conf *conf;
	struct acme *acme;
	struct responder *responder;
	char thumbprint[64];      /* what the responder answers with */
	atomic_uint wrong;        /* answers that are to be wrong before the right ones */
	atomic_bool mute;         /* every answer is wrong */
};

/* validation: further lines for the map of that name, such as "retries: 0"; rest: further keys of
 * the instance; both may be "". */
void world_open(const char *validation, const char *rest);
void world_close(void);
/* As after kill -9: the instance is gone without a stop, a new one begins on the same store. */
void world_restart(void);

/* For cmocka: a world before and after each test, frozen clock released. */
extern struct world world;
int world_setup(void **state);          /* retries: 0 */
int world_teardown(void **state);
#define world_test(function) \
	cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)

struct answer {
	int status;
	struct http_header headers[HTTP_RESPONSE_HEADERS];
	size_t header_count;
	struct bytes body;
	json_t *json;             /* NULL for none; freed by world_close */
};
const char *answer_header(const struct answer *answer, const char *name);
/* The text at a path such as "error.type" or "challenges.0.url"; fails the test when it is not
 * there. */
const char *answer_text(const struct answer *answer, const char *path);
/* The problem's type without its urn: prefix; "" when it is none. */
const char *answer_problem(const struct answer *answer);
/* Fails the test unless it is this problem with this status, as a problem document. */
void assert_problem(const struct answer *answer, int status, const char *type);
void assert_status(const struct answer *answer, int status);

struct answer world_get(const char *url, bool head);
/* type NULL: without Content-Type. */
struct answer world_send(const char *url, const char *type,
                         const char *body);

/* A client with an account, or before it has one (kid NULL). */
struct client {
	struct jose jose;
	const char *kid;
};
struct client client_open(const char *key);
/* The same with an account that it has made. */
struct client client_register(const char *key);
void client_close(struct client *client);
/* payload NULL: POST-as-GET. With the account once there is one, else with the key. */
struct answer client_post(struct client *client, const char *url, const char *payload);
const char *world_nonce(void);

/* An order for these names that is ready. */
struct answer client_ready(struct client *client, const char *names);
/* names: "a.test b.test". */
struct answer client_order(struct client *client, const char *names);
/* Answers the challenges of all authorizations and waits until none is pending. */
void client_prove(struct client *client, const struct answer *order);
/* Waits until the text at this path of the resource is no longer `is`. */
struct answer client_wait(struct client *client, const char *url, const char *path,
                          const char *is);
/* base64url of a CSR with these alternative names ("" for none) and common name (NULL for none),
 * made with this key of tests/data/good/keys. */
const char *make_csr(const char *key, const char *names, const char *cn);
struct answer client_finalize(struct client *client, const struct answer *order,
                              const char *csr);

#endif
