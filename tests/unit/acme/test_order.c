#include "tests/unit/acme/world.h"

#include "base/clock.h"

static struct world world;

static int open_world(void **state)
{
	(void)state;
	world_open(&world, "retries: 0", "");
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	clock_freeze(0);
	world_close(&world);
	return 0;
}

static void order_goes_from_pending_over_ready_to_valid(void **state)
{
	(void)state;
	struct client client = client_register(&world, "p-256");
	struct answer order = client_order(&client, "www.example.test example.test");
	assert_int_equal(order.status, 201);
	assert_string_equal(answer_text(&order, "status"), "pending");
	assert_string_equal(answer_text(&order, "identifiers.0.value"), "www.example.test");
	assert_string_equal(answer_text(&order, "identifiers.1.value"), "example.test");
	assert_null(json_object_get(order.json, "certificate"));
	const char *url = answer_header(&order, "Location");
	struct answer shown = client_post(&client, url, NULL);
	assert_int_equal(shown.status, 200);
	assert_true(json_equal(shown.json, order.json));
	client_prove(&client, &order);
	struct answer ready = client_post(&client, url, NULL);
	assert_string_equal(answer_text(&ready, "status"), "ready");
	const char *csr = make_csr(&world, "p-256-other", "www.example.test example.test", NULL);
	struct answer valid = client_finalize(&client, &ready, csr);
	assert_int_equal(valid.status, 200);
	assert_string_equal(answer_text(&valid, "status"), "valid");
	assert_string_equal(answer_header(&valid, "Location"), url);
	struct answer chain = client_post(&client, answer_text(&valid, "certificate"), NULL);
	assert_int_equal(chain.status, 200);
	assert_string_equal(answer_header(&chain, "Content-Type"),
	                    "application/pem-certificate-chain");
	assert_memory_equal(chain.body.data, "-----BEGIN CERTIFICATE-----\n", 28);
	/* leaf and issuer */
	const char *text = arena_text(world.arena, chain.body);
	assert_non_null(strstr(text + 28, "-----BEGIN CERTIFICATE-----\n"));
	assert_int_equal(engine.submissions, 1);
	assert_string_equal(engine.profile, "tls-server");
	client_close(&client);
	json_decref(order.json), json_decref(shown.json), json_decref(ready.json);
	json_decref(valid.json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(order_goes_from_pending_over_ready_to_valid,
	                                        open_world, close_world),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
