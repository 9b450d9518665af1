#include "fake_engine.h"

static void answer(struct fake_engine *engine, struct arena *arena,
                   const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_TEST_POLICY);
	const Signet__Rpc__Submission *s = call->test_policy;
	assert_true(bytes_is_text(bytes_make(s->csr.data, s->csr.len), "PKCS#10"));
	assert_string_equal(s->profile, "tls-server");
	assert_string_equal(s->intermediary, "");
	assert_string_equal(s->requester, "alice");
	assert_int_equal(s->n_attributes, 1);
	assert_string_equal(s->attributes[0]->value, "7");
	Signet__Rpc__Request *r = FAKE(arena, request);
	r->state = SIGNET_REQUEST_DENIED;
	r->reason = SIGNET_REASON_KEY;
	r->message = TEXT("a weak key");
	r->draft_subject = TEXT("CN=a");
	r->not_after = 2000;
	reply->request = r;
	reply->body_case = SIGNET__RPC__REPLY__BODY_REQUEST;
}

static void a_test_comes_back_as_a_request(void **state)
{
	struct fake_engine *engine = *state;
	static const struct signet_attribute attribute = {"account", "7"};
	const struct signet_submission s = {
		.csr = bytes_text("PKCS#10"), .profile = "tls-server", .requester = "alice",
		.attributes = &attribute, .attribute_count = 1};
	struct signet_request_info info;
	engine->answer = answer;
	assert_int_equal(signet_test_policy(engine->client, engine->arena, &s, &info, NULL), 0);
	assert_int_equal(info.id, 0);
	assert_int_equal(info.state, SIGNET_REQUEST_DENIED);
	assert_int_equal(info.reason, SIGNET_REASON_KEY);
	assert_string_equal(info.message, "a weak key");
	assert_string_equal(info.draft_subject, "CN=a");
	assert_int_equal(info.not_after, 2000);
}

static void what_cannot_be_sent_is_refused(void **state)
{
	struct fake_engine *engine = *state;
	struct signet_submission s = {.profile = "tls-server"};
	struct signet_request_info info;
	assert_int_equal(signet_test_policy(engine->client, engine->arena, &s, &info, NULL),
	                 SIGNET_E_BAD_REQUEST);
	s.csr = bytes_text("PKCS#10");
	s.attribute_count = LIMIT_ATTRIBUTES + 1;
	assert_int_equal(signet_test_policy(engine->client, engine->arena, &s, &info, NULL),
	                 SIGNET_E_TOO_BIG);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_engine_setup, fake_engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_test_comes_back_as_a_request),
		TEST(what_cannot_be_sent_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
