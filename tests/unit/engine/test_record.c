#include "fixture.h"

#include "api/draft.h"
#include "asn1/name.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"

static int setup(void **state)
{
	*state = arena_new(1u << 20);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static struct signet_draft *make_draft(struct arena *arena)
{
	struct general_name name = {GN_DNS, bytes_text("a.example.com")};
	static const uint8_t oid[] = {0x2a, 0x03};
	struct extension extension = {BYTES_OF(oid), true, bytes_text("value")};
	struct signet_draft *draft = signet_draft_new(arena);
	assert_non_null(draft);
	signet_draft_begin(draft, SIGNET_ORIGIN_PROFILE);
	assert_int_equal(signet_draft_set_validity(draft, 1000, 2000), 0);
	assert_int_equal(signet_draft_set_extension(draft, &extension), 0);
	signet_draft_begin(draft, SIGNET_ORIGIN_REQUEST);
	assert_int_equal(signet_draft_set_alt_names(draft, &name, 1), 0);
	return draft;
}

static void a_pending_request_keeps_its_draft_and_trace(void **state)
{
	struct arena *arena = *state;
	struct signet_attribute attribute = {"name", "value"};
	struct signet_request request = {
		.csr = bytes_text("csr"), .profile = "p", .authority = "a", .intermediary = "i",
		.protocol = "acme", .requester = "", .address = "192.0.2.1", .submitted = 500,
		.attributes = &attribute, .attribute_count = 1};
	struct signet_submission submission = {.intermediary = "acme", .idempotency_key = "k", .not_before = 7, .not_after = 8};
	struct signet_trace_step steps[] = {
		{"keys", SIGNET_PASS, SIGNET_REASON_NONE, "", ""},
		{"approval", SIGNET_HOLD, SIGNET_REASON_POLICY, "wait", "validity"}};
	struct chain_result chain = {SIGNET_HOLD, SIGNET_REASON_POLICY, "wait", steps, 2, 1, 3};
	struct record_request in = {&request, &submission, SIGNET_REQUEST_PENDING, &chain,
	                            make_draft(arena), NULL, SIGNET_REASON_POLICY, "wait", NULL, NULL};
	struct bytes packed;
	Signet__Db__Request *out;
	assert_int_equal(record_pack_request(arena, &in, &packed), 0);
	assert_int_equal(record_request_state(packed), SIGNET_REQUEST_PENDING);
	assert_int_equal(record_unpack_request(arena, packed, &out), 0);
	assert_int_equal(out->wanted, 3);
	assert_int_equal(out->submitted, 500);
	assert_int_equal(out->resolved, 0);
	assert_string_equal(out->intermediary, "i");
	assert_string_equal(out->message, "wait");
	assert_int_equal(out->wish_not_before, 7);
	assert_int_equal(out->n_attributes, 1);
	assert_string_equal(out->attributes[0]->value, "value");
	assert_int_equal(out->n_trace, 2);
	assert_string_equal(out->trace[1]->change, "validity");
	assert_non_null(out->draft);
	assert_int_equal(out->draft->not_after, 2000);
	assert_int_equal(out->draft->alt_names_origin, SIGNET_ORIGIN_REQUEST);
	assert_int_equal(out->draft->n_extensions, 1);
	assert_true(out->draft->extensions[0]->critical);
	assert_int_equal(out->draft->extensions[0]->origin, SIGNET_ORIGIN_PROFILE);
	assert_int_equal(out->draft->alt_names.data[0], DER_SEQUENCE);
}

/* Steps that say nothing, in every place beside those that do. */
static void a_trace_reads_back_as_it_was(void **state)
{
	struct arena *arena = *state;
	static const char *const rules[] = {"keys", "names", "lint", "quota"};
	struct signet_request request = {
		.profile = "p", .authority = "a", .intermediary = "i", .protocol = "acme",
		.requester = "r", .address = "", .submitted = 500};
	struct signet_submission submission = {.intermediary = "acme", .idempotency_key = "k"};
	for (unsigned silent = 0; silent < 16; silent++) {
		struct signet_trace_step steps[4];
		struct chain_result chain = {.message = "", .steps = steps, .count = 4};
		struct record_request in = {&request, &submission, SIGNET_REQUEST_DENIED, &chain,
		                            make_draft(arena), NULL, SIGNET_REASON_NONE, "", NULL,
		                            NULL};
		struct bytes packed;
		Signet__Db__Request *out;
		for (unsigned i = 0; i < 4; i++)
			steps[i] = (struct signet_trace_step){rules[i], SIGNET_PASS, SIGNET_REASON_NONE,
			                                      silent >> i & 1 ? "" : "told", ""};
		assert_int_equal(record_pack_request(arena, &in, &packed), 0);
		for (unsigned again = 0; again < 2; again++) {
			assert_int_equal(record_unpack_request(arena, packed, &out), 0);
			assert_int_equal(out->n_trace, 4);
			for (unsigned i = 0; i < 4; i++) {
				assert_string_equal(out->trace[i]->rule, rules[i]);
				assert_string_equal(out->trace[i]->message, steps[i].message);
				assert_string_equal(out->trace[i]->change, "");
				assert_int_equal(out->trace[i]->decision, SIGNET_PASS);
			}
			assert_int_equal(record_repack_request(arena, out, &packed), 0);
		}
	}
}

static void names_without_an_end_are_corrupt(void **state)
{
	Signet__Db__Request record, *out;
	struct bytes packed;
	signet__db__request__init(&record);
	record.state = SIGNET_REQUEST_ISSUED;
	record.passed = (ProtobufCBinaryData){7, (uint8_t *)(uintptr_t)"keys\0na"};
	assert_int_equal(record_repack_request(*state, &record, &packed), 0);
	assert_int_equal(record_unpack_request(*state, packed, &out), SIGNET_E_CORRUPT);
	record.passed.len = 5;
	assert_int_equal(record_repack_request(*state, &record, &packed), 0);
	assert_int_equal(record_unpack_request(*state, packed, &out), 0);
	assert_int_equal(out->n_trace, 1);
}

static void an_issued_request_keeps_origins_only(void **state)
{
	struct arena *arena = *state;
	static const uint8_t origins[] = {SIGNET_ORIGIN_PROFILE, SIGNET_ORIGIN_ENGINE};
	struct signet_request request = {
		.csr = bytes_text("csr"), .profile = "p", .authority = "a", .intermediary = "i",
		.protocol = "acme", .requester = "r", .address = "", .submitted = 500};
	struct signet_submission submission = {.intermediary = "acme", .idempotency_key = "k"};
	struct chain_result chain = {.message = ""};
	struct issued issued = {.origins = BYTES_OF(origins)};
	struct record_request in = {&request, &submission, SIGNET_REQUEST_ISSUED, &chain,
	                            make_draft(arena), &issued, SIGNET_REASON_NONE, "", NULL, NULL};
	struct bytes packed;
	Signet__Db__Request *out;
	assert_int_equal(record_pack_request(arena, &in, &packed), 0);
	assert_int_equal(record_unpack_request(arena, packed, &out), 0);
	assert_null(out->draft);
	assert_int_equal(out->origins.len, 2);
	assert_int_equal(out->resolved, 500);
}

static void events_read_back(void **state)
{
	struct arena *arena = *state;
	uint8_t packed[RECORD_EVENT_MAX];
	struct record_event out, in = {SIGNET_EVENT_SHUTDOWN, INT64_MAX, UINT64_MAX, "", BYTES_NONE, 0,
	                               false};
	size_t size = record_pack_event(&in, packed);
	assert_in_range(size, 1, RECORD_EVENT_MAX);
	assert_int_equal(record_event_size(&in), size);
	assert_int_equal(record_event_kind(bytes_make(packed, size)), SIGNET_EVENT_SHUTDOWN);
	assert_int_equal(record_unpack_event(arena, bytes_make(packed, size), &out), 0);
	assert_int_equal(out.kind, in.kind);
	assert_int_equal(out.time, in.time);
	assert_true(out.request == in.request);
	assert_string_equal(out.authority, "");
	assert_int_equal(out.data.length, 0);
}

static void events_of_authorities_carry_more(void **state)
{
	struct arena *arena = *state;
	struct record_event out, in = {SIGNET_EVENT_CA_CERTIFICATE, 1000, 0, "issuing",
	                               bytes_text("DER"), 3, true};
	uint8_t *packed = arena_alloc(arena, record_event_size(&in));
	size_t size = record_pack_event(&in, packed);
	assert_int_equal(record_unpack_event(arena, bytes_make(packed, size), &out), 0);
	assert_string_equal(out.authority, "issuing");
	assert_true(bytes_is_text(out.data, "DER"));
	assert_int_equal(out.shard, 3);
	assert_true(out.earlier);
}

static void the_time_of_a_request_is_read_without_the_rest(void **state)
{
	struct arena *arena = *state;
	static const int64_t times[] = {1, 127, 128, 1795392000, INT64_MAX};
	Signet__Db__Request record = SIGNET__DB__REQUEST__INIT;
	struct bytes packed;
	record.state = SIGNET_REQUEST_PENDING;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		record.submitted = times[i];
		assert_int_equal(record_repack_request(arena, &record, &packed), 0);
		assert_int_equal(record_request_submitted(packed), times[i]);
		assert_int_equal(record_request_submitted(bytes_make(packed.data, 3)), 0);
	}
	assert_int_equal(record_request_submitted(BYTES_NONE), 0);
}

