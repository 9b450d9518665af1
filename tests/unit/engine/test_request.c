#include "fixture.h"

#include <pthread.h>
#include <stdio.h>

#include "api/policy.h"
#include "asn1/oid.h"
#include "base/clock.h"
#include "crypto/x509.h"
#include "engine/records.pb-c.h"
#include "engine/request.h"
#include "engine/search.h"
#include "pki/certificate.h"

static int setup(void **state)
{
	static struct fixture f;
	fixture_make(&f, fixture_sections);
	fixture_open(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	fixture_end(*state);
	return 0;
}

static void submit(struct fixture *f, struct bytes csr, const char *key,
                   struct signet_outcome *out)
{
	struct signet_submission submission = fixture_submission(csr, key);
	struct error err = {0};
	if (fixture_submit(f, &submission, out, &err))
		fail_msg("%s (%s)", err.message, err.detail);
}

static int submit_error(struct fixture *f, const struct signet_submission *submission)
{
	struct signet_outcome out;
	struct error err = {0};
	int result = fixture_submit(f, submission, &out, &err);
	assert_int_equal(result, err.code);
	return result;
}

static uint64_t stored_requests(struct fixture *f)
{
	struct database_counts counts;
	assert_int_equal(database_count(f->engine->database, &counts, NULL), 0);
	return counts.requests;
}

static void an_authority_that_has_ended_is_no_denial(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	int64_t now = clock_now();
	struct bytes csr = fixture_csr(f->arena, f->key, "", "dns:www.example.com", NULL);
	struct signet_submission submission = fixture_submission(csr, "order-1");
	submit(f, csr, "order-0", &out);
	clock_freeze(now + INT64_C(10) * 365 * 86400);
	int result = submit_error(f, &submission);
	/* what was issued is still to be had */
	submit(f, csr, "order-0", &out);
	clock_freeze(0);
	assert_int_equal(result, SIGNET_E_UNAVAILABLE);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	assert_int_equal(stored_requests(f), 1);
	submit(f, csr, "order-1", &out);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
}

static void a_good_request_is_issued(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct bytes csr = fixture_csr(f->arena, f->key, "", "dns:www.example.com",
	                               "ip:192.0.2.9", NULL);
	submit(f, csr, "order-1", &out);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	assert_int_equal(out.request_id, 1);
	assert_int_equal(out.certificate_id, 1);
	assert_int_equal(out.chain_count, 1);
	struct bytes chain[] = {out.certificate, out.chain[0], f->root};
	assert_int_equal(x509_verify_chain(chain, 3, clock_now(), NULL), 0);
	struct certificate certificate;
	assert_int_equal(certificate_parse(&certificate, f->arena, out.certificate, NULL), 0);
	assert_true(bytes_equal(certificate.serial, out.serial));
	assert_true(pubkey_equal(certificate.key, key_public(f->key)));
	assert_string_equal(name_to_text(f->arena, certificate.subject), "CN=www.example.com");
	assert_int_equal(certificate.not_after - certificate.not_before + 1, 90 * 86400);
	struct general_name *names;
	size_t count;
	const struct extension *san = certificate_extension(&certificate, OID_SUBJECT_ALT_NAME);
	assert_non_null(san);
	assert_false(san->critical);
	assert_int_equal(subject_alt_name_decode(f->arena, san->value, &names, &count, NULL), 0);
	assert_int_equal(count, 2);
	assert_non_null(certificate_extension(&certificate, OID_CRL_DISTRIBUTION));
	assert_non_null(certificate_extension(&certificate, OID_AUTHORITY_INFO));
	certificate_clear(&certificate);
}

static void the_same_key_again_gives_the_first_outcome(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome first, again;
	struct bytes csr = fixture_csr(f->arena, f->key, "", "dns:www.example.com", NULL);
	submit(f, csr, "order-1", &first);
	submit(f, csr, "order-1", &again);
	assert_int_equal(again.disposition, SIGNET_ISSUED);
	assert_int_equal(again.request_id, first.request_id);
	assert_true(bytes_equal(again.certificate, first.certificate));
	assert_true(bytes_equal(again.serial, first.serial));
	assert_int_equal(again.chain_count, 1);
	assert_int_equal(stored_requests(f), 1);
}

static void the_same_key_with_another_request_is_a_conflict(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	submit(f, fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL), "order-1", &out);
	struct signet_submission other = fixture_submission(
		fixture_csr(f->arena, f->key, "", "dns:b.example.com", NULL), "order-1");
	assert_int_equal(submit_error(f, &other), SIGNET_E_CONFLICT);
	assert_int_equal(stored_requests(f), 1);
}

