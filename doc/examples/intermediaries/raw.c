/* An intermediary: POST a PKCS#10 in DER, get the certificate chain in PEM.
 *
 *   intermediaries:
 *     - raw: {path: /raw, profile: tls-server}
 *
 * Whoever reaches the listener may ask; policy decides. Authentication is left out of this example.
 */
#include <stdlib.h>

#include "api/intermediary.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "crypto/hash.h"

struct raw {
	struct signet_client *client;
	const char *name;
	const char *profile;
};

static int configure(void **out, const struct signet_intermediary_host *host,
                     const struct conf_node *node, struct error *err)
{
	(void)node;
	struct raw *raw = calloc(1, sizeof *raw);
	if (!raw)
		return error_nomem(err);
	raw->client = host->client;
	raw->name = host->name;
	raw->profile = host->profiles[0];
	*out = raw;
	return 0;
}

static int status_of(int code)
{
	switch (code) {
	case SIGNET_E_BAD_REQUEST:
	case SIGNET_E_BAD_KEY:
	case SIGNET_E_BAD_ALGORITHM:
	case SIGNET_E_BAD_NAME:
	case SIGNET_E_BAD_SIGNATURE:
		return 400;
	case SIGNET_E_UNAVAILABLE:
	case SIGNET_E_TIMEOUT:
		return 503;
	default:
		return 500;
	}
}

static void reply_chain(const struct http_request *request, struct http_response *response,
                        const struct signet_outcome *outcome)
{
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_HTTP_RESPONSE);
	pem_encode(&pem, "CERTIFICATE", outcome->certificate);
	for (size_t i = 0; i < outcome->chain_count; i++)
		pem_encode(&pem, "CERTIFICATE", outcome->chain[i]);
	if (pem.error)
		signet_http_problem(request, response, 500, NULL, "out of memory");
	else
		signet_http_reply(request, response, 200, "application/pem-certificate-chain",
		                  buffer_bytes(&pem));
}

static void post_request(void *instance, const struct http_request *request,
                         struct http_response *response)
{
	const struct raw *raw = instance;
	uint8_t digest[HASH_SIZE_MAX];
	struct signet_outcome outcome;
	struct error err;
	if (!signet_http_is_type(request, "application/pkcs10")) {
		signet_http_problem(request, response, 415, NULL, "application/pkcs10 is wanted");
		return;
	}
	/* the same request again gets the same certificate: its digest is its name */
	if (hash_compute(HASH_SHA256, request->body, digest)) {
		signet_http_problem(request, response, 500, NULL, "cannot hash the request");
		return;
	}
	const struct signet_submission submission = {
		.csr = request->body,
		.profile = raw->profile,
		.intermediary = raw->name,
		.protocol = "raw",
		.requester = "",
		.address = request->peer,
		.idempotency_key = hex_text(request->arena, bytes_make(digest, hash_size(HASH_SHA256))),
	};
	if (!submission.idempotency_key) {
		signet_http_problem(request, response, 500, NULL, "out of memory");
		return;
	}
	if (signet_submit(raw->client, request->arena, &submission, &outcome, &err)) {
		signet_http_problem(request, response, status_of(err.code), NULL, err.message);
		return;
	}
	switch (outcome.disposition) {
	case SIGNET_ISSUED:
		reply_chain(request, response, &outcome);
		break;
	case SIGNET_PENDING:
		signet_http_addf(request, response, "Retry-After", "%lld",
		                 (long long)outcome.retry_after);
		signet_http_reply(request, response, 202, "text/plain", bytes_text("pending\n"));
		break;
	default:
		signet_http_problem(request, response, 403, NULL, outcome.message);
	}
}

static const char *const keys[] = {NULL};

static const struct http_route routes[] = {
	{"POST", "", post_request, LIMIT_CSR},
	{NULL, NULL, NULL, 0},
};

const struct signet_intermediary signet_module = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_INTERMEDIARY, "raw",
	           "takes a PKCS#10 by POST and answers with the chain", keys},
	.default_path = "/raw",
	.routes = routes,
	.configure = configure,
	.free = free,
};
