#include "import_world.h"

#include <stdio.h>

#include "api/policy.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/clock.h"
#include "engine/approval.h"
#include "engine/records.pb-c.h"
#include "engine/service.h"
#include "engine/view.h"
#include "pki/csr.h"
#include "rpc/ca.pb-c.h"

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

static void submit(struct fixture *f, struct bytes csr, const char *key, struct stored *stored)
{
	struct signet_outcome out;
	struct signet_submission s = fixture_submission(csr, key);
	assert_int_equal(fixture_submit(f, &s, &out, NULL), 0);
	assert_int_equal(database_find(f->engine->database, f->arena, out.request_id, stored, NULL), 0);
}

static const Signet__Rpc__RequestExtension *extension(const Signet__Rpc__Request *r,
                                                      const char *name)
{
	for (size_t i = 0; i < r->n_extensions; i++)
		if (strcmp(r->extensions[i]->name, name) == 0)
			return r->extensions[i];
	return NULL;
}

static void a_denied_request_shows_its_draft(void **state)
{
	struct fixture *f = *state;
	struct stored stored;
	Signet__Rpc__Request r;
	submit(f, fixture_csr(f->arena, f->key, "O=Example", "dns:a.example.org", NULL), "1", &stored);
	assert_int_equal(view_request(f->arena, &stored, true, &r), 0);
	assert_int_equal(r.state, SIGNET_REQUEST_DENIED);
	assert_int_equal(r.certificate_id, 0);
	assert_string_equal(r.subject, "O=Example");
	assert_int_equal(r.n_names, 1);
	assert_string_equal(r.names[0], "dns:a.example.org");
	assert_string_equal(r.key, "P-256");
	assert_true(r.csr.len > 0);
	const Signet__Rpc__RequestExtension *e = extension(&r, "subjectAltName");
	assert_non_null(e);
	assert_int_equal(e->origin, SIGNET_ORIGIN_REQUEST);
	assert_string_equal(e->oid, "2.5.29.17");
	e = extension(&r, "keyUsage");
	assert_non_null(e);
	assert_int_equal(e->origin, SIGNET_ORIGIN_PROFILE);
	assert_true(e->critical);
	assert_null(extension(&r, "authorityKeyIdentifier"));
	assert_string_equal(r.draft_subject, "CN=a.example.org");
	assert_true(r.not_before > 0);
	assert_int_equal(r.not_after - r.not_before + 1, 90 * 86400);
	assert_int_equal(r.n_approvers, 0);
}

static void an_approval_of_another_draft_is_shown_as_void(void **state)
{
	struct fixture *f = *state;
	struct stored stored;
	Signet__Rpc__Request r;
	submit(f, fixture_csr(f->arena, f->key, "", "dns:a.example.org", NULL), "1", &stored);
	stored.request->state = SIGNET_REQUEST_PENDING;
	assert_int_equal(approval_add(f->arena, stored.request, 1, "uid 1", 0, NULL), 0);
	assert_int_equal(approval_add(f->arena, stored.request, 1, "uid 2", 0, NULL), 0);
	assert_int_equal(approval_add(f->arena, stored.request, 1, "uid 2", 0, NULL), SIGNET_E_EXISTS);
	stored.request->approvals[0]->digest.data[31] ^= 1;
	assert_int_equal(view_request(f->arena, &stored, true, &r), 0);
	assert_int_equal(r.n_approvers, 1);
	assert_string_equal(r.approvers[0], "uid 2");
	assert_int_equal(r.n_void_approvers, 1);
	assert_string_equal(r.void_approvers[0], "uid 1");
	/* longer than what was approved */
	stored.request->draft->not_after++;
	assert_int_equal(approval_void(f->arena, stored.request, false), 0);
	assert_int_equal(stored.request->n_approvals, 0);
	assert_int_equal(stored.request->n_voided, 2);
	assert_int_equal(view_request(f->arena, &stored, true, &r), 0);
	assert_int_equal(r.n_approvers, 0);
	assert_int_equal(r.n_void_approvers, 2);
}

