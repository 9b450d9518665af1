#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#include "engine/flights.h"

#define THREADS 16
#define ROUNDS 500
#define KEYS 3

struct airport {
	struct flights *flights;
	atomic_int flying[KEYS];
	atomic_bool collided;
	uint64_t landed[KEYS]; /* guarded by the flights themselves */
};

static void *fly(void *arg)
{
	struct airport *a = arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct flight flight = {.key = {(uint8_t)(i % KEYS)}};
		flights_enter(a->flights, &flight);
		if (atomic_fetch_add(&a->flying[i % KEYS], 1) != 0)
			atomic_store(&a->collided, true);
		a->landed[i % KEYS]++;
		atomic_fetch_sub(&a->flying[i % KEYS], 1);
		flights_leave(a->flights, &flight);
	}
	return NULL;
}

static void one_key_flies_alone(void **state)
{
	static struct airport a;
	pthread_t threads[THREADS];
	(void)state;
	assert_int_equal(flights_new(&a.flights, NULL), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, fly, &a), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_false(atomic_load(&a.collided));
	assert_int_equal(a.landed[0] + a.landed[1] + a.landed[2], THREADS * ROUNDS);
	flights_free(a.flights);
}

static void different_keys_fly_together(void **state)
{
	struct flights *flights;
	/* the same lane, other keys: would wait for ever if lanes were keys */
	struct flight a = {.key = {1, 1}}, b = {.key = {1, 2}}, c = {.key = {2, 1}};
	(void)state;
	assert_int_equal(flights_new(&flights, NULL), 0);
	flights_enter(flights, &a);
	flights_enter(flights, &b);
	flights_enter(flights, &c);
	assert_ptr_equal(b.next, &a);
	flights_leave(flights, &a);
	assert_null(b.next);
	flights_leave(flights, &c);
	flights_leave(flights, &b);
	flights_free(flights);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_key_flies_alone),
		cmocka_unit_test(different_keys_fly_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
