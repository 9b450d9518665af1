#include "tests/unit/acme/world.h"

#include "base/clock.h"
#include "base/encoding.h"

static void finalize_before_ready_is_refused(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_order(&client, "a.test");
	const char *csr = make_csr("p-256-other", "a.test", NULL);
	struct answer answer = client_finalize(&client, &order, csr);
	assert_problem(&answer, 403, "orderNotReady");
	assert_int_equal(engine.submissions, 0);
	client_prove(&client, &order);
	answer = client_finalize(&client, &order, csr);
	assert_string_equal(answer_text(&answer, "status"), "valid");
	/* RFC 8555 section 7.4: and not after it was ready either */
	answer = client_finalize(&client, &order, csr);
	assert_problem(&answer, 403, "orderNotReady");
	assert_int_equal(engine.submissions, 1);
	client_close(&client);
}

static void csr_must_ask_for_exactly_the_orders_names(void **state)
{
	(void)state;
	static const struct {
		const char *names, *cn;
	} bad[] = {
		{"a.test", NULL},
		{"b.test", NULL},
		{"a.test b.test c.test", NULL},
		{"a.test c.test", NULL},
		{"a.test b.test", "c.test"},
		{"a.test b.test", "Example Ltd"},
		{"a.test *.b.test", NULL},
		{"", "a.test"},
		{"", NULL},
		{"b.test", "a.test"},
	};
	struct client client = client_register("p-256");
	struct answer order = client_ready(&client, "a.test b.test");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const char *csr = make_csr("p-256-other", bad[i].names, bad[i].cn);
		struct answer answer = client_finalize(&client, &order, csr);
		assert_problem(&answer, 400, "badCSR");
	}
	assert_int_equal(engine.submissions, 0);
	/* order and case of the names, and names said twice, make no difference */
	struct answer answer = client_finalize(
		&client, &order, make_csr("p-256-other", "B.test a.TEST b.test", "A.test"));
	assert_string_equal(answer_text(&answer, "status"), "valid");
	client_close(&client);
}

static void payloads_without_a_csr_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *payload, *problem;
	} bad[] = {
		{"{}", "malformed"},
		{"{\"csr\":1}", "malformed"},
		{"{\"csr\":\"AA==\"}", "malformed"},
		{"{\"csr\":\"-----BEGIN CERTIFICATE REQUEST-----\"}", "malformed"},
		{"{\"csr\":\"\"}", "badCSR"},
		{"{\"csr\":\"AAAA\"}", "badCSR"},
		{"{\"csr\":\"MAAA\"}", "badCSR"},
	};
	struct client client = client_register("p-256");
	struct answer order = client_ready(&client, "a.test");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct answer answer =
			client_post(&client, answer_text(&order, "finalize"), bad[i].payload);
		assert_problem(&answer, 400, bad[i].problem);
	}
	assert_int_equal(engine.submissions, 0);
	client_close(&client);
}

static void account_key_gets_no_certificate(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_ready(&client, "a.test");
	struct answer answer =
		client_finalize(&client, &order, make_csr("p-256", "a.test", NULL));
	assert_problem(&answer, 400, "badCSR");
	assert_int_equal(engine.submissions, 0);
	client_close(&client);
}

static void csr_that_the_engine_refuses_leaves_the_order_ready(void **state)
{
	(void)state;
	static const int codes[] = {SIGNET_E_BAD_REQUEST, SIGNET_E_BAD_KEY, SIGNET_E_BAD_ALGORITHM,
	                            SIGNET_E_BAD_NAME, SIGNET_E_BAD_SIGNATURE};
	struct client client = client_register("p-256");
	struct answer order = client_ready(&client, "a.test");
	const char *csr = make_csr("p-256-other", "a.test", NULL);
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		engine.error = codes[i];
		struct answer answer = client_finalize(&client, &order, csr);
		assert_problem(&answer, 400, "badCSR");
	}
	engine.error = 0;
	struct answer answer = client_finalize(&client, &order, csr);
	assert_string_equal(answer_text(&answer, "status"), "valid");
	client_close(&client);
}

static void servers_own_trouble_is_not_the_clients(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_ready(&client, "a.test");
	const char *csr = make_csr("p-256-other", "a.test", NULL);
	engine.error = SIGNET_E_PERMISSION;
	struct answer answer = client_finalize(&client, &order, csr);
	assert_problem(&answer, 500, "serverInternal");
	engine.error = SIGNET_E_NOT_FOUND;
	answer = client_finalize(&client, &order, csr);
	assert_problem(&answer, 500, "serverInternal");
	client_close(&client);
}

