#include "intermediaries/acme/acme.h"

#include <stdlib.h>

#include "crypto/hash.h"

/* ---- directory and nonces ---- */

static json_t *meta(const struct acme_config *config)
{
	json_t *json = json_object();
	if (config->terms_of_service)
		json_object_set_new(json, "termsOfService", json_string(config->terms_of_service));
	if (config->website)
		json_object_set_new(json, "website", json_string(config->website));
	if (config->caa_identities) {
		json_t *list = json_array();
		for (const char **name = config->caa_identities; *name; name++)
			json_array_append_new(list, json_string(*name));
		json_object_set_new(json, "caaIdentities", list);
	}
	json_object_set_new(json, "externalAccountRequired", json_false());
	return json;
}

static int show_directory(struct acme_call *call)
{
	const char *base = call->base;
	return acme_reply(call, 200,
	                  json_pack("{s:s+, s:s+, s:s+, s:o}", "newNonce", base, "/new-nonce",
	                            "newAccount", base, "/new-account", "newOrder", base,
	                            "/new-order", "meta", meta(&call->acme->config)));
}

/* RFC 8555 section 7.2 */
static int show_nonce(struct acme_call *call)
{
	call->response->status = call->request->head ? 200 : 204;
	return 0;
}

/* ---- routes ---- */

static void get_directory(void *acme, const struct http_request *request,
                          struct http_response *response)
{
	acme_serve_get(acme, request, response, show_directory);
}

static void get_nonce(void *acme, const struct http_request *request,
                      struct http_response *response)
{
	acme_serve_get(acme, request, response, show_nonce);
}

static void post_new_account(void *acme, const struct http_request *request,
                             struct http_response *response)
{
	acme_serve(acme, request, response, ACME_BY_KEY | ACME_OBJECT, acme_account_create);
}

static void post_account(void *acme, const struct http_request *request,
                         struct http_response *response)
{
	acme_serve(acme, request, response, ACME_BY_ACCOUNT | ACME_OBJECT | ACME_EMPTY,
	           acme_account_update);
}

static void post_orders(void *acme, const struct http_request *request,
                        struct http_response *response)
{
	acme_serve(acme, request, response, ACME_BY_ACCOUNT | ACME_EMPTY, acme_order_list);
}

static void post_new_order(void *acme, const struct http_request *request,
                           struct http_response *response)
{
	acme_serve(acme, request, response, ACME_BY_ACCOUNT | ACME_OBJECT, acme_order_create);
}

static void post_order(void *acme, const struct http_request *request,
                       struct http_response *response)
{
	acme_serve(acme, request, response, ACME_BY_ACCOUNT | ACME_EMPTY, acme_order_show);
}

static void post_finalize(void *acme, const struct http_request *request,
                          struct http_response *response)
{
	acme_serve(acme, request, response, ACME_BY_ACCOUNT | ACME_OBJECT, acme_order_finalize);
}

static void post_authorization(void *acme, const struct http_request *request,
                               struct http_response *response)
{
	acme_serve(acme, request, response, ACME_BY_ACCOUNT | ACME_OBJECT | ACME_EMPTY,
	           acme_authorization_show);
}

static void post_challenge(void *acme, const struct http_request *request,
                           struct http_response *response)
{
	acme_serve(acme, request, response, ACME_BY_ACCOUNT | ACME_OBJECT | ACME_EMPTY,
	           acme_challenge_show);
}

static void post_certificate(void *acme, const struct http_request *request,
                             struct http_response *response)
{
	acme_serve(acme, request, response, ACME_BY_ACCOUNT | ACME_EMPTY, acme_order_certificate);
}

/* keyChange and revokeCert are not there yet, and so not in the directory. */
static const struct http_route routes[] = {
	{"GET", "/directory", get_directory, 0},
	{"GET", "/new-nonce", get_nonce, 0},
	{"POST", "/new-account", post_new_account, ACME_BODY_MAX},
	{"POST", "/account/{id}", post_account, ACME_BODY_MAX},
	{"POST", "/account/{id}/orders", post_orders, ACME_BODY_MAX},
	{"POST", "/account/{id}/orders/{before}", post_orders, ACME_BODY_MAX},
	{"POST", "/new-order", post_new_order, ACME_BODY_MAX},
	{"POST", "/order/{id}", post_order, ACME_BODY_MAX},
	{"POST", "/order/{id}/finalize", post_finalize, ACME_BODY_MAX},
	{"POST", "/authorization/{id}", post_authorization, ACME_BODY_MAX},
	{"POST", "/challenge/{id}/http-01", post_challenge, ACME_BODY_MAX},
	{"POST", "/certificate/{id}", post_certificate, ACME_BODY_MAX},
	{NULL, NULL, NULL, 0},
};

