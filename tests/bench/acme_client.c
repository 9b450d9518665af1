#include "tests/bench/acme_client.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <curl/curl.h>
#include <jansson.h>

#include "asn1/oid.h"
#include "base/encoding.h"
#include "pki/csr.h"
#include "tests/unit/acme/jose.h"

#define ANSWER_MAX (1u << 20)
#define POLL_NS 3000000
#define POLLS_MAX 10000

struct acme_client {
	unsigned number;
	const char *suffix;
	CURL *curl;
	struct curl_slist *headers;
	struct arena *arena;      /* of one flow */
	struct arena *kept;       /* of the client */
	struct jose jose;
	struct key *key;          /* of its certificates */
	char *new_account, *new_order, *new_nonce, *kid;
	char nonce[128];
	char location[512];
	struct buffer body;
	json_t *json;             /* of the last answer */
	long status;
	struct acme_client_counts counts;
	pthread_mutex_t lock;     /* guards asked */
	pthread_cond_t changed;
	uint64_t asked;           /* challenges that were asked for */
	struct error *err;
};

/* ---- HTTP ---- */

static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
	struct acme_client *client = arg;
	return buffer_append(&client->body, data, size * count) < 0 ? 0 : size * count;
}

static void take_value(char *out, size_t size, const char *data, size_t length,
                       const char *name)
{
	size_t prefix = strlen(name);
	if (length <= prefix || strncasecmp(data, name, prefix) != 0)
		return;
	for (data += prefix, length -= prefix; length && *data == ' '; data++)
		length--;
	while (length && (data[length - 1] == '\r' || data[length - 1] == '\n'))
		length--;
	snprintf(out, size, "%.*s", (int)length, data);
}

static size_t take_header(char *data, size_t size, size_t count, void *arg)
{
	struct acme_client *client = arg;
	take_value(client->nonce, sizeof client->nonce, data, size * count, "Replay-Nonce:");
	take_value(client->location, sizeof client->location, data, size * count, "Location:");
	return size * count;
}

static int perform(struct acme_client *client, const char *url, const char *body)
{
	CURL *curl = client->curl;
	buffer_clear(&client->body);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	if (body) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	}
	CURLcode code = curl_easy_perform(curl);
	if (code != CURLE_OK)
		return error_set(client->err, SIGNET_E_IO, "%s: %s", url, curl_easy_strerror(code));
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &client->status);
	json_decref(client->json);
	client->json = json_loadb((const char *)client->body.data, client->body.length, 0, NULL);
	return 0;
}

static bool is_bad_nonce(const struct acme_client *client)
{
	const char *type = json_string_value(json_object_get(client->json, "type"));
	return client->status == 400 && type && strstr(type, ":badNonce");
}

/* payload "": POST-as-GET. */
static int post(struct acme_client *client, const char *url, const char *payload)
{
	for (int attempt = 0; attempt < 3; attempt++) {
		const char *header = jose_header(&client->jose, client->arena, client->kid,
		                                 client->nonce, url);
		const char *message = jose_message(&client->jose, client->arena, header, payload);
		if (!message)
			return error_nomem(client->err);
		int result = perform(client, url, message);
		if (result < 0)
			return result;
		if (!is_bad_nonce(client))
			break;
		client->counts.bad_nonces++;
	}
	client->counts.messages++;
	if (client->status >= 200 && client->status < 300)
		return 0;
	return error_set(client->err, SIGNET_E_DENIED, "%s: status %ld: %.*s", url, client->status,
	                 (int)(client->body.length < 300 ? client->body.length : 300),
	                 (const char *)client->body.data);
}

/* The string under the key of the last answer, in this arena. */
static char *keep(struct acme_client *client, struct arena *arena, const json_t *json)
{
	const char *text = json_string_value(json);
	char *copy = text ? arena_strdup(arena, text) : NULL;
	if (!copy)
		error_set(client->err, SIGNET_E_INVALID, "the answer lacks something: %.*s",
		          (int)(client->body.length < 300 ? client->body.length : 300),
		          (const char *)client->body.data);
	return copy;
}

static char *keep_key(struct acme_client *client, struct arena *arena, const char *key)
{
	return keep(client, arena, json_object_get(client->json, key));
}

