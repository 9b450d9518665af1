#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/combine.h"
#include "base/error.h"

#define MOST 4
#define PEOPLE 16
#define MINUTE INT64_C(60000000)

/* One who hands in a number, and what became of it. */
struct person {
	struct combine_item item; /* the first */
	int number, carried;      /* carried: the number and 1000, by whoever carried it */
	int64_t patience;
	int result;
	pthread_t thread;
};

static struct combiner *combiner;
static struct person people[PEOPLE];
static sem_t arrived, gate;  /* a call has begun; what lets it go on */
static atomic_bool gated;
static atomic_size_t least;  /* how many a call carries at most; 0: all */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t sizes[4096];   /* of the calls, in their order; guarded by lock, as the next */
static int order[4096];      /* the numbers as they were carried */
static size_t call_count, carried_count;
static atomic_uint inside, inside_most;

static size_t carry(void *arg, struct combine_item *items, size_t count)
{
	size_t done = 0, most = atomic_load(&least) ? atomic_load(&least) : count;
	assert_ptr_equal(arg, people);
	unsigned now = atomic_fetch_add(&inside, 1) + 1;
	pthread_mutex_lock(&lock);
	if (now > inside_most)
		inside_most = now;
	sizes[call_count++ % 4096] = count;
	pthread_mutex_unlock(&lock);
	sem_post(&arrived);
	if (atomic_load(&gated))
		sem_wait(&gate);
	pthread_mutex_lock(&lock);
	for (struct combine_item *item = items; item && done < most; item = item->next, done++) {
		struct person *person = (struct person *)item;
		person->carried = person->number + 1000;
		order[carried_count++ % 4096] = person->number;
	}
	pthread_mutex_unlock(&lock);
	atomic_fetch_sub(&inside, 1);
	return done;
}

static void begin(unsigned lanes, unsigned lanes_most)
{
	combiner = combiner_new(lanes, lanes_most, MOST, carry, people);
	assert_non_null(combiner);
}

static int set_up(void **state)
{
	(void)state;
	sem_init(&arrived, 0, 0);
	sem_init(&gate, 0, 0);
	atomic_store(&gated, false);
	atomic_store(&least, 0);
	call_count = carried_count = 0;
	inside_most = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	combiner_free(combiner);
	combiner = NULL;
	sem_destroy(&arrived);
	sem_destroy(&gate);
	return 0;
}

static void *hand_in(void *arg)
{
	struct person *person = arg;
	person->item.deadline = clock_monotonic_us() + person->patience;
	person->result = combiner_run(combiner, &person->item);
	return NULL;
}

static void send(size_t which, int64_t patience)
{
	people[which] = (struct person){.number = (int)which, .patience = patience};
	assert_int_equal(pthread_create(&people[which].thread, NULL, hand_in, &people[which]), 0);
}

static void meet(size_t which, int result)
{
	pthread_join(people[which].thread, NULL);
	assert_int_equal(people[which].result, result);
	assert_int_equal(people[which].carried, result ? 0 : (int)which + 1000);
}

static void let_wait(size_t count)
{
	while (combiner_waiting(combiner) != count)
		sched_yield();
}

/* The first call is held back, and so many stand behind it, in the order of their numbers. */
static void hold_back(size_t waiting)
{
	atomic_store(&gated, true);
	send(0, MINUTE);
	sem_wait(&arrived);
	for (size_t i = 1; i <= waiting; i++) {
		send(i, MINUTE);
		let_wait(i);
	}
}

static void let_go(void)
{
	atomic_store(&gated, false);
	sem_post(&gate);
}

static void assert_sizes(const size_t *wanted, size_t count)
{
	assert_int_equal(call_count, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(sizes[i], wanted[i]);
}
#define ASSERT_SIZES(...) assert_sizes((const size_t[]){__VA_ARGS__}, \
                                       sizeof (size_t[]){__VA_ARGS__} / sizeof(size_t))

static void one_alone_is_carried_at_once(void **state)
{
	(void)state;
	struct person person = {.number = 7, .item.deadline = INT64_MAX};
	begin(1, 1);
	assert_int_equal(combiner_run(combiner, &person.item), 0);
	assert_int_equal(person.carried, 1007);
	ASSERT_SIZES(1);
}

static void those_that_come_meanwhile_go_together_in_their_order(void **state)
{
	(void)state;
	begin(1, 1);
	hold_back(6);
	let_go();
	for (size_t i = 0; i <= 6; i++)
		meet(i, 0);
	ASSERT_SIZES(1, MOST, 2);
	for (int i = 0; i <= 6; i++)
		assert_int_equal(order[i], i);
}

