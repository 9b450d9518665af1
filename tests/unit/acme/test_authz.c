#include "tests/unit/acme/world.h"

#include "base/clock.h"

#define NOW 1795438800 /* 2026-11-23T13:00:00Z */

static void authorization_offers_http_01(void **state)
{
	(void)state;
	clock_freeze(NOW);
	struct client client = client_register("p-256");
	struct answer order = client_order(&client, "a.test b.test");
	struct answer one = client_post(&client, answer_text(&order, "authorizations.0"), NULL);
	struct answer two = client_post(&client, answer_text(&order, "authorizations.1"), NULL);
	assert_status(&one, 200);
	assert_string_equal(answer_text(&one, "status"), "pending");
	assert_string_equal(answer_text(&one, "expires"), "2026-11-30T13:00:00Z");
	assert_string_equal(answer_text(&one, "identifier.type"), "dns");
	assert_string_equal(answer_text(&one, "identifier.value"), "a.test");
	assert_string_equal(answer_text(&two, "identifier.value"), "b.test");
	assert_string_equal(answer_text(&one, "challenges.0.type"), "http-01");
	assert_string_equal(answer_text(&one, "challenges.0.status"), "pending");
	/* RFC 8555 section 8.3: at least 128 bits of entropy */
	assert_int_equal(strlen(answer_text(&one, "challenges.0.token")), 43);
	assert_string_not_equal(answer_text(&one, "challenges.0.token"),
	                        answer_text(&two, "challenges.0.token"));
	/* the token stays what it is */
	world_restart();
	struct answer again = client_post(&client, answer_text(&order, "authorizations.0"), NULL);
	assert_true(json_equal(one.json, again.json));
	client_close(&client);
}

static void challenge_is_shown_by_post_as_get_and_tried_by_post(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	strncpy(world.thumbprint, client.jose.thumbprint, sizeof world.thumbprint - 1);
	struct answer order = client_order(&client, "a.test");
	const char *url = answer_text(&order, "authorizations.0");
	struct answer authorization = client_post(&client, url, NULL);
	const char *challenge = answer_text(&authorization, "challenges.0.url");
	struct answer shown = client_post(&client, challenge, NULL);
	assert_status(&shown, 200);
	assert_string_equal(answer_text(&shown, "status"), "pending");
	assert_int_equal(responder_count(world.responder), 0);
	struct answer tried = client_post(&client, challenge, "{}");
	assert_status(&tried, 200);
	bool linked = false;
	for (size_t i = 0; i < tried.header_count; i++)
		linked |= strcmp(tried.headers[i].value,
		                 arena_printf(world.arena, "<%s>;rel=\"up\"", url)) == 0;
	assert_true(linked);
	struct answer done = client_wait(&client, challenge, "status", "processing");
	assert_string_equal(answer_text(&done, "status"), "valid");
	assert_string_not_equal(answer_text(&done, "validated"), "");
	/* what is done is not done again */
	done = client_post(&client, challenge, "{}");
	assert_string_equal(answer_text(&done, "status"), "valid");
	assert_int_equal(responder_count(world.responder), 1);
	authorization = client_post(&client, url, NULL);
	assert_string_equal(answer_text(&authorization, "status"), "valid");
	client_close(&client);
}

static void authorization_that_failed_says_why_and_fails_its_orders(void **state)
{
	(void)state;
	atomic_store(&world.mute, true);
	struct client client = client_register("p-256");
	struct answer order = client_order(&client, "a.test b.test");
	client_prove(&client, &order);
	struct answer failed = client_post(&client, answer_text(&order, "authorizations.0"), NULL);
	assert_string_equal(answer_text(&failed, "status"), "invalid");
	assert_string_equal(answer_text(&failed, "challenges.0.status"), "invalid");
	assert_string_equal(answer_text(&failed, "challenges.0.error.type"),
	                    "urn:ietf:params:acme:error:incorrectResponse");
	order = client_post(&client, answer_header(&order, "Location"), NULL);
	assert_string_equal(answer_text(&order, "status"), "invalid");
	/* the account may try anew */
	atomic_store(&world.mute, false);
	order = client_order(&client, "a.test b.test");
	assert_string_equal(answer_text(&order, "status"), "pending");
	client_prove(&client, &order);
	order = client_post(&client, answer_header(&order, "Location"), NULL);
	assert_string_equal(answer_text(&order, "status"), "ready");
	client_close(&client);
}

static void deactivated_authorization_serves_no_order(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_ready(&client, "a.test");
	const char *url = answer_text(&order, "authorizations.0");
	struct answer answer = client_post(&client, url, "{\"status\":\"valid\"}");
	assert_problem(&answer, 400, "malformed");
	answer = client_post(&client, url, "{}");
	assert_problem(&answer, 400, "malformed");
	answer = client_post(&client, url, "{\"status\":\"deactivated\"}");
	assert_status(&answer, 200);
	assert_string_equal(answer_text(&answer, "status"), "deactivated");
	answer = client_post(&client, url, NULL);
	assert_string_equal(answer_text(&answer, "status"), "deactivated");
	order = client_post(&client, answer_header(&order, "Location"), NULL);
	assert_string_equal(answer_text(&order, "status"), "invalid");
	order = client_order(&client, "a.test");
	assert_string_equal(answer_text(&order, "status"), "pending");
	client_close(&client);
}

