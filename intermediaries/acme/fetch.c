#include "intermediaries/acme/fetch.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "base/limits.h"

struct fetch {
	const struct fetch_settings *settings;
	CURL *curl;
	CURLU *url;
	struct buffer *body;
	int64_t deadline; /* clock_monotonic_us */
	bool denied;      /* the address that was to be contacted is in a denied network */
	bool secure;      /* this hop is https */
	char peer[INET6_ADDRSTRLEN];
	char host[LIMIT_DNS_NAME + 1];
	char connect_to[64];
	struct error *err;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t handles; /* each thread's CURL, freed when it ends */

static void free_handle(void *handle)
{
	curl_easy_cleanup(handle);
}

static void initialise(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	pthread_key_create(&handles, free_handle);
}

static CURL *thread_handle(void)
{
	pthread_once(&once, initialise);
	CURL *curl = pthread_getspecific(handles);
	if (curl)
		return curl;
	curl = curl_easy_init();
	if (curl && pthread_setspecific(handles, curl) != 0) {
		curl_easy_cleanup(curl);
		return NULL;
	}
	return curl;
}

static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
	struct fetch *fetch = arg;
	/* fewer octets than were given end the transfer */
	return buffer_append(fetch->body, data, size * count) < 0 ? 0 : size * count;
}

static int check_cancelled(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct fetch *fetch = arg;
	(void)a, (void)b, (void)c, (void)d;
	return fetch->settings->cancelled && atomic_load(fetch->settings->cancelled);
}

static struct bytes socket_address(const struct curl_sockaddr *address)
{
	if (address->family == AF_INET) {
		const struct sockaddr_in *in = (const void *)&address->addr;
		return bytes_make(&in->sin_addr, 4);
	}
	const struct sockaddr_in6 *in6 = (const void *)&address->addr;
	return address->family == AF_INET6 ? bytes_make(&in6->sin6_addr, 16) : BYTES_NONE;
}

static bool is_denied(const struct fetch_settings *settings, struct bytes octets)
{
	for (size_t i = 0; i < settings->deny_count; i++)
		if (network_contains(&settings->deny[i], octets))
			return true;
	return false;
}

/* The IPv4 address to which a translator or a tunnel would carry on what is sent to this IPv6
 * address: IPv4-compatible (RFC 4291 section 2.5.5.1), IPv4-translated (RFC 2765 section 2.1),
 * NAT64 (RFC 6052 section 2.1), 6to4 (RFC 3056 section 2). BYTES_NONE: none. */
static struct bytes carried_address(struct bytes octets)
{
	static const struct {
		uint8_t prefix[12];
		uint8_t length;
	} forms[] = {
		{{0}, 12},
		{{[8] = 0xff, [9] = 0xff}, 12},
		{{0x00, 0x64, 0xff, 0x9b}, 12},
		{{0x20, 0x02}, 2},
	};
	for (size_t i = 0; octets.length == 16 && i < sizeof forms / sizeof *forms; i++)
		if (memcmp(octets.data, forms[i].prefix, forms[i].length) == 0)
			return bytes_make(octets.data + forms[i].length, 4);
	return BYTES_NONE;
}

