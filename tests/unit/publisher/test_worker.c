#include "queue.h"

#include <stdlib.h>

#include "base/clock.h"
#include "publisher/worker_private.h"

struct fixture {
	struct queue queue;
	struct script scripts[2];
	struct exits *exits;
	struct worker *workers[2];
	void *engine;
};

static int setup(void **state)
{
	static struct fixture f;
	memset(&f, 0, sizeof f);
	fake_engine_setup(&f.engine);
	queue_open(&f.queue, f.engine);
	f.exits = exits_open(f.engine, f.scripts, 2);
	*state = &f;
	return 0;
}

static void start(struct fixture *f, int which)
{
	assert_int_equal(worker_start(&f->workers[which], &f->exits->items[which], f->exits, NULL),
	                 0);
}

static void stop(struct fixture *f, int which)
{
	worker_ask_stop(f->workers[which]);
	assert_true(worker_join(f->workers[which], clock_monotonic_us() + 30000000));
	f->workers[which] = NULL;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	signet_client_cancel(f->exits->reader);
	for (int i = 0; i < 2; i++) {
		f->scripts[i].hang_at = 0;
		if (f->workers[i])
			stop(f, i);
	}
	exits_close(f->exits);
	return fake_engine_teardown(&f->engine);
}

static void expect_in_order(const struct script *script, unsigned first, unsigned last)
{
	assert_int_equal(script->count, last - first + 1);
	for (unsigned i = 0; i < script->count; i++)
		assert_int_equal(script->seen[i], first + i);
}

static void events_come_once_and_in_order(void **state)
{
	struct fixture *f = *state;
	f->queue.events = 250;
	start(f, 0);
	AWAIT(f->queue.cursor == 250);
	expect_in_order(&f->scripts[0], 1, 250);
	/* flushed before the cursor moved, and not for each event */
	assert_int_equal(f->scripts[0].flushed, 250);
	assert_true(f->scripts[0].flushes < 20);
	assert_true(f->queue.advances < 20);
}

static void event_that_comes_later_is_published(void **state)
{
	struct fixture *f = *state;
	f->queue.events = 1;
	start(f, 0);
	AWAIT(f->queue.cursor == 1);
	f->queue.events = 3;
	AWAIT(f->queue.cursor == 3);
	expect_in_order(&f->scripts[0], 1, 3);
}

static void reading_goes_on_from_the_stored_cursor(void **state)
{
	struct fixture *f = *state;
	f->queue.events = 10;
	f->queue.cursor = 7;
	start(f, 0);
	AWAIT(f->queue.cursor == 10);
	expect_in_order(&f->scripts[0], 8, 10);
}

static void unwanted_events_move_the_cursor_too(void **state)
{
	struct fixture *f = *state;
	f->queue.unwanted = 2;
	f->queue.events = 6;
	start(f, 0);
	AWAIT(f->queue.cursor == 6);
	assert_int_equal(f->scripts[0].count, 3);
	assert_int_equal(f->scripts[0].seen[2], 5);
}

static void events_of_other_profiles_do_not_reach_the_module(void **state)
{
	struct fixture *f = *state;
	struct exit_instance *item = &f->exits->items[0];
	item->profiles = calloc(1, sizeof *item->profiles);
	item->profiles[item->profile_count++] = "even";
	f->queue.events = 6;
	/* nor does one of the letters */
	f->queue.buried[3] = 1;
	f->queue.retrying[3] = true;
	start(f, 0);
	AWAIT(f->queue.cursor == 6 && !f->queue.retrying[3]);
	assert_int_equal(f->scripts[0].count, 3);
	assert_int_equal(f->scripts[0].seen[0], 2);
	assert_int_equal(f->scripts[0].seen[2], 6);
}

static void retried_event_holds_the_queue_and_keeps_the_order(void **state)
{
	struct fixture *f = *state;
	f->scripts[0].retry_at = 3;
	f->scripts[0].retries = 2;
	f->queue.events = 5;
	start(f, 0);
	AWAIT(f->queue.cursor == 5);
	static const unsigned expected[] = {1, 2, 3, 3, 3, 4, 5};
	assert_int_equal(f->scripts[0].count, 7);
	for (int i = 0; i < 7; i++)
		assert_int_equal(f->scripts[0].seen[i], expected[i]);
}