static void a_denied_request_is_stored_with_its_trace(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out, again;
	struct bytes csr = fixture_csr(f->arena, f->key, "", "dns:www.example.org", NULL);
	submit(f, csr, "order-1", &out);
	assert_int_equal(out.disposition, SIGNET_DENIED);
	assert_int_equal(out.reason, SIGNET_REASON_NAME);
	assert_string_equal(out.message, "the name dns:www.example.org is not allowed");
	assert_int_equal(out.certificate.length, 0);
	assert_int_equal(stored_requests(f), 1);
	submit(f, csr, "order-1", &again);
	assert_int_equal(again.disposition, SIGNET_DENIED);
	assert_string_equal(again.message, out.message);
}

static void unknown_profiles_are_refused(void **state)
{
	struct fixture *f = *state;
	struct signet_submission s = fixture_submission(
		fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL), "order-1");
	s.profile = "nothing";
	assert_int_equal(submit_error(f, &s), SIGNET_E_NOT_FOUND);
}

static void profiles_of_others_are_refused(void **state)
{
	struct fixture *f = *state;
	struct signet_submission s = fixture_submission(
		fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL), "order-1");
	s.profile = "closed";
	assert_int_equal(submit_error(f, &s), SIGNET_E_PERMISSION);
	s.profile = "gateway";
	assert_int_equal(submit_error(f, &s), SIGNET_E_PERMISSION);
	s.profile = "tls-server";
	s.intermediary = "scep";
	assert_int_equal(submit_error(f, &s), SIGNET_E_PERMISSION);
	s.intermediary = "gateway";
	assert_int_equal(submit_error(f, &s), SIGNET_E_PERMISSION);
	assert_int_equal(stored_requests(f), 0);
}

static void malformed_requests_are_not_stored(void **state)
{
	struct fixture *f = *state;
	struct signet_submission s = fixture_submission(bytes_text("no DER at all"), "order-1");
	assert_int_equal(submit_error(f, &s), SIGNET_E_BAD_REQUEST);
	struct bytes csr = fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL);
	uint8_t *broken = arena_memdup(f->arena, csr.data, csr.length);
	broken[csr.length - 1] ^= 1;
	s.csr = bytes_make(broken, csr.length);
	assert_int_equal(submit_error(f, &s), SIGNET_E_BAD_SIGNATURE);
	s.csr = bytes_make(csr.data, csr.length - 1);
	assert_int_equal(submit_error(f, &s), SIGNET_E_BAD_REQUEST);
	assert_int_equal(stored_requests(f), 0);
	/* and the key is still free */
	struct signet_outcome out;
	submit(f, csr, "order-1", &out);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
}

static void oversized_parts_are_refused(void **state)
{
	struct fixture *f = *state;
	struct bytes csr = fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL);
	struct signet_submission s = fixture_submission(csr, "");
	assert_int_equal(submit_error(f, &s), SIGNET_E_INVALID);
	char *longer = arena_printf(f->arena, "%*s", LIMIT_IDEMPOTENCY_KEY + 1, "x");
	s.idempotency_key = longer;
	assert_int_equal(submit_error(f, &s), SIGNET_E_INVALID);
	s = fixture_submission(csr, "k");
	s.requester = arena_printf(f->arena, "%*s", LIMIT_ATTRIBUTE + 1, "x");
	assert_int_equal(submit_error(f, &s), SIGNET_E_INVALID);
	s = fixture_submission(csr, "k");
	s.address = "\xff\xfe";
	assert_int_equal(submit_error(f, &s), SIGNET_E_INVALID);
	s = fixture_submission(csr, "k");
	struct signet_attribute attributes[LIMIT_ATTRIBUTES + 1];
	for (size_t i = 0; i <= LIMIT_ATTRIBUTES; i++)
		attributes[i] = (struct signet_attribute){"name", "value"};
	s.attributes = attributes;
	s.attribute_count = LIMIT_ATTRIBUTES + 1;
	assert_int_equal(submit_error(f, &s), SIGNET_E_TOO_BIG);
	s = fixture_submission(bytes_make(csr.data, LIMIT_CSR + 1), "k");
	assert_int_equal(submit_error(f, &s), SIGNET_E_TOO_BIG);
}

