#include "../api/fake_engine.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "asn1/der.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "intermediaries/ocsp/ocsp.h"

extern const struct signet_intermediary intermediary_ocsp;

#define MALFORMED "\x30\x03\x0a\x01\x01"
#define TRY_LATER "\x30\x03\x0a\x01\x03"

/* What the engine of these tests knows. */
static atomic_uint asked;            /* answers that were made */
static atomic_uint_fast64_t changes; /* its generation */
static atomic_bool forgetful;        /* it does not know what has changed */
static atomic_bool expired;          /* what it says holds no longer */

static struct fake_engine *engine;
static struct arena *arena;
static struct signet_intermediary_host host;
static struct conf *conf;
static struct ocsp *ocsp;
static struct http_header headers[2];
static struct http_request request;
static struct http_response response;

static Signet__Rpc__OcspResponse *answer_one(struct arena *of, const char *authority)
{
	Signet__Rpc__OcspResponse *r = FAKE(of, ocsp_response);
	r->response = fake_data(arena_printf(of, "%s:%u", authority, ++asked));
	r->this_update = clock_now() - 60;
	r->next_update = clock_now() + (expired ? -1 : 3600);
	r->cacheable = true;
	r->serials = arena_array(of, 1, sizeof *r->serials);
	r->serials[0] = fake_data("serial");
	r->n_serials = 1;
	return r;
}

static void answer_questions(struct arena *of, const Signet__Rpc__Call *call,
                             Signet__Rpc__Reply *reply)
{
	const Signet__Rpc__OcspRequests *in = call->ocsp_answer;
	Signet__Rpc__OcspResponses *out = FAKE(of, ocsp_responses);
	out->items = arena_array(of, in->n_items, sizeof *out->items);
	for (; out->n_items < in->n_items; out->n_items++)
		out->items[out->n_items] = answer_one(of, in->items[out->n_items]->authority);
	reply->body_case = SIGNET__RPC__REPLY__BODY_OCSP_RESPONSES;
	reply->ocsp_responses = out;
}

static void answer_watch(struct arena *of, const Signet__Rpc__Call *call,
                         Signet__Rpc__Reply *reply)
{
	Signet__Rpc__Revocations *r = FAKE(of, revocations);
	uint64_t after = call->revocations_watch->after;
	for (int i = 0; i < 10 && changes == after; i++)
		nanosleep(&(struct timespec){0, 1000000}, NULL);
	r->generation = changes;
	r->all = after == 0 || (forgetful && changes != after);
	r->serials = arena_array(of, 1, sizeof *r->serials);
	r->serials[0] = fake_data("serial");
	r->n_serials = !r->all && changes != after;
	reply->body_case = SIGNET__RPC__REPLY__BODY_REVOKED;
	reply->revoked = r;
}

static void answer(struct fake_engine *of, struct arena *in, const Signet__Rpc__Call *call,
                   Signet__Rpc__Reply *reply)
{
	(void)of;
	if (call->call_case == SIGNET__RPC__CALL__CALL_OCSP_ANSWER)
		answer_questions(in, call, reply);
	else
		answer_watch(in, call, reply);
}

static int configure(const char *text)
{
	struct error err = {0};
	void *instance = NULL;
	conf_free(conf);
	conf = NULL;
	int result = conf_parse(&conf, "t.yaml", bytes_text(text), &err);
	if (result == 0)
		result = intermediary_ocsp.configure(&instance, &host, conf_root(conf), &err);
	ocsp = instance;
	return result;
}

static int setup(void **state)
{
	struct error err = {0};
	fake_engine_setup(state);
	engine = *state;
	engine->answer = answer;
	asked = 0;
	changes = 1;
	forgetful = expired = false;
	arena = arena_new(1 << 22);
	host = (struct signet_intermediary_host){.name = "ocsp", .path = "/ocsp",
	                                         .state_directory = engine->directory,
	                                         .client = engine->client};
	response = (struct http_response){.body = BUFFER_MAX(LIMIT_HTTP_RESPONSE)};
	return configure("{}") || intermediary_ocsp.start(ocsp, &err);
}