/* ---- jobs ---- */

static void run_job(void *arg)
{
	struct acme_job *job = arg;
	job->run(job);
}

static void drop_job(void *arg)
{
	struct acme_job *job = arg;
	job->drop(job);
}

int acme_job_add(struct acme_job *job, int64_t delay_us)
{
	return pool_add(job->acme->pool, run_job, job, delay_us);
}

/* ---- the instance ---- */

static void acme_free(void *instance)
{
	struct acme *acme = instance;
	if (!acme)
		return;
	if (acme->pool)
		pool_stop(acme->pool, drop_job);
	pool_free(acme->pool);
	acme_validations_free(acme->validations);
	chains_free(acme->chains);
	cache_free(acme->cache);
	nonces_free(acme->nonces);
	acme_config_clear(&acme->config);
	explicit_bzero(acme->secret, sizeof acme->secret);
	free(acme);
}

/* Opens nothing: the configuration is also read to be checked only. */
static int acme_configure(void **instance, const struct signet_intermediary_host *host,
                          const struct conf_node *node, struct error *err)
{
	struct acme *acme = calloc(1, sizeof *acme);
	if (!acme)
		return error_nomem(err);
	acme->host = host;
	acme->state = host->state;
	acme->validations_max = ACME_VALIDATIONS_MAX;
	int result = acme_config_read(&acme->config, node, err);
	if (result == 0)
		result = nonces_new(&acme->nonces, err);
	if (result == 0)
		result = cache_new(&acme->cache, err);
	if (result == 0)
		result = chains_new(&acme->chains, err);
	if (result == 0)
		result = acme_validations_new(&acme->validations, err);
	if (result < 0) {
		acme_free(acme);
		return result;
	}
	acme->config.fetch.cancelled = &acme->stopping;
	*instance = acme;
	return 0;
}

/* The secret is made once and stays with the state: identifiers that were given out go on to
 * mean what they meant. */
static int load_secret(struct store_txn *txn, void *arg)
{
	struct acme *acme = arg;
	struct bytes value;
	unsigned table = signet_state_table(acme->state, ACME_META);
	int result = store_get(txn, table, bytes_text("secret"), &value);
	if (result == 0 && value.length != sizeof acme->secret)
		return store_fail(txn, SIGNET_E_CORRUPT);
	if (result == 0)
		memcpy(acme->secret, value.data, sizeof acme->secret);
	return result;
}

static int make_secret(struct store_txn *txn, void *arg)
{
	struct acme *acme = arg;
	int result = load_secret(txn, acme);
	if (result != SIGNET_E_NOT_FOUND)
		return result;
	if (random_octets(acme->secret, sizeof acme->secret) < 0)
		return store_fail(txn, SIGNET_E_CRYPTO);
	return store_put(txn, signet_state_table(acme->state, ACME_META), bytes_text("secret"),
	                 BYTES_OF(acme->secret));
}

static int acme_start(void *instance, struct error *err)
{
	struct acme *acme = instance;
	int result = store_read(acme->state->store, load_secret, acme, err);
	if (result == SIGNET_E_NOT_FOUND)
		result = store_write(acme->state->store, make_secret, acme, err);
	if (result == 0)
		result = pool_new(&acme->pool, "acme", acme->config.workers,
		                  ACME_VALIDATIONS_MAX + 1024, err);
	if (result == 0)
		result = acme_recover(acme, err);
	return result < 0 ? result : acme_clean_start(acme, err);
}

static void acme_stop(void *instance)
{
	struct acme *acme = instance;
	atomic_store(&acme->stopping, true);
	if (acme->pool)
		pool_stop(acme->pool, drop_job);
}

static void acme_load(void *instance, struct signet_intermediary_load *load)
{
	struct acme *acme = instance;
	unsigned running, waiting;
	acme_validations_count(acme->validations, &running, &waiting);
	load->working += running;
	load->waiting += waiting;
}

const struct signet_intermediary intermediary_acme = {
	.module =
		{
			.api_version = SIGNET_API_VERSION,
			.kind = SIGNET_MODULE_INTERMEDIARY,
			.name = "acme",
			.summary = "ACME (RFC 8555): certificates for hosts that prove their names",
			.keys = acme_config_keys,
		},
	.default_path = "/acme",
	.routes = routes,
	.tables = acme_tables,
	.configure = acme_configure,
	.start = acme_start,
	.stop = acme_stop,
	.free = acme_free,
	.load = acme_load,
};
