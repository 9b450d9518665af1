#include "tests/unit/acme/world.h"

#define NEW BASE "/new-account"

static void new_key_makes_an_account_and_the_same_key_finds_it(void **state)
{
	(void)state;
	static const char *const keys[] = {"p-256", "p-384", "rsa-2048", "ed25519"};
	const char *urls[4];
	for (size_t i = 0; i < 4; i++) {
		struct client client = client_open(keys[i]);
		struct answer answer = client_post(
			&client, NEW, "{\"contact\":[\"mailto:admin@example.test\"]}");
		assert_status(&answer, 201);
		urls[i] = answer_header(&answer, "Location");
		assert_string_equal(answer_text(&answer, "status"), "valid");
		assert_string_equal(answer_text(&answer, "contact.0"), "mailto:admin@example.test");
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(urls[i], urls[j]);
		struct answer again = client_post(&client, NEW, "{\"contact\":[]}");
		assert_status(&again, 200);
		assert_string_equal(answer_header(&again, "Location"), urls[i]);
		/* RFC 8555 section 7.3: an existing account is shown as it is */
		assert_string_equal(answer_text(&again, "contact.0"), "mailto:admin@example.test");
		client_close(&client);
	}
}

static void existing_account_alone_is_returned_when_asked_so(void **state)
{
	(void)state;
	struct client client = client_open("p-256");
	struct answer answer = client_post(&client, NEW, "{\"onlyReturnExisting\":true}");
	assert_problem(&answer, 400, "accountDoesNotExist");
	answer = client_post(&client, NEW, "{\"onlyReturnExisting\":false}");
	assert_status(&answer, 201);
	struct answer again = client_post(&client, NEW, "{\"onlyReturnExisting\":true}");
	assert_status(&again, 200);
	assert_string_equal(answer_header(&again, "Location"), answer_header(&answer, "Location"));
	answer = client_post(&client, NEW, "{\"onlyReturnExisting\":\"yes\"}");
	assert_problem(&answer, 400, "malformed");
	client_close(&client);
}

static void account_survives_a_restart(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	world_restart();
	struct answer answer = client_post(&client, client.kid, NULL);
	assert_status(&answer, 200);
	assert_string_equal(answer_header(&answer, "Location"), client.kid);
	client_close(&client);
}

static void contacts_must_be_mail_addresses(void **state)
{
	(void)state;
	static const struct {
		const char *contact, *problem;
	} cases[] = {
		{"[\"tel:+1234\"]", "unsupportedContact"},
		{"[\"https://example.test\"]", "unsupportedContact"},
		{"[\"admin@example.test\"]", "unsupportedContact"},
		{"[\"mailto:\"]", "invalidContact"},
		{"[\"mailto:admin\"]", "invalidContact"},
		{"[\"mailto:@example.test\"]", "invalidContact"},
		{"[\"mailto:a@b..test\"]", "invalidContact"},
		{"[\"mailto:a@b.test,c@d.test\"]", "invalidContact"},
		{"[\"mailto:a@b.test?subject=x\"]", "invalidContact"},
		{"[\"mailto:a b@b.test\"]", "invalidContact"},
		{"[\"mailto:ok@b.test\",\"mailto:no\"]", "invalidContact"},
		{"[1]", "malformed"},
		{"\"mailto:a@b.test\"", "malformed"},
		{"{}", "malformed"},
		{"[\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"]", "malformed"},
	};
	struct client client = client_open("p-256");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *payload =
			arena_printf(world.arena, "{\"contact\":%s}", cases[i].contact);
		struct answer answer = client_post(&client, NEW, payload);
		assert_problem(&answer, 400, cases[i].problem);
	}
	struct answer answer = client_post(&client, NEW, "{\"onlyReturnExisting\":true}");
	assert_problem(&answer, 400, "accountDoesNotExist");
	client_close(&client);
}

static void terms_must_be_agreed_to_when_there_are_some(void **state)
{
	(void)state;
	world_close();
	world_open("retries: 0", "terms-of-service: https://ca.test/terms");
	struct client client = client_open("p-256");
	static const char *const refusals[] = {"{}", "{\"termsOfServiceAgreed\":false}"};
	for (size_t i = 0; i < 2; i++) {
		struct answer answer = client_post(&client, NEW, refusals[i]);
		assert_problem(&answer, 403, "userActionRequired");
		assert_string_equal(answer_text(&answer, "instance"), "https://ca.test/terms");
		assert_string_equal(answer_header(&answer, "Link"),
		                    "<https://ca.test/terms>;rel=\"terms-of-service\"");
	}
	struct answer answer = client_post(&client, NEW, "{\"termsOfServiceAgreed\":1}");
	assert_problem(&answer, 400, "malformed");
	answer = client_post(&client, NEW, "{\"termsOfServiceAgreed\":true}");
	assert_status(&answer, 201);
	assert_true(json_is_true(json_object_get(answer.json, "termsOfServiceAgreed")));
	client_close(&client);
}

