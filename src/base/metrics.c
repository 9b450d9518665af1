#include "base/metrics.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

#define OTHER "other"

const double metric_bounds[METRIC_BOUNDS] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                             0.1,    0.25,  0.5,    1,     2.5,  5,     10};
static const int64_t bounds_us[METRIC_BOUNDS] = {500,    1000,   2500,    5000,    10000,
                                                 25000,  50000,  100000,  250000,  500000,
                                                 1000000, 2500000, 5000000, 10000000};

enum { FREE, CLAIMED, READY };

struct series {
	_Atomic int state;
	char values[METRIC_LABELS][METRIC_LABEL_SIZE]; /* written once, before READY */
	_Atomic int64_t value;                         /* of a histogram: microseconds */
	_Atomic uint64_t buckets[METRIC_BUCKETS];
};

struct metrics {
	const struct metric_definition *definitions;
	size_t count;
	struct series *families[]; /* the first of each is "other", or the one without labels */
};

size_t metric_label_count(const char *const labels[METRIC_LABELS])
{
	size_t count = 0;
	while (count < METRIC_LABELS && labels[count])
		count++;
	return count;
}

struct metrics *metrics_new(const struct metric_definition *definitions, size_t count)
{
	struct metrics *metrics = calloc(1, sizeof *metrics + count * sizeof *metrics->families);
	if (!metrics)
		return NULL;
	metrics->definitions = definitions;
	for (; metrics->count < count; metrics->count++) {
		const struct metric_definition *d = &definitions[metrics->count];
		struct series *series = calloc((size_t)d->series + 1, sizeof *series);
		if (!series) {
			metrics_free(metrics);
			return NULL;
		}
		for (size_t i = 0; i < metric_label_count(d->labels); i++)
			memcpy(series->values[i], OTHER, sizeof OTHER);
		metrics->families[metrics->count] = series;
	}
	return metrics;
}

void metrics_free(struct metrics *metrics)
{
	if (!metrics)
		return;
	for (size_t i = 0; i < metrics->count; i++)
		free(metrics->families[i]);
	free(metrics);
}

static size_t hash(const char *const *values, size_t labels)
{
	size_t sum = 5381;
	for (size_t i = 0; i < labels; i++)
		for (size_t j = 0; values[i][j] && j < METRIC_LABEL_SIZE - 1; j++)
			sum = sum * 33 + (unsigned char)values[i][j];
	return sum;
}

static bool is_of(const struct series *series, const char *const *values, size_t labels)
{
	for (size_t i = 0; i < labels; i++)
		if (strncmp(series->values[i], values[i], METRIC_LABEL_SIZE - 1) != 0)
			return false;
	return true;
}

/* A free series becomes that of these values; false when another thread was first. */
static bool claim(struct series *series, const char *const *values, size_t labels)
{
	int expected = FREE;
	if (!atomic_compare_exchange_strong(&series->state, &expected, CLAIMED))
		return false;
	for (size_t i = 0; i < labels; i++)
		snprintf(series->values[i], METRIC_LABEL_SIZE, "%s", values[i]);
	atomic_store_explicit(&series->state, READY, memory_order_release);
	return true;
}

static struct series *find(struct metrics *metrics, unsigned which, const char *const *values)
{
	const struct metric_definition *definition = &metrics->definitions[which];
	struct series *family = metrics->families[which];
	size_t labels = values ? metric_label_count(definition->labels) : 0;
	size_t most = definition->series;
	if (labels == 0)
		return family;
	for (size_t i = 0, at = hash(values, labels); i < most; i++, at++) {
		struct series *series = &family[1 + at % most];
		int state = atomic_load_explicit(&series->state, memory_order_acquire);
		if (state == FREE && claim(series, values, labels))
			return series;
		/* only while another thread copies the labels of a new series */
		while ((state = atomic_load_explicit(&series->state, memory_order_acquire)) != READY)
			sched_yield();
		if (is_of(series, values, labels))
			return series;
	}
	return family;
}

void metrics_add(struct metrics *metrics, unsigned which, const char *const *values, int64_t step)
{
	if (metrics)
		atomic_fetch_add_explicit(&find(metrics, which, values)->value, step,
		                          memory_order_relaxed);
}

void metrics_observe(struct metrics *metrics, unsigned which, const char *const *values,
                     int64_t duration_us)
{
	if (!metrics)
		return;
	struct series *series = find(metrics, which, values);
	size_t bucket = 0;
	while (bucket < METRIC_BOUNDS && duration_us > bounds_us[bucket])
		bucket++;
	atomic_fetch_add_explicit(&series->buckets[bucket], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&series->value, duration_us, memory_order_relaxed);
}

struct metric_family *metric_list_add(struct metric_list *list, struct arena *arena,
                                      const struct metric_definition *definition)
{
	struct metric_family *family = arena_alloc(arena, sizeof *family);
	if (!family)
		return NULL;
	family->name = definition->name;
	family->help = definition->help;
	family->type = definition->type;
	memcpy(family->labels, definition->labels, sizeof family->labels);
	if (list->last)
		list->last->next = family;
	else
		list->first = family;
	list->last = family;
	return family;
}

struct metric_sample *metric_family_add(struct metric_family *family, struct arena *arena,
                                        double value)
{
	struct metric_sample *sample = arena_alloc(arena, sizeof *sample);
	if (!sample)
		return NULL;
	sample->value = value;
	if (family->last)
		family->last->next = sample;
	else
		family->first = sample;
	family->last = sample;
	return sample;
}

static bool is_used(struct series *series)
{
	uint64_t sum = (uint64_t)atomic_load_explicit(&series->value, memory_order_relaxed);
	for (size_t i = 0; i < METRIC_BUCKETS; i++)
		sum |= atomic_load_explicit(&series->buckets[i], memory_order_relaxed);
	return sum != 0;
}

static int add_series(struct metric_family *family, struct arena *arena, struct series *series)
{
	double unit = family->type == METRIC_HISTOGRAM ? 1e-6 : 1;
	int64_t value = atomic_load_explicit(&series->value, memory_order_relaxed);
	struct metric_sample *sample = metric_family_add(family, arena, (double)value * unit);
	if (!sample)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < METRIC_LABELS && family->labels[i]; i++)
		sample->values[i] = series->values[i];
	for (size_t i = 0; i < METRIC_BUCKETS; i++)
		sample->buckets[i] = atomic_load_explicit(&series->buckets[i], memory_order_relaxed);
	return 0;
}

int metrics_snapshot(struct metrics *metrics, struct arena *arena, struct metric_list *list)
{
	for (size_t which = 0; metrics && which < metrics->count; which++) {
		const struct metric_definition *definition = &metrics->definitions[which];
		struct metric_family *family = metric_list_add(list, arena, definition);
		if (!family)
			return SIGNET_E_NOMEM;
		for (size_t i = 0; i <= definition->series; i++) {
			struct series *series = &metrics->families[which][i];
			bool shown = i ? atomic_load_explicit(&series->state, memory_order_acquire) == READY
			               : !definition->labels[0] || is_used(series);
			if (shown && add_series(family, arena, series))
				return SIGNET_E_NOMEM;
		}
	}
	return 0;
}

uint64_t metrics_resident(void)
{
	unsigned long long size, resident = 0;
	FILE *file = fopen("/proc/self/statm", "re");
	if (!file)
		return 0;
	if (fscanf(file, "%llu %llu", &size, &resident) != 2)
		resident = 0;
	fclose(file);
	long page = sysconf(_SC_PAGESIZE);
	return page > 0 ? resident * (uint64_t)page : 0;
}