static void challenges_are_their_accounts_alone(void **state)
{
	(void)state;
	struct client client = client_register("p-256"), other = client_register("p-384");
	struct answer order = client_order(&client, "a.test");
	const char *url = answer_text(&order, "authorizations.0");
	struct answer authorization = client_post(&client, url, NULL);
	const char *challenge = answer_text(&authorization, "challenges.0.url");
	struct answer answer = client_post(&other, challenge, "{}");
	assert_problem(&answer, 403, "unauthorized");
	answer = client_post(&other, url, "{\"status\":\"deactivated\"}");
	assert_problem(&answer, 403, "unauthorized");
	answer = client_post(&client, challenge, NULL);
	assert_string_equal(answer_text(&answer, "status"), "pending");
	client_close(&client);
	client_close(&other);
}

static void time_ends_authorizations(void **state)
{
	(void)state;
	clock_freeze(NOW);
	struct client client = client_register("p-256");
	struct answer pending = client_order(&client, "a.test");
	struct answer valid = client_ready(&client, "b.test");
	clock_freeze(NOW + 7 * 86400);
	struct answer answer = client_post(&client, answer_text(&pending, "authorizations.0"), NULL);
	assert_string_equal(answer_text(&answer, "status"), "invalid");
	/* too late to try */
	answer = client_post(&client, answer_text(&answer, "challenges.0.url"), "{}");
	assert_string_equal(answer_text(&answer, "status"), "pending");
	answer = client_post(&client, answer_text(&valid, "authorizations.0"), NULL);
	assert_string_equal(answer_text(&answer, "status"), "valid");
	clock_freeze(NOW + 30 * 86400);
	answer = client_post(&client, answer_text(&valid, "authorizations.0"), NULL);
	assert_string_equal(answer_text(&answer, "status"), "expired");
	client_close(&client);
}

struct lost {
	struct acme *acme;
	uint64_t number;
	enum acme_status status;
};

static int set_status(struct store_txn *txn, void *arg)
{
	struct lost *lost = arg;
	Acme__Order *order;
	Acme__Authorization *record;
	int result = record_get_authorization(txn, lost->acme->state, world.arena, lost->number,
	                                      &order, &record);
	if (result < 0)
		return result;
	record->status = lost->status;
	record->challenge = ACME_HTTP_01;
	return record_put(txn, lost->acme->state, world.arena, ACME_ORDER,
	                  authorization_order(lost->number), &order->base);
}

/* In processing, and nobody at work. */
static void lose_validation(const char *url)
{
	struct lost lost = {.acme = world.acme, .status = ACME_PROCESSING};
	assert_int_equal(url_id_read(world.acme->secret, URL_AUTHORIZATION, strrchr(url, '/') + 1,
	                             &lost.number), 0);
	assert_int_equal(store_write(world.store, set_status, &lost, NULL), 0);
}

static void a_lost_validation_is_taken_up(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	strncpy(world.thumbprint, client.jose.thumbprint, sizeof world.thumbprint - 1);
	struct answer order = client_order(&client, "a.test b.test");
	const char *url = answer_text(&order, "authorizations.0");
	lose_validation(url);
	struct answer done = client_wait(&client, url, "status", "pending");
	assert_string_equal(answer_text(&done, "status"), "valid");
	url = answer_text(&order, "authorizations.1");
	done = client_post(&client, url, NULL);
	const char *challenge = answer_text(&done, "challenges.0.url");
	lose_validation(url);
	done = client_wait(&client, challenge, "status", "processing");
	assert_string_equal(answer_text(&done, "status"), "valid");
	client_close(&client);
}

static void too_many_validations_are_put_off(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_order(&client, "a.test");
	struct answer authorization =
		client_post(&client, answer_text(&order, "authorizations.0"), NULL);
	const char *challenge = answer_text(&authorization, "challenges.0.url");
	world.acme->validations_max = 0;
	struct answer answer = client_post(&client, challenge, "{}");
	assert_problem(&answer, 503, "rateLimited");
	assert_non_null(answer_header(&answer, "Retry-After"));
	world.acme->validations_max = 1;
	answer = client_post(&client, challenge, "{}");
	assert_status(&answer, 200);
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(authorization_offers_http_01),
		world_test(challenge_is_shown_by_post_as_get_and_tried_by_post),
		world_test(authorization_that_failed_says_why_and_fails_its_orders),
		world_test(deactivated_authorization_serves_no_order),
		world_test(challenges_are_their_accounts_alone),
		world_test(time_ends_authorizations),
		world_test(a_lost_validation_is_taken_up),
		world_test(too_many_validations_are_put_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
