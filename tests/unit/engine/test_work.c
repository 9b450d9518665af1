#include "fixture.h"

#include "base/clock.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"
#include "engine/work.h"

struct world {
	struct fixture f;
	struct configuration *configuration;
	struct signet_submission submission;
	struct work work;
};

static int setup(void **state)
{
	static struct world w;
	fixture_make(&w.f, fixture_sections);
	fixture_open(&w.f);
	w.configuration = configuration_take(w.f.engine->holder);
	w.submission = fixture_submission(
		fixture_csr(w.f.arena, w.f.key, "", "dns:a.example.com", NULL), "1");
	w.work = (struct work){.engine = w.f.engine, .configuration = w.configuration,
	                       .arena = w.f.arena, .submission = &w.submission};
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	work_clear(&w->work);
	configuration_release(w->f.engine->holder, w->configuration);
	fixture_end(&w->f);
	return 0;
}

static void go(struct work *work)
{
	struct error err = {0};
	if (work_find_profile(work, &err) || work_begin(work, &err) || work_judge(work, &err) ||
	    work_decide(work, &err))
		fail_msg("%s", err.message);
}

static void a_new_request_is_no_resubmission(void **state)
{
	struct world *w = *state;
	struct database_entry entry = {0};
	go(&w->work);
	assert_int_equal(w->work.state, SIGNET_REQUEST_ISSUED);
	assert_false(w->work.request.resubmitted);
	assert_int_equal(w->work.request.id, 0);
	assert_int_equal(w->work.request.approver_count, 0);
	assert_int_equal(work_fill_entry(&w->work, &entry, NULL), 0);
	assert_int_equal(entry.id, 0);
	assert_int_equal(entry.audit.action, AUDIT_ISSUED);
	assert_string_equal(entry.audit.actor, "acme");
	assert_true(entry.name_count > 0);
	assert_int_equal(entry.time, w->work.request.submitted);
}

static void a_stored_one_brings_its_approvals_and_its_history(void **state)
{
	struct world *w = *state;
	Signet__Db__Approval approval = SIGNET__DB__APPROVAL__INIT, *approvals[] = {&approval};
	Signet__Db__Request stored = SIGNET__DB__REQUEST__INIT, *record;
	struct database_entry entry = {0};
	approval.actor = (char *)"uid 7";
	stored.approvals = approvals;
	stored.n_approvals = 1;
	stored.submitted = 1000;
	stored.revision = 4;
	w->work.stored = &stored;
	w->work.id = 17;
	go(&w->work);
	assert_true(w->work.request.resubmitted);
	assert_int_equal(w->work.request.id, 17);
	assert_int_equal(w->work.request.approver_count, 1);
	assert_string_equal(w->work.request.approvers[0], "uid 7");
	assert_int_equal(work_fill_entry(&w->work, &entry, NULL), 0);
	assert_int_equal(entry.id, 17);
	assert_int_equal(entry.revision, 4);
	assert_int_equal(record_unpack_request(w->f.arena, entry.record, &record), 0);
	assert_int_equal(record->revision, 5);
	assert_int_equal(record->submitted, 1000);
	assert_int_equal(record->resolved, w->work.request.submitted);
	assert_int_equal(record->n_approvals, 1);
}

static void errors_are_those_of_a_submission(void **state)
{
	struct world *w = *state;
	struct error err = {0};
	w->submission.profile = "nothing";
	assert_int_equal(work_find_profile(&w->work, &err), SIGNET_E_NOT_FOUND);
	w->submission.profile = "closed";
	assert_int_equal(work_find_profile(&w->work, &err), SIGNET_E_PERMISSION);
	w->submission.profile = "tls-server";
	assert_int_equal(work_find_profile(&w->work, &err), 0);
	struct bytes csr = w->submission.csr;
	w->submission.csr = bytes_make(csr.data, csr.length - 1);
	assert_int_equal(work_begin(&w->work, &err), SIGNET_E_BAD_REQUEST);
	w->submission.csr = csr;
	clock_freeze(clock_now() + INT64_C(20) * 365 * 86400);
	assert_int_equal(work_begin(&w->work, &err), SIGNET_E_UNAVAILABLE);
	clock_freeze(0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_request_is_no_resubmission),
		TEST(a_stored_one_brings_its_approvals_and_its_history),
		TEST(errors_are_those_of_a_submission),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
