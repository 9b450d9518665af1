#include "tests/unit/data.h"

#include <unistd.h>

#include "asn1/oid.h"
#include "base/clock.h"
#include "pki/csr.h"
#include "tests/unit/acme/world.h"

extern const struct signet_intermediary intermediary_acme;

/* ---- the engine ---- */

struct fake_engine engine = {.lock = PTHREAD_MUTEX_INITIALIZER};

#define KEPT 64
static struct {
	char key[64];
	uint8_t csr[4096];
	size_t csr_length;
	enum signet_disposition disposition;
	uint64_t request;
} kept[KEPT];
static size_t kept_count;

static struct bytes certificate;

static int fill(struct signet_outcome *out, enum signet_disposition disposition,
                uint64_t request)
{
	static struct bytes chain[1];
	chain[0] = certificate;
	*out = (struct signet_outcome){
		.disposition = disposition,
		.request_id = request,
		.reason = engine.reason,
		.message = engine.message ? engine.message : "",
		.retry_after = disposition == SIGNET_PENDING ? 77 : 0,
	};
	if (disposition == SIGNET_ISSUED) {
		out->certificate = certificate;
		out->chain = chain;
		out->chain_count = 1;
	}
	return 0;
}

static int remember(const struct signet_submission *submission, struct signet_outcome *out)
{
	for (size_t i = 0; i < kept_count; i++) {
		if (strcmp(kept[i].key, submission->idempotency_key) != 0)
			continue;
		if (!bytes_equal(bytes_make(kept[i].csr, kept[i].csr_length), submission->csr))
			return SIGNET_E_CONFLICT;
		return fill(out, kept[i].disposition, kept[i].request);
	}
	if (kept_count == KEPT || submission->csr.length > sizeof kept->csr)
		return SIGNET_E_FULL;
	strncpy(kept[kept_count].key, submission->idempotency_key, sizeof kept->key - 1);
	memcpy(kept[kept_count].csr, submission->csr.data, submission->csr.length);
	kept[kept_count].csr_length = submission->csr.length;
	kept[kept_count].disposition = engine.disposition;
	kept[kept_count].request = engine.last_request = 1000 + kept_count;
	return fill(out, engine.disposition, kept[kept_count++].request);
}

/* In place of the one in libapi. */
int signet_submit(struct signet_client *client, struct arena *memory,
                  const struct signet_submission *submission, struct signet_outcome *out,
                  struct error *err)
{
	int result = 0;
	(void)client, (void)memory;
	pthread_mutex_lock(&engine.lock);
	engine.submissions++;
	strncpy(engine.key, submission->idempotency_key, sizeof engine.key - 1);
	strncpy(engine.requester, submission->requester, sizeof engine.requester - 1);
	strncpy(engine.profile, submission->profile, sizeof engine.profile - 1);
	if (engine.error)
		result = error_set(err, engine.error, "the engine says no");
	else if ((result = remember(submission, out)) < 0)
		error_set(err, result, "another request");
	else if (engine.forgets_to_answer)
		result = error_set(err, SIGNET_E_TIMEOUT, "no answer");
	pthread_mutex_unlock(&engine.lock);
	return result;
}

int signet_retrieve(struct signet_client *client, struct arena *memory, uint64_t request_id,
                    struct signet_outcome *out, struct error *err)
{
	int result = SIGNET_E_NOT_FOUND;
	(void)client, (void)memory;
	pthread_mutex_lock(&engine.lock);
	engine.retrievals++;
	for (size_t i = 0; i < kept_count; i++) {
		if (kept[i].request != request_id)
			continue;
		/* an administrator has decided meanwhile */
		if (kept[i].disposition == SIGNET_PENDING)
			kept[i].disposition = engine.disposition;
		result = fill(out, kept[i].disposition, request_id);
	}
	if (engine.error)
		result = engine.error;
	if (result < 0)
		error_set(err, result, "the engine says no");
	pthread_mutex_unlock(&engine.lock);
	return result;
}

struct world world;

/* ---- the host whose name is proven ---- */

static size_t respond(void *arg, const char *request, char *out, size_t size)
{
	(void)arg;
	char token[128];
	if (sscanf(request, "GET /.well-known/acme-challenge/%127s", token) != 1)
		return 0;
	bool wrong = atomic_load(&world.mute);
	if (atomic_load(&world.wrong)) {
		atomic_fetch_sub(&world.wrong, 1);
		wrong = true;
	}
	return (size_t)snprintf(out, size, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%s.%s\n",
	                        token, wrong ? "nonsense" : world.thumbprint);
}