/* The address is judged where the socket is opened for it, so no second look at DNS can put
 * another one in its place. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct fetch *fetch = arg;
	struct bytes octets = socket_address(address);
	(void)purpose;
	if (!text_from_address(octets, fetch->peer)) {
		fetch->denied = true;
		return CURL_SOCKET_BAD;
	}
	if (is_denied(fetch->settings, octets) ||
	    is_denied(fetch->settings, carried_address(octets))) {
		fetch->denied = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static enum fetch_failure fail(struct fetch *fetch, enum fetch_failure failure, const char *text)
{
	error_set(fetch->err, failure == FETCH_INTERNAL ? SIGNET_E_INTERNAL : SIGNET_E_INVALID,
	          "%s: %s", fetch->host, text);
	return failure;
}

static const struct fetch_override *find_override(const struct fetch *fetch)
{
	const struct fetch_override *any = NULL;
	for (size_t i = 0; i < fetch->settings->override_count; i++) {
		const struct fetch_override *override = &fetch->settings->overrides[i];
		if (text_equal_nocase(override->name, fetch->host))
			return override;
		if (strcmp(override->name, "*") == 0)
			any = override;
	}
	return any;
}

static bool is_port_open(const struct fetch_settings *settings, const char *port)
{
	uint64_t number;
	if (text_to_uint(port, 65535, &number) < 0)
		return false;
	for (size_t i = 0; i < settings->redirect_port_count; i++)
		if (settings->redirect_ports[i] == number)
			return true;
	return false;
}

/* Takes a part of the URL; frees what is given up by the next call with the same place. */
static const char *url_part(struct fetch *fetch, CURLUPart part, char **place)
{
	curl_free(*place);
	*place = NULL;
	unsigned flags = part == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0;
	return curl_url_get(fetch->url, part, place, flags) == CURLUE_OK ? *place : NULL;
}

/* Only host names: an address would be nobody's identifier, and is not resolved. */
static enum fetch_failure check_parts(struct fetch *fetch, char **place)
{
	const char *host = url_part(fetch, CURLUPART_HOST, place);
	if (!host || !text_is_dns_name(host, false))
		return fail(fetch, FETCH_FORBIDDEN, "sends on to what is no host name");
	snprintf(fetch->host, sizeof fetch->host, "%s", host);
	if (url_part(fetch, CURLUPART_USER, place) || url_part(fetch, CURLUPART_PASSWORD, place))
		return fail(fetch, FETCH_FORBIDDEN, "a redirect holds a password");
	const char *scheme = url_part(fetch, CURLUPART_SCHEME, place);
	if (!scheme || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
		return fail(fetch, FETCH_FORBIDDEN, "a redirect is not http or https");
	fetch->secure = strcmp(scheme, "https") == 0;
	const char *port = url_part(fetch, CURLUPART_PORT, place);
	if (!port || !is_port_open(fetch->settings, port))
		return fail(fetch, FETCH_FORBIDDEN, "a redirect goes to a port that is not followed");
	return FETCH_OK;
}

static enum fetch_failure check_hop(struct fetch *fetch)
{
	char *place = NULL;
	enum fetch_failure failure = check_parts(fetch, &place);
	curl_free(place);
	return failure;
}

static struct curl_slist *set_override(struct fetch *fetch)
{
	const struct fetch_override *override = find_override(fetch);
	if (!override)
		return NULL;
	bool is_v6 = strchr(override->address, ':');
	snprintf(fetch->connect_to, sizeof fetch->connect_to, is_v6 ? "::[%s]:" : "::%s:",
	         override->address);
	struct curl_slist *list = curl_slist_append(NULL, fetch->connect_to);
	curl_easy_setopt(fetch->curl, CURLOPT_CONNECT_TO, list);
	return list;
}

static void set_options(struct fetch *fetch, long left_ms)
{
	CURL *curl = fetch->curl;
	curl_easy_setopt(curl, CURLOPT_CURLU, fetch->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "Signet (RFC 8555 http-01)");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* not the environment's either */
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, left_ms);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, left_ms);
	curl_easy_setopt(curl, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 16384L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(curl, CURLOPT_CAINFO, NULL); /* nothing to load when nothing is verified */
	curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, fetch);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, check_cancelled);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, fetch);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, fetch);
}