static int teardown(void **state)
{
	intermediary_ocsp.stop(ocsp);
	intermediary_ocsp.free(ocsp);
	conf_free(conf);
	conf = NULL;
	signet_http_free(&response);
	arena_free(arena);
	return fake_engine_teardown(state);
}

static struct bytes sample(const char *name)
{
	struct buffer der = BUFFER_MAX(LIMIT_OCSP_REQUEST);
	struct bytes copy;
	struct error err;
	const char *path = arena_printf(arena, "%s/tests/data/good/ocsp/%s.der", getenv("srcdir"), name);
	if (file_read(&der, path, &err) || arena_bytes(arena, buffer_bytes(&der), &copy))
		fail_msg("%s: %s", path, err.message);
	buffer_free(&der);
	return copy;
}

/* The same list of requests, and nothing else. */
static struct bytes without_nonce(const char *name)
{
	struct der der = der_open(sample(name)), outer, tbs;
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(LIMIT_OCSP_REQUEST);
	struct der_writer w = der_write(&out);
	struct bytes list, copy;
	assert_int_equal(der_enter(&der, DER_SEQUENCE, &outer), 0);
	assert_int_equal(der_enter(&outer, DER_SEQUENCE, &tbs), 0);
	assert_int_equal(der_whole(&tbs, DER_SEQUENCE, &list), 0);
	der_begin(&w, DER_SEQUENCE);
	der_begin(&w, DER_SEQUENCE);
	der_put_raw(&w, list);
	der_end(&w);
	der_end(&w);
	assert_int_equal(arena_bytes(arena, buffer_bytes(&out), &copy), 0);
	return copy;
}

static void serve(http_handler handler, const char *parameter, const char *value)
{
	static struct http_parameter captured;
	captured = (struct http_parameter){parameter, value};
	request.arena = arena;
	request.peer = "192.0.2.1";
	request.headers = headers;
	request.parameters = &captured;
	request.parameter_count = value ? 1 : 0;
	signet_http_free(&response);
	response = (struct http_response){.body = BUFFER_MAX(LIMIT_HTTP_RESPONSE)};
	handler(ocsp, &request, &response);
}

static const char *get(const char *name)
{
	struct buffer base64 = BUFFER_MAX(LIMIT_HTTP_PATH);
	base64_encode(&base64, sample(name));
	serve(ocsp_get, "request", buffer_text(&base64));
	buffer_free(&base64);
	return buffer_text(&response.body);
}

static const char *post(struct bytes body, const char *authority)
{
	headers[0] = (struct http_header){"Content-Type", "application/ocsp-request"};
	request.header_count = 1;
	request.body = body;
	serve(ocsp_post, "authority", authority);
	request.header_count = 0;
	return buffer_text(&response.body);
}

static const char *header(const char *name)
{
	for (size_t i = 0; i < response.header_count; i++)
		if (strcmp(response.headers[i].name, name) == 0)
			return response.headers[i].value;
	return "";
}

/* What the watch does comes by itself, and soon. */
static void wait_for(bool (*done)(void))
{
	for (int i = 0; i < 20000 && !done(); i++)
		nanosleep(&(struct timespec){0, 1000000}, NULL);
	assert_true(done());
}

static bool watch_has_begun(void)
{
	return answers_epoch(ocsp->answers) > 0;
}

