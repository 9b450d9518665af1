#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "gateway/exposition.h"

enum { REQUESTS, LATENCY, NONE, COUNT };
static const struct metric_definition definitions[COUNT] = {
	[REQUESTS] = {"signet_requests_total", "Back\\slash, \"quoted\",\nnew line.", METRIC_COUNTER,
	              {"profile", "result"}, 8},
	[LATENCY] = {"signet_time_seconds", "Time.", METRIC_HISTOGRAM, {"profile"}, 8},
	[NONE] = {"signet_none", "Nothing.", METRIC_GAUGE, {"state"}, 4},
};

struct world {
	struct metrics *metrics;
	struct arena *arena;
	struct buffer out;
};

static int setup(void **state)
{
	static struct world w;
	w.metrics = metrics_new(definitions, COUNT);
	w.arena = arena_new(1 << 20);
	w.out = (struct buffer)BUFFER_MAX(1 << 20);
	assert_true(w.metrics && w.arena);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	metrics_free(w->metrics);
	arena_free(w->arena);
	buffer_free(&w->out);
	return 0;
}

static const char *written(struct world *w)
{
	struct metric_list list = {0};
	assert_int_equal(metrics_snapshot(w->metrics, w->arena, &list), 0);
	exposition_write(&w->out, &list);
	const char *text = buffer_text(&w->out);
	assert_non_null(text);
	return text;
}

/* ---- a small parser of the format ---- */

static bool is_name(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
	       (!first && c >= '0' && c <= '9');
}

static const char *skip_name(const char *at)
{
	assert_true(is_name(*at, true));
	while (is_name(*at, false))
		at++;
	return at;
}

/* Behind the closing brace; every value is quoted and has known escapes only. */
static const char *skip_labels(const char *at)
{
	do {
		at = skip_name(at + 1);
		assert_memory_equal(at, "=\"", 2);
		for (at += 2; *at != '"'; at++) {
			assert_true(*at != '\n' && *at);
			if (*at == '\\')
				assert_non_null(strchr("\\\"n", *++at));
		}
		at++;
	} while (*at == ',');
	assert_int_equal(*at, '}');
	return at + 1;
}

/* Lines whose form is right; each sample stands behind the TYPE of its family. */
static size_t parse(const char *text)
{
	char family[128] = "";
	size_t samples = 0;
	for (const char *line = text; *line;) {
		const char *end = strchr(line, '\n');
		assert_non_null(end);
		if (sscanf(line, "# TYPE %127s ", family) != 1 && strncmp(line, "# HELP ", 7) != 0) {
			assert_memory_equal(line, family, strlen(family));
			const char *at = skip_name(line);
			double value;
			int length = 0;
			if (*at == '{')
				at = skip_labels(at);
			assert_int_equal(sscanf(at, " %lf%n", &value, &length), 1);
			assert_ptr_equal(at + length, end);
			samples++;
		}
		line = end + 1;
	}
	return samples;
}

static void counters_are_lines_with_help_and_type(void **state)
{
	struct world *w = *state;
	const char *values[] = {"server", "issued"};
	metrics_add(w->metrics, REQUESTS, values, 41);
	const char *text = written(w);
	assert_string_equal(text,
		"# HELP signet_requests_total Back\\\\slash, \"quoted\",\\nnew line.\n"
		"# TYPE signet_requests_total counter\n"
		"signet_requests_total{profile=\"server\",result=\"issued\"} 41\n");
	assert_int_equal(parse(text), 1);
}

static void values_of_labels_are_escaped(void **state)
{
	struct world *w = *state;
	const char *values[] = {"a\"} 1\nb\\", ""};
	metrics_add(w->metrics, REQUESTS, values, 1);
	const char *text = written(w);
	assert_non_null(strstr(text, "{profile=\"a\\\"} 1\\nb\\\\\",result=\"\"} 1\n"));
	assert_int_equal(parse(text), 1);
}

static void buckets_add_up_to_the_count(void **state)
{
	struct world *w = *state;
	const char *values[] = {"p"};
	metrics_observe(w->metrics, LATENCY, values, 400);
	metrics_observe(w->metrics, LATENCY, values, 700);
	metrics_observe(w->metrics, LATENCY, values, 20000000);
	const char *text = written(w);
	assert_non_null(strstr(text, "signet_time_seconds_bucket{profile=\"p\",le=\"0.0005\"} 1\n"));
	assert_non_null(strstr(text, "signet_time_seconds_bucket{profile=\"p\",le=\"10\"} 2\n"));
	assert_non_null(strstr(text, "signet_time_seconds_bucket{profile=\"p\",le=\"+Inf\"} 3\n"));
	assert_non_null(strstr(text, "signet_time_seconds_sum{profile=\"p\"} 20.0011\n"));
	assert_non_null(strstr(text, "signet_time_seconds_count{profile=\"p\"} 3\n"));
	assert_int_equal(parse(text), METRIC_BUCKETS + 2);
}

static void families_without_a_sample_are_left_out(void **state)
{
	struct world *w = *state;
	const char *text = written(w);
	assert_string_equal(text, "");
}

static void whole_numbers_keep_their_last_digit(void **state)
{
	struct world *w = *state;
	static const struct metric_definition gauge = {"signet_number", "Number.", METRIC_GAUGE,
	                                               {NULL}, 0};
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{1795474469123457.0, "1795474469123457\n"}, {-7, "-7\n"}, {0, "0\n"},
		{0.25, "0.25\n"}, {1e300, "1e+300\n"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct metric_list list = {0};
		struct metric_family *family = metric_list_add(&list, w->arena, &gauge);
		assert_non_null(metric_family_add(family, w->arena, cases[i].value));
		buffer_free(&w->out);
		w->out = (struct buffer)BUFFER_MAX(1 << 20);
		exposition_write(&w->out, &list);
		const char *line = strstr(buffer_text(&w->out), "\nsignet_number ");
		assert_non_null(line);
		assert_string_equal(line + strlen("\nsignet_number "), cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whole_numbers_keep_their_last_digit, setup, teardown),
		cmocka_unit_test_setup_teardown(counters_are_lines_with_help_and_type, setup, teardown),
		cmocka_unit_test_setup_teardown(values_of_labels_are_escaped, setup, teardown),
		cmocka_unit_test_setup_teardown(buckets_add_up_to_the_count, setup, teardown),
		cmocka_unit_test_setup_teardown(families_without_a_sample_are_left_out, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
