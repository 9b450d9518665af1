#include "tests/unit/acme/world.h"

struct sample {
	Acme__Order *order;
	Acme__Work *work;
	uint64_t numbers[3];
	int result;
};

static int write_records(struct store_txn *txn, void *arg)
{
	struct sample *c = arg;
	Acme__Authorization one = ACME__AUTHORIZATION__INIT, two = ACME__AUTHORIZATION__INIT;
	Acme__Authorization *authorizations[] = {&one, &two};
	Acme__Problem error = ACME__PROBLEM__INIT;
	Acme__Order order = ACME__ORDER__INIT;
	Acme__Work work = ACME__WORK__INIT;
	record_next_number(txn, &world.state, ACME_ORDER, &c->numbers[0]);
	error.type = ACME_BAD_CSR;
	error.detail = (char *)(uintptr_t)"why";
	order.account = 3;
	order.status = ACME_INVALID;
	one.name = (char *)(uintptr_t)"a.test";
	two.name = (char *)(uintptr_t)"b.test";
	two.other = 7;
	order.expires = 1000;
	order.n_authorizations = 2;
	order.authorizations = authorizations;
	order.error = &error;
	work.csr = (ProtobufCBinaryData){3, (uint8_t *)(uintptr_t)"csr"};
	record_put(txn, &world.state, world.arena, ACME_ORDER, 41, &order.base);
	record_put_work(txn, &world.state, world.arena, WORK_ORDER, 41, &work);
	record_next_number(txn, &world.state, ACME_ORDER, &c->numbers[1]);
	return store_error(txn);
}

static int read_records(struct store_txn *txn, void *arg)
{
	struct sample *c = arg;
	c->result = record_get_order(txn, &world.state, world.arena, 41, &c->order);
	return record_get_work(txn, &world.state, world.arena, WORK_ORDER, 41, &c->work);
}

static int delete_work(struct store_txn *txn, void *arg)
{
	(void)arg;
	/* the second time there is nothing to delete, and that is no failure */
	assert_int_equal(record_delete_work(txn, &world.state, WORK_ORDER, 41), 0);
	assert_int_equal(record_delete_work(txn, &world.state, WORK_ORDER, 41), 0);
	return 0;
}

static void record_reads_back_after_its_transaction(void **state)
{
	(void)state;
	struct sample c = {0};
	assert_int_equal(store_write(world.store, write_records, &c, NULL), 0);
	assert_int_equal(c.numbers[0], 1);
	assert_int_equal(c.numbers[1], 42);
	assert_int_equal(store_read(world.store, read_records, &c, NULL), 0);
	assert_int_equal(c.result, 0);
	assert_int_equal(c.order->account, 3);
	assert_int_equal(c.order->n_authorizations, 2);
	assert_string_equal(c.order->authorizations[1]->name, "b.test");
	assert_int_equal(c.order->authorizations[1]->other, 7);
	struct acme_problem problem = problem_from_record(c.order->error);
	assert_int_equal(problem.type, ACME_BAD_CSR);
	assert_string_equal(problem.detail, "why");
	assert_memory_equal(c.work->csr.data, "csr", 3);
	assert_int_equal(store_write(world.store, delete_work, NULL, NULL), 0);
	assert_int_equal(store_read(world.store, read_records, &c, NULL), SIGNET_E_NOT_FOUND);
}

struct lookup {
	uint64_t number;
	Acme__Order *order;
	Acme__Authorization *authorization;
};

static int look_up(struct store_txn *txn, void *arg)
{
	struct lookup *l = arg;
	return record_get_authorization(txn, &world.state, world.arena, l->number, &l->order,
	                                &l->authorization);
}

static void authorization_is_found_in_the_order_it_stands_in(void **state)
{
	(void)state;
	struct sample c = {0};
	struct lookup l = {.number = authorization_number(41, 0)};
	assert_int_equal(store_write(world.store, write_records, &c, NULL), 0);
	assert_int_equal(store_read(world.store, look_up, &l, NULL), 0);
	assert_string_equal(l.authorization->name, "a.test");
	assert_int_equal(authorization_expires(l.order, l.authorization), 1000);
	l.authorization->expires = 7;
	assert_int_equal(authorization_expires(l.order, l.authorization), 7);
	/* the second only refers to another, there is no third, and no such order */
	for (int i = 0; i < 3; i++) {
		l.number = i == 2 ? authorization_number(42, 0) : authorization_number(41, 1 + i);
		assert_int_equal(store_read(world.store, look_up, &l, NULL), SIGNET_E_NOT_FOUND);
	}
}

static int spoil(struct store_txn *txn, void *arg)
{
	struct store_key key = store_key_number(41);
	(void)arg;
	return store_put(txn, ACME_ORDER, store_key_get(&key), bytes_text("\xff\xff\xff"));
}

static int read_spoilt(struct store_txn *txn, void *arg)
{
	struct sample *c = arg;
	return record_get_order(txn, &world.state, world.arena, 41, &c->order);
}

static void spoilt_record_is_an_error(void **state)
{
	(void)state;
	struct sample c = {0};
	assert_int_equal(store_write(world.store, spoil, NULL, NULL), 0);
	assert_int_equal(store_read(world.store, read_spoilt, &c, NULL), SIGNET_E_CORRUPT);
}

static void keys_keep_accounts_apart(void **state)
{
	(void)state;
	struct store_key a = record_proven_key(1, "a.test"), b = record_proven_key(2, "a.test");
	struct store_key c = record_list_key(1, UINT64_MAX), d = record_list_key(2, 0);
	assert_false(bytes_equal(store_key_get(&a), store_key_get(&b)));
	assert_true(bytes_compare(store_key_get(&c), store_key_get(&d)) < 0);
	struct store_key e = record_work_key(WORK_ORDER, 1);
	struct store_key f = record_work_key(WORK_AUTHORIZATION, 1);
	assert_false(bytes_equal(store_key_get(&e), store_key_get(&f)));
}

static void statuses_have_the_names_of_rfc_8555(void **state)
{
	(void)state;
	assert_string_equal(acme_status_name(ACME_DEPENDS), "pending");
	assert_string_equal(acme_status_name(ACME_READY), "ready");
	assert_string_equal(acme_status_name(ACME_PROCESSING), "processing");
	assert_string_equal(acme_status_name(ACME_EXPIRED), "expired");
	assert_string_equal(acme_status_name((enum acme_status)99), "invalid");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(record_reads_back_after_its_transaction),
		world_test(authorization_is_found_in_the_order_it_stands_in),
		world_test(spoilt_record_is_an_error),
		world_test(keys_keep_accounts_apart),
		world_test(statuses_have_the_names_of_rfc_8555),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