static void an_answer_serves_all_who_ask_the_same(void **state)
{
	(void)state;
	wait_for(watch_has_begun);
	assert_string_equal(get("plain"), ":1");
	assert_int_equal(response.status, 200);
	assert_string_equal(header("Content-Type"), "application/ocsp-response");
	assert_non_null(strstr(header("Cache-Control"), "max-age="));
	assert_int_equal(strlen(header("ETag")), 42);
	assert_string_not_equal(header("Expires"), "");
	assert_string_equal(get("plain"), ":1");
	assert_string_equal(post(sample("plain"), NULL), ":1");
	assert_string_equal(header("Cache-Control"), "");
	assert_string_equal(post(sample("plain"), "issuing"), "issuing:2");
	assert_string_equal(get("sha256"), ":3");
	assert_string_equal(get("sha256"), ":3");
	/* what stands around the same CertID is nothing to the answer */
	assert_string_equal(post(sample("version-1"), NULL), ":4");
	assert_string_equal(post(sample("single-extension"), NULL), ":4");
}

static void a_client_that_has_it_gets_none(void **state)
{
	(void)state;
	wait_for(watch_has_begun);
	get("plain");
	headers[0] = (struct http_header){"If-None-Match", arena_strdup(arena, header("ETag"))};
	request.header_count = 1;
	assert_string_equal(get("plain"), "");
	assert_int_equal(response.status, 304);
	request.header_count = 0;
}

static void a_nonce_is_answered_each_time(void **state)
{
	(void)state;
	wait_for(watch_has_begun);
	assert_string_equal(get("nonce"), ":1");
	assert_string_equal(header("Cache-Control"), "");
	assert_string_equal(header("ETag"), "");
	assert_string_equal(get("nonce"), ":2");
	assert_int_equal(answers_count(ocsp->answers), 0);
}

static void many_certificates_are_answered_each_time(void **state)
{
	(void)state;
	wait_for(watch_has_begun);
	assert_string_equal(post(sample("most"), NULL), ":1");
	assert_string_equal(post(sample("most"), NULL), ":2");
	assert_string_equal(post(without_nonce("several"), NULL), ":3");
	assert_string_equal(post(without_nonce("several"), NULL), ":3");
}

static bool is_made_anew(void)
{
	return asked == 2 && answers_count(ocsp->answers) == 1;
}

static void what_is_revoked_is_made_anew_at_once(void **state)
{
	(void)state;
	wait_for(watch_has_begun);
	assert_string_equal(get("plain"), ":1");
	changes++;
	wait_for(is_made_anew);
	assert_string_equal(get("plain"), ":2");
	assert_int_equal(asked, 2);
}

static uint64_t epoch_before;

static bool is_doubtful(void)
{
	return answers_epoch(ocsp->answers) > epoch_before;
}

static void what_is_in_doubt_is_asked_again(void **state)
{
	(void)state;
	wait_for(watch_has_begun);
	assert_string_equal(get("plain"), ":1");
	forgetful = true;
	epoch_before = answers_epoch(ocsp->answers);
	changes++;
	wait_for(is_doubtful);
	assert_string_equal(get("plain"), ":2");
	assert_string_equal(get("plain"), ":2");
}

static void bring_into_doubt(void)
{
	wait_for(watch_has_begun);
	assert_string_equal(get("plain"), ":1");
	forgetful = true;
	epoch_before = answers_epoch(ocsp->answers);
	changes++;
	wait_for(is_doubtful);
}

static void an_engine_without_time_leaves_the_doubt(void **state)
{
	(void)state;
	bring_into_doubt();
	atomic_store(&ocsp->asking, 96);
	assert_string_equal(get("plain"), TRY_LATER);
	atomic_store(&ocsp->asking, 0);
	assert_string_equal(get("plain"), ":2");
}

static void without_the_engine_what_was_kept_is_said(void **state)
{
	(void)state;
	bring_into_doubt();
	fake_engine_stop(engine);
	assert_string_equal(get("plain"), ":1");
	/* for no cache to keep */
	assert_string_equal(header("Cache-Control"), "");
	assert_string_equal(header("ETag"), "");
	signet_client_cancel(engine->client);
	assert_string_equal(get("nonce"), TRY_LATER);
	assert_int_equal(response.status, 200);
	assert_string_equal(header("Cache-Control"), "");
	assert_string_equal(get("sha256"), TRY_LATER);
	/* never past its time */
	clock_freeze(clock_now() + 3600);
	assert_string_equal(get("plain"), TRY_LATER);
	clock_freeze(0);
}

