#include "fake_engine.h"

static ProtobufCBinaryData serials[2];

static void answer_request(struct fake_engine *engine, struct arena *arena,
                           const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_OCSP_ANSWER);
	const Signet__Rpc__OcspRequest *in = call->ocsp_answer;
	assert_true(bytes_is_text(bytes_make(in->request.data, in->request.len), "question"));
	assert_string_equal(in->authority, "issuing");
	Signet__Rpc__OcspResponse *out = FAKE(arena, ocsp_response);
	serials[0] = fake_data("one");
	out->response = fake_data("answer");
	out->this_update = 1000;
	out->next_update = 2000;
	out->cacheable = true;
	out->serials = serials;
	out->n_serials = 1;
	reply->ocsp_response = out;
	reply->body_case = SIGNET__RPC__REPLY__BODY_OCSP_RESPONSE;
}

static void an_answer_comes_back(void **state)
{
	struct fake_engine *engine = *state;
	struct signet_ocsp_response out;
	engine->answer = answer_request;
	assert_int_equal(signet_answer_ocsp(engine->client, engine->arena, bytes_text("question"),
	                                    "issuing", &out, NULL), 0);
	assert_true(bytes_is_text(out.response, "answer") && out.cacheable);
	assert_int_equal(out.this_update, 1000);
	assert_int_equal(out.next_update, 2000);
	assert_int_equal(out.serial_count, 1);
	assert_true(bytes_is_text(out.serials[0], "one"));
}

static void answer_watch(struct fake_engine *engine, struct arena *arena,
                         const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_REVOCATIONS_WATCH);
	assert_int_equal(call->revocations_watch->after, 40);
	assert_int_equal(call->revocations_watch->wait_ms, 500);
	Signet__Rpc__Revocations *out = FAKE(arena, revocations);
	serials[0] = fake_data("one");
	serials[1] = fake_data("two");
	out->generation = 42;
	out->serials = serials;
	out->n_serials = 2;
	reply->revoked = out;
	reply->body_case = SIGNET__RPC__REPLY__BODY_REVOKED;
}

static void changes_come_back(void **state)
{
	struct fake_engine *engine = *state;
	struct signet_revocation_changes out;
	engine->answer = answer_watch;
	assert_int_equal(signet_watch_revocations(engine->client, engine->arena, 40, 500, &out, NULL),
	                 0);
	assert_int_equal(out.generation, 42);
	assert_false(out.all);
	assert_int_equal(out.count, 2);
	assert_true(bytes_is_text(out.serials[1], "two"));
}

static void answer_status(struct fake_engine *engine, struct arena *arena,
                          const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	static Signet__Rpc__OcspResponder *items[1];
	(void)engine;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_OCSP_STATUS);
	Signet__Rpc__OcspStatus *out = FAKE(arena, ocsp_status);
	items[0] = FAKE(arena, ocsp_responder);
	items[0]->authority = TEXT("issuing");
	items[0]->public_name = TEXT("issuing.k2");
	items[0]->delegated = true;
	items[0]->key = TEXT("P-256");
	items[0]->serial = fake_data("four");
	items[0]->renewal = 3000;
	items[0]->answers = 5;
	items[0]->trouble = TEXT("it hurts");
	out->items = items;
	out->n_items = 1;
	out->answered = 7;
	out->refused = 2;
	reply->ocsp_status = out;
	reply->body_case = SIGNET__RPC__REPLY__BODY_OCSP_STATUS;
}

static void responders_come_back(void **state)
{
	struct fake_engine *engine = *state;
	struct signet_ocsp_status out;
	engine->answer = answer_status;
	assert_int_equal(signet_get_ocsp_status(engine->client, engine->arena, &out, NULL), 0);
	assert_int_equal(out.answered, 7);
	assert_int_equal(out.refused, 2);
	assert_int_equal(out.count, 1);
	assert_string_equal(out.responders[0].public_name, "issuing.k2");
	assert_true(out.responders[0].delegated);
	assert_string_equal(out.responders[0].key, "P-256");
	assert_true(bytes_is_text(out.responders[0].serial, "four"));
	assert_int_equal(out.responders[0].renewal, 3000);
	assert_int_equal(out.responders[0].answers, 5);
	assert_string_equal(out.responders[0].trouble, "it hurts");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_engine_setup, fake_engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_comes_back),
		TEST(changes_come_back),
		TEST(responders_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