static void broken_records_are_corrupt(void **state)
{
	struct arena *arena = *state;
	static const uint8_t broken[] = {0x0a, 0xff, 0xff};
	Signet__Db__Request *request;
	Signet__Db__Certificate *certificate;
	struct record_event event;
	assert_int_equal(record_unpack_request(arena, BYTES_OF(broken), &request), SIGNET_E_CORRUPT);
	assert_int_equal(record_unpack_certificate(arena, BYTES_OF(broken), &certificate),
	                 SIGNET_E_CORRUPT);
	assert_int_equal(record_unpack_event(arena, BYTES_OF(broken), &event), SIGNET_E_CORRUPT);
	assert_int_equal(record_request_state(BYTES_OF(broken)), 0);
	assert_int_equal(record_request_state(BYTES_NONE), 0);
	assert_int_equal(record_event_kind(BYTES_OF(broken)), 0);
	assert_int_equal(record_event_kind(BYTES_NONE), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pending_request_keeps_its_draft_and_trace),
		TEST(a_trace_reads_back_as_it_was),
		TEST(names_without_an_end_are_corrupt),
		TEST(an_issued_request_keeps_origins_only),
		TEST(events_read_back),
		TEST(events_of_authorities_carry_more),
		TEST(the_time_of_a_request_is_read_without_the_rest),
		TEST(broken_records_are_corrupt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
