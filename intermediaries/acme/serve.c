#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "intermediaries/acme/acme.h"

int acme_fail(struct acme_call *call, enum acme_problem_type type, const char *format, ...)
{
	char detail[ACME_DETAIL_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(detail, sizeof detail, format, args);
	va_end(args);
	return problem_set(&call->problem, type, "%s", detail);
}

static int log_failure(const struct acme_call *call, const char *event, const struct error *err)
{
	log_error(LOG_ERROR, event, err, "intermediary", call->acme->host->name, "peer",
	          call->request->peer, "path", call->request->path, NULL);
	return -1;
}

int acme_fail_error(struct acme_call *call, const char *event, const struct error *err)
{
	problem_from_error(&call->problem, err);
	return problem_status(&call->problem) < 500 ? -1 : log_failure(call, event, err);
}

int acme_fail_internal(struct acme_call *call, const char *event, const struct error *err)
{
	problem_from_error(&call->problem, err);
	if (problem_status(&call->problem) < 500)
		acme_fail(call, ACME_SERVER_INTERNAL, "the server failed: %s",
		          error_name(err->code));
	return log_failure(call, event, err);
}

int acme_reply(struct acme_call *call, int status, json_t *json)
{
	if (json_write(&call->response->body, json) < 0)
		return acme_fail(call, ACME_SERVER_INTERNAL, "no memory");
	signet_http_add(call->request, call->response, "Content-Type", "application/json");
	call->response->status = status;
	return 0;
}

const char *acme_url(struct acme_call *call, const char *place, enum url_kind kind,
                     uint64_t number, const char *rest)
{
	char id[URL_ID];
	if (url_id_make(call->acme->secret, kind, number, id) < 0)
		return NULL;
	return arena_printf(call->arena, "%s/%s/%s%s%s", call->base, place, id, rest ? "/" : "",
	                    rest ? rest : "");
}

int acme_number(struct acme_call *call, enum url_kind kind, uint64_t *number)
{
	const char *id = signet_http_parameter(call->request, "id");
	if (url_id_read(call->acme->secret, kind, id, number) == 0)
		return 0;
	acme_fail(call, ACME_MALFORMED, "there is no such resource");
	call->problem.status = 404;
	return -1;
}

static void add_common(struct acme_call *call)
{
	char nonce[NONCE_TEXT];
	if (nonce_make(call->acme->nonces, nonce) == 0)
		signet_http_add(call->request, call->response, "Replay-Nonce", nonce);
	signet_http_add(call->request, call->response, "Cache-Control", "no-store");
	signet_http_addf(call->request, call->response, "Link", "<%s/directory>;rel=\"index\"",
	                 call->base);
}

/* What the function had put into the response before it failed is dropped. */
static void render_problem(struct acme_call *call)
{
	struct http_response *response = call->response;
	const struct acme_problem *problem = &call->problem;
	int status = problem_status(problem);
	response->header_count = 0;
	buffer_clear(&response->body);
	if (json_write(&response->body, problem_to_json(problem)) < 0) {
		buffer_clear(&response->body);
		status = 500;
	}
	response->status = status;
	signet_http_add(call->request, response, "Content-Type", "application/problem+json");
	/* RFC 8555 section 7.3.3 */
	if (problem->type == ACME_USER_ACTION_REQUIRED && call->acme->config.terms_of_service)
		signet_http_addf(call->request, response, "Link", "<%s>;rel=\"terms-of-service\"",
		                 call->acme->config.terms_of_service);
	if (status == 503 || problem->type == ACME_RATE_LIMITED)
		signet_http_add(call->request, response, "Retry-After", "10");
}

static void log_problem(const struct acme_call *call)
{
	char status[16];
	if (!log_enabled(LOG_INFO) || call->problem.type == ACME_BAD_NONCE)
		return;
	snprintf(status, sizeof status, "%d", call->response->status);
	log_event(LOG_INFO, "acme-refused", "intermediary", call->acme->host->name, "peer",
	          call->request->peer, "path", call->request->path, "status", status, "type",
	          problem_name(call->problem.type), "message", call->problem.detail, NULL);
}

static int begin(struct acme_call *call, struct acme *acme, const struct http_request *request,
                 struct http_response *response)
{
	const char *origin = acme->config.external_url;
	*call = (struct acme_call){
		.acme = acme, .request = request, .response = response, .arena = request->arena};
	size_t length = strlen(origin ? origin : request->base);
	/* an external URL may be written with a slash at its end */
	while (length && (origin ? origin : request->base)[length - 1] == '/')
		length--;
	call->base = arena_printf(call->arena, "%.*s%s", (int)length,
	                          origin ? origin : request->base, acme->host->path);
	if (call->base)
		return 0;
	response->status = 500;
	return -1;
}

static void finish(struct acme_call *call, int result)
{
	if (result < 0) {
		render_problem(call);
		log_problem(call);
	}
	add_common(call);
	json_decref(call->payload);
	account_release(call->account);
	pubkey_free(call->key);
}

/* RFC 8555 section 6.4: the URL that was signed is the one that was asked for. */
static int check_url(struct acme_call *call)
{
	const struct http_request *request = call->request;
	const char *path = call->acme->host->path, *url = call->jws.url;
	size_t base = strlen(call->base), prefix = strlen(path);
	if (strncmp(request->path, path, prefix) == 0 && strncmp(url, call->base, base) == 0 &&
	    strcmp(url + base, request->path + prefix) == 0 && !*request->query)
		return 0;
	acme_fail(call, ACME_UNAUTHORIZED, "\"url\" is not the URL of this request");
	return -1;
}

static int check_nonce(struct acme_call *call)
{
	if (call->jws.nonce && nonce_use(call->acme->nonces, call->jws.nonce) == 0)
		return 0;
	return acme_fail(call, ACME_BAD_NONCE,
	                 call->jws.nonce ? "the nonce is not known, too old, or was used before"
	                                 : "the message has no nonce");
}

/* The account's number out of its URL. The origin is not compared: the same account may have
 * been made through another name of this host, and the signature decides. */
static int read_kid(struct acme_call *call, uint64_t *number)
{
	const char *place = "/account/", *path = call->acme->host->path;
	const char *id = strrchr(call->jws.kid, '/');
	size_t length = id ? (size_t)(id + 1 - call->jws.kid) : 0;
	size_t tail = strlen(path) + strlen(place);
	if (length <= tail || strncmp(call->jws.kid + length - strlen(place), place,
	                              strlen(place)) != 0 ||
	    strncmp(call->jws.kid + length - tail, path, strlen(path)) != 0 ||
	    url_id_read(call->acme->secret, URL_ACCOUNT, id + 1, number) < 0)
		return acme_fail(call, ACME_ACCOUNT_DOES_NOT_EXIST, "\"kid\" is no account");
	return 0;
}

static int find_account(struct acme_call *call)
{
	uint64_t number;
	struct error err;
	if (read_kid(call, &number) < 0)
		return -1;
	int result = acme_account_find(call->acme, number, &call->account, &err);
	if (result == SIGNET_E_NOT_FOUND)
		return acme_fail(call, ACME_ACCOUNT_DOES_NOT_EXIST, "\"kid\" is no account");
	return result < 0 ? acme_fail_error(call, "acme-account-failed", &err) : 0;
}

static int find_key(struct acme_call *call, unsigned demand)
{
	struct error err;
	bool by_account = demand & ACME_BY_ACCOUNT;
	if (by_account != !!call->jws.kid)
		return acme_fail(call, ACME_MALFORMED, "the message must be signed with \"%s\"",
		                 by_account ? "kid" : "jwk");
	if (by_account)
		return find_account(call);
	return jwk_to_pubkey(&call->jws.jwk, &call->key, &err) < 0
	               ? acme_fail_error(call, "acme-key-failed", &err)
	               : 0;
}

static int read_payload(struct acme_call *call, unsigned demand)
{
	struct error err;
	if (call->jws.payload.length == 0 && (demand & ACME_EMPTY))
		return 0;
	if (!(demand & ACME_OBJECT))
		return acme_fail(call, ACME_MALFORMED, "the payload must be empty (POST-as-GET)");
	if (json_read_object(&call->payload, call->jws.payload, "the payload", &err) < 0)
		return acme_fail_error(call, "acme-payload-failed", &err);
	return 0;
}

/* The cheap checks first: a replayed or misdirected message costs no verification. */
static int check_message(struct acme_call *call, unsigned demand)
{
	struct error err;
	if (!signet_http_is_type(call->request, "application/jose+json")) {
		acme_fail(call, ACME_MALFORMED, "the Content-Type must be application/jose+json");
		call->problem.status = 415;
		return -1;
	}
	if (jws_read(&call->jws, call->arena, call->request->body, &err) < 0)
		return acme_fail_error(call, "acme-message-failed", &err);
	if (check_url(call) < 0 || check_nonce(call) < 0 || find_key(call, demand) < 0)
		return -1;
	const struct pubkey *key = call->account ? call->account->key : call->key;
	if (jws_verify(&call->jws, key, &err) < 0)
		return acme_fail_error(call, "acme-verify-failed", &err);
	/* RFC 8555 section 7.3.6 */
	if (call->account && !call->account->valid) {
		acme_fail(call, ACME_UNAUTHORIZED, "the account is deactivated");
		call->problem.status = 401;
		return -1;
	}
	return read_payload(call, demand);
}

void acme_serve(struct acme *acme, const struct http_request *request,
                struct http_response *response, unsigned demand, acme_function function)
{
	struct acme_call call;
	if (begin(&call, acme, request, response) < 0)
		return;
	int result = check_message(&call, demand);
	finish(&call, result < 0 ? result : function(&call));
}

void acme_serve_get(struct acme *acme, const struct http_request *request,
                    struct http_response *response, acme_function function)
{
	struct acme_call call;
	if (begin(&call, acme, request, response) < 0)
		return;
	finish(&call, function(&call));
}
