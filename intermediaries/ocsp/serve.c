#include "base/clock.h"
#include "base/log.h"
#include "intermediaries/ocsp/ocsp.h"
#include "intermediaries/ocsp/target.h"
#include "pki/ocsp.h"

#define TYPE "application/ocsp-response"
#define KEEP_IDS 4 /* certificates in one question whose answer is kept */

struct call {
	struct ocsp *ocsp;
	const struct http_request *request;
	struct http_response *response;
	const char *authority;  /* of the path; "" for none */
	struct bytes question;  /* OCSPRequest, DER */
	bool by_get;            /* caches may keep the answer (RFC 5019 section 6) */
};

/* RFC 6960 appendix A.1 knows no other status of HTTP for what OCSP can say by itself. */
static void reply_error(const struct call *call, enum ocsp_result result)
{
	signet_http_reply(call->request, call->response, 200, TYPE, ocsp_error_response(result));
}

static void reply_answer(const struct call *call, const struct answer *answer, bool keep)
{
	if (keep && call->by_get) {
		signet_http_add_freshness(call->request, call->response, answer->next_update);
		if (signet_http_add_validators(call->request, call->response, answer->etag,
		                               answer->this_update))
			return;
	}
	signet_http_reply(call->request, call->response, 200, TYPE, answer->response);
}

static void fail(const struct call *call, const struct error *err)
{
	switch (err->code) {
	case SIGNET_E_UNAVAILABLE:
	case SIGNET_E_TIMEOUT:
	case SIGNET_E_STATE:
		reply_error(call, OCSP_TRY_LATER);
		return;
	default:
		log_error(LOG_ERROR, "ocsp-failed", err, "intermediary",
		          call->ocsp->host->name, "peer", call->request->peer, NULL);
		reply_error(call, OCSP_INTERNAL_ERROR);
	}
}

/* Whether an answer to this may serve others who ask the same; *key is what it is found by. */
static bool is_common(const struct call *call, const struct ocsp_request *question, uint8_t *key)
{
	struct bytes ids[KEEP_IDS];
	if (question->nonce.length || question->count > KEEP_IDS)
		return false;
	for (size_t i = 0; i < question->count; i++)
		ids[i] = question->ids[i].der;
	return answers_key(call->ocsp->answers, call->authority, ids, question->count, key) == 0;
}

/* From the engine. What was kept and is in doubt only while it is away, and for no cache to keep: an engine
 * that is there and has no time may have revoked since. */
static void ask(const struct call *call, const uint8_t *key, struct answer *kept)
{
	struct answers *answers = call->ocsp->answers;
	struct answer *answer = NULL;
	struct error err = {0};
	bool keep = true;
	uint64_t epoch = answers_epoch(answers);
	int result = ocsp_ask(call->ocsp, call->request->arena, call->authority, call->question,
	                      &answer, &keep, &err);
	keep = keep && key;
	if (result == 0 && keep)
		answers_put(answers, key, answer, epoch);
	if (result == 0)
		reply_answer(call, answer, keep);
	else if (kept && result == SIGNET_E_UNAVAILABLE && kept->next_update > clock_now())
		reply_answer(call, kept, false);
	else
		fail(call, &err);
	answer_release(answer);
}

static void serve(const struct call *call)
{
	struct ocsp_request question;
	struct answer *kept = NULL;
	uint8_t key[ANSWERS_KEY];
	struct error err;
	if (ocsp_request_parse(&question, call->question, &err)) {
		reply_error(call, OCSP_MALFORMED_REQUEST);
		return;
	}
	bool common = is_common(call, &question, key);
	enum answers_state state =
		common ? answers_find(call->ocsp->answers, key, &kept) : ANSWERS_NONE;
	if (state == ANSWERS_DUE)
		ocsp_renew(call->ocsp, answer_keep(kept), key);
	if (state == ANSWERS_READY || state == ANSWERS_DUE)
		reply_answer(call, kept, true);
	else if (state == ANSWERS_DOUBTFUL && atomic_load(&call->ocsp->away))
		reply_answer(call, kept, false); /* without a wait for an engine that may not come back */
	else
		ask(call, common ? key : NULL, kept);
	answer_release(kept);
}

void ocsp_get(void *ocsp, const struct http_request *request, struct http_response *response)
{
	struct call call = {.ocsp = ocsp, .request = request, .response = response, .by_get = true};
	if (target_read(request->arena, signet_http_parameter(request, "request"), &call.authority,
	                &call.question))
		reply_error(&call, OCSP_MALFORMED_REQUEST);
	else
		serve(&call);
}

void ocsp_post(void *ocsp, const struct http_request *request, struct http_response *response)
{
	const char *authority = signet_http_parameter(request, "authority");
	const struct call call = {.ocsp = ocsp,
	                          .request = request,
	                          .response = response,
	                          .authority = authority ? authority : "",
	                          .question = request->body};
	if (signet_http_is_type(request, "application/ocsp-request"))
		serve(&call);
	else
		signet_http_problem(request, response, 415, NULL,
		                    "The Content-Type must be application/ocsp-request.");
}
