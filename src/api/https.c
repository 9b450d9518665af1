#include "api/https_private.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "crypto/hash.h"

/* One exchange. */
struct exchange {
	struct https_target *target;
	struct bytes body;
	struct buffer *out;
	CURL *curl;
	struct curl_slist *headers;
	size_t header_octets;          /* of the answer */
	char problem[CURL_ERROR_SIZE]; /* libcurl's own text */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void initialise(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- the request ---- */

/* The list stays whole when it cannot grow. */
static int add_header(struct exchange *x, const char *line)
{
	struct curl_slist *list = curl_slist_append(x->headers, line);
	if (!list)
		return SIGNET_E_NOMEM;
	x->headers = list;
	return 0;
}

/* HMAC over "TIMESTAMP.BODY": an old request cannot be sent again with a new time. */
static int sign(struct exchange *x)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(x->body.length + 32);
	_cleanup_buffer_ struct buffer line = BUFFER_MAX(256);
	uint8_t hmac[HASH_SIZE_MAX];
	int64_t now = clock_now();
	buffer_printf(&text, "%" PRId64 ".", now);
	if (buffer_append_bytes(&text, x->body))
		return SIGNET_E_NOMEM;
	int result = hash_hmac(HASH_SHA256, buffer_bytes(&x->target->secret), buffer_bytes(&text),
	                       hmac);
	if (result)
		return result;
	buffer_printf(&line, "X-Signet-Timestamp: %" PRId64, now);
	if (line.error || add_header(x, buffer_text(&line)))
		return SIGNET_E_NOMEM;
	buffer_clear(&line);
	buffer_append_text(&line, "X-Signet-Signature: sha256=");
	if (hex_encode(&line, bytes_make(hmac, hash_size(HASH_SHA256))))
		return SIGNET_E_NOMEM;
	return add_header(x, buffer_text(&line));
}

static int make_headers(struct exchange *x)
{
	/* "Expect:" without a value: not to wait for leave to send the body */
	static const char *const own[] = {"Content-Type: application/json",
	                                  "Accept: application/json", "Expect:"};
	int result = 0;
	for (size_t i = 0; result == 0 && i < sizeof own / sizeof *own; i++)
		result = add_header(x, own[i]);
	for (const struct curl_slist *at = x->target->headers; result == 0 && at; at = at->next)
		result = add_header(x, at->data);
	return result == 0 && x->target->secret.length ? sign(x) : result;
}

static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
	struct exchange *x = arg;
	/* fewer octets than were given end the transfer */
	return buffer_append(x->out, data, size * count) < 0 ? 0 : size * count;
}

static size_t take_header(char *data, size_t size, size_t count, void *arg)
{
	struct exchange *x = arg;
	(void)data;
	x->header_octets += size * count;
	return x->header_octets > LIMIT_HTTP_BODY ? 0 : size * count;
}

static void set_transport(const struct exchange *x)
{
	const struct https_target *target = x->target;
	CURL *curl = x->curl;
	long timeout_ms = (long)(target->timeout_us / 1000);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, target->plain ? "http" : "https");
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* not the environment's either */
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L); /* does not wait for a resolver that hangs */
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	if (target->ca) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, target->ca);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL); /* these roots and no others */
	}
	if (target->key) {
		curl_easy_setopt(curl, CURLOPT_SSLCERT, target->certificate);
		curl_easy_setopt(curl, CURLOPT_SSLKEY, target->key);
	}
}

static void set_request(struct exchange *x)
{
	CURL *curl = x->curl;
	curl_easy_setopt(curl, CURLOPT_URL, x->target->url);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "Signet");
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->body.length);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
	                 x->body.length ? (const char *)x->body.data : "");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, x->headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, x->problem);
}

/* ---- handles ---- */

/* One that has a connection perhaps; its options are those of nobody. */
static CURL *take_handle(struct https_target *target)
{
	CURL *curl = NULL;
	pthread_once(&once, initialise);
	pthread_mutex_lock(&target->lock);
	if (target->idle_count)
		curl = target->idle[--target->idle_count];
	pthread_mutex_unlock(&target->lock);
	return curl ? curl : curl_easy_init();
}

static void return_handle(struct https_target *target, CURL *curl)
{
	/* keeps connections, and nothing that points to the exchange, which ends */
	curl_easy_reset(curl);
	pthread_mutex_lock(&target->lock);
	if (target->idle_count < HTTPS_IDLE_MAX) {
		target->idle[target->idle_count++] = curl;
		curl = NULL;
	}
	pthread_mutex_unlock(&target->lock);
	if (curl)
		curl_easy_cleanup(curl);
}

/* ---- the outcome ---- */

static int explain(const struct exchange *x, CURLcode code, struct error *err)
{
	const char *problem = x->problem[0] ? x->problem : curl_easy_strerror(code);
	int result;
	if (x->out->error == SIGNET_E_NOMEM || code == CURLE_OUT_OF_MEMORY)
		return error_nomem(err);
	if (x->out->error == SIGNET_E_TOO_BIG || x->header_octets > LIMIT_HTTP_BODY)
		result = error_set(err, SIGNET_E_TOO_BIG, "the web server's answer is too large");
	else if (code == CURLE_OPERATION_TIMEDOUT)
		result = error_set(err, SIGNET_E_TIMEOUT, "the web server took too long");
	else
		result = error_set(err, SIGNET_E_UNAVAILABLE, "the web server gave no answer");
	error_detail(err, "%s: %s", x->target->url, problem);
	return result;
}

static int perform(struct exchange *x, unsigned *status, int64_t *retry_after, struct error *err)
{
	long answer = 0;
	curl_off_t seconds = 0;
	set_transport(x);
	set_request(x);
	CURLcode code = curl_easy_perform(x->curl);
	if (code != CURLE_OK)
		return explain(x, code, err);
	curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &answer);
	curl_easy_getinfo(x->curl, CURLINFO_RETRY_AFTER, &seconds);
	*status = (unsigned)answer;
	*retry_after = seconds > 0 ? seconds : 0;
	return 0;
}

int https_post(struct https_target *target, struct bytes body, struct buffer *out,
               unsigned *status, int64_t *retry_after, struct error *err)
{
	struct exchange x = {.target = target, .body = body, .out = out};
	x.curl = take_handle(target);
	int result = x.curl ? make_headers(&x) : SIGNET_E_NOMEM;
	if (result)
		result = error_set(err, result, "the request to the web server cannot be made");
	else
		result = perform(&x, status, retry_after, err);
	/* the connection of one that failed may be in any state */
	if (x.curl && result)
		curl_easy_cleanup(x.curl);
	else if (x.curl)
		return_handle(target, x.curl);
	curl_slist_free_all(x.headers);
	return result;
}
