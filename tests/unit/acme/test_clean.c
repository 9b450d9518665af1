#include "tests/unit/acme/world.h"

#include "base/clock.h"

#define NOW 1795438800 /* 2026-11-23T13:00:00Z */
#define DAY 86400

static uint64_t counts[8];

static int count_records(struct store_txn *txn, void *arg)
{
	(void)arg;
	for (unsigned table = 0; acme_tables[table].name; table++)
		counts[table] = store_count(txn, table);
	return 0;
}

/* Whole rounds until nothing changes; returns the number of steps of the last one. */
static int clean_all(void)
{
	struct error err = {0};
	uint64_t next = 0;
	int steps = 0;
	do {
		if (acme_clean_batch(world.acme, &next, &err))
			fail_msg("%s", err.message);
		steps++;
	} while (next);
	assert_int_equal(store_read(world.store, count_records, NULL, NULL), 0);
	return steps;
}

static void what_ended_long_ago_is_forgotten(void **state)
{
	(void)state;
	clock_freeze(NOW);
	struct client client = client_register("p-256");
	struct answer pending = client_order(&client, "a.test");
	struct answer valid = client_ready(&client, "b.test");
	valid = client_finalize(&client, &valid, make_csr("p-256-other", "b.test", NULL));
	assert_string_equal(answer_text(&valid, "status"), "valid");
	struct answer last = client_order(&client, "c.test");
	/* a week to finish, and a month on top */
	clock_freeze(NOW + 37 * DAY);
	clean_all();
	assert_int_equal(counts[ACME_ORDER], 3);
	clock_freeze(NOW + 37 * DAY + 1);
	clean_all();
	assert_int_equal(counts[ACME_ORDER], 2);
	assert_int_equal(counts[ACME_LIST], 2);
	assert_int_equal(counts[ACME_PROVEN], 1);
	struct answer answer = client_post(&client, answer_header(&pending, "Location"), NULL);
	assert_problem(&answer, 404, "malformed");
	/* the order lives as long as what was proven by it */
	answer = client_post(&client, answer_text(&valid, "certificate"), NULL);
	assert_status(&answer, 200);
	clock_freeze(NOW + 60 * DAY + 1);
	clean_all();
	assert_int_equal(counts[ACME_ORDER], 1);
	assert_int_equal(counts[ACME_PROVEN], 0);
	assert_int_equal(counts[ACME_ACCOUNT], 1);
	/* the newest one stays: the next number is counted from it */
	struct answer next = client_order(&client, "d.test");
	assert_status(&next, 201);
	assert_string_not_equal(answer_header(&next, "Location"), answer_header(&last, "Location"));
	clean_all();
	assert_int_equal(counts[ACME_ORDER], 1);
	answer = client_post(&client, answer_header(&next, "Location"), NULL);
	assert_status(&answer, 200);
	client_close(&client);
}

static void what_the_engine_holds_is_kept(void **state)
{
	(void)state;
	clock_freeze(NOW);
	struct client client = client_register("p-256");
	struct answer order = client_ready(&client, "a.test");
	engine.disposition = SIGNET_PENDING;
	order = client_finalize(&client, &order, make_csr("p-256-other", "a.test", NULL));
	assert_string_equal(answer_text(&order, "status"), "processing");
	client_order(&client, "b.test");
	clock_freeze(NOW + 1000 * DAY);
	clean_all();
	assert_int_equal(counts[ACME_ORDER], 2);
	engine.disposition = SIGNET_ISSUED;
	order = client_post(&client, answer_header(&order, "Location"), NULL);
	assert_string_equal(answer_text(&order, "status"), "valid");
	clean_all();
	assert_int_equal(counts[ACME_ORDER], 1);
	client_close(&client);
}

static void newer_proof_of_a_name_outlives_the_older(void **state)
{
	(void)state;
	clock_freeze(NOW);
	struct client client = client_register("p-256");
	client_ready(&client, "a.test");
	clock_freeze(NOW + 30 * DAY);
	struct answer second = client_ready(&client, "a.test");
	clock_freeze(NOW + 60 * DAY + 1);
	client_order(&client, "b.test");
	clean_all();
	assert_int_equal(counts[ACME_ORDER], 2);
	assert_int_equal(counts[ACME_PROVEN], 1);
	struct answer answer = client_post(&client, answer_text(&second, "authorizations.0"), NULL);
	assert_status(&answer, 200);
	client_close(&client);
}

static void order_is_invalid_once_what_it_refers_to_is_gone(void **state)
{
	(void)state;
	world_close();
	world_open("retries: 0", "authorization-lifetime: 1d");
	clock_freeze(NOW);
	struct client client = client_register("p-256");
	client_ready(&client, "a.test");
	struct answer second = client_order(&client, "a.test");
	assert_string_equal(answer_text(&second, "status"), "ready");
	clock_freeze(NOW + 1 * DAY);
	second = client_post(&client, answer_header(&second, "Location"), NULL);
	assert_string_equal(answer_text(&second, "status"), "invalid");
	clock_freeze(NOW + 37 * DAY + 1);
	clean_all();
	assert_int_equal(counts[ACME_ORDER], 1);
	second = client_post(&client, answer_header(&second, "Location"), NULL);
	assert_string_equal(answer_text(&second, "status"), "invalid");
	client_close(&client);
}

static void many_orders_are_forgotten_in_steps(void **state)
{
	(void)state;
	clock_freeze(NOW);
	struct client client = client_register("p-256");
	for (int i = 0; i < 250; i++)
		client_order(&client, "a.test b.test");
	clock_freeze(NOW + 100 * DAY);
	assert_true(clean_all() > 1);
	assert_int_equal(counts[ACME_ORDER], 1);
	assert_int_equal(counts[ACME_LIST], 1);
	assert_int_equal(clean_all(), 1);
	client_close(&client);
}

static void nothing_to_forget_is_no_failure(void **state)
{
	(void)state;
	assert_int_equal(clean_all(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(what_ended_long_ago_is_forgotten),
		world_test(what_the_engine_holds_is_kept),
		world_test(newer_proof_of_a_name_outlives_the_older),
		world_test(order_is_invalid_once_what_it_refers_to_is_gone),
		world_test(many_orders_are_forgotten_in_steps),
		world_test(nothing_to_forget_is_no_failure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