static void retrieve_gives_what_was_stored(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out, again;
	submit(f, fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL), "order-1", &out);
	struct configuration *configuration = configuration_take(f->engine->holder);
	assert_int_equal(request_retrieve(f->engine, configuration, f->arena, out.request_id,
	                                  &again, NULL), 0);
	assert_int_equal(request_retrieve(f->engine, configuration, f->arena, 99, &again, NULL),
	                 SIGNET_E_NOT_FOUND);
	configuration_release(f->engine->holder, configuration);
	assert_true(bytes_equal(out.certificate, again.certificate));
}

static void everything_survives_a_restart(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out, again;
	struct bytes csr = fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL);
	submit(f, csr, "order-1", &out);
	fixture_shut(f);
	fixture_open(f);
	submit(f, csr, "order-1", &again);
	assert_int_equal(again.request_id, out.request_id);
	assert_true(bytes_equal(out.certificate, again.certificate));
	assert_int_equal(stored_requests(f), 1);
}

static void the_gateway_gets_its_own_names_only(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct signet_submission s = fixture_submission(
		fixture_csr(f->arena, f->key, "", "dns:CA.example.com", "ip:127.0.0.1", NULL), "tls-1");
	s.profile = s.intermediary = s.protocol = "gateway";
	assert_int_equal(fixture_submit(f, &s, &out, NULL), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	s.csr = fixture_csr(f->arena, f->key, "", "dns:ca.example.com", "dns:www.example.com", NULL);
	s.idempotency_key = "tls-2";
	assert_int_equal(fixture_submit(f, &s, &out, NULL), 0);
	assert_int_equal(out.disposition, SIGNET_DENIED);
	assert_int_equal(out.reason, SIGNET_REASON_NAME);
	s.csr = fixture_csr(f->arena, f->key, "", "ip:127.0.0.2", NULL);
	s.idempotency_key = "tls-3";
	assert_int_equal(fixture_submit(f, &s, &out, NULL), 0);
	assert_int_equal(out.disposition, SIGNET_DENIED);
}

/* Rules that stand for what a module of the configuration could be. */
static int hold(const void *rule, const struct signet_request *request,
                struct signet_draft *draft, struct signet_verdict *verdict)
{
	(void)rule;
	(void)request;
	(void)draft;
	return signet_hold(verdict, "an officer has to look at it");
}

static int break_draft(const void *rule, const struct signet_request *request,
                       struct signet_draft *draft, struct signet_verdict *verdict)
{
	(void)rule;
	(void)request;
	(void)verdict;
	/* RFC 5280 section 4.1.2.5: no validity at all */
	return signet_draft_set_validity(draft, signet_draft_not_after(draft),
	                                 signet_draft_not_before(draft));
}

static void list_requests(struct fixture *f, uint64_t before, unsigned limit,
                          enum signet_request_state state, struct stored **rows, size_t *count,
                          bool *more)
{
	struct signet_request_query query = {.before = before, .limit = limit, .state = state};
	struct search_page page;
	assert_int_equal(search_requests(f->engine->database, f->arena, &query, &page, NULL), 0);
	*rows = page.rows;
	*count = page.count;
	*more = page.place.length != 0;
}

static void what_is_held_is_pending(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out, again;
	struct database_counts counts;
	struct stored *rows;
	size_t count;
	bool more;
	fixture_use_rule(f, hold);
	struct bytes csr = fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL);
	submit(f, csr, "order-1", &out);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	assert_true(out.retry_after > 0);
	assert_int_equal(out.certificate.length, 0);
	assert_string_equal(out.message, "an officer has to look at it");
	submit(f, csr, "order-1", &again);
	assert_int_equal(again.disposition, SIGNET_PENDING);
	assert_int_equal(again.request_id, out.request_id);
	assert_int_equal(database_count(f->engine->database, &counts, NULL), 0);
	assert_int_equal(counts.pending, 1);
	assert_int_equal(counts.certificates, 0);
	assert_int_equal(counts.events, 1);
	list_requests(f, 0, 10, SIGNET_REQUEST_PENDING, &rows, &count, &more);
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].id, out.request_id);
}

static void a_draft_that_breaks_the_rules_has_failed(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out, again;
	fixture_use_rule(f, break_draft);
	struct bytes csr = fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL);
	submit(f, csr, "order-1", &out);
	assert_int_equal(out.disposition, SIGNET_FAILED);
	assert_int_equal(out.certificate.length, 0);
	assert_int_not_equal(out.message[0], '\0');
	submit(f, csr, "order-1", &again);
	assert_int_equal(again.disposition, SIGNET_FAILED);
	assert_int_equal(stored_requests(f), 1);
}