static void contacts_can_be_changed(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer answer =
		client_post(&client, client.kid, "{\"contact\":[\"mailto:new@example.test\"]}");
	assert_status(&answer, 200);
	answer = client_post(&client, client.kid, NULL);
	assert_string_equal(answer_text(&answer, "contact.0"), "mailto:new@example.test");
	answer = client_post(&client, client.kid, "{\"contact\":[\"tel:1\"]}");
	assert_problem(&answer, 400, "unsupportedContact");
	/* what is not the client's to change is ignored (RFC 8555 section 7.3.2) */
	answer = client_post(&client, client.kid, "{\"status\":\"valid\",\"orders\":\"x\"}");
	assert_status(&answer, 200);
	assert_string_equal(answer_text(&answer, "contact.0"), "mailto:new@example.test");
	answer = client_post(&client, client.kid, "{\"status\":\"revoked\"}");
	assert_problem(&answer, 400, "malformed");
	answer = client_post(&client, client.kid, "{\"contact\":[]}");
	assert_status(&answer, 200);
	assert_int_equal(json_array_size(json_object_get(answer.json, "contact")), 0);
	client_close(&client);
}

static void account_of_somebody_else_cannot_be_seen(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct client other = client_register("p-384");
	struct answer answer = client_post(&other, client.kid, NULL);
	assert_problem(&answer, 403, "unauthorized");
	answer = client_post(&other, client.kid, "{\"status\":\"deactivated\"}");
	assert_problem(&answer, 403, "unauthorized");
	answer = client_post(&client, client.kid, NULL);
	assert_status(&answer, 200);
	client_close(&client);
	client_close(&other);
}

static void deactivated_account_is_refused_for_good(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer answer = client_post(&client, client.kid, "{\"status\":\"deactivated\"}");
	assert_status(&answer, 200);
	assert_string_equal(answer_text(&answer, "status"), "deactivated");
	for (int i = 0; i < 2; i++) {
		answer = client_post(&client, client.kid, NULL);
		assert_problem(&answer, 401, "unauthorized");
		answer = client_order(&client, "a.test");
		assert_problem(&answer, 401, "unauthorized");
		const char *kid = client.kid;
		client.kid = NULL;
		answer = client_post(&client, NEW, "{}");
		assert_problem(&answer, 401, "unauthorized");
		client.kid = kid;
		world_restart();
	}
	client_close(&client);
}

#define RACERS 4

struct racer {
	const char *message;
	struct http_response response;
	struct arena *arena;
	char location[256];
};

static void *race(void *arg)
{
	struct racer *racer = arg;
	struct http_header header = {"Content-Type", "application/jose+json"};
	struct http_request request = {
		.arena = racer->arena, .method = "POST", .path = "/acme/new-account", .query = "",
		.base = "https://ca.test", .peer = "192.0.2.1", .listener = "", .headers = &header,
		.header_count = 1, .body = bytes_text(racer->message)};
	acme_serve(world.acme, &request, &racer->response, ACME_BY_KEY | ACME_OBJECT,
	           acme_account_create);
	for (size_t i = 0; i < racer->response.header_count; i++)
		if (strcmp(racer->response.headers[i].name, "Location") == 0)
			snprintf(racer->location, sizeof racer->location, "%s",
			         racer->response.headers[i].value);
	return NULL;
}

static void one_key_makes_one_account_however_many_ask_at_once(void **state)
{
	(void)state;
	struct client client = client_open("p-256");
	struct racer racers[RACERS];
	pthread_t threads[RACERS];
	int created = 0;
	for (int i = 0; i < RACERS; i++) {
		const char *header = jose_header(&client.jose, world.arena, NULL,
		                                 world_nonce(), NEW);
		racers[i] = (struct racer){
			.message = jose_message(&client.jose, world.arena, header, "{}"),
			.response = {.body = BUFFER_MAX(LIMIT_HTTP_RESPONSE)},
			.arena = arena_new(LIMIT_REQUEST_ARENA)};
	}
	for (int i = 0; i < RACERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
	for (int i = 0; i < RACERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_string_equal(racers[i].location, racers[0].location);
		created += racers[i].response.status == 201;
		buffer_free(&racers[i].response.body);
		arena_free(racers[i].arena);
	}
	assert_int_equal(created, 1);
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(new_key_makes_an_account_and_the_same_key_finds_it),
		world_test(existing_account_alone_is_returned_when_asked_so),
		world_test(account_survives_a_restart),
		world_test(contacts_must_be_mail_addresses),
		world_test(terms_must_be_agreed_to_when_there_are_some),
		world_test(contacts_can_be_changed),
		world_test(account_of_somebody_else_cannot_be_seen),
		world_test(deactivated_account_is_refused_for_good),
		world_test(one_key_makes_one_account_however_many_ask_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