static void lanes_bound_the_calls_at_once(void **state)
{
	(void)state;
	begin(2, 2);
	atomic_store(&gated, true);
	send(0, MINUTE);
	send(1, MINUTE);
	sem_wait(&arrived);
	sem_wait(&arrived);
	send(2, MINUTE);
	let_wait(1);
	let_go();
	sem_post(&gate);
	for (size_t i = 0; i <= 2; i++)
		meet(i, 0);
	assert_int_equal(inside_most, 2);
}

static void what_a_call_leaves_goes_on_at_the_head_and_in_smaller_calls(void **state)
{
	(void)state;
	begin(1, 1);
	hold_back(4);
	atomic_store(&least, 2);
	let_go();
	for (size_t i = 0; i <= 4; i++)
		meet(i, 0);
	/* four were handed over, of whom two were carried; then two at a time */
	ASSERT_SIZES(1, 4, 2);
	for (int i = 0; i <= 4; i++)
		assert_int_equal(order[i], i);
	/* and more again, once calls are carried whole */
	atomic_store(&least, 0);
	call_count = 0;
	hold_back(4);
	let_go();
	for (size_t i = 0; i <= 4; i++)
		meet(i, 0);
	ASSERT_SIZES(1, 4);
}

static void who_stands_in_line_too_long_leaves_it(void **state)
{
	(void)state;
	begin(1, 1);
	hold_back(1);
	send(2, 30000);
	meet(2, SIGNET_E_TIMEOUT);
	assert_int_equal(combiner_waiting(combiner), 1);
	/* the last one has gone, and its place is taken well */
	send(3, MINUTE);
	let_wait(2);
	let_go();
	meet(0, 0);
	meet(1, 0);
	meet(3, 0);
	ASSERT_SIZES(1, 2);
}

static void the_head_of_the_line_may_leave_it_too(void **state)
{
	(void)state;
	begin(1, 1);
	hold_back(0);
	send(1, 1000000);
	let_wait(1);
	send(2, MINUTE);
	meet(1, SIGNET_E_TIMEOUT);
	let_wait(1);
	let_go();
	meet(0, 0);
	meet(2, 0);
	ASSERT_SIZES(1, 1);
}

static void what_is_being_carried_is_waited_for_past_its_deadline(void **state)
{
	(void)state;
	begin(1, 1);
	hold_back(1);
	send(2, 1000000);
	let_wait(2);
	sem_post(&gate); /* the first alone: the second call is held back */
	sem_wait(&arrived);
	while (clock_monotonic_us() < people[2].item.deadline)
		usleep(1000);
	let_go();
	for (size_t i = 0; i <= 2; i++)
		meet(i, 0);
	ASSERT_SIZES(1, 2);
}

static void a_call_that_takes_long_makes_room_for_others(void **state)
{
	(void)state;
	begin(1, 2);
	atomic_store(&gated, true);
	send(0, MINUTE);
	sem_wait(&arrived);
	send(1, MINUTE);
	/* the first one is still held back */
	sem_wait(&arrived);
	let_go();
	sem_post(&gate);
	meet(0, 0);
	meet(1, 0);
	assert_int_equal(inside_most, 2);
}

#define ROUNDS 200

static void *hand_in_often(void *arg)
{
	struct person *person = arg;
	for (int i = 0; i < ROUNDS; i++) {
		person->carried = 0;
		/* some are late, whatever comes of it */
		person->item.deadline = clock_monotonic_us() + (i % 10 == 0 ? i : MINUTE);
		int result = combiner_run(combiner, &person->item);
		person->result += result == 0 && person->carried == person->number + 1000;
		person->result += result == SIGNET_E_TIMEOUT && person->carried == 0;
	}
	return NULL;
}

static void many_at_once_are_each_carried_once(void **state)
{
	(void)state;
	begin(2, 4);
	atomic_store(&least, 3);
	for (size_t i = 0; i < PEOPLE; i++) {
		people[i] = (struct person){.number = (int)i};
		assert_int_equal(pthread_create(&people[i].thread, NULL, hand_in_often, &people[i]),
		                 0);
	}
	for (size_t i = 0; i < PEOPLE; i++) {
		pthread_join(people[i].thread, NULL);
		assert_int_equal(people[i].result, ROUNDS);
	}
	assert_true(inside_most <= 4);
	assert_int_equal(combiner_waiting(combiner), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_alone_is_carried_at_once),
		TEST(those_that_come_meanwhile_go_together_in_their_order),
		TEST(lanes_bound_the_calls_at_once),
		TEST(what_a_call_leaves_goes_on_at_the_head_and_in_smaller_calls),
		TEST(who_stands_in_line_too_long_leaves_it),
		TEST(the_head_of_the_line_may_leave_it_too),
		TEST(what_is_being_carried_is_waited_for_past_its_deadline),
		TEST(a_call_that_takes_long_makes_room_for_others),
		TEST(many_at_once_are_each_carried_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
