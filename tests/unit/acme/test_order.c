#include "tests/unit/acme/world.h"

#include "base/clock.h"

#define NOW 1795438800 /* 2026-11-23T13:00:00Z */

static void order_goes_from_pending_over_ready_to_valid(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_order(&client, "www.example.test example.test");
	assert_status(&order, 201);
	assert_string_equal(answer_text(&order, "status"), "pending");
	assert_string_equal(answer_text(&order, "identifiers.0.value"), "www.example.test");
	assert_string_equal(answer_text(&order, "identifiers.1.value"), "example.test");
	assert_null(json_object_get(order.json, "certificate"));
	const char *url = answer_header(&order, "Location");
	struct answer shown = client_post(&client, url, NULL);
	assert_status(&shown, 200);
	assert_true(json_equal(shown.json, order.json));
	client_prove(&client, &order);
	struct answer ready = client_post(&client, url, NULL);
	assert_string_equal(answer_text(&ready, "status"), "ready");
	const char *csr = make_csr("p-256-other", "www.example.test example.test", NULL);
	struct answer valid = client_finalize(&client, &ready, csr);
	assert_status(&valid, 200);
	assert_string_equal(answer_text(&valid, "status"), "valid");
	assert_string_equal(answer_header(&valid, "Location"), url);
	struct answer chain = client_post(&client, answer_text(&valid, "certificate"), NULL);
	assert_status(&chain, 200);
	assert_string_equal(answer_header(&chain, "Content-Type"),
	                    "application/pem-certificate-chain");
	assert_memory_equal(chain.body.data, "-----BEGIN CERTIFICATE-----\n", 28);
	/* the leaf and its issuer */
	const char *text = arena_text(world.arena, chain.body);
	assert_non_null(strstr(text + 28, "-----BEGIN CERTIFICATE-----\n"));
	assert_int_equal(engine.submissions, 1);
	assert_string_equal(engine.profile, "tls-server");
	assert_string_equal(engine.requester, "account/1");
	client_close(&client);
}

static void names_are_folded_and_doubles_dropped(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_order(&client, "Www.Example.TEST www.example.test xn--bcher-kva.test");
	assert_status(&order, 201);
	const json_t *names = json_object_get(order.json, "identifiers");
	assert_int_equal(json_array_size(names), 2);
	assert_string_equal(answer_text(&order, "identifiers.0.value"), "www.example.test");
	assert_string_equal(answer_text(&order, "identifiers.1.value"), "xn--bcher-kva.test");
	assert_int_equal(json_array_size(json_object_get(order.json, "authorizations")), 2);
	client_close(&client);
}

static void names_that_cannot_be_proven_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"*.example.test", "example..test", "-a.test",   "a-.test",   "a_b.test",
		"192.0.2.1",      "a.test.",       "b\xc3\xbc" "cher.test", "a.123", ".",
		"a b.test",       "a.test:80",     "[::1]",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test", "",
	};
	struct client client = client_register("p-256");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const char *payload = arena_printf(
			world.arena, "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"%s\"}]}", bad[i]);
		struct answer answer = client_post(&client, BASE "/new-order", payload);
		assert_problem(&answer, 400, "rejectedIdentifier");
		assert_string_equal(answer_text(&answer, "subproblems.0.type"),
		                    "urn:ietf:params:acme:error:rejectedIdentifier");
		assert_string_equal(answer_text(&answer, "subproblems.0.identifier.value"), bad[i]);
		assert_null(json_object_get(answer.json, "identifier"));
	}
	client_close(&client);
}

static void name_may_have_253_characters_and_no_more(void **state)
{
	(void)state;
	char name[300] = "";
	struct client client = client_register("p-256");
	for (int i = 0; i < 4; i++)
		memset(name + 64 * i, 'a', 63), name[64 * i + 63] = '.';
	name[253] = '\0';
	struct answer answer = client_order(&client, name);
	assert_status(&answer, 201);
	name[253] = 'a', name[254] = '\0';
	answer = client_order(&client, name);
	assert_problem(&answer, 400, "rejectedIdentifier");
	client_close(&client);
}

static void each_refused_name_has_its_subproblem(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer answer = client_post(
		&client, BASE "/new-order",
		"{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.test\"},"
		"{\"type\":\"ip\",\"value\":\"192.0.2.1\"},{\"type\":\"dns\",\"value\":\"*.a.test\"}]}");
	assert_problem(&answer, 400, "unsupportedIdentifier");
	assert_int_equal(json_array_size(json_object_get(answer.json, "subproblems")), 2);
	assert_string_equal(answer_text(&answer, "subproblems.0.type"),
	                    "urn:ietf:params:acme:error:unsupportedIdentifier");
	assert_string_equal(answer_text(&answer, "subproblems.1.type"),
	                    "urn:ietf:params:acme:error:rejectedIdentifier");
	client_close(&client);
}