static void an_empty_chain_issues_nothing(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	fixture_shut(f);
	fixture_configure(f, fixture_profiles);
	fixture_open(f);
	submit(f, fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL), "order-1", &out);
	assert_int_equal(out.disposition, SIGNET_DENIED);
	assert_int_equal(out.reason, SIGNET_REASON_POLICY);
	assert_string_equal(out.message, "no policy is configured");
}

static void a_weak_key_of_the_gateway_is_denied(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct key *rsa;
	assert_int_equal(key_generate(&rsa, KEY_RSA, 2048, NULL), 0);
	struct signet_submission s = fixture_submission(
		fixture_csr(f->arena, rsa, "", "dns:ca.example.com", NULL), "tls-1");
	key_free(rsa);
	s.profile = s.intermediary = s.protocol = "gateway";
	assert_int_equal(fixture_submit(f, &s, &out, NULL), 0);
	assert_int_equal(out.disposition, SIGNET_DENIED);
	assert_int_equal(out.reason, SIGNET_REASON_KEY);
}

static int test(struct fixture *f, const struct signet_submission *s, struct stored *out,
                struct issue_plan *plan)
{
	struct configuration *configuration = configuration_take(f->engine->holder);
	int result = request_test(f->engine, configuration, f->arena, s, out, plan, NULL);
	configuration_release(f->engine->holder, configuration);
	return result;
}

static void a_test_stores_nothing(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct issue_plan plan;
	struct stored stored;
	struct database_counts counts;
	struct certificate certificate;
	struct bytes csr = fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL);
	struct signet_submission s = fixture_submission(csr, "");
	assert_int_equal(test(f, &s, &stored, &plan), 0);
	assert_int_equal(stored.request->state, SIGNET_REQUEST_ISSUED);
	assert_int_equal(stored.request->n_trace, 3);
	assert_non_null(stored.request->draft);
	assert_null(stored.certificate);
	assert_int_equal(database_count(f->engine->database, &counts, NULL), 0);
	assert_int_equal(counts.requests + counts.certificates + counts.events, 0);
	/* what it would be is what it is */
	submit(f, csr, "order-1", &out);
	assert_int_equal(certificate_parse(&certificate, f->arena, out.certificate, NULL), 0);
	assert_int_equal(plan.count, certificate.extension_count);
	for (size_t i = 0; i < plan.count; i++) {
		assert_true(bytes_equal(plan.extensions[i].oid, certificate.extensions[i].oid));
		assert_true(bytes_equal(plan.extensions[i].value, certificate.extensions[i].value));
	}
	certificate_clear(&certificate);
}

static int hold_tests(const void *rule, const struct signet_request *request,
                      struct signet_draft *draft, struct signet_verdict *verdict)
{
	(void)rule, (void)draft;
	return request->test ? signet_hold(verdict, "only a test")
	                     : signet_deny(verdict, SIGNET_REASON_POLICY, "no test");
}

static void a_test_says_what_would_be(void **state)
{
	struct fixture *f = *state;
	struct issue_plan plan;
	struct stored stored;
	struct signet_submission s = fixture_submission(
		fixture_csr(f->arena, f->key, "", "dns:a.example.org", NULL), "");
	s.intermediary = s.protocol = "";
	assert_int_equal(test(f, &s, &stored, &plan), 0);
	assert_int_equal(stored.request->state, SIGNET_REQUEST_DENIED);
	assert_int_equal(plan.count, 0);
	assert_string_equal(stored.request->intermediary, "acme");
	assert_string_equal(stored.request->protocol, "acme");
	fixture_use_rule(f, hold_tests);
	assert_int_equal(test(f, &s, &stored, &plan), 0);
	assert_int_equal(stored.request->state, SIGNET_REQUEST_PENDING);
	fixture_use_rule(f, break_draft);
	assert_int_equal(test(f, &s, &stored, &plan), 0);
	assert_int_equal(stored.request->state, SIGNET_REQUEST_FAILED);
	assert_int_equal(plan.count, 0);
}

