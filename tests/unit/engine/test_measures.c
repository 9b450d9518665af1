#include "fixture.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "engine/service.h"
#include "rpc/ca.pb-c.h"

struct world {
	struct fixture f;
	struct service request;
};

static int setup(void **state)
{
	static struct world w;
	fixture_make(&w.f, fixture_sections);
	fixture_open(&w.f);
	w.request = (struct service){w.f.engine, false};
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	fixture_end(&w->f);
	return 0;
}

static const Signet__Rpc__MetricFamily *family(struct world *w, const char *name)
{
	struct rpc_peer own = {.uid = geteuid()};
	Signet__Rpc__Empty empty = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	Signet__Rpc__Reply reply = SIGNET__RPC__REPLY__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_METRICS;
	call.metrics = &empty;
	service_handle(&w->request, &own, w->f.arena, &call, &reply);
	assert_int_equal(reply.code, 0);
	assert_false(reply.metrics->cut);
	assert_true(signet__rpc__reply__get_packed_size(&reply) < LIMIT_MESSAGE);
	for (size_t i = 0; i < reply.metrics->n_families; i++)
		if (strcmp(reply.metrics->families[i]->name, name) == 0)
			return reply.metrics->families[i];
	return NULL;
}

static double requests(struct world *w, const char *intermediary, const char *disposition)
{
	const Signet__Rpc__MetricFamily *f = family(w, "signet_requests_total");
	for (size_t i = 0; i < f->n_samples; i++)
		if (strcmp(f->samples[i]->values[0], intermediary) == 0 &&
		    strcmp(f->samples[i]->values[2], disposition) == 0)
			return f->samples[i]->value;
	return 0;
}

static void requests_are_counted_by_what_came_of_them(void **state)
{
	struct world *w = *state;
	struct signet_outcome out;
	struct bytes csr = fixture_csr(w->f.arena, w->f.key, "", "dns:a.example.com", NULL);
	struct signet_submission s = fixture_submission(csr, "1");
	const char *intermediary = s.intermediary;
	assert_int_equal(fixture_submit(&w->f, &s, &out, NULL), 0);
	assert_true(requests(w, intermediary, "issued") == 1);
	/* the same once more is no other request */
	assert_int_equal(fixture_submit(&w->f, &s, &out, NULL), 0);
	assert_true(requests(w, intermediary, "issued") == 1);
	uint32_t minutes[RATES_MINUTES];
	rates_read(&w->f.engine->measures->issued, clock_now(), minutes);
	assert_int_equal(minutes[0] + minutes[1], 1);
	assert_true(family(w, "signet_submit_duration_seconds")->samples[0]->n_buckets ==
	            METRIC_BUCKETS);
	assert_true(family(w, "signet_authority_issued_total")->samples[0]->value == 1);
}

static void names_that_nobody_configured_become_no_label(void **state)
{
	struct world *w = *state;
	struct signet_outcome out;
	struct error err = {0};
	struct bytes csr = fixture_csr(w->f.arena, w->f.key, "", "dns:a.example.com", NULL);
	struct signet_submission s = fixture_submission(csr, "1");
	s.profile = "made-up";
	assert_int_not_equal(fixture_submit(&w->f, &s, &out, &err), 0);
	assert_true(requests(w, "unknown", "refused") == 1);
	const Signet__Rpc__MetricFamily *f = family(w, "signet_requests_total");
	for (size_t i = 0; i < f->n_samples; i++)
		assert_string_not_equal(f->samples[i]->values[1], "made-up");
}

static void a_database_that_takes_writes_is_told_so(void **state)
{
	struct world *w = *state;
	struct measures *measures = w->f.engine->measures;
	assert_int_equal(measures_probe(measures, w->f.engine->database), 0);
	/* the answer is kept for a while: who asks often costs nothing */
	atomic_store(&measures->probe_result, SIGNET_E_FULL);
	assert_int_equal(measures_probe(measures, w->f.engine->database), SIGNET_E_FULL);
	atomic_store(&measures->probed, 1);
	assert_int_equal(measures_probe(measures, w->f.engine->database), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(requests_are_counted_by_what_came_of_them),
		TEST(names_that_nobody_configured_become_no_label),
		TEST(a_database_that_takes_writes_is_told_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