static void held_order_is_processing_until_it_is_decided(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_ready(&client, "a.test");
	const char *url = answer_header(&order, "Location");
	engine.disposition = SIGNET_PENDING;
	order = client_finalize(&client, &order, make_csr("p-256-other", "a.test", NULL));
	assert_status(&order, 200);
	assert_string_equal(answer_text(&order, "status"), "processing");
	assert_string_equal(answer_header(&order, "Retry-After"), "77");
	world_restart();
	order = client_post(&client, url, NULL);
	assert_string_equal(answer_text(&order, "status"), "processing");
	assert_string_equal(answer_header(&order, "Retry-After"), "77");
	struct answer answer = client_finalize(&client, &order, "AAAA");
	assert_problem(&answer, 403, "orderNotReady");
	engine.disposition = SIGNET_ISSUED;
	order = client_post(&client, url, NULL);
	assert_string_equal(answer_text(&order, "status"), "valid");
	assert_null(answer_header(&order, "Retry-After"));
	answer = client_post(&client, answer_text(&order, "certificate"), NULL);
	assert_status(&answer, 200);
	assert_int_equal(engine.submissions, 1);
	client_close(&client);
}

static void held_order_does_not_expire(void **state)
{
	(void)state;
	clock_freeze(1795438800);
	struct client client = client_register("p-256");
	struct answer order = client_ready(&client, "a.test");
	engine.disposition = SIGNET_PENDING;
	order = client_finalize(&client, &order, make_csr("p-256-other", "a.test", NULL));
	clock_freeze(1795438800 + 60 * 86400);
	engine.disposition = SIGNET_ISSUED;
	order = client_post(&client, answer_header(&order, "Location"), NULL);
	assert_string_equal(answer_text(&order, "status"), "valid");
	client_close(&client);
}

static void held_order_that_is_denied_becomes_invalid(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_ready(&client, "a.test");
	engine.disposition = SIGNET_PENDING;
	order = client_finalize(&client, &order, make_csr("p-256-other", "a.test", NULL));
	engine.disposition = SIGNET_DENIED;
	engine.reason = SIGNET_REASON_POLICY;
	engine.message = "not this time";
	order = client_post(&client, answer_header(&order, "Location"), NULL);
	assert_string_equal(answer_text(&order, "status"), "invalid");
	assert_string_equal(answer_text(&order, "error.detail"), "not this time");
	client_close(&client);
}

static void denied_order_says_why(void **state)
{
	(void)state;
	static const struct {
		enum signet_disposition disposition;
		enum signet_reason reason;
		const char *type;
	} cases[] = {
		{SIGNET_DENIED, SIGNET_REASON_KEY, "badCSR"},
		{SIGNET_DENIED, SIGNET_REASON_NAME, "rejectedIdentifier"},
		{SIGNET_DENIED, SIGNET_REASON_VALIDITY, "malformed"},
		{SIGNET_DENIED, SIGNET_REASON_REQUEST, "badCSR"},
		{SIGNET_DENIED, SIGNET_REASON_POLICY, "unauthorized"},
		{SIGNET_DENIED, SIGNET_REASON_INTERNAL, "serverInternal"},
		{SIGNET_DENIED, SIGNET_REASON_LIMIT, "rateLimited"},
		{SIGNET_FAILED, SIGNET_REASON_INTERNAL, "serverInternal"},
	};
	struct client client = client_register("p-256");
	const char *csr = make_csr("p-256-other", "a.test", NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct answer order = client_ready(&client, "a.test");
		engine.disposition = cases[i].disposition;
		engine.reason = cases[i].reason;
		engine.message = "because";
		struct answer first = client_finalize(&client, &order, csr);
		world_restart();
		struct answer later = client_post(&client, answer_header(&order, "Location"), NULL);
		const struct answer *answers[] = {&first, &later};
		for (size_t j = 0; j < 2; j++) {
			assert_status(answers[j], 200);
			assert_string_equal(answer_text(answers[j], "status"), "invalid");
			assert_string_equal(answer_text(answers[j], "error.detail"), "because");
			assert_string_equal(answer_text(answers[j], "error.type"),
			                    arena_printf(world.arena,
			                                 "urn:ietf:params:acme:error:%s",
			                                 cases[i].type));
		}
	}
	client_close(&client);
}

