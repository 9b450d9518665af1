#include "fixture.h"

#include "asn1/name.h"
#include "asn1/oid.h"
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

/* Opens the engine again with an issuing authority that certifies only what lies below, and the
 * gateway's host. */
static void constrain(struct world *w, const char *domain)
{
	struct general_name bases[] = {{GN_DNS, bytes_text(domain)},
	                               {GN_DNS, bytes_text("ca.example.com")}};
	const struct name_constraints constraints = {bases, NULL, 2, 0};
	int64_t now = clock_now();
	const struct fixture_authority issuing = {
		.subject = "CN=Test Issuing", .issuer = "CN=Test Root", .key = w->f.issuing_key,
		.issuer_key = w->f.root_key, .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN, .ca = true,
		.path_length = 0, .not_before = now - 3600, .not_after = now + 100 * 86400,
		.constraints = &constraints};
	struct bytes chain[] = {fixture_certificate(w->f.arena, &issuing), w->f.root};
	configuration_release(w->f.engine->holder, w->configuration);
	fixture_shut(&w->f);
	fixture_write_pem(&w->f, "issuing.pem", chain, 2);
	fixture_open(&w->f);
	w->configuration = configuration_take(w->f.engine->holder);
	w->work.engine = w->f.engine;
	w->work.configuration = w->configuration;
}

static void is_denied_by_authority(const struct work *work, enum signet_reason reason,
                                   const char *part)
{
	const struct signet_trace_step *last = &work->chain.steps[work->chain.count - 1];
	assert_int_equal(work->state, SIGNET_REQUEST_DENIED);
	assert_int_equal(work->reason, reason);
	assert_non_null(strstr(work->message, part));
	assert_string_equal(last->rule, "authority");
	assert_int_equal(last->decision, SIGNET_DENY);
	assert_string_equal(last->message, work->message);
}

static void names_that_the_authority_may_not_certify_are_denied(void **state)
{
	struct world *w = *state;
	constrain(w, "b.example.com");
	go(&w->work);
	is_denied_by_authority(&w->work, SIGNET_REASON_NAME, "dns name \"a.example.com\"");
	assert_int_equal(w->work.chain.count, 4);
	work_clear(&w->work);
	constrain(w, "example.com");
	go(&w->work);
	assert_int_equal(w->work.state, SIGNET_REQUEST_ISSUED);
	assert_int_equal(w->work.chain.count, 3);
}

static int hold(const void *rule, const struct signet_request *request,
                struct signet_draft *draft, struct signet_verdict *verdict)
{
	(void)rule;
	(void)request;
	(void)draft;
	return signet_hold(verdict, "somebody should look");
}

static void nobody_is_asked_about_what_cannot_be(void **state)
{
	struct world *w = *state;
	constrain(w, "b.example.com");
	fixture_use_rule(&w->f, hold);
	go(&w->work);
	is_denied_by_authority(&w->work, SIGNET_REASON_NAME, "name constraints");
}

static int change_names(const void *rule, const struct signet_request *request,
                        struct signet_draft *draft, struct signet_verdict *verdict)
{
	struct general_name name = {GN_DNS, bytes_text("a.b.example.com")};
	(void)rule;
	(void)request;
	(void)verdict;
	int result = signet_draft_set_subject(draft, NAME_EMPTY);
	return result ? result : signet_draft_set_alt_names(draft, &name, 1);
}

static void a_rule_may_make_the_names_fit(void **state)
{
	struct world *w = *state;
	constrain(w, "b.example.com");
	fixture_use_rule(&w->f, change_names);
	go(&w->work);
	assert_int_equal(w->work.state, SIGNET_REQUEST_ISSUED);
}

static int make_ca(const void *rule, const struct signet_request *request,
                   struct signet_draft *draft, struct signet_verdict *verdict)
{
	static const uint8_t ca[] = {0x30, 0x03, 0x01, 0x01, 0xff};
	const struct extension extension = {OID_BASIC_CONSTRAINTS, true, BYTES_OF(ca)};
	(void)rule;
	(void)request;
	(void)verdict;
	return signet_draft_set_extension(draft, &extension);
}

static void no_rule_makes_a_ca_below_path_length_0(void **state)
{
	struct world *w = *state;
	fixture_use_rule(&w->f, make_ca);
	go(&w->work);
	is_denied_by_authority(&w->work, SIGNET_REASON_POLICY, "may have no CA below it");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_request_is_no_resubmission),
		TEST(a_stored_one_brings_its_approvals_and_its_history),
		TEST(errors_are_those_of_a_submission),
		TEST(names_that_the_authority_may_not_certify_are_denied),
		TEST(nobody_is_asked_about_what_cannot_be),
		TEST(a_rule_may_make_the_names_fit),
		TEST(no_rule_makes_a_ca_below_path_length_0),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