static enum fetch_failure explain(struct fetch *fetch, CURLcode code)
{
	char text[128];
	if (fetch->denied) {
		snprintf(text, sizeof text, "the address %s may not be contacted", fetch->peer);
		return fail(fetch, FETCH_FORBIDDEN, text);
	}
	if (fetch->body->error == SIGNET_E_TOO_BIG)
		return fail(fetch, FETCH_TOO_BIG, "the answer is too long");
	enum fetch_failure failure = fetch->secure ? FETCH_TLS : FETCH_CONNECTION;
	switch (code) {
	case CURLE_OUT_OF_MEMORY:
	case CURLE_FAILED_INIT:
		failure = FETCH_INTERNAL;
		break;
	case CURLE_COULDNT_RESOLVE_HOST:
		failure = FETCH_DNS;
		break;
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		failure = FETCH_CONNECTION;
		break;
	default:
		break;
	}
	return fail(fetch, failure, curl_easy_strerror(code));
}

/* One request. *next: where it sends on to; NULL when this was the last one. The string is the
 * handle's and stands until the next request. */
static enum fetch_failure hop(struct fetch *fetch, const char **next)
{
	long status = 0;
	char text[64], *redirect = NULL;
	int64_t left = (fetch->deadline - clock_monotonic_us()) / 1000;
	if (left <= 0)
		return explain(fetch, CURLE_OPERATION_TIMEDOUT);
	curl_easy_reset(fetch->curl);
	buffer_clear(fetch->body);
	set_options(fetch, (long)left);
	struct curl_slist *override = set_override(fetch);
	CURLcode code = curl_easy_perform(fetch->curl);
	curl_slist_free_all(override);
	if (code != CURLE_OK)
		return explain(fetch, code);
	curl_easy_getinfo(fetch->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(fetch->curl, CURLINFO_REDIRECT_URL, &redirect);
	*next = redirect;
	if (redirect || status == 200)
		return FETCH_OK;
	snprintf(text, sizeof text, "the answer is status %ld, not 200", status);
	return fail(fetch, FETCH_STATUS, text);
}

static enum fetch_failure follow(struct fetch *fetch)
{
	for (int i = 0; i <= FETCH_REDIRECTS_MAX; i++) {
		const char *next = NULL;
		enum fetch_failure failure = check_hop(fetch);
		if (failure == FETCH_OK)
			failure = hop(fetch, &next);
		if (failure != FETCH_OK || !next)
			return failure;
		if (curl_url_set(fetch->url, CURLUPART_URL, next, 0) != CURLUE_OK)
			return fail(fetch, FETCH_FORBIDDEN, "a redirect is not http or https");
	}
	return fail(fetch, FETCH_FORBIDDEN, "too many redirects");
}

static int set_url(struct fetch *fetch, const char *token)
{
	char path[256], port[16];
	snprintf(path, sizeof path, "/.well-known/acme-challenge/%s", token);
	snprintf(port, sizeof port, "%u", fetch->settings->http_port);
	if (curl_url_set(fetch->url, CURLUPART_SCHEME, "http", 0) != CURLUE_OK ||
	    curl_url_set(fetch->url, CURLUPART_HOST, fetch->host, 0) != CURLUE_OK ||
	    curl_url_set(fetch->url, CURLUPART_PATH, path, 0) != CURLUE_OK)
		return SIGNET_E_NOMEM;
	/* the default port must not stand in the Host header: some servers compare it */
	if (fetch->settings->http_port != 80 &&
	    curl_url_set(fetch->url, CURLUPART_PORT, port, 0) != CURLUE_OK)
		return SIGNET_E_NOMEM;
	return 0;
}

enum fetch_failure fetch_challenge(const struct fetch_settings *settings, const char *name,
                                   const char *token, struct buffer *body, struct error *err)
{
	struct fetch fetch = {.settings = settings, .body = body, .err = err};
	enum fetch_failure failure;
	snprintf(fetch.host, sizeof fetch.host, "%s", name);
	fetch.deadline = clock_monotonic_us() + settings->timeout_ms * 1000;
	fetch.curl = thread_handle();
	fetch.url = curl_url();
	if (!fetch.curl || !fetch.url || set_url(&fetch, token) < 0)
		failure = fail(&fetch, FETCH_INTERNAL, "no memory");
	else
		failure = follow(&fetch);
	curl_url_cleanup(fetch.url);
	return failure;
}