static void order_waits_while_the_engine_is_away(void **state)
{
	(void)state;
	static const int codes[] = {SIGNET_E_UNAVAILABLE, SIGNET_E_TIMEOUT, SIGNET_E_FULL};
	struct client client = client_register("p-256");
	const char *csr = make_csr("p-256-other", "a.test", NULL);
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		struct answer order = client_ready(&client, "a.test");
		const char *url = answer_header(&order, "Location");
		engine.error = codes[i];
		order = client_finalize(&client, &order, csr);
		assert_status(&order, 200);
		assert_string_equal(answer_text(&order, "status"), "processing");
		assert_non_null(answer_header(&order, "Retry-After"));
		order = client_post(&client, url, NULL);
		assert_string_equal(answer_text(&order, "status"), "processing");
		engine.error = 0;
		order = client_post(&client, url, NULL);
		assert_string_equal(answer_text(&order, "status"), "valid");
	}
	client_close(&client);
}

static void order_that_waits_is_submitted_after_a_restart(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_ready(&client, "a.test");
	const char *csr = make_csr("p-256-other", "a.test", NULL);
	engine.error = SIGNET_E_UNAVAILABLE;
	order = client_finalize(&client, &order, csr);
	assert_string_equal(answer_text(&order, "status"), "processing");
	unsigned before = engine.submissions;
	engine.error = 0;
	world_restart();
	/* by itself, before anybody asks */
	for (int i = 0; i < 3000; i++) {
		pthread_mutex_lock(&engine.lock);
		bool done = engine.submissions > before;
		pthread_mutex_unlock(&engine.lock);
		if (done)
			break;
		world_get(BASE "/new-nonce", true);
		nanosleep(&(struct timespec){0, 10000000}, NULL);
	}
	assert_int_equal(engine.submissions, before + 1);
	order = client_wait(&client, answer_header(&order, "Location"), "status", "processing");
	assert_string_equal(answer_text(&order, "status"), "valid");
	client_close(&client);
}

static enum acme_status stored;

static int read_status(struct store_txn *txn, void *arg)
{
	Acme__Order *order;
	int result = record_get_order(txn, world.acme->state, world.arena, *(uint64_t *)arg, &order);
	if (result == 0)
		stored = (enum acme_status)order->status;
	return result;
}

static void order_that_waits_ends_with_its_account(void **state)
{
	(void)state;
	uint64_t number;
	struct client client = client_register("p-256");
	struct answer order = client_ready(&client, "a.test");
	engine.error = SIGNET_E_UNAVAILABLE;
	order = client_finalize(&client, &order, make_csr("p-256-other", "a.test", NULL));
	assert_string_equal(answer_text(&order, "status"), "processing");
	const char *id = strrchr(answer_header(&order, "Location"), '/') + 1;
	assert_int_equal(url_id_read(world.acme->secret, URL_ORDER, id, &number), 0);
	struct answer account = client_post(&client, client.kid, "{\"status\":\"deactivated\"}");
	assert_string_equal(answer_text(&account, "status"), "deactivated");
	unsigned before = engine.submissions;
	engine.error = 0;
	world_restart();
	stored = ACME_PROCESSING;
	for (int i = 0; i < 3000 && stored == ACME_PROCESSING; i++) {
		nanosleep(&(struct timespec){0, 10000000}, NULL);
		assert_int_equal(store_read(world.store, read_status, &number, NULL), 0);
	}
	assert_int_equal(stored, ACME_INVALID);
	assert_int_equal(engine.submissions, before);
	client_close(&client);
}

static void answer_that_gets_lost_costs_no_second_certificate(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_ready(&client, "a.test");
	const char *csr = make_csr("p-256-other", "a.test", NULL);
	engine.forgets_to_answer = true;
	order = client_finalize(&client, &order, csr);
	assert_string_equal(answer_text(&order, "status"), "processing");
	uint64_t request = engine.last_request;
	char key[64];
	memcpy(key, engine.key, sizeof key);
	engine.forgets_to_answer = false;
	order = client_post(&client, answer_header(&order, "Location"), NULL);
	assert_string_equal(answer_text(&order, "status"), "valid");
	assert_int_equal(engine.last_request, request);
	assert_string_equal(engine.key, key);
	client_close(&client);
}