static void events_before_a_retried_one_are_not_held_back(void **state)
{
	struct fixture *f = *state;
	f->scripts[0].retry_at = 3;
	f->scripts[0].retries = 1000000;
	f->queue.events = 5;
	start(f, 0);
	AWAIT(f->queue.cursor == 2);
	f->scripts[0].retries = 0;
	AWAIT(f->queue.cursor == 5);
}

static void given_up_event_is_a_dead_letter_at_once(void **state)
{
	struct fixture *f = *state;
	f->scripts[0].give_up_at = 2;
	f->queue.events = 3;
	start(f, 0);
	AWAIT(f->queue.cursor == 3);
	expect_in_order(&f->scripts[0], 1, 3);
	assert_int_equal(f->queue.buried[2], 1);
	assert_int_equal(f->queue.tries[2], 1);
	/* what came before it was flushed before it was given up */
	assert_true(f->scripts[0].flushes >= 1);
}

static void event_that_fails_too_often_is_a_dead_letter(void **state)
{
	struct fixture *f = *state;
	f->exits->items[0].tries = 3;
	f->scripts[0].retry_at = 2;
	f->scripts[0].retries = 1000000;
	f->scripts[0].mute = true;
	f->queue.events = 3;
	start(f, 0);
	AWAIT(f->queue.cursor == 3);
	static const unsigned expected[] = {1, 2, 2, 2, 3};
	assert_int_equal(f->scripts[0].count, 5);
	for (int i = 0; i < 5; i++)
		assert_int_equal(f->scripts[0].seen[i], expected[i]);
	assert_int_equal(f->queue.buried[2], 1);
	assert_int_equal(f->queue.tries[2], 3);
}

static void single_try_does_not_bury_the_queue_at_once(void **state)
{
	struct fixture *f = *state;
	f->exits->items[0].tries = 1;
	f->scripts[0].retry_at = 1;
	f->scripts[0].retries = 1;
	f->queue.events = 2;
	start(f, 0);
	AWAIT(f->queue.cursor == 1);
	/* behind a dead letter comes a pause, and people are told */
	AWAIT(f->queue.trouble);
	assert_int_equal(f->queue.buried[1], 1);
	AWAIT(f->queue.cursor == 2);
	expect_in_order(&f->scripts[0], 1, 2);
	assert_int_equal(f->queue.buried[2], 0);
	AWAIT(!f->queue.trouble);
}