static void a_test_asks_as_the_intermediary_would(void **state)
{
	struct fixture *f = *state;
	struct issue_plan plan;
	struct stored stored;
	struct signet_submission s = fixture_submission(
		fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL), "");
	s.intermediary = s.protocol = "";
	s.profile = "closed";
	assert_int_equal(test(f, &s, &stored, &plan), SIGNET_E_NOT_FOUND);
	s.profile = "nothing";
	assert_int_equal(test(f, &s, &stored, &plan), SIGNET_E_NOT_FOUND);
	s.profile = "closed";
	s.intermediary = "acme";
	assert_int_equal(test(f, &s, &stored, &plan), SIGNET_E_PERMISSION);
	s.profile = "tls-server";
	s.intermediary = "scep";
	assert_int_equal(test(f, &s, &stored, &plan), SIGNET_E_NOT_FOUND);
	s.intermediary = "acme";
	s.requester = "a\nb";
	assert_int_equal(test(f, &s, &stored, &plan), SIGNET_E_INVALID);
	s.requester = "";
	s.csr = bytes_text("no DER at all");
	assert_int_equal(test(f, &s, &stored, &plan), SIGNET_E_BAD_REQUEST);
}

#define THREADS 32
#define ROUNDS 4

struct caller {
	pthread_t thread;
	struct fixture *f;
	struct bytes csr;
	unsigned number;
	struct signet_outcome shared[ROUNDS];
	struct arena *arena;
	int result;
};

static int submit_as(struct caller *caller, const char *key, struct signet_outcome *out)
{
	struct signet_submission s = fixture_submission(caller->csr, key);
	struct configuration *configuration = configuration_take(caller->f->engine->holder);
	int result = request_submit(caller->f->engine, configuration, caller->arena, &s, out, NULL);
	configuration_release(caller->f->engine->holder, configuration);
	return result ? result : out->disposition == SIGNET_ISSUED ? 0 : SIGNET_E_DENIED;
}

/* Each round: one submission that all threads make, and one of its own. */
static void *call(void *arg)
{
	struct caller *caller = arg;
	for (unsigned i = 0; i < ROUNDS && caller->result == 0; i++) {
		char key[64];
		struct signet_outcome own;
		snprintf(key, sizeof key, "shared-%u", i);
		caller->result = submit_as(caller, key, &caller->shared[i]);
		snprintf(key, sizeof key, "own-%u-%u", caller->number, i);
		if (caller->result == 0)
			caller->result = submit_as(caller, key, &own);
	}
	return NULL;
}

static void many_callers_get_one_certificate_for_one_key(void **state)
{
	struct fixture *f = *state;
	static struct caller callers[THREADS];
	struct bytes csr = fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL);
	for (unsigned i = 0; i < THREADS; i++) {
		callers[i] = (struct caller){.f = f, .csr = csr, .number = i,
		                             .arena = arena_new(LIMIT_REQUEST_ARENA)};
		assert_int_equal(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(callers[i].thread, NULL);
	for (unsigned i = 0; i < THREADS; i++) {
		assert_int_equal(callers[i].result, 0);
		for (unsigned k = 0; k < ROUNDS; k++) {
			assert_int_equal(callers[i].shared[k].request_id, callers[0].shared[k].request_id);
			assert_true(bytes_equal(callers[i].shared[k].certificate,
			                        callers[0].shared[k].certificate));
		}
	}
	for (unsigned i = 0; i < THREADS; i++)
		arena_free(callers[i].arena);
	assert_int_equal(stored_requests(f), ROUNDS + THREADS * ROUNDS);
	assert_int_equal(database_issued(f->engine->database, "issuing"), ROUNDS + THREADS * ROUNDS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_authority_that_has_ended_is_no_denial),
		TEST(a_good_request_is_issued),
		TEST(the_same_key_again_gives_the_first_outcome),
		TEST(the_same_key_with_another_request_is_a_conflict),
		TEST(a_denied_request_is_stored_with_its_trace),
		TEST(unknown_profiles_are_refused),
		TEST(profiles_of_others_are_refused),
		TEST(malformed_requests_are_not_stored),
		TEST(oversized_parts_are_refused),
		TEST(retrieve_gives_what_was_stored),
		TEST(everything_survives_a_restart),
		TEST(the_gateway_gets_its_own_names_only),
		TEST(what_is_held_is_pending),
		TEST(a_draft_that_breaks_the_rules_has_failed),
		TEST(an_empty_chain_issues_nothing),
		TEST(a_weak_key_of_the_gateway_is_denied),
		TEST(a_test_stores_nothing),
		TEST(a_test_says_what_would_be),
		TEST(a_test_asks_as_the_intermediary_would),
		TEST(many_callers_get_one_certificate_for_one_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