static void an_imported_certificate_speaks_for_its_request(void **state)
{
	struct fixture *f = *state;
	struct stored stored;
	Signet__Rpc__Request r;
	struct old_certificate old = {.serial = 1, .name = "dns:old.example.com"};
	assert_int_equal(import_one(f, old_certificate(f, &old)).imported, 1);
	assert_int_equal(database_find(f->engine->database, f->arena, 1, &stored, NULL), 0);
	for (int whole = 0; whole < 2; whole++) {
		assert_int_equal(view_request(f->arena, &stored, whole, &r), 0);
		assert_int_equal(r.state, SIGNET_REQUEST_ISSUED);
		assert_string_equal(r.subject, "CN=old");
		assert_int_equal(r.n_names, 1);
		assert_string_equal(r.names[0], "dns:old.example.com");
		assert_string_equal(r.key, "P-256");
		assert_string_equal(r.message, "imported by uid 1000");
		assert_int_equal(r.certificate_id, 1);
		assert_int_equal(r.csr.len, 0);
	}
	assert_non_null(extension(&r, "subjectAltName"));
}

static void lists_leave_the_bulk_out(void **state)
{
	struct fixture *f = *state;
	struct stored stored;
	Signet__Rpc__Request r;
	Signet__Rpc__Certificate c;
	submit(f, fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL), "1", &stored);
	assert_int_equal(view_request(f->arena, &stored, false, &r), 0);
	assert_int_equal(r.csr.len, 0);
	assert_int_equal(r.n_trace, 0);
	assert_int_equal(r.n_extensions, 0);
	assert_int_equal(r.serial.len, 20);
	assert_int_equal(view_certificate(f->arena, &stored, clock_now(), false, &c), 0);
	assert_int_equal(c.certificate.len, 0);
	assert_string_equal(c.profile, "tls-server");
}

static void states_follow_the_clock_and_the_record(void **state)
{
	struct fixture *f = *state;
	struct stored stored;
	Signet__Rpc__Certificate c;
	submit(f, fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL), "1", &stored);
	assert_int_equal(view_certificate(f->arena, &stored, clock_now(), true, &c), 0);
	assert_int_equal(c.state, SIGNET_VALID);
	assert_int_equal(view_certificate(f->arena, &stored, c.not_after, true, &c), 0);
	assert_int_equal(c.state, SIGNET_VALID);
	assert_int_equal(view_certificate(f->arena, &stored, c.not_after + 1, true, &c), 0);
	assert_int_equal(c.state, SIGNET_EXPIRED);
	stored.certificate->state = SIGNET_REVOKED;
	stored.certificate->revoked = 1000;
	stored.certificate->reason = 4;
	stored.certificate->invalid = 900;
	assert_int_equal(view_certificate(f->arena, &stored, c.not_after + 1, true, &c), 0);
	assert_int_equal(c.state, SIGNET_REVOKED);
	assert_int_equal(c.revoked, 1000);
	assert_int_equal(c.revocation_reason, 4);
	assert_int_equal(c.invalid, 900);
	stored.certificate = NULL;
	assert_int_equal(view_certificate(f->arena, &stored, 0, true, &c), SIGNET_E_NOT_FOUND);
}

static void what_does_not_read_back_is_corrupt(void **state)
{
	struct fixture *f = *state;
	struct stored stored;
	Signet__Rpc__Request r;
	Signet__Rpc__Certificate c;
	submit(f, fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL), "1", &stored);
	stored.certificate->der.len /= 2;
	assert_int_equal(view_certificate(f->arena, &stored, 0, true, &c), SIGNET_E_CORRUPT);
	stored.certificate = NULL;
	stored.request->csr.len /= 2;
	assert_int_equal(view_request(f->arena, &stored, false, &r), SIGNET_E_CORRUPT);
}

/* The certificate as it is, not as it was when the event was raised. */
static void an_event_says_what_is_so_now(void **state)
{
	struct fixture *f = *state;
	struct event_row row = {.sequence = 1, .kind = SIGNET_EVENT_ISSUED, .time = 1000};
	Signet__Rpc__Event e;
	submit(f, fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL), "1", &row.stored);
	assert_int_equal(view_event(f->arena, &row, &e), 0);
	assert_int_equal(e.state, SIGNET_VALID);
	assert_int_equal(e.not_after - e.not_before + 1, 90 * 86400);
	assert_int_equal(e.revoked, 0);
	row.stored.certificate->state = SIGNET_HELD;
	row.stored.certificate->revoked = 1000;
	row.stored.certificate->reason = 6;
	assert_int_equal(view_event(f->arena, &row, &e), 0);
	assert_int_equal(e.state, SIGNET_HELD);
	assert_int_equal(e.revoked, 1000);
	assert_int_equal(e.revocation_reason, 6);
	row.stored.certificate = NULL;
	assert_int_equal(view_event(f->arena, &row, &e), 0);
	assert_int_equal(e.state, 0);
}

