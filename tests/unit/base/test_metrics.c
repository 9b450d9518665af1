#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/metrics.h"

enum { REQUESTS, LATENCY, PLAIN, COUNT };
#define SERIES 4
static const struct metric_definition definitions[COUNT] = {
	[REQUESTS] = {"requests_total", "Requests.", METRIC_COUNTER, {"profile", "result"}, SERIES},
	[LATENCY] = {"latency_seconds", "Time.", METRIC_HISTOGRAM, {NULL}, 0},
	[PLAIN] = {"connections", "Open.", METRIC_GAUGE, {NULL}, 0},
};

struct world {
	struct metrics *metrics;
	struct arena *arena;
};

static int setup(void **state)
{
	static struct world w;
	w.metrics = metrics_new(definitions, COUNT);
	w.arena = arena_new(1 << 20);
	assert_true(w.metrics && w.arena);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	metrics_free(w->metrics);
	arena_free(w->arena);
	return 0;
}

static const struct metric_family *taken(struct world *w, unsigned which)
{
	struct metric_list list = {0};
	assert_int_equal(metrics_snapshot(w->metrics, w->arena, &list), 0);
	const struct metric_family *family = list.first;
	while (which--)
		family = family->next;
	return family;
}

static double value_of(const struct metric_family *family, const char *a, const char *b)
{
	for (const struct metric_sample *s = family->first; s; s = s->next)
		if (strcmp(s->values[0], a) == 0 && strcmp(s->values[1], b) == 0)
			return s->value;
	return -1;
}

static size_t samples_of(const struct metric_family *family)
{
	size_t count = 0;
	for (const struct metric_sample *s = family->first; s; s = s->next)
		count++;
	return count;
}

static void series_count_by_their_labels(void **state)
{
	struct world *w = *state;
	const char *a[] = {"server", "issued"}, *b[] = {"server", "denied"};
	metrics_add(w->metrics, REQUESTS, a, 1);
	metrics_add(w->metrics, REQUESTS, b, 5);
	metrics_add(w->metrics, REQUESTS, a, 1);
	metrics_add(w->metrics, PLAIN, NULL, 3);
	metrics_add(w->metrics, PLAIN, NULL, -1);
	const struct metric_family *family = taken(w, REQUESTS);
	assert_int_equal(samples_of(family), 2);
	assert_true(value_of(family, "server", "issued") == 2);
	assert_true(value_of(family, "server", "denied") == 5);
	assert_true(taken(w, PLAIN)->first->value == 2);
}

static void labels_beyond_the_bound_are_counted_together(void **state)
{
	struct world *w = *state;
	for (int i = 0; i < 100; i++) {
		char name[16];
		const char *values[] = {name, "x"};
		snprintf(name, sizeof name, "p%d", i);
		metrics_add(w->metrics, REQUESTS, values, 1);
	}
	const struct metric_family *family = taken(w, REQUESTS);
	assert_int_equal(samples_of(family), SERIES + 1);
	assert_true(value_of(family, "other", "other") == 100 - SERIES);
}

static void long_values_are_shortened_and_stay_one_series(void **state)
{
	struct world *w = *state;
	char name[300];
	const char *values[] = {name, "x"};
	memset(name, 'a', sizeof name);
	name[sizeof name - 1] = '\0';
	metrics_add(w->metrics, REQUESTS, values, 1);
	metrics_add(w->metrics, REQUESTS, values, 1);
	const struct metric_family *family = taken(w, REQUESTS);
	assert_int_equal(samples_of(family), 1);
	assert_int_equal(strlen(family->first->values[0]), METRIC_LABEL_SIZE - 1);
	assert_true(family->first->value == 2);
}

static void durations_fall_into_buckets(void **state)
{
	struct world *w = *state;
	metrics_observe(w->metrics, LATENCY, NULL, 500);
	metrics_observe(w->metrics, LATENCY, NULL, 501);
	metrics_observe(w->metrics, LATENCY, NULL, 60000000);
	const struct metric_sample *sample = taken(w, LATENCY)->first;
	assert_int_equal(sample->buckets[0], 1);
	assert_int_equal(sample->buckets[1], 1);
	assert_int_equal(sample->buckets[METRIC_BOUNDS], 1);
	assert_true(sample->value > 60.001 && sample->value < 60.0011);
}

#define THREADS 4
#define ROUNDS 20000

static void *count_much(void *arg)
{
	struct world *w = arg;
	static const char *const names[] = {"a", "b", "c"};
	for (int i = 0; i < ROUNDS; i++) {
		const char *values[] = {names[i % 3], "x"};
		metrics_add(w->metrics, REQUESTS, values, 1);
		metrics_observe(w->metrics, LATENCY, NULL, i);
	}
	return NULL;
}

static void threads_lose_nothing_and_make_no_series_twice(void **state)
{
	struct world *w = *state;
	pthread_t threads[THREADS];
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_much, w), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	const struct metric_family *family = taken(w, REQUESTS);
	assert_int_equal(samples_of(family), 3);
	assert_true(value_of(family, "a", "x") + value_of(family, "b", "x") +
	            value_of(family, "c", "x") == THREADS * ROUNDS);
	uint64_t sum = 0;
	const struct metric_sample *sample = taken(w, LATENCY)->first;
	for (size_t i = 0; i < METRIC_BUCKETS; i++)
		sum += sample->buckets[i];
	assert_int_equal(sum, THREADS * ROUNDS);
}

static void without_metrics_counting_does_nothing(void **state)
{
	struct world *w = *state;
	struct metric_list list = {0};
	metrics_add(NULL, REQUESTS, NULL, 1);
	metrics_observe(NULL, LATENCY, NULL, 1);
	assert_int_equal(metrics_snapshot(NULL, w->arena, &list), 0);
	assert_null(list.first);
	assert_true(metrics_resident() > 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(series_count_by_their_labels, setup, teardown),
		cmocka_unit_test_setup_teardown(labels_beyond_the_bound_are_counted_together, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(long_values_are_shortened_and_stay_one_series, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(durations_fall_into_buckets, setup, teardown),
		cmocka_unit_test_setup_teardown(threads_lose_nothing_and_make_no_series_twice, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(without_metrics_counting_does_nothing, setup,
		                                teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