/* ---- the flow ---- */

static const char *make_csr(struct acme_client *client, const char *name)
{
	struct general_name san = {GN_DNS, bytes_text(name)};
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(1024), der = BUFFER_MAX(LIMIT_CSR);
	if (subject_alt_name_encode(&value, &san, 1) < 0)
		return NULL;
	struct extension extension = {OID_SUBJECT_ALT_NAME, false, buffer_bytes(&value)};
	if (csr_build(&der, client->key, NAME_EMPTY, &extension, 1, client->err) < 0)
		return NULL;
	return base64url_text(client->arena, buffer_bytes(&der));
}

static void wait_until_asked(struct acme_client *client, uint64_t before)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	pthread_mutex_lock(&client->lock);
	while (client->asked == before &&
	       pthread_cond_timedwait(&client->changed, &client->lock, &until) == 0)
		;
	pthread_mutex_unlock(&client->lock);
}

static int poll_until(struct acme_client *client, const char *url, const char *status)
{
	for (int i = 0; i < POLLS_MAX; i++) {
		if (i)
			nanosleep(&(struct timespec){0, POLL_NS}, NULL);
		int result = post(client, url, "");
		if (result < 0)
			return result;
		const char *now = json_string_value(json_object_get(client->json, "status"));
		if (now && strcmp(now, status) == 0)
			return 0;
		if (!now || strcmp(now, "invalid") == 0)
			return error_set(client->err, SIGNET_E_DENIED, "%s: %.*s", url,
			                 (int)client->body.length, (const char *)client->body.data);
	}
	return error_set(client->err, SIGNET_E_TIMEOUT, "%s does not become %s", url, status);
}

static int prove(struct acme_client *client, const char *url)
{
	int result = post(client, url, "");
	if (result < 0)
		return result;
	const json_t *list = json_object_get(client->json, "challenges");
	const char *challenge = keep(client, client->arena,
	                             json_object_get(json_array_get(list, 0), "url"));
	uint64_t before = client->asked;
	if (!challenge)
		return SIGNET_E_INVALID;
	result = post(client, challenge, "{}");
	if (result < 0)
		return result;
	const char *status = json_string_value(json_object_get(client->json, "status"));
	if (status && strcmp(status, "processing") == 0)
		wait_until_asked(client, before);
	return poll_until(client, url, "valid");
}

static int finalize(struct acme_client *client, const char *order, const char *url,
                    const char *name)
{
	const char *csr = make_csr(client, name);
	const char *payload = csr ? arena_printf(client->arena, "{\"csr\":\"%s\"}", csr) : NULL;
	if (!payload)
		return error_set(client->err, SIGNET_E_NOMEM, "the request cannot be made");
	int result = post(client, url, payload);
	if (result < 0)
		return result;
	const char *status = json_string_value(json_object_get(client->json, "status"));
	if (!status || strcmp(status, "valid") != 0)
		result = poll_until(client, order, "valid");
	return result;
}

static int run_flow(struct acme_client *client)
{
	const char *name = arena_printf(client->arena, "c%u-%llu%s", client->number,
	                                (unsigned long long)client->counts.flows, client->suffix);
	const char *payload = arena_printf(
		client->arena, "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"%s\"}]}", name);
	if (!name || !payload)
		return error_nomem(client->err);
	int result = post(client, client->new_order, payload);
	if (result < 0)
		return result;
	const char *order = arena_strdup(client->arena, client->location);
	const char *end = keep_key(client, client->arena, "finalize");
	const json_t *list = json_object_get(client->json, "authorizations");
	const char *authorization = keep(client, client->arena, json_array_get(list, 0));
	if (!order || !end || !authorization)
		return SIGNET_E_INVALID;
	result = prove(client, authorization);
	if (result == 0)
		result = finalize(client, order, end, name);
	const char *certificate =
		result == 0 ? keep_key(client, client->arena, "certificate") : NULL;
	if (!certificate)
		return result < 0 ? result : SIGNET_E_INVALID;
	result = post(client, certificate, "");
	if (result == 0 && (client->body.length < 28 ||
	                    memcmp(client->body.data, "-----BEGIN CERTIFICATE-----\n", 28) != 0))
		result = error_set(client->err, SIGNET_E_INVALID, "no certificate came");
	return result;
}

