#include "tests/unit/acme/world.h"

#define URL BASE "/new-order"
#define PAYLOAD "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.test\"}]}"

static const char *message(struct client *client, const char *kid, const char *nonce,
                           const char *url)
{
	return jose_message(&client->jose, world.arena,
	                    jose_header(&client->jose, world.arena, kid, nonce, url), PAYLOAD);
}

static struct answer send_message(const char *text)
{
	return world_send(URL, "application/jose+json", text);
}

static void other_content_types_are_refused_with_415(void **state)
{
	(void)state;
	static const char *const types[] = {NULL, "application/json", "text/plain",
	                                    "application/jose", "application/jose+jsonx"};
	struct client client = client_register("p-256");
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct answer answer = world_send(
			URL, types[i], message(&client, client.kid, world_nonce(), URL));
		assert_problem(&answer, 415, "malformed");
	}
	struct answer answer = world_send(
		URL, "Application/JOSE+json; charset=utf-8",
		message(&client, client.kid, world_nonce(), URL));
	assert_status(&answer, 201);
	client_close(&client);
}

static void used_nonce_is_answered_with_a_fresh_one(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	const char *text = message(&client, client.kid, world_nonce(), URL);
	struct answer answer = send_message(text);
	assert_status(&answer, 201);
	answer = send_message(text);
	assert_problem(&answer, 400, "badNonce");
	answer = send_message(
		message(&client, client.kid, answer_header(&answer, "Replay-Nonce"), URL));
	assert_status(&answer, 201);
	answer = send_message(message(&client, client.kid, "AAAA", URL));
	assert_problem(&answer, 400, "badNonce");
	client_close(&client);
}

static void message_without_a_nonce_is_refused(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	const char *header = arena_printf(world.arena, "{\"alg\":\"ES256\",\"kid\":\"%s\",\"url\":\"%s\"}",
	                                  client.kid, URL);
	struct answer answer =
		send_message(jose_message(&client.jose, world.arena, header, PAYLOAD));
	assert_problem(&answer, 400, "badNonce");
	client_close(&client);
}

static void nonces_do_not_survive_a_restart(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	const char *nonce = world_nonce();
	world_restart();
	struct answer answer = send_message(message(&client, client.kid, nonce, URL));
	assert_problem(&answer, 400, "badNonce");
	answer = send_message(
		message(&client, client.kid, answer_header(&answer, "Replay-Nonce"), URL));
	assert_status(&answer, 201);
	client_close(&client);
}

static void message_for_another_url_is_refused(void **state)
{
	(void)state;
	static const char *const urls[] = {
		BASE "/new-account", BASE "/new-order/", BASE "/new-order?x", "https://other.test/acme/new-order",
		"http://ca.test/acme/new-order", "/acme/new-order", "", BASE "/NEW-order",
	};
	struct client client = client_register("p-256");
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		struct answer answer =
			send_message(message(&client, client.kid, world_nonce(), urls[i]));
		assert_problem(&answer, 403, "unauthorized");
	}
	client_close(&client);
}

static void key_and_account_have_their_places(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer answer = send_message(message(&client, NULL, world_nonce(), URL));
	assert_problem(&answer, 400, "malformed");
	answer = client_post(&client, BASE "/new-account", "{}");
	assert_problem(&answer, 400, "malformed");
	client_close(&client);
}

static void unknown_accounts_are_refused(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_order(&client, "a.test");
	const char *kids[] = {
		"", "x", "1", BASE "/account/", BASE "/account/1",
		BASE "/account/AAAAAAAAAAEAAAAAAAAAAA", answer_header(&order, "Location"),
		arena_printf(world.arena, "%s/", client.kid),
		arena_printf(world.arena, "https://ca.test/account%s", strrchr(client.kid, '/')),
		strrchr(client.kid, '/'),
	};
	for (size_t i = 0; i < sizeof kids / sizeof *kids; i++) {
		struct answer answer =
			send_message(message(&client, kids[i], world_nonce(), URL));
		assert_problem(&answer, 400, "accountDoesNotExist");
	}
	/* the same account by another name of this host */
	const char *kid = arena_printf(world.arena, "https://other.test/acme/account%s",
	                               strrchr(client.kid, '/'));
	struct answer answer = send_message(message(&client, kid, world_nonce(), URL));
	assert_status(&answer, 201);
	client_close(&client);
}