/* A request with as many names as one may have, each as long as it may be. */
static struct bytes big_csr(struct fixture *f)
{
	struct general_name names[LIMIT_SAN_COUNT];
	struct buffer value = BUFFER_MAX(LIMIT_CSR), der = BUFFER_MAX(LIMIT_CSR);
	struct extension extension = {.oid = OID_SUBJECT_ALT_NAME};
	struct bytes out = BYTES_NONE;
	for (size_t i = 0; i < LIMIT_SAN_COUNT; i++) {
		char *text = arena_printf(f->arena, "uri:https://example.com/%0260zu", i);
		assert_int_equal(general_name_from_text(f->arena, text, &names[i], NULL), 0);
	}
	assert_int_equal(subject_alt_name_encode(&value, names, LIMIT_SAN_COUNT), 0);
	extension.value = buffer_bytes(&value);
	assert_int_equal(csr_build(&der, f->key, NAME_EMPTY, &extension, 1, NULL), 0);
	assert_int_equal(arena_bytes(f->arena, buffer_bytes(&der), &out), 0);
	buffer_free(&value);
	buffer_free(&der);
	return out;
}

static bool is_of_publisher(const Signet__Rpc__Call *call)
{
	return call->call_case == SIGNET__RPC__CALL__CALL_EVENTS_READ ||
	       call->call_case == SIGNET__RPC__CALL__CALL_EVENTS_BURY;
}

/* On the socket that the call belongs to. */
static void handle(struct fixture *f, const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	struct service service = {f->engine, !is_of_publisher(call)};
	struct rpc_peer root = {.uid = 0};
	signet__rpc__reply__init(reply);
	service_handle(&service, &root, f->arena, call, reply);
	assert_int_equal(reply->code, 0);
	assert_true(signet__rpc__reply__get_packed_size(reply) < LIMIT_MESSAGE);
}

/* Rows, events and requests of any size go through, in as many messages as it takes. */
static void every_answer_fits_a_message(void **state)
{
	enum { COUNT = 6 };
	struct fixture *f = *state;
	struct stored stored;
	char key[16];
	Signet__Rpc__Reply reply;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	Signet__Rpc__ListCertificates certificates = SIGNET__RPC__LIST_CERTIFICATES__INIT;
	Signet__Rpc__ListRequests requests = SIGNET__RPC__LIST_REQUESTS__INIT;
	Signet__Rpc__RequestId id = SIGNET__RPC__REQUEST_ID__INIT;
	Signet__Rpc__EventsRead events = SIGNET__RPC__EVENTS_READ__INIT;
	fixture_shut(f);
	fixture_configure(f, "profiles: {tls-server: {names: [uri]}}\n"
	                  "intermediaries:\n  - acme: {profile: tls-server}\n"
	                  "policy:\n  - names: {uri: ['https://example.com/']}\n");
	fixture_open(f);
	for (unsigned i = 0; i < COUNT; i++) {
		snprintf(key, sizeof key, "%u", i);
		submit(f, big_csr(f), key, &stored);
		assert_non_null(stored.certificate);
	}
	size_t seen = 0;
	call.call_case = SIGNET__RPC__CALL__CALL_LIST_CERTIFICATES;
	call.list_certificates = &certificates;
	certificates.name = (char *)"";
	for (bool more = true; more; certificates.before = COUNT + 1 - seen) {
		handle(f, &call, &reply);
		assert_in_range(reply.certificates->n_items, 1, COUNT - seen);
		seen += reply.certificates->n_items;
		more = reply.certificates->more;
	}
	assert_int_equal(seen, COUNT);
	call.call_case = SIGNET__RPC__CALL__CALL_LIST_REQUESTS;
	call.list_requests = &requests;
	seen = 0;
	for (bool more = true; more; requests.before = COUNT + 1 - seen) {
		handle(f, &call, &reply);
		assert_in_range(reply.requests->n_items, 1, COUNT - seen);
		seen += reply.requests->n_items;
		more = reply.requests->more;
	}
	assert_int_equal(seen, COUNT);
	call.call_case = SIGNET__RPC__CALL__CALL_SHOW_REQUEST;
	call.show_request = &id;
	id.id = 1;
	handle(f, &call, &reply);
	assert_true(reply.request->csr.len > 20000);
	call.call_case = SIGNET__RPC__CALL__CALL_EVENTS_READ;
	call.events_read = &events;
	events.consumer = (char *)"c";
	events.kinds = UINT64_MAX;
	for (seen = 0; seen < COUNT; events.after = seen) {
		handle(f, &call, &reply);
		assert_in_range(reply.events->n_items, 1, COUNT - seen);
		assert_int_equal(reply.events->last, seen + reply.events->n_items);
		seen += reply.events->n_items;
	}
	Signet__Rpc__EventsBury bury = SIGNET__RPC__EVENTS_BURY__INIT;
	Signet__Rpc__ListLetters letters = SIGNET__RPC__LIST_LETTERS__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_EVENTS_BURY;
	call.events_bury = &bury;
	bury.consumer = (char *)"c";
	for (bury.sequence = 1; bury.sequence <= COUNT; bury.sequence++)
		handle(f, &call, &reply);
	call.call_case = SIGNET__RPC__CALL__CALL_LIST_LETTERS;
	call.list_letters = &letters;
	seen = 0;
	for (bool more = true; more; letters.after = seen) {
		handle(f, &call, &reply);
		assert_in_range(reply.letters->n_items, 1, COUNT - seen);
		seen += reply.letters->n_items;
		more = reply.letters->more;
		letters.after_consumer = (char *)"c";
	}
	assert_int_equal(seen, COUNT);
}

