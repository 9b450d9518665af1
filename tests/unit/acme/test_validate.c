#include "tests/unit/acme/world.h"

extern const struct signet_intermediary intermediary_acme;

/* An order, and what became of its only authorization. */
static struct answer prove(struct client *client)
{
	struct answer order = client_order(client, "a.test");
	client_prove(client, &order);
	return client_post(client, answer_text(&order, "authorizations.0"), NULL);
}

static void reopen(const char *validation)
{
	world_close();
	world_open(validation, "");
}

static void wrong_answer_is_asked_for_again(void **state)
{
	(void)state;
	reopen("retries: 2, retry-delay: 0");
	struct client client = client_register("p-256");
	atomic_store(&world.wrong, 2);
	struct answer answer = prove(&client);
	assert_string_equal(answer_text(&answer, "status"), "valid");
	assert_int_equal(responder_count(world.responder), 3);
	client_close(&client);
}

static void retries_come_to_an_end(void **state)
{
	(void)state;
	reopen("retries: 2, retry-delay: 0");
	struct client client = client_register("p-256");
	atomic_store(&world.mute, true);
	struct answer answer = prove(&client);
	assert_string_equal(answer_text(&answer, "status"), "invalid");
	assert_int_equal(responder_count(world.responder), 3);
	client_close(&client);
}

static void failures_have_their_types(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	unsigned port = world.acme->config.fetch.http_port;
	/* nobody listens on the port of a server that is gone */
	responder_close(world.responder);
	struct answer answer = prove(&client);
	assert_string_equal(answer_text(&answer, "challenges.0.error.type"),
	                    "urn:ietf:params:acme:error:connection");
	assert_non_null(strstr(answer_text(&answer, "challenges.0.error.detail"), "a.test"));
	assert_int_equal(world.acme->config.fetch.http_port, port);
	struct network all;
	assert_int_equal(text_to_network("127.0.0.0/8", &all), 0);
	world.acme->config.fetch.deny[0] = all;
	world.acme->config.fetch.deny_count = 1;
	answer = prove(&client);
	assert_string_equal(answer_text(&answer, "challenges.0.error.type"),
	                    "urn:ietf:params:acme:error:unauthorized");
	assert_string_equal(answer_text(&answer, "challenges.0.error.detail"),
	                    "a.test: the address 127.0.0.1 may not be contacted");
	client_close(&client);
	world.responder = responder_open(NULL, NULL);
	assert_non_null(world.responder);
}

static void what_is_not_the_key_authorization_is_no_proof(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	const char *good = client.jose.thumbprint;
	const char *bad[] = {
		"", arena_printf(world.arena, "%s.", good), arena_printf(world.arena, "%s x", good),
		arena_printf(world.arena, " %s", good), arena_printf(world.arena, "%.42s", good),
	};
	const char *fine[] = {arena_printf(world.arena, "%s \t", good),
	                      arena_printf(world.arena, "%s\r\n\n", good)};
	for (size_t i = 0; i < 7; i++) {
		struct answer order =
			client_order(&client, arena_printf(world.arena, "n%zu.test", i));
		const char *url = answer_text(&order, "authorizations.0");
		struct answer answer = client_post(&client, url, NULL);
		snprintf(world.thumbprint, sizeof world.thumbprint, "%s",
		         i < 5 ? bad[i] : fine[i - 5]);
		client_post(&client, answer_text(&answer, "challenges.0.url"), "{}");
		answer = client_wait(&client, url, "status", "pending");
		assert_string_equal(answer_text(&answer, "status"), i < 5 ? "invalid" : "valid");
	}
	client_close(&client);
}

static void validation_that_was_cut_off_is_taken_up_again(void **state)
{
	(void)state;
	/* the first attempt fails, the second would come in an hour */
	reopen("retries: 1, retry-delay: 1h");
	struct client client = client_register("p-256");
	strncpy(world.thumbprint, client.jose.thumbprint, sizeof world.thumbprint - 1);
	atomic_store(&world.wrong, 1);
	struct answer order = client_order(&client, "a.test");
	const char *url = answer_text(&order, "authorizations.0");
	struct answer authorization = client_post(&client, url, NULL);
	client_post(&client, answer_text(&authorization, "challenges.0.url"), "{}");
	while (responder_count(world.responder) == 0)
		nanosleep(&(struct timespec){0, 10000000}, NULL);
	authorization = client_post(&client, url, NULL);
	assert_string_equal(answer_text(&authorization, "status"), "pending");
	assert_string_equal(answer_text(&authorization, "challenges.0.status"), "processing");
	assert_non_null(answer_header(&authorization, "Retry-After"));
	world_restart();
	authorization = client_wait(&client, url, "status", "pending");
	assert_string_equal(answer_text(&authorization, "status"), "valid");
	assert_int_equal(responder_count(world.responder), 2);
	client_close(&client);
}