static void signature_of_another_key_is_refused(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct client thief = client_open("p-256-other");
	struct answer answer = send_message(message(&thief, client.kid, world_nonce(), URL));
	assert_problem(&answer, 400, "malformed");
	struct client rsa = client_open("rsa-2048");
	answer = send_message(message(&rsa, client.kid, world_nonce(), URL));
	assert_problem(&answer, 400, "badSignatureAlgorithm");
	assert_string_equal(answer_text(&answer, "algorithms.0"), "ES256");
	client_close(&client);
	client_close(&thief);
	client_close(&rsa);
}

static void algorithms_that_may_be_used_are_told(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	client.jose.algorithm = "HS256";
	struct answer answer = send_message(message(&client, client.kid, world_nonce(), URL));
	assert_problem(&answer, 400, "badSignatureAlgorithm");
	assert_int_equal(json_array_size(json_object_get(answer.json, "algorithms")), 4);
	client_close(&client);
}

static void payload_must_be_what_the_resource_takes(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_order(&client, "a.test");
	const char *url = answer_header(&order, "Location");
	/* POST-as-GET has no payload, an order takes an object */
	struct answer answer = client_post(&client, url, "{}");
	assert_problem(&answer, 400, "malformed");
	answer = client_post(&client, URL, NULL);
	assert_problem(&answer, 400, "malformed");
	answer = client_post(&client, URL, "[1]");
	assert_problem(&answer, 400, "malformed");
	answer = client_post(&client, URL, "{\"identifiers\":[],\"identifiers\":[]}");
	assert_problem(&answer, 400, "malformed");
	client_close(&client);
}

static void body_that_is_no_message_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "x", "{}", "[]", "{\"protected\":\"\"}"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct answer answer = send_message(bad[i]);
		assert_problem(&answer, 400, "malformed");
	}
}

static void every_answer_names_the_directory(void **state)
{
	(void)state;
	struct answer answer = send_message("x");
	assert_string_equal(answer_header(&answer, "Link"), "<" BASE "/directory>;rel=\"index\"");
	answer = world_get(BASE "/new-nonce", false);
	assert_string_equal(answer_header(&answer, "Link"), "<" BASE "/directory>;rel=\"index\"");
}

static void external_url_stands_in_for_the_hosts_own(void **state)
{
	(void)state;
	world_close();
	world_open("retries: 0", "external-url: https://proxy.test/pki/");
	struct answer answer = world_get(BASE "/directory", false);
	assert_string_equal(answer_text(&answer, "newOrder"), "https://proxy.test/pki/acme/new-order");
	struct client client = client_open("p-256");
	const char *text = jose_message(
		&client.jose, world.arena,
		jose_header(&client.jose, world.arena, NULL, world_nonce(),
	                    "https://proxy.test/pki/acme/new-account"),
		"{}");
	answer = world_send(BASE "/new-account", "application/jose+json", text);
	assert_status(&answer, 201);
	assert_memory_equal(answer_header(&answer, "Location"),
	                    "https://proxy.test/pki/acme/account/", 36);
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(other_content_types_are_refused_with_415),
		world_test(used_nonce_is_answered_with_a_fresh_one),
		world_test(message_without_a_nonce_is_refused),
		world_test(nonces_do_not_survive_a_restart),
		world_test(message_for_another_url_is_refused),
		world_test(key_and_account_have_their_places),
		world_test(unknown_accounts_are_refused),
		world_test(signature_of_another_key_is_refused),
		world_test(algorithms_that_may_be_used_are_told),
		world_test(payload_must_be_what_the_resource_takes),
		world_test(body_that_is_no_message_is_refused),
		world_test(every_answer_names_the_directory),
		world_test(external_url_stands_in_for_the_hosts_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