static void payloads_that_are_no_order_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"{}",
		"{\"identifiers\":[]}",
		"{\"identifiers\":{}}",
		"{\"identifiers\":\"a.test\"}",
		"{\"identifiers\":[\"a.test\"]}",
		"{\"identifiers\":[{\"type\":\"dns\"}]}",
		"{\"identifiers\":[{\"value\":\"a.test\"}]}",
		"{\"identifiers\":[{\"type\":1,\"value\":\"a.test\"}]}",
		"{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.test\"}],\"notAfter\":1}",
		"{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.test\"}],\"notAfter\":\"soon\"}",
		"{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.test\"}],"
		"\"notAfter\":\"2001-01-01T00:00:00Z\"}",
		"{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.test\"}],"
		"\"notBefore\":\"2099-01-02T00:00:00Z\",\"notAfter\":\"2099-01-01T00:00:00Z\"}",
		"[]",
		"x",
	};
	struct client client = client_register("p-256");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct answer answer = client_post(&client, BASE "/new-order", bad[i]);
		assert_problem(&answer, 400, "malformed");
	}
	struct answer answer = client_post(&client, BASE "/new-order", NULL);
	assert_problem(&answer, 400, "malformed");
	client_close(&client);
}

static void hundred_names_are_the_most(void **state)
{
	(void)state;
	struct buffer names = BUFFER_MAX(65536);
	struct client client = client_register("p-256");
	for (int i = 0; i < 100; i++)
		buffer_printf(&names, " n%d.example.test", i);
	struct answer answer = client_order(&client, buffer_text(&names));
	assert_status(&answer, 201);
	assert_int_equal(json_array_size(json_object_get(answer.json, "authorizations")), 100);
	buffer_printf(&names, " one.too.many");
	answer = client_order(&client, buffer_text(&names));
	assert_problem(&answer, 400, "rejectedIdentifier");
	buffer_free(&names);
	client_close(&client);
}

static void wishes_for_the_validity_are_kept(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_post(
		&client, BASE "/new-order",
		"{\"identifiers\":[{\"type\":\"dns\",\"value\":\"a.test\"}],"
		"\"notBefore\":\"2098-01-01T00:00:00Z\",\"notAfter\":\"2099-01-01T00:00:00Z\"}");
	assert_status(&order, 201);
	order = client_post(&client, answer_header(&order, "Location"), NULL);
	assert_string_equal(answer_text(&order, "notBefore"), "2098-01-01T00:00:00Z");
	assert_string_equal(answer_text(&order, "notAfter"), "2099-01-01T00:00:00Z");
	client_close(&client);
}

static void order_that_is_not_finished_in_time_is_invalid(void **state)
{
	(void)state;
	clock_freeze(NOW);
	struct client client = client_register("p-256");
	struct answer order = client_ready(&client, "a.test");
	const char *url = answer_header(&order, "Location");
	assert_string_equal(answer_text(&order, "expires"), "2026-11-30T13:00:00Z");
	clock_freeze(NOW + 7 * 86400 - 1);
	order = client_post(&client, url, NULL);
	assert_string_equal(answer_text(&order, "status"), "ready");
	clock_freeze(NOW + 7 * 86400);
	order = client_post(&client, url, NULL);
	assert_string_equal(answer_text(&order, "status"), "invalid");
	struct answer answer = client_finalize(&client, &order,
	                                       make_csr("p-256-other", "a.test", NULL));
	assert_problem(&answer, 403, "orderNotReady");
	client_close(&client);
}

static void proven_name_serves_the_accounts_next_order(void **state)
{
	(void)state;
	clock_freeze(NOW);
	struct client client = client_register("p-256");
	struct answer first = client_ready(&client, "a.test");
	struct answer second = client_order(&client, "A.test b.test");
	assert_string_equal(answer_text(&second, "status"), "pending");
	assert_string_equal(answer_text(&second, "authorizations.0"),
	                    answer_text(&first, "authorizations.0"));
	struct answer third = client_order(&client, "a.test");
	assert_string_equal(answer_text(&third, "status"), "ready");
	/* another account proves it anew */
	struct client other = client_register("p-384");
	struct answer theirs = client_order(&other, "a.test");
	assert_string_equal(answer_text(&theirs, "status"), "pending");
	assert_string_not_equal(answer_text(&theirs, "authorizations.0"),
	                        answer_text(&first, "authorizations.0"));
	/* an hour before it ends it is no longer handed out */
	clock_freeze(NOW + 30 * 86400 - 3600);
	struct answer late = client_order(&client, "a.test");
	assert_string_equal(answer_text(&late, "status"), "pending");
	client_close(&client);
	client_close(&other);
}

static void proven_name_serves_once_when_configured_so(void **state)
{
	(void)state;
	world_close();
	world_open("retries: 0", "authorization-lifetime: 0");
	struct client client = client_register("p-256");
	struct answer first = client_ready(&client, "a.test");
	struct answer valid = client_finalize(&client, &first,
	                                      make_csr("p-256-other", "a.test", NULL));
	assert_string_equal(answer_text(&valid, "status"), "valid");
	struct answer second = client_order(&client, "a.test");
	assert_string_equal(answer_text(&second, "status"), "pending");
	client_close(&client);
}

