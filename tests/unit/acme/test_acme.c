#include "tests/unit/acme/world.h"

#include "crypto/hash.h"

extern const struct signet_intermediary intermediary_acme;

static void directory_names_what_there_is(void **state)
{
	(void)state;
	struct answer answer = world_get(BASE "/directory", false);
	assert_status(&answer, 200);
	assert_string_equal(answer_header(&answer, "Content-Type"), "application/json");
	assert_string_equal(answer_text(&answer, "newNonce"), BASE "/new-nonce");
	assert_string_equal(answer_text(&answer, "newAccount"), BASE "/new-account");
	assert_string_equal(answer_text(&answer, "newOrder"), BASE "/new-order");
	assert_null(json_object_get(answer.json, "revokeCert"));
	assert_null(json_object_get(answer.json, "keyChange"));
	assert_null(json_object_get(answer.json, "newAuthz"));
	const json_t *meta = json_object_get(answer.json, "meta");
	assert_true(json_is_false(json_object_get(meta, "externalAccountRequired")));
	assert_null(json_object_get(meta, "termsOfService"));
}

static void directory_tells_about_the_authority(void **state)
{
	(void)state;
	world_close();
	world_open("retries: 0", "terms-of-service: https://ca.test/terms\n"
	                         "website: https://ca.test\ncaa-identities: [ca.test]\n");
	struct answer answer = world_get(BASE "/directory", false);
	assert_string_equal(answer_text(&answer, "meta.termsOfService"), "https://ca.test/terms");
	assert_string_equal(answer_text(&answer, "meta.website"), "https://ca.test");
	assert_string_equal(answer_text(&answer, "meta.caaIdentities.0"), "ca.test");
}

static void nonces_come_with_head_and_get(void **state)
{
	(void)state;
	/* RFC 8555 section 7.2 */
	struct answer head = world_get(BASE "/new-nonce", true);
	assert_status(&head, 200);
	assert_int_equal(head.body.length, 0);
	struct answer get = world_get(BASE "/new-nonce", false);
	assert_status(&get, 204);
	assert_int_equal(get.body.length, 0);
	assert_string_not_equal(answer_header(&head, "Replay-Nonce"),
	                        answer_header(&get, "Replay-Nonce"));
}

static void descriptor_is_complete(void **state)
{
	(void)state;
	assert_int_equal(intermediary_acme.module.api_version, SIGNET_API_VERSION);
	assert_int_equal(intermediary_acme.module.kind, SIGNET_MODULE_INTERMEDIARY);
	assert_string_equal(intermediary_acme.module.name, "acme");
	assert_string_equal(intermediary_acme.default_path, "/acme");
	for (const struct http_route *route = intermediary_acme.routes; route->pattern; route++) {
		assert_non_null(route->handler);
		assert_true((route->body_max > 0) == (strcmp(route->method, "POST") == 0));
	}
}

static void configuration_is_checked_without_a_store(void **state)
{
	(void)state;
	struct conf *conf;
	struct error err = {0};
	struct signet_intermediary_host host = world.host;
	void *instance = NULL;
	host.state = NULL;
	host.client = NULL;
	assert_int_equal(conf_parse(&conf, "test.yaml", bytes_text("website: nowhere"), &err), 0);
	assert_int_equal(intermediary_acme.configure(&instance, &host, conf_root(conf), &err),
	                 SIGNET_E_CONFIG);
	assert_null(instance);
	conf_free(conf);
	assert_int_equal(conf_parse(&conf, "test.yaml", bytes_text("order-lifetime: 1d"), &err), 0);
	assert_int_equal(intermediary_acme.configure(&instance, &host, conf_root(conf), &err), 0);
	intermediary_acme.free(instance);
	conf_free(conf);
}

static void secret_is_made_once(void **state)
{
	(void)state;
	uint8_t secret[URL_SECRET], zero[URL_SECRET] = {0};
	memcpy(secret, world.acme->secret, sizeof secret);
	assert_memory_not_equal(secret, zero, sizeof secret);
	world_restart();
	assert_memory_equal(world.acme->secret, secret, sizeof secret);
}

static void requests_after_the_stop_are_still_answered(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_order(&client, "a.test");
	struct answer authorization =
		client_post(&client, answer_text(&order, "authorizations.0"), NULL);
	intermediary_acme.stop(world.acme);
	struct answer answer =
		client_post(&client, answer_text(&authorization, "challenges.0.url"), "{}");
	assert_problem(&answer, 503, "serverInternal");
	answer = client_post(&client, client.kid, NULL);
	assert_status(&answer, 200);
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(directory_names_what_there_is),
		world_test(directory_tells_about_the_authority),
		world_test(nonces_come_with_head_and_get),
		world_test(descriptor_is_complete),
		world_test(configuration_is_checked_without_a_store),
		world_test(secret_is_made_once),
		world_test(requests_after_the_stop_are_still_answered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