/* ---- the instance ---- */

static void start(void)
{
	struct error err = {0};
	void *instance = NULL;
	if (intermediary_acme.configure(&instance, &world.host, conf_root(world.conf), &err) ||
	    intermediary_acme.start(instance, &err))
		fail_msg("%s", err.message);
	world.acme = instance;
}

static void open_store(void)
{
	struct error err = {0};
	size_t count = 0;
	while (acme_tables[count].name)
		count++;
	struct store_options options = {
		.path = world.directory, .tables = acme_tables, .table_count = count, .schema = 1};
	if (store_open(&world.store, &options, &err))
		fail_msg("%s", err.message);
	world.state = (struct signet_state){world.store, 0};
}

/* What is read of answers lives until the world ends. */
static json_t *answers;

void world_open(const char *validation, const char *rest)
{
	static const char *const profiles[] = {"tls-server", NULL};
	struct error err = {0};
	const char *tmp = getenv("TMPDIR");
	memset(&world, 0, sizeof world);
	kept_count = 0;
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	engine = (struct fake_engine){.lock = lock, .disposition = SIGNET_ISSUED};
	assert_int_equal(arena_setup(NULL), 0);
	world.arena = arena;
	answers = json_array();
	certificate = data_read("good/chain/leaf.der");
	snprintf(world.directory, sizeof world.directory, "%s/signet-acme-XXXXXX",
	         tmp && strlen(tmp) < 32 ? tmp : "/tmp");
	assert_non_null(mkdtemp(world.directory));
	world.responder = responder_open(respond, NULL);
	assert_non_null(world.responder);
	const char *text = arena_printf(
		world.arena,
		"validation: {http-port: %u, redirect-ports: [], deny-networks: [], "
		"resolve: {\"*\": 127.0.0.1}, workers: 2%s%s}\n%s",
		responder_port(world.responder), *validation ? ", " : "", validation, rest);
	if (conf_parse(&world.conf, "test.yaml", bytes_text(text), &err))
		fail_msg("%s", err.message);
	open_store();
	world.host = (struct signet_intermediary_host){
		.name = "acme", .path = "/acme", .profiles = profiles, .hostname = "ca.test",
		.state = &world.state};
	start();
}

static void remove_directory(const char *path)
{
	DIR *dir = opendir(path);
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(path);
}

void world_close(void)
{
	intermediary_acme.stop(world.acme);
	intermediary_acme.free(world.acme);
	store_close(world.store);
	responder_close(world.responder);
	conf_free(world.conf);
	remove_directory(world.directory);
	json_decref(answers);
	arena_teardown(NULL);
}

void world_restart(void)
{
	/* what a kill would cut off is not concluded */
	intermediary_acme.stop(world.acme);
	intermediary_acme.free(world.acme);
	store_close(world.store);
	open_store();
	start();
}

int world_setup(void **state)
{
	(void)state;
	world_open("retries: 0", "");
	return 0;
}

int world_teardown(void **state)
{
	(void)state;
	clock_freeze(0);
	world_close();
	return 0;
}

/* ---- HTTP ---- */

static bool match(const char *pattern, const char *path, struct arena *memory,
                  struct http_parameter *parameters, size_t *count)
{
	*count = 0;
	for (; *pattern; pattern++) {
		if (*pattern != '{') {
			if (*path++ != *pattern)
				return false;
			continue;
		}
		size_t name = strcspn(pattern + 1, "}"), value = strcspn(path, "/");
		parameters[(*count)++] = (struct http_parameter){
			arena_text(memory, bytes_make(pattern + 1, name)),
			arena_text(memory, bytes_make(path, value))};
		pattern += name + 1;
		path += value;
	}
	return !*path;
}

static void call(struct http_request *request,
                 struct http_response *response)
{
	struct http_parameter parameters[4];
	for (const struct http_route *route = intermediary_acme.routes; route->pattern; route++) {
		if (strcmp(route->method, request->method) != 0 ||
		    !match(route->pattern, request->path + strlen("/acme"), request->arena,
		           parameters, &request->parameter_count))
			continue;
		request->parameters = parameters;
		assert_true(request->body.length <= route->body_max);
		route->handler(world.acme, request, response);
		return;
	}
	response->status = 404;
}