static void two_orders_for_the_same_names_at_once_both_succeed(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer rsa = client_order(&client, "a.test b.test");
	struct answer ecdsa = client_order(&client, "b.test a.test");
	client_prove(&client, &rsa);
	client_prove(&client, &ecdsa);
	rsa = client_finalize(&client, &rsa,
	                      make_csr("rsa-2048", "a.test b.test", NULL));
	assert_string_equal(answer_text(&rsa, "status"), "valid");
	ecdsa = client_finalize(&client, &ecdsa,
	                        make_csr("p-256-other", "a.test b.test", NULL));
	assert_string_equal(answer_text(&ecdsa, "status"), "valid");
	assert_int_equal(engine.submissions, 2);
	client_close(&client);
}

static void orders_are_their_accounts_alone(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct answer order = client_ready(&client, "a.test");
	order = client_finalize(&client, &order,
	                        make_csr("p-256-other", "a.test", NULL));
	struct client other = client_register("p-384");
	const char *urls[] = {answer_header(&order, "Location"), answer_text(&order, "certificate"),
	                      answer_text(&order, "authorizations.0")};
	for (size_t i = 0; i < 3; i++) {
		struct answer answer = client_post(&other, urls[i], NULL);
		assert_problem(&answer, 403, "unauthorized");
		answer = client_post(&client, urls[i], NULL);
		assert_status(&answer, 200);
	}
	struct answer answer = client_finalize(&other, &order, "AAAA");
	assert_problem(&answer, 403, "unauthorized");
	client_close(&client);
	client_close(&other);
}

static void identifiers_that_were_not_given_out_do_not_exist(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"/order/1", "/order/AAAAAAAAAAEAAAAAAAAAAA", "/certificate/AAAAAAAAAAEAAAAAAAAAAA",
		"/authorization/AAAAAAAAAAEAAAAAAAAAAA", "/order/x", "/account/AAAAAAAAAAEAAAAAAAAAAA",
	};
	struct client client = client_register("p-256");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct answer answer = client_post(
			&client, arena_printf(world.arena, BASE "%s", bad[i]), NULL);
		assert_problem(&answer, 404, "malformed");
	}
	/* an order's identifier is no certificate's, and its certificate is not there yet */
	struct answer order = client_order(&client, "a.test");
	const char *id = strrchr(answer_header(&order, "Location"), '/');
	struct answer answer = client_post(
		&client, arena_printf(world.arena, BASE "/certificate%s", id), NULL);
	assert_problem(&answer, 404, "malformed");
	client_close(&client);
}

static void orders_of_an_account_are_listed_newest_first(void **state)
{
	(void)state;
	struct client client = client_register("p-256");
	struct client other = client_register("p-384");
	const char *urls[130];
	struct answer account = client_post(&client, client.kid, NULL);
	const char *list = answer_text(&account, "orders");
	for (int i = 0; i < 130; i++) {
		struct answer order = client_order(i % 10 ? &client : &other, "a.test");
		urls[i] = answer_header(&order, "Location");
	}
	struct answer page = client_post(&client, list, NULL);
	assert_status(&page, 200);
	assert_int_equal(json_array_size(json_object_get(page.json, "orders")), 100);
	assert_string_equal(answer_text(&page, "orders.0"), urls[129]);
	assert_string_equal(answer_text(&page, "orders.8"), urls[121]);
	assert_string_equal(answer_text(&page, "orders.9"), urls[119]);
	char next[256] = "";
	for (size_t i = 0; i < page.header_count; i++)
		if (strstr(page.headers[i].value, "rel=\"next\""))
			sscanf(page.headers[i].value, "<%255[^>]", next);
	page = client_post(&client, next, NULL);
	assert_status(&page, 200);
	assert_int_equal(json_array_size(json_object_get(page.json, "orders")), 17);
	assert_string_equal(answer_text(&page, "orders.16"), urls[1]);
	page = client_post(&other, list, NULL);
	assert_problem(&page, 403, "unauthorized");
	client_close(&client);
	client_close(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(order_goes_from_pending_over_ready_to_valid),
		world_test(names_are_folded_and_doubles_dropped),
		world_test(names_that_cannot_be_proven_are_refused),
		world_test(name_may_have_253_characters_and_no_more),
		world_test(each_refused_name_has_its_subproblem),
		world_test(payloads_that_are_no_order_are_refused),
		world_test(hundred_names_are_the_most),
		world_test(wishes_for_the_validity_are_kept),
		world_test(order_that_is_not_finished_in_time_is_invalid),
		world_test(proven_name_serves_the_accounts_next_order),
		world_test(proven_name_serves_once_when_configured_so),
		world_test(two_orders_for_the_same_names_at_once_both_succeed),
		world_test(orders_are_their_accounts_alone),
		world_test(identifiers_that_were_not_given_out_do_not_exist),
		world_test(orders_of_an_account_are_listed_newest_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