/* The engine has issued, and the gateway was killed before it could store that. */
static void finalize_that_was_cut_off_is_taken_up_by_the_next(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_ready(&client, "a.test");
	const char *csr = make_csr("p-256-other", "a.test", NULL);
	struct signet_outcome outcome;
	const char *id = strrchr(answer_header(&order, "Location"), '/') + 1;
	struct bytes der = BYTES_NONE;
	assert_int_equal(base64url_bytes(world.arena, csr, &der), 0);
	struct signet_submission submission = {.csr = der, .profile = "tls-server",
	                                       .requester = "", .idempotency_key = id};
	assert_int_equal(signet_submit(NULL, world.arena, &submission, &outcome, NULL), 0);
	uint64_t request = engine.last_request;
	world_restart();
	/* with another request there is nothing to be had, and the order is not spoilt */
	struct answer answer =
		client_finalize(&client, &order, make_csr("rsa-2048", "a.test", NULL));
	assert_problem(&answer, 403, "orderNotReady");
	order = client_finalize(&client, &order, csr);
	assert_string_equal(answer_text(&order, "status"), "valid");
	assert_int_equal(engine.last_request, request);
	client_close(&client);
}

static void waiting_order_that_the_engine_refuses_becomes_invalid(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_ready(&client, "a.test");
	engine.error = SIGNET_E_UNAVAILABLE;
	order = client_finalize(&client, &order, make_csr("p-256-other", "a.test", NULL));
	const char *url = answer_header(&order, "Location");
	/* trouble of the engine's own does not decide it */
	engine.error = SIGNET_E_INTERNAL;
	order = client_post(&client, url, NULL);
	assert_string_equal(answer_text(&order, "status"), "processing");
	engine.error = SIGNET_E_BAD_KEY;
	order = client_post(&client, url, NULL);
	assert_string_equal(answer_text(&order, "status"), "invalid");
	assert_string_equal(answer_text(&order, "error.type"),
	                    "urn:ietf:params:acme:error:badCSR");
	assert_string_equal(answer_text(&order, "error.detail"), "the engine says no");
	client_close(&client);
}

static void certificate_comes_back_after_a_restart(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_ready(&client, "a.test");
	order = client_finalize(&client, &order, make_csr("p-256-other", "a.test", NULL));
	struct answer first = client_post(&client, answer_text(&order, "certificate"), NULL);
	assert_status(&first, 200);
	assert_int_equal(engine.retrievals, 0);
	world_restart();
	order = client_post(&client, answer_header(&order, "Location"), NULL);
	assert_string_equal(answer_text(&order, "status"), "valid");
	struct answer answer = client_post(&client, answer_text(&order, "certificate"), NULL);
	assert_status(&answer, 200);
	assert_int_equal(engine.retrievals, 1);
	assert_true(bytes_equal(first.body, answer.body));
	engine.error = SIGNET_E_UNAVAILABLE;
	answer = client_post(&client, answer_text(&order, "certificate"), NULL);
	assert_problem(&answer, 503, "serverInternal");
	assert_non_null(answer_header(&answer, "Retry-After"));
	/* what the engine has lost is not the client's mistake */
	engine.error = SIGNET_E_NOT_FOUND;
	answer = client_post(&client, answer_text(&order, "certificate"), NULL);
	assert_problem(&answer, 500, "serverInternal");
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(finalize_before_ready_is_refused),
		world_test(csr_must_ask_for_exactly_the_orders_names),
		world_test(payloads_without_a_csr_are_refused),
		world_test(account_key_gets_no_certificate),
		world_test(csr_that_the_engine_refuses_leaves_the_order_ready),
		world_test(servers_own_trouble_is_not_the_clients),
		world_test(held_order_is_processing_until_it_is_decided),
		world_test(held_order_does_not_expire),
		world_test(held_order_that_is_denied_becomes_invalid),
		world_test(denied_order_says_why),
		world_test(order_waits_while_the_engine_is_away),
		world_test(order_that_waits_is_submitted_after_a_restart),
		world_test(order_that_waits_ends_with_its_account),
		world_test(answer_that_gets_lost_costs_no_second_certificate),
		world_test(finalize_that_was_cut_off_is_taken_up_by_the_next),
		world_test(waiting_order_that_the_engine_refuses_becomes_invalid),
		world_test(certificate_comes_back_after_a_restart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