static struct answer perform(struct http_request *request)
{
	struct answer answer = {0};
	struct http_response response = {.body = BUFFER_MAX(LIMIT_HTTP_RESPONSE)};
	request->base = "https://ca.test";
	request->peer = "192.0.2.7";
	request->listener = "127.0.0.1:443";
	request->query = "";
	request->tls = true;
	request->arena = arena_new(LIMIT_REQUEST_ARENA);
	call(request, &response);
	assert_int_equal(response.body.error, 0);
	assert_int_equal(arena_bytes(world.arena, buffer_bytes(&response.body), &answer.body), 0);
	answer.status = response.status;
	for (size_t i = 0; i < response.header_count; i++)
		answer.headers[answer.header_count++] = (struct http_header){
			response.headers[i].name,
			arena_strdup(world.arena, response.headers[i].value)};
	answer.json = json_loadb((const char *)answer.body.data, answer.body.length, 0, NULL);
	if (answer.json)
		json_array_append_new(answers, answer.json);
	buffer_free(&response.body);
	arena_free(request->arena);
	/* what every answer of ours has (RFC 8555 sections 6.5, 7.1) */
	assert_int_equal(strlen(answer_header(&answer, "Replay-Nonce")), NONCE_TEXT - 1);
	assert_string_equal(answer_header(&answer, "Cache-Control"), "no-store");
	return answer;
}

/* The path of a URL of this instance. */
static const char *path_of(const char *url)
{
	if (strncmp(url, "https://ca.test", 15) != 0)
		fail_msg("not ours: %s", url);
	return url + 15;
}

struct answer world_get(const char *url, bool head)
{
	struct http_request request = {.method = "GET", .head = head, .path = path_of(url)};
	return perform(&request);
}

struct answer world_send(const char *url, const char *type,
                         const char *body)
{
	struct http_header header = {"content-type", type};
	struct http_request request = {
		.method = "POST", .path = path_of(url), .headers = &header,
		.header_count = type ? 1 : 0, .body = bytes_text(body)};
	return perform(&request);
}

const char *answer_header(const struct answer *answer, const char *name)
{
	for (size_t i = 0; i < answer->header_count; i++)
		if (text_equal_nocase(answer->headers[i].name, name))
			return answer->headers[i].value;
	return NULL;
}

static const json_t *find(const json_t *json, const char *path)
{
	char part[64];
	while (json && *path) {
		size_t length = strcspn(path, ".");
		snprintf(part, sizeof part, "%.*s", (int)length, path);
		json = json_is_array(json) ? json_array_get(json, (size_t)strtoul(part, NULL, 10))
		                           : json_object_get(json, part);
		path += length + (path[length] == '.');
	}
	return json;
}

const char *answer_text(const struct answer *answer, const char *path)
{
	const char *text = json_string_value(find(answer->json, path));
	if (!text)
		fail_msg("%d: no \"%s\" in %.*s", answer->status, path, (int)answer->body.length,
		         answer->body.data);
	return text;
}

const char *answer_problem(const struct answer *answer)
{
	const char *prefix = "urn:ietf:params:acme:error:";
	const char *type = json_string_value(json_object_get(answer->json, "type"));
	return type && strncmp(type, prefix, strlen(prefix)) == 0 ? type + strlen(prefix) : "";
}

void assert_status(const struct answer *answer, int status)
{
	if (answer->status != status)
		fail_msg("%d, not %d: %.*s", answer->status, status, (int)answer->body.length,
		         answer->body.data);
}

void assert_problem(const struct answer *answer, int status, const char *type)
{
	assert_status(answer, status);
	if (strcmp(answer_problem(answer), type) != 0)
		fail_msg("not %s: %.*s", type, (int)answer->body.length, answer->body.data);
	assert_string_equal(answer_header(answer, "Content-Type"), "application/problem+json");
	assert_int_equal(json_integer_value(json_object_get(answer->json, "status")), status);
	assert_string_not_equal(answer_text(answer, "detail"), "");
}

/* ---- clients ---- */

struct client client_open(const char *name)
{
	struct client client = {0};
	struct key *key = NULL;
	const char *path = arena_printf(world.arena, "good/keys/%s.pem", name);
	assert_int_equal(key_from_pem(&key, data_read(path), NULL, NULL), 0);
	assert_int_equal(jose_open(&client.jose, world.arena, key), 0);
	return client;
}

struct client client_register(const char *key)
{
	struct client client = client_open(key);
	struct answer answer =
		client_post(&client, BASE "/new-account", "{\"termsOfServiceAgreed\":true}");
	if (answer.status != 201)
		fail_msg("%d %.*s", answer.status, (int)answer.body.length, answer.body.data);
	client.kid = answer_header(&answer, "Location");
	assert_non_null(client.kid);
	return client;
}

