/*
 * What a process counts of itself: counters, gauges and histograms of
 * durations, in families that are told apart by labels. Counting takes no
 * lock; a series of a family is made when its labels come for the first time,
 * and when a family is full, what else comes is counted under the label value
 * "other". A snapshot is a list of families that others may add to.
 */
#ifndef SIGNET_BASE_METRICS_H
#define SIGNET_BASE_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define METRIC_LABELS 3
#define METRIC_LABEL_SIZE 64 /* octets of a label's value that are kept, with the NUL */
#define METRIC_BOUNDS 14
#define METRIC_BUCKETS (METRIC_BOUNDS + 1)

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/* Upper bounds of a histogram's buckets in seconds; the last bucket has none. */
extern const double metric_bounds[METRIC_BOUNDS];

struct metric_definition {
	const char *name, *help;
	enum metric_type type;
	const char *labels[METRIC_LABELS]; /* their names; NULL from the first that there is not */
	unsigned series;                   /* the most that there may be, besides "other"; 0 without labels */
};

struct metrics;

/* The definitions are kept, not copied. NULL without memory. */
struct metrics *metrics_new(const struct metric_definition *definitions, size_t count);
void metrics_free(struct metrics *metrics);

/* which: the place in the definitions. values: one for each label; NULL where there are none. All
 * of these do nothing where metrics is NULL. */
void metrics_add(struct metrics *metrics, unsigned which, const char *const *values, int64_t step);
void metrics_observe(struct metrics *metrics, unsigned which, const char *const *values,
                     int64_t duration_us);

struct metric_sample {
	struct metric_sample *next;
	const char *values[METRIC_LABELS]; /* of the labels */
	double value;                      /* of a histogram the sum, in seconds */
	uint64_t buckets[METRIC_BUCKETS];  /* how many fell into each, not added up */
};
struct metric_family {
	struct metric_family *next;
	const char *name, *help;
	enum metric_type type;
	const char *labels[METRIC_LABELS];
	struct metric_sample *first, *last;
};
struct metric_list {
	struct metric_family *first, *last;
};

/* Appends the families, those without a sample too. SIGNET_E_NOMEM. */
int metrics_snapshot(struct metrics *metrics, struct arena *arena, struct metric_list *list);
/* Appends one family, whose texts are kept, not copied; a sample to it. NULL without memory. */
struct metric_family *metric_list_add(struct metric_list *list, struct arena *arena,
                                      const struct metric_definition *definition);
struct metric_sample *metric_family_add(struct metric_family *family, struct arena *arena,
                                        double value);
size_t metric_label_count(const char *const labels[METRIC_LABELS]);

/* Octets of memory that this process has resident; 0 when it is not known. */
uint64_t metrics_resident(void);

#endif
