#include "tests/unit/asn1/hex.h"

#include "engine/recent.h"

static struct recent *recent;
static struct recent_changes changes;

static int setup(void **state)
{
	(void)state;
	return recent_new(&recent, NULL);
}

static int teardown(void **state)
{
	(void)state;
	recent_free(recent);
	return 0;
}

static void wait_for(uint64_t after, unsigned ms)
{
	struct error err = {0};
	if (recent_wait(recent, arena, after, ms, &changes, &err))
		fail_msg("%s", err.message);
}

static void who_knows_nothing_is_told_to_forget_all(void **state)
{
	(void)state;
	wait_for(0, 60000); /* and at once */
	assert_true(changes.all);
	assert_int_equal(changes.count, 0);
	uint64_t generation = changes.generation;
	wait_for(generation, 0);
	assert_false(changes.all);
	assert_int_equal(changes.count, 0);
	assert_true(changes.generation == generation);
	/* a generation of the future is one of another process */
	wait_for(generation + 1, 60000);
	assert_true(changes.all);
}

static void changes_come_in_their_order(void **state)
{
	(void)state;
	wait_for(0, 0);
	uint64_t begin = changes.generation;
	recent_add(recent, hex("01"));
	recent_add(recent, hex("0203"));
	wait_for(begin, 60000);
	assert_false(changes.all);
	assert_int_equal(changes.count, 2);
	assert_bytes(changes.serials[0], "01");
	assert_bytes(changes.serials[1], "0203");
	recent_add(recent, hex("04"));
	wait_for(changes.generation, 60000);
	assert_int_equal(changes.count, 1);
	assert_bytes(changes.serials[0], "04");
}

static void too_many_are_all(void **state)
{
	(void)state;
	wait_for(0, 0);
	uint64_t begin = changes.generation;
	for (int i = 0; i < RECENT_TOLD; i++)
		recent_add(recent, hex("05"));
	wait_for(begin, 0);
	assert_false(changes.all);
	assert_int_equal(changes.count, RECENT_TOLD);
	recent_add(recent, hex("05"));
	wait_for(begin, 0);
	assert_true(changes.all);
	assert_int_equal(changes.count, 0);
}

static void another_responder_is_all(void **state)
{
	(void)state;
	wait_for(0, 0);
	uint64_t begin = changes.generation;
	recent_add(recent, hex("06"));
	recent_add_all(recent);
	recent_add(recent, hex("07"));
	wait_for(begin, 0);
	assert_true(changes.all);
	wait_for(begin + 2, 0);
	assert_false(changes.all);
	assert_int_equal(changes.count, 1);
	assert_bytes(changes.serials[0], "07");
}

static void nobody_waits_after_the_end(void **state)
{
	(void)state;
	wait_for(0, 0);
	recent_stop(recent);
	wait_for(changes.generation, 60000);
	assert_false(changes.all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_knows_nothing_is_told_to_forget_all, setup, teardown),
		cmocka_unit_test_setup_teardown(changes_come_in_their_order, setup, teardown),
		cmocka_unit_test_setup_teardown(too_many_are_all, setup, teardown),
		cmocka_unit_test_setup_teardown(another_responder_is_all, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_waits_after_the_end, setup, teardown),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