int acme_client_flow(struct acme_client *client, struct error *err)
{
	client->err = err;
	int result = run_flow(client);
	client->counts.flows++;
	arena_clear(client->arena);
	return result;
}

struct acme_client_counts acme_client_counts(const struct acme_client *client)
{
	return client->counts;
}

/* ---- the client ---- */

static int set_up(struct acme_client *client, const char *root)
{
	struct key *account;
	int result = key_generate(&account, KEY_P256, 0, client->err);
	if (result == 0)
		result = jose_open(&client->jose, client->kept, account);
	if (result == 0)
		result = key_generate(&client->key, KEY_P256, 0, client->err);
	if (result < 0)
		return result;
	client->headers = curl_slist_append(NULL, "Content-Type: application/jose+json");
	curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, client->headers);
	curl_easy_setopt(client->curl, CURLOPT_CAINFO, root);
	curl_easy_setopt(client->curl, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(client->curl, CURLOPT_TIMEOUT, 60L);
	curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, client);
	curl_easy_setopt(client->curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(client->curl, CURLOPT_HEADERDATA, client);
	return 0;
}

static int enrol(struct acme_client *client, const char *directory)
{
	int result = perform(client, directory, NULL);
	if (result < 0)
		return result;
	client->new_account = keep_key(client, client->kept, "newAccount");
	client->new_order = keep_key(client, client->kept, "newOrder");
	client->new_nonce = keep_key(client, client->kept, "newNonce");
	if (!client->new_account || !client->new_order || !client->new_nonce)
		return SIGNET_E_INVALID;
	result = perform(client, client->new_nonce, NULL);
	if (result == 0)
		result = post(client, client->new_account, "{\"termsOfServiceAgreed\":true}");
	if (result < 0)
		return result;
	client->kid = arena_strdup(client->kept, client->location);
	client->counts.messages = 0;
	return client->kid ? 0 : error_nomem(client->err);
}

int acme_client_open(struct acme_client **out, const char *directory, const char *root,
                     const char *suffix, unsigned number, struct error *err)
{
	struct acme_client *client = calloc(1, sizeof *client);
	if (!client)
		return error_nomem(err);
	pthread_mutex_init(&client->lock, NULL);
	pthread_cond_init(&client->changed, NULL);
	client->number = number;
	client->suffix = suffix;
	client->err = err;
	client->body = BUFFER_MAX(ANSWER_MAX);
	client->arena = arena_new(4u << 20);
	client->kept = arena_new(1u << 20);
	client->curl = curl_easy_init();
	int result = client->arena && client->kept && client->curl ? set_up(client, root)
	                                                           : error_nomem(err);
	if (result == 0)
		result = enrol(client, directory);
	if (result < 0)
		acme_client_close(client);
	else
		*out = client;
	return result;
}

void acme_client_close(struct acme_client *client)
{
	curl_easy_cleanup(client->curl);
	curl_slist_free_all(client->headers);
	jose_close(&client->jose);
	key_free(client->key);
	json_decref(client->json);
	buffer_free(&client->body);
	arena_free(client->arena);
	arena_free(client->kept);
	pthread_mutex_destroy(&client->lock);
	pthread_cond_destroy(&client->changed);
	free(client);
}

size_t acme_client_answer(void *arg, const char *request, char *out, size_t size)
{
	struct acme_client **clients = arg;
	char token[128];
	unsigned number;
	const char *host = strstr(request, "\r\nHost: c");
	if (!host || sscanf(host + 9, "%u", &number) != 1 || number >= ACME_CLIENTS_MAX ||
	    !clients[number] ||
	    sscanf(request, "GET /.well-known/acme-challenge/%127s", token) != 1)
		return 0;
	struct acme_client *client = clients[number];
	pthread_mutex_lock(&client->lock);
	client->asked++;
	pthread_cond_signal(&client->changed);
	pthread_mutex_unlock(&client->lock);
	return (size_t)snprintf(out, size,
	                        "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n"
	                        "%s.%s",
	                        strlen(token) + 1 + strlen(client->jose.thumbprint), token,
	                        client->jose.thumbprint);
}
