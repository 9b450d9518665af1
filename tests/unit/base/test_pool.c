#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/pool.h"

#define HOUR INT64_C(3600000000)

static struct pool *pool;
static sem_t gate, done; /* what holds a job back; what a job posts when it has run */
static atomic_int dropped;
static int order[256]; /* guarded by lock */
static size_t order_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void start(size_t threads, size_t queue_max)
{
	struct error err = {0};
	if (pool_new(&pool, "a-pool-with-a-long-name", threads, queue_max, &err))
		fail_msg("%s", err.message);
}

static int set_up(void **state)
{
	(void)state;
	sem_init(&gate, 0, 0);
	sem_init(&done, 0, 0);
	atomic_store(&dropped, 0);
	order_count = 0;
	pool = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	pool_free(pool);
	sem_destroy(&gate);
	sem_destroy(&done);
	return 0;
}

static void run(void *arg)
{
	pthread_mutex_lock(&lock);
	order[order_count++] = (int)(intptr_t)arg;
	pthread_mutex_unlock(&lock);
	sem_post(&done);
}

/* Posts `done` when it has begun and waits at the gate. */
static void hold(void *arg)
{
	(void)arg;
	sem_post(&done);
	sem_wait(&gate);
}

static void drop(void *arg)
{
	(void)arg;
	atomic_fetch_add(&dropped, 1);
}

static int add(int number, int64_t delay_us)
{
	return pool_add(pool, run, (void *)(intptr_t)number, delay_us);
}

static void wait_done(int count)
{
	while (count--)
		sem_wait(&done);
}

static void jobs_run_in_order(void **state)
{
	(void)state;
	start(1, 256);
	assert_int_equal(pool_add(pool, hold, NULL, 0), 0);
	wait_done(1);
	for (int i = 0; i < 100; i++)
		assert_int_equal(add(i, i % 2 ? 0 : -i), 0); /* before now is now */
	assert_int_equal(pool_waiting(pool), 100);
	sem_post(&gate);
	wait_done(100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(order[i], i);
	assert_int_equal(pool_waiting(pool), 0);
}

static void threads_work_side_by_side(void **state)
{
	(void)state;
	start(4, 16);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pool_add(pool, hold, NULL, 0), 0);
	wait_done(4); /* all four have begun, and none has ended */
	for (int i = 0; i < 4; i++)
		sem_post(&gate);
}

static void note_time(void *arg)
{
	*(int64_t *)arg = clock_monotonic_us();
	sem_post(&done);
}

static void delayed_jobs_wait_for_their_time(void **state)
{
	(void)state;
	int64_t ran = 0;
	start(2, 16);
	int64_t before = clock_monotonic_us();
	assert_int_equal(pool_add(pool, note_time, &ran, 20000), 0);
	wait_done(1);
	assert_true(ran - before >= 20000);
}

static void far_job_holds_no_other_up(void **state)
{
	(void)state;
	start(1, 16);
	assert_int_equal(add(1, HOUR), 0);
	assert_int_equal(add(2, INT64_MAX), 0);
	assert_int_equal(add(3, 1000), 0);
	assert_int_equal(add(4, 0), 0);
	wait_done(2);
	assert_int_equal(pool_waiting(pool), 2);
	pool_stop(pool, drop);
	assert_int_equal(order_count, 2);
	assert_int_equal(atomic_load(&dropped), 2);
}

/* Each of them waits for the next one to run: threads that sleep have to wake for every job that
 * is due, whoever watched its time. */
static void wait_for_next(void *arg)
{
	if ((intptr_t)arg)
		sem_wait(&gate);
	else
		for (int i = 0; i < 7; i++)
			sem_post(&gate);
	sem_post(&done);
}

static void due_jobs_do_not_wait_for_a_busy_thread(void **state)
{
	(void)state;
	start(8, 16);
	for (intptr_t i = 7; i >= 0; i--)
		assert_int_equal(pool_add(pool, wait_for_next, (void *)i, 10000 + 100 * (7 - i)), 0);
	wait_done(8);
}

static void full_queue_refuses(void **state)
{
	(void)state;
	start(1, 3);
	assert_int_equal(add(1, HOUR), 0);
	assert_int_equal(add(2, HOUR), 0);
	assert_int_equal(add(3, HOUR), 0);
	assert_int_equal(add(4, 0), SIGNET_E_TOO_BIG);
	assert_int_equal(pool_waiting(pool), 3);
	pool_stop(pool, drop);
	assert_int_equal(atomic_load(&dropped), 3); /* the refused one stays its caller's */
}

static void stop_waits_for_running_jobs(void **state)
{
	(void)state;
	start(2, 16);
	assert_int_equal(pool_add(pool, hold, NULL, 0), 0);
	wait_done(1);
	assert_int_equal(add(1, HOUR), 0);
	sem_post(&gate);
	pool_stop(pool, drop);
	int left = -1;
	assert_int_equal(sem_getvalue(&gate, &left), 0);
	assert_int_equal(left, 0); /* it has gone through */
	assert_int_equal(atomic_load(&dropped), 1);
}

static void stop_is_final_and_idempotent(void **state)
{
	(void)state;
	start(2, 16);
	assert_int_equal(add(1, HOUR), 0);
	pool_stop(pool, NULL);
	assert_int_equal(add(2, 0), SIGNET_E_STATE);
	assert_int_equal(pool_waiting(pool), 0);
	pool_stop(pool, drop);
	assert_int_equal(atomic_load(&dropped), 0);
}

static void add_again(void *arg)
{
	int *left = arg;
	if (--*left)
		assert_int_equal(pool_add(pool, add_again, left, *left % 3 * 10), 0);
	else
		sem_post(&done);
}

static void jobs_may_add_jobs(void **state)
{
	(void)state;
	int left = 500;
	start(3, 1);
	assert_int_equal(pool_add(pool, add_again, &left, 0), 0);
	wait_done(1);
	assert_int_equal(left, 0);
}

static void *add_many(void *arg)
{
	for (int i = 0; i < 50; i++)
		while (add((int)(intptr_t)arg, i % 5 * 100) == SIGNET_E_TOO_BIG)
			sched_yield();
	return NULL;
}

static void many_threads_may_add(void **state)
{
	(void)state;
	pthread_t threads[4];
	int count[4] = {0};
	start(3, 8);
	for (intptr_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, add_many, (void *)i), 0);
	wait_done(200);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	pool_stop(pool, NULL);
	for (size_t i = 0; i < order_count; i++)
		count[order[i]]++;
	for (int i = 0; i < 4; i++)
		assert_int_equal(count[i], 50);
}

static void free_takes_null_and_the_running(void **state)
{
	(void)state;
	pool_free(NULL);
	start(2, 4);
	assert_int_equal(add(1, HOUR), 0); /* torn down by pool_free without a stop */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	alarm(120); /* a job that never runs is to be seen */
	const struct CMUnitTest tests[] = {
		TEST(jobs_run_in_order),
		TEST(threads_work_side_by_side),
		TEST(delayed_jobs_wait_for_their_time),
		TEST(far_job_holds_no_other_up),
		TEST(due_jobs_do_not_wait_for_a_busy_thread),
		TEST(full_queue_refuses),
		TEST(stop_waits_for_running_jobs),
		TEST(stop_is_final_and_idempotent),
		TEST(jobs_may_add_jobs),
		TEST(many_threads_may_add),
		TEST(free_takes_null_and_the_running),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
