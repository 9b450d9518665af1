#include "gateway/exposition.h"

#include <inttypes.h>
#include <stdio.h>

#define WHOLE_MAX 9007199254740992.0 /* 2^53: a double has all whole numbers below */

/* In help a quotation mark stands for itself. */
static void put_escaped(struct buffer *out, const char *text, bool quoted)
{
	for (; *text; text++) {
		if (*text == '\\')
			buffer_append_text(out, "\\\\");
		else if (*text == '\n')
			buffer_append_text(out, "\\n");
		else if (*text == '"' && quoted)
			buffer_append_text(out, "\\\"");
		else
			buffer_append_octet(out, (uint8_t)*text);
	}
}

/* le: of a histogram's bucket; NULL: none. */
static void put_labels(struct buffer *out, const struct metric_family *family,
                       const struct metric_sample *sample, const char *le)
{
	size_t count = metric_label_count(family->labels);
	if (count == 0 && !le)
		return;
	buffer_append_octet(out, '{');
	for (size_t i = 0; i < count; i++) {
		buffer_printf(out, "%s%s=\"", i ? "," : "", family->labels[i]);
		put_escaped(out, sample->values[i] ? sample->values[i] : "", true);
		buffer_append_octet(out, '"');
	}
	if (le)
		buffer_printf(out, "%sle=\"%s\"", count ? "," : "", le);
	buffer_append_octet(out, '}');
}

/* Whole numbers to their last digit: those of CRLs have sixteen. */
static void put_value(struct buffer *out, double value)
{
	bool whole = value > -WHOLE_MAX && value < WHOLE_MAX && value == (double)(int64_t)value;
	buffer_printf(out, whole ? " %.0f\n" : " %.15g\n", value);
}

static void put_count(struct buffer *out, const struct metric_family *family,
                      const struct metric_sample *sample, const char *suffix, const char *le,
                      uint64_t count)
{
	buffer_printf(out, "%s%s", family->name, suffix);
	put_labels(out, family, sample, le);
	buffer_printf(out, " %" PRIu64 "\n", count);
}

static void put_histogram(struct buffer *out, const struct metric_family *family,
                          const struct metric_sample *sample)
{
	uint64_t sum = 0;
	char bound[32];
	for (size_t i = 0; i < METRIC_BOUNDS; i++) {
		sum += sample->buckets[i];
		snprintf(bound, sizeof bound, "%g", metric_bounds[i]);
		put_count(out, family, sample, "_bucket", bound, sum);
	}
	sum += sample->buckets[METRIC_BOUNDS];
	put_count(out, family, sample, "_bucket", "+Inf", sum);
	buffer_printf(out, "%s_sum", family->name);
	put_labels(out, family, sample, NULL);
	put_value(out, sample->value);
	put_count(out, family, sample, "_count", NULL, sum);
}

static const char *const types[] = {
	[METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"};

void exposition_write(struct buffer *out, const struct metric_list *list)
{
	for (const struct metric_family *family = list->first; family; family = family->next) {
		if (!family->first)
			continue;
		buffer_printf(out, "# HELP %s ", family->name);
		put_escaped(out, family->help, false);
		buffer_printf(out, "\n# TYPE %s %s\n", family->name, types[family->type]);
		for (const struct metric_sample *s = family->first; s; s = s->next) {
			if (family->type == METRIC_HISTOGRAM) {
				put_histogram(out, family, s);
				continue;
			}
			buffer_append_text(out, family->name);
			put_labels(out, family, s, NULL);
			put_value(out, s->value);
		}
	}
}