static void tries_of_an_event_count_over_a_failed_flush(void **state)
{
	struct fixture *f = *state;
	f->exits->items[0].tries = 2;
	f->scripts[0].retry_at = 2;
	f->scripts[0].retries = 1000000;
	f->scripts[0].fail_flushes = 1;
	f->queue.events = 2;
	start(f, 0);
	AWAIT(f->queue.cursor == 2);
	static const unsigned expected[] = {1, 2, 1, 2};
	assert_int_equal(f->scripts[0].count, 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(f->scripts[0].seen[i], expected[i]);
	assert_int_equal(f->queue.tries[2], 2);
}

static void full_list_of_letters_holds_the_queue(void **state)
{
	struct fixture *f = *state;
	f->queue.full = true;
	f->scripts[0].give_up_at = 2;
	f->queue.events = 3;
	start(f, 0);
	AWAIT(f->scripts[0].count >= 3);
	assert_int_equal(f->queue.cursor, 1);
	f->queue.full = false;
	AWAIT(f->queue.cursor == 3);
	assert_int_equal(f->queue.buried[2], 1);
}

static void trouble_is_told_while_it_lasts(void **state)
{
	struct fixture *f = *state;
	f->scripts[0].retry_at = 2;
	f->scripts[0].retries = 1000000;
	f->queue.events = 2;
	start(f, 0);
	AWAIT(f->scripts[0].count >= 3);
	/* told at once, and not only after the pause */
	AWAIT(f->queue.trouble && f->queue.said_tries >= 1);
	f->scripts[0].retries = 0;
	AWAIT(f->queue.cursor == 2);
	AWAIT(!f->queue.trouble && f->queue.said_tries == 0);
}

static void what_was_done_is_counted_and_told(void **state)
{
	struct fixture *f = *state;
	f->exits->items[0].tries = 3;
	f->scripts[0].retry_at = 2;
	f->scripts[0].retries = 2;
	f->scripts[0].give_up_at = 4;
	f->queue.unwanted = 3;
	f->queue.events = 5;
	start(f, 0);
	AWAIT(f->queue.cursor == 5);
	/* 1, 2 at the third try, 5; 3 is none of its */
	AWAIT(f->queue.said_published == 3);
	assert_int_equal(f->queue.said_failed, 3);
	assert_int_equal(f->queue.said_given_up, 1);
	/* what is not durable does not count */
	f->scripts[0].fail_flushes = 1;
	f->queue.events = 8;
	AWAIT(f->queue.cursor == 8);
	AWAIT(f->queue.said_published == 5);
	assert_int_equal(f->queue.said_failed, 4);
	f->scripts[0].give_up_at = 0;
	f->queue.retrying[4] = true;
	AWAIT(f->queue.said_published == 6);
	assert_int_equal(f->queue.said_given_up, 1);
}

static void letter_that_is_sent_back_is_published_and_settled(void **state)
{
	struct fixture *f = *state;
	f->queue.events = 9;
	f->queue.cursor = 9;
	f->queue.retrying[4] = f->queue.retrying[7] = true;
	start(f, 0);
	AWAIT(f->queue.settled == 2);
	assert_int_equal(f->scripts[0].count, 2);
	assert_int_equal(f->scripts[0].seen[0], 4);
	assert_int_equal(f->scripts[0].seen[1], 7);
	/* made durable before that, and the queue stands where it stood */
	assert_int_equal(f->scripts[0].flushed, 2);
	assert_int_equal(f->queue.cursor, 9);
	assert_int_equal(f->queue.buried[4], 0);
}

static void many_letters_come_back_in_turns(void **state)
{
	struct fixture *f = *state;
	for (unsigned i = 1; i <= 40; i++)
		f->queue.retrying[i] = true;
	start(f, 0);
	AWAIT(f->queue.settled == 40);
	expect_in_order(&f->scripts[0], 1, 40);
}

static void letter_that_fails_again_goes_back(void **state)
{
	struct fixture *f = *state;
	f->queue.events = f->queue.cursor = 9;
	f->queue.retrying[3] = f->queue.retrying[4] = true;
	f->scripts[0].retry_at = 3;
	f->scripts[0].retries = 1;
	start(f, 0);
	AWAIT(f->queue.settled == 1);
	assert_int_equal(f->queue.buried[3], 1);
	assert_int_equal(f->queue.tries[3], 1);
	assert_false(f->queue.retrying[3]);
	/* a new event is not held up by them */
	f->queue.events = 10;
	AWAIT(f->queue.cursor == 10);
}

static void letter_that_is_sent_back_ends_a_pause(void **state)
{
	struct fixture *f = *state;
	struct worker worker = {.item = &f->exits->items[0], .exits = f->exits,
	                        .arena = arena_new(1 << 20)};
	pthread_mutex_init(&worker.lock, NULL);
	clock_condition_init(&worker.changed);
	f->queue.events = f->queue.cursor = 9;
	assert_false(worker_pause(&worker, 10000));
	f->queue.retrying[3] = true;
	assert_true(worker_pause(&worker, INT64_C(30000000)));
	assert_int_equal(f->queue.settled, 1);
	/* also one that fails: the queue is to be tried once, too, but not again and again */
	f->scripts[0].retry_at = 4;
	f->scripts[0].retries = 1000000;
	f->queue.retrying[4] = true;
	assert_true(worker_pause(&worker, INT64_C(30000000)));
	assert_false(f->queue.retrying[4]);
	assert_false(worker_pause(&worker, 10000));
	pthread_cond_destroy(&worker.changed);
	pthread_mutex_destroy(&worker.lock);
	arena_free(worker.arena);
}

static void failed_flush_keeps_letters_on_the_list(void **state)
{
	struct fixture *f = *state;
	f->queue.events = f->queue.cursor = 9;
	f->queue.retrying[3] = true;
	f->scripts[0].fail_flushes = 1;
	start(f, 0);
	AWAIT(f->scripts[0].count == 1);
	f->queue.events = 10;
	AWAIT(f->queue.cursor == 10);
	assert_int_equal(f->queue.settled, 0);
	assert_true(f->queue.retrying[3]);
}

static void failed_flush_brings_its_events_again(void **state)
{
	struct fixture *f = *state;
	f->scripts[0].fail_flushes = 1;
	f->queue.events = 3;
	start(f, 0);
	AWAIT(f->queue.cursor == 3);
	static const unsigned expected[] = {1, 2, 3, 1, 2, 3};
	assert_int_equal(f->scripts[0].count, 6);
	for (int i = 0; i < 6; i++)
		assert_int_equal(f->scripts[0].seen[i], expected[i]);
}

static void hanging_module_holds_up_only_itself(void **state)
{
	struct fixture *f = *state;
	f->scripts[0].hang_at = 1;
	f->queue.events = 2;
	start(f, 0);
	AWAIT(f->scripts[0].hanging);
	start(f, 1);
	AWAIT(f->scripts[1].count == 2);
	assert_int_equal(f->scripts[0].count, 1);
	/* it cannot be waited for either, and a join says so */
	worker_ask_stop(f->workers[0]);
	assert_false(worker_join(f->workers[0], clock_monotonic_us() + 1000));
}

static void stop_moves_the_cursor_behind_what_is_done(void **state)
{
	struct fixture *f = *state;
	f->scripts[0].hang_at = 4;
	f->queue.events = 10;
	start(f, 0);
	AWAIT(f->scripts[0].hanging);
	worker_ask_stop(f->workers[0]);
	f->scripts[0].hang_at = 0;
	stop(f, 0);
	expect_in_order(&f->scripts[0], 1, 4);
	assert_int_equal(f->queue.cursor, 4);
}

static void stop_does_not_wait_for_a_retry(void **state)
{
	struct fixture *f = *state;
	f->scripts[0].retry_at = 1;
	f->scripts[0].retries = 1000000;
	f->queue.events = 1;
	start(f, 0);
	AWAIT(f->scripts[0].count >= 2);
	stop(f, 0);
	assert_int_equal(f->queue.cursor, 0);
}

static void engine_that_is_away_is_waited_for(void **state)
{
	struct fixture *f = *state;
	f->queue.events = 2;
	f->queue.refuse = true;
	start(f, 0);
	queue_pause();
	f->queue.refuse = false;
	AWAIT(f->queue.cursor == 2);
	fake_engine_stop(f->engine);
	f->queue.events = 4;
	fake_engine_start(f->engine);
	AWAIT(f->queue.cursor == 4);
	expect_in_order(&f->scripts[0], 1, 4);
}

static void large_events_are_read_in_smaller_numbers(void **state)
{
	struct fixture *f = *state;
	f->queue.too_big = 10;
	f->queue.events = 30;
	start(f, 0);
	AWAIT(f->queue.cursor == 30);
	expect_in_order(&f->scripts[0], 1, 30);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(events_come_once_and_in_order),
		TEST(event_that_comes_later_is_published),
		TEST(reading_goes_on_from_the_stored_cursor),
		TEST(unwanted_events_move_the_cursor_too),
		TEST(events_of_other_profiles_do_not_reach_the_module),
		TEST(retried_event_holds_the_queue_and_keeps_the_order),
		TEST(events_before_a_retried_one_are_not_held_back),
		TEST(given_up_event_is_a_dead_letter_at_once),
		TEST(event_that_fails_too_often_is_a_dead_letter),
		TEST(single_try_does_not_bury_the_queue_at_once),
		TEST(tries_of_an_event_count_over_a_failed_flush),
		TEST(full_list_of_letters_holds_the_queue),
		TEST(trouble_is_told_while_it_lasts),
		TEST(what_was_done_is_counted_and_told),
		TEST(letter_that_is_sent_back_is_published_and_settled),
		TEST(many_letters_come_back_in_turns),
		TEST(letter_that_fails_again_goes_back),
		TEST(letter_that_is_sent_back_ends_a_pause),
		TEST(failed_flush_keeps_letters_on_the_list),
		TEST(failed_flush_brings_its_events_again),
		TEST(hanging_module_holds_up_only_itself),
		TEST(stop_moves_the_cursor_behind_what_is_done),
		TEST(stop_does_not_wait_for_a_retry),
		TEST(engine_that_is_away_is_waited_for),
		TEST(large_events_are_read_in_smaller_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
