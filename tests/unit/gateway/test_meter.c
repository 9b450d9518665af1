#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gateway/meter.h"

struct world {
	struct metrics *meter;
	struct arena *arena;
};

static int setup(void **state)
{
	static struct world w;
	w.meter = meter_new();
	w.arena = arena_new(1 << 20);
	assert_true(w.meter && w.arena);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	metrics_free(w->meter);
	arena_free(w->arena);
	return 0;
}

static const struct metric_family *family(struct world *w, const char *name)
{
	struct metric_list list = {0};
	assert_int_equal(metrics_snapshot(w->meter, w->arena, &list), 0);
	for (const struct metric_family *f = list.first; f; f = f->next)
		if (strcmp(f->name, name) == 0)
			return f;
	fail_msg("there is no %s", name);
	return NULL;
}

static double single(struct world *w, const char *name)
{
	const struct metric_family *f = family(w, name);
	assert_non_null(f->first);
	assert_null(f->first->next);
	return f->first->value;
}

static double requests(struct world *w, const char *intermediary, const char *code)
{
	for (const struct metric_sample *s = family(w, "signet_http_requests_total")->first; s;
	     s = s->next)
		if (strcmp(s->values[0], intermediary) == 0 && strcmp(s->values[1], code) == 0)
			return s->value;
	return 0;
}

static void answers_count_by_intermediary_and_class(void **state)
{
	struct world *w = *state;
	meter_answer(w->meter, "acme", 200, 1000);
	meter_answer(w->meter, "acme", 201, 3000);
	meter_answer(w->meter, "acme", 404, 1000);
	meter_answer(w->meter, "raw", 599, 1000);
	meter_answer(w->meter, "", 100, 1000);
	assert_true(requests(w, "acme", "2xx") == 2);
	assert_true(requests(w, "acme", "4xx") == 1);
	assert_true(requests(w, "raw", "5xx") == 1);
	assert_true(requests(w, "none", "1xx") == 1);
	const struct metric_sample *s = family(w, "signet_http_request_duration_seconds")->first;
	while (s && strcmp(s->values[0], "acme") != 0)
		s = s->next;
	assert_non_null(s);
	assert_true(s->value > 0.0049 && s->value < 0.0051);
}

static void what_is_no_status_does_not_count(void **state)
{
	struct world *w = *state;
	meter_answer(w->meter, "acme", 0, 1000);
	meter_answer(w->meter, "acme", 99, 1000);
	meter_answer(w->meter, "acme", 600, 1000);
	assert_null(family(w, "signet_http_requests_total")->first);
}

static void connections_come_and_go_but_stay_served(void **state)
{
	struct world *w = *state;
	meter_connection(w->meter, 1);
	meter_connection(w->meter, 1);
	meter_connection(w->meter, -1);
	assert_true(single(w, "signet_http_connections") == 1);
	assert_true(single(w, "signet_http_connections_total") == 2);
	meter_handshake_failure(w->meter);
	assert_true(single(w, "signet_tls_handshake_failures_total") == 1);
}

static void totals_are_of_all_intermediaries(void **state)
{
	struct world *w = *state;
	struct meter_totals totals;
	assert_int_equal(meter_read(w->meter, w->arena, &totals), 0);
	assert_int_equal(totals.requests, 0);
	meter_answer(w->meter, "acme", 200, 1);
	meter_answer(w->meter, "acme", 503, 1);
	meter_answer(w->meter, "", 404, 1);
	meter_answer(w->meter, "raw", 599, 1);
	meter_connection(w->meter, 1);
	meter_connection(w->meter, 1);
	meter_connection(w->meter, -1);
	assert_int_equal(meter_read(w->meter, w->arena, &totals), 0);
	assert_int_equal(totals.requests, 4);
	assert_int_equal(totals.errors, 2);
	assert_int_equal(totals.connections, 1);
}

static void without_a_meter_nothing_is_counted(void **state)
{
	struct world *w = *state;
	meter_answer(NULL, "acme", 200, 1000);
	meter_connection(NULL, 1);
	meter_handshake_failure(NULL);
	assert_true(single(w, "signet_http_connections_total") == 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_count_by_intermediary_and_class),
		TEST(what_is_no_status_does_not_count),
		TEST(connections_come_and_go_but_stay_served),
		TEST(totals_are_of_all_intermediaries),
		TEST(without_a_meter_nothing_is_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