void client_close(struct client *client)
{
	jose_close(&client->jose);
}

const char *world_nonce(void)
{
	struct answer answer = world_get(BASE "/new-nonce", true);
	assert_int_equal(answer.status, 200);
	return answer_header(&answer, "Replay-Nonce");
}

struct answer client_post(struct client *client, const char *url, const char *payload)
{
	struct arena *memory = world.arena;
	const char *header = jose_header(&client->jose, memory, client->kid,
	                                 world_nonce(), url);
	return world_send(url, "application/jose+json",
	                  jose_message(&client->jose, memory, header, payload ? payload : ""));
}

struct answer client_order(struct client *client, const char *names)
{
	struct buffer text = BUFFER_MAX(65536);
	char name[300];
	int used;
	for (const char *at = names; sscanf(at, "%299s%n", name, &used) == 1; at += used)
		buffer_printf(&text, "%s{\"type\":\"dns\",\"value\":\"%s\"}", text.length ? "," : "",
		              name);
	const char *payload = arena_printf(world.arena, "{\"identifiers\":[%s]}",
	                                   text.length ? buffer_text(&text) : "");
	buffer_free(&text);
	return client_post(client, BASE "/new-order", payload);
}

struct answer client_wait(struct client *client, const char *url, const char *path,
                          const char *is)
{
	for (int i = 0; i < 3000; i++) {
		struct answer answer = client_post(client, url, NULL);
		if (strcmp(answer_text(&answer, path), is) != 0)
			return answer;
		usleep(10000);
	}
	fail_msg("%s stays %s", url, is);
	return (struct answer){0};
}

void client_prove(struct client *client, const struct answer *order)
{
	const json_t *urls = json_object_get(order->json, "authorizations");
	strncpy(world.thumbprint, client->jose.thumbprint, sizeof world.thumbprint - 1);
	for (size_t i = 0; i < json_array_size(urls); i++) {
		const char *url = json_string_value(json_array_get(urls, i));
		struct answer authorization = client_post(client, url, NULL);
		if (strcmp(answer_text(&authorization, "status"), "pending") == 0) {
			struct answer challenge = client_post(
				client, answer_text(&authorization, "challenges.0.url"), "{}");
			assert_int_equal(challenge.status, 200);
			client_wait(client, url, "status", "pending");
		}
	}
}

struct answer client_ready(struct client *client, const char *names)
{
	struct answer order = client_order(client, names);
	assert_status(&order, 201);
	client_prove(client, &order);
	order = client_post(client, answer_header(&order, "Location"), NULL);
	assert_string_equal(answer_text(&order, "status"), "ready");
	return order;
}

static size_t split_names(struct general_name *out, struct arena *memory, const char *names)
{
	size_t count = 0;
	char name[300];
	int used;
	for (const char *at = names; sscanf(at, "%299s%n", name, &used) == 1; at += used)
		out[count++] =
			(struct general_name){GN_DNS, bytes_text(arena_strdup(memory, name))};
	return count;
}

const char *make_csr(const char *name, const char *names, const char *cn)
{
	struct key *key = NULL;
	struct general_name list[LIMIT_SAN_COUNT];
	struct bytes subject = NAME_EMPTY;
	struct error err = {0};
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(65536), der = BUFFER_MAX(65536);
	const char *path = arena_printf(world.arena, "good/keys/%s.pem", name);
	size_t count = split_names(list, world.arena, names);
	assert_int_equal(key_from_pem(&key, data_read(path), NULL, NULL), 0);
	if (cn)
		assert_int_equal(name_from_text(world.arena, arena_printf(world.arena, "CN=%s", cn),
		                                &subject, NULL),
		                 0);
	if (count)
		assert_int_equal(subject_alt_name_encode(&value, list, count), 0);
	struct extension extension = {OID_SUBJECT_ALT_NAME, false, buffer_bytes(&value)};
	if (csr_build(&der, key, subject, &extension, count ? 1 : 0, &err))
		fail_msg("%s", err.message);
	key_free(key);
	return base64url_text(world.arena, buffer_bytes(&der));
}

struct answer client_finalize(struct client *client, const struct answer *order,
                              const char *csr)
{
	return client_post(client, answer_text(order, "finalize"),
	                   arena_printf(world.arena, "{\"csr\":\"%s\"}", csr));
}