static void deactivation_wins_over_a_validation_under_way(void **state)
{
	(void)state;
	reopen("retries: 1, retry-delay: 1s");
	struct client client = client_register("p-256");
	strncpy(world.thumbprint, client.jose.thumbprint, sizeof world.thumbprint - 1);
	atomic_store(&world.wrong, 1);
	struct answer order = client_order(&client, "a.test");
	const char *url = answer_text(&order, "authorizations.0");
	struct answer authorization = client_post(&client, url, NULL);
	client_post(&client, answer_text(&authorization, "challenges.0.url"), "{}");
	client_post(&client, url, "{\"status\":\"deactivated\"}");
	while (responder_count(world.responder) < 2)
		nanosleep(&(struct timespec){0, 10000000}, NULL);
	/* waits for the attempt to end */
	world_restart();
	authorization = client_post(&client, url, NULL);
	assert_string_equal(answer_text(&authorization, "status"), "deactivated");
	client_close(&client);
}

static void what_is_proven_at_once_is_answered_at_once(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	strncpy(world.thumbprint, client.jose.thumbprint, sizeof world.thumbprint - 1);
	struct store_stats before, after;
	struct answer order = client_order(&client, "a.test");
	struct answer authorization =
		client_post(&client, answer_text(&order, "authorizations.0"), NULL);
	store_stats(world.store, &before);
	struct answer answer =
		client_post(&client, answer_text(&authorization, "challenges.0.url"), "{}");
	/* unless this machine is so busy that loopback takes longer than a client is kept */
	if (strcmp(answer_text(&answer, "status"), "processing") != 0) {
		store_stats(world.store, &after);
		assert_string_equal(answer_text(&answer, "status"), "valid");
		assert_int_equal(after.writes - before.writes, 1);
	}
	client_close(&client);
}

static void client_is_not_kept_for_a_slow_host(void **state)
{
	(void)state;
	reopen("retries: 1, retry-delay: 1h");
	struct client client = client_register("p-256");
	atomic_store(&world.mute, true);
	struct answer order = client_order(&client, "a.test");
	const char *url = answer_text(&order, "authorizations.0");
	struct answer authorization = client_post(&client, url, NULL);
	const char *challenge = answer_text(&authorization, "challenges.0.url");
	struct answer answer = client_post(&client, challenge, "{}");
	assert_string_equal(answer_text(&answer, "status"), "processing");
	assert_string_equal(answer_header(&answer, "Retry-After"), "1");
	/* who asks again begins no second one */
	while (responder_count(world.responder) < 1)
		nanosleep(&(struct timespec){0, 10000000}, NULL);
	answer = client_post(&client, challenge, "{}");
	assert_string_equal(answer_text(&answer, "status"), "processing");
	bool settled = true;
	struct error err = {0};
	uint64_t number;
	assert_int_equal(url_id_read(world.acme->secret, URL_AUTHORIZATION, strrchr(url, '/') + 1,
	                             &number), 0);
	assert_int_equal(acme_validate(world.acme, number, "a.test", "x", 1000, &settled, &err), 0);
	assert_false(settled);
	assert_int_equal(responder_count(world.responder), 1);
	/* its first attempt ends, then it waits for the next */
	unsigned running, waiting;
	do
		acme_validations_count(world.acme->validations, &running, &waiting);
	while (running);
	assert_int_equal(waiting, 1);
	struct signet_intermediary_load load = {.waiting = 4};
	intermediary_acme.load(world.acme, &load);
	assert_int_equal(load.waiting, 5);
	assert_int_equal(load.working, 0);
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(wrong_answer_is_asked_for_again),
		world_test(retries_come_to_an_end),
		world_test(failures_have_their_types),
		world_test(what_is_not_the_key_authorization_is_no_proof),
		world_test(validation_that_was_cut_off_is_taken_up_again),
		world_test(what_is_proven_at_once_is_answered_at_once),
		world_test(client_is_not_kept_for_a_slow_host),
		world_test(deactivation_wins_over_a_validation_under_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