static int deny(const void *rule, const struct signet_request *request,
                struct signet_draft *draft, struct signet_verdict *verdict)
{
	(void)rule, (void)request, (void)draft;
	return signet_deny(verdict, SIGNET_REASON_POLICY, "no");
}

/* A gateway that sends large requests must not hold up those who hear of denials. */
static void many_large_denials_are_read_in_several_calls(void **state)
{
	enum { COUNT = 70, ATTRIBUTES = 15 };
	struct fixture *f = *state;
	struct service service = {f->engine, false};
	struct rpc_peer root = {.uid = 0};
	struct bytes csr = big_csr(f);
	struct signet_attribute attributes[ATTRIBUTES];
	char value[LIMIT_ATTRIBUTE + 1], key[16];
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	Signet__Rpc__EventsRead events = SIGNET__RPC__EVENTS_READ__INIT;
	memset(value, 'x', LIMIT_ATTRIBUTE);
	value[LIMIT_ATTRIBUTE] = '\0';
	for (unsigned i = 0; i < ATTRIBUTES; i++)
		attributes[i] = (struct signet_attribute){arena_printf(f->arena, "a%u", i), value};
	fixture_use_rule(f, deny);
	for (unsigned i = 0; i < COUNT; i++) {
		struct signet_outcome out;
		snprintf(key, sizeof key, "%u", i);
		struct signet_submission s = fixture_submission(csr, key);
		s.attributes = attributes;
		s.attribute_count = ATTRIBUTES;
		struct error err = {0};
		if (fixture_submit(f, &s, &out, &err))
			fail_msg("%u: %s", i, err.message);
	}
	call.call_case = SIGNET__RPC__CALL__CALL_EVENTS_READ;
	call.events_read = &events;
	events.consumer = (char *)"c";
	events.kinds = SIGNET_EVENT_BIT(SIGNET_EVENT_DENIED);
	for (size_t seen = 0; seen < COUNT;) {
		struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
		Signet__Rpc__Reply reply = SIGNET__RPC__REPLY__INIT;
		service_handle(&service, &root, arena, &call, &reply);
		if (reply.code)
			fail_msg("after %zu: %s", seen, reply.message);
		assert_true(reply.events->n_items > 0);
		seen += reply.events->n_items;
		events.after = reply.events->last;
		arena_free(arena);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_denied_request_shows_its_draft),
		TEST(an_approval_of_another_draft_is_shown_as_void),
		TEST(an_imported_certificate_speaks_for_its_request),
		TEST(lists_leave_the_bulk_out),
		TEST(states_follow_the_clock_and_the_record),
		TEST(what_does_not_read_back_is_corrupt),
		TEST(an_event_says_what_is_so_now),
		TEST(every_answer_fits_a_message),
		TEST(many_large_denials_are_read_in_several_calls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