static bool is_away(void)
{
	return atomic_load(&ocsp->away);
}

static bool is_back(void)
{
	return !atomic_load(&ocsp->away);
}

/* Nobody has to ask for something for that. */
static void an_engine_that_goes_is_noticed(void **state)
{
	(void)state;
	wait_for(watch_has_begun);
	assert_string_equal(get("plain"), ":1");
	assert_string_not_equal(header("Cache-Control"), "");
	epoch_before = answers_epoch(ocsp->answers);
	fake_engine_stop(engine);
	wait_for(is_away);
	assert_true(is_doubtful());
	/* given out at once, which the engine is not asked for */
	atomic_store(&ocsp->asking, 96);
	assert_string_equal(get("plain"), ":1");
	assert_string_equal(header("Cache-Control"), "");
	assert_string_equal(header("ETag"), "");
	atomic_store(&ocsp->asking, 0);
	/* when it is back, nothing that was kept is believed */
	fake_engine_start(engine);
	wait_for(is_back);
	assert_string_equal(get("plain"), ":2");
	assert_string_not_equal(header("Cache-Control"), "");
}

static void what_holds_no_longer_is_not_kept(void **state)
{
	(void)state;
	wait_for(watch_has_begun);
	expired = true;
	assert_string_equal(get("plain"), ":1");
	assert_string_equal(get("plain"), ":2");
	assert_non_null(strstr(header("Cache-Control"), "max-age=0,"));
}

static void malformed_requests_reach_no_engine(void **state)
{
	(void)state;
	static const char *const targets[] = {"", "AAAA", "%zz", "a/b", "MAA="};
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
		serve(ocsp_get, "request", targets[i]);
		assert_int_equal(response.status, 200);
		assert_string_equal(header("Content-Type"), "application/ocsp-response");
		assert_string_equal(buffer_text(&response.body), MALFORMED);
	}
	assert_string_equal(post(bytes_text("nothing"), NULL), MALFORMED);
	assert_string_equal(post(BYTES_NONE, NULL), MALFORMED);
	request.body = sample("plain");
	serve(ocsp_post, "authority", NULL);
	assert_int_equal(response.status, 415);
	assert_int_equal(asked, 0);
}

static void a_flood_leaves_threads_for_others(void **state)
{
	(void)state;
	wait_for(watch_has_begun);
	atomic_store(&ocsp->asking, 96);
	assert_string_equal(get("plain"), TRY_LATER);
	assert_int_equal(ocsp->asking, 96);
	atomic_store(&ocsp->asking, 95);
	assert_string_equal(get("plain"), ":1");
	atomic_store(&ocsp->asking, 0);
}

static void the_configuration_is_checked(void **state)
{
	(void)state;
	struct ocsp *first = ocsp;
	assert_int_equal(configure("cache: -1"), SIGNET_E_CONFIG);
	assert_int_equal(configure("cache: many"), SIGNET_E_CONFIG);
	assert_int_equal(configure("cache: 0"), 0);
	/* never started */
	intermediary_ocsp.free(ocsp);
	ocsp = first;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_serves_all_who_ask_the_same),
		TEST(a_client_that_has_it_gets_none),
		TEST(a_nonce_is_answered_each_time),
		TEST(many_certificates_are_answered_each_time),
		TEST(what_is_revoked_is_made_anew_at_once),
		TEST(what_is_in_doubt_is_asked_again),
		TEST(an_engine_without_time_leaves_the_doubt),
		TEST(without_the_engine_what_was_kept_is_said),
		TEST(an_engine_that_goes_is_noticed),
		TEST(what_holds_no_longer_is_not_kept),
		TEST(malformed_requests_reach_no_engine),
		TEST(a_flood_leaves_threads_for_others),
		TEST(the_configuration_is_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
