#include "fake_engine.h"

static void put_outcome(struct arena *arena, Signet__Rpc__Reply *reply, unsigned disposition)
{
	Signet__Rpc__Outcome *o = FAKE(arena, outcome);
	o->disposition = disposition;
	o->request_id = 17;
	if (disposition == SIGNET_ISSUED) {
		o->certificate_id = 16;
		o->serial = fake_data("\x41\x42");
		o->certificate = fake_data("leaf");
		o->n_chain = 1;
		o->chain = arena_array(arena, 1, sizeof *o->chain);
		o->chain[0] = fake_data("issuing");
	} else {
		o->reason = SIGNET_REASON_NAME;
		o->message = TEXT("example.org is not allowed");
		o->retry_after = 30;
	}
	reply->outcome = o;
	reply->body_case = SIGNET__RPC__REPLY__BODY_OUTCOME;
}

static void answer_submit(struct fake_engine *engine, struct arena *arena,
                          const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_SUBMIT);
	const Signet__Rpc__Submission *s = call->submit;
	assert_true(bytes_is_text(bytes_make(s->csr.data, s->csr.len), "PKCS#10"));
	assert_string_equal(s->profile, "tls-server");
	assert_string_equal(s->intermediary, "acme");
	assert_string_equal(s->protocol, "ACME");
	assert_string_equal(s->requester, "");
	assert_string_equal(s->address, "192.0.2.1");
	assert_string_equal(s->idempotency_key, "order-1");
	assert_int_equal(s->not_before, 100);
	assert_int_equal(s->not_after, 200);
	assert_int_equal(s->n_attributes, 2);
	assert_string_equal(s->attributes[1]->name, "account");
	assert_string_equal(s->attributes[1]->value, "7");
	put_outcome(arena, reply, SIGNET_ISSUED);
}

static const struct signet_attribute attributes[] = {{"email", "a@example.com"}, {"account", "7"}};

static struct signet_submission make_submission(void)
{
	return (struct signet_submission){
		.csr = bytes_text("PKCS#10"),
		.profile = "tls-server",
		.intermediary = "acme",
		.protocol = "ACME",
		.address = "192.0.2.1",
		.attributes = attributes,
		.attribute_count = 2,
		.idempotency_key = "order-1",
		.not_before = 100,
		.not_after = 200,
	};
}

static void submission_arrives_whole_and_comes_back_issued(void **state)
{
	struct fake_engine *engine = *state;
	engine->answer = answer_submit;
	struct signet_submission submission = make_submission();
	struct signet_outcome out;
	assert_int_equal(signet_submit(engine->client, engine->arena, &submission, &out, NULL), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	assert_int_equal(out.request_id, 17);
	assert_int_equal(out.certificate_id, 16);
	assert_true(bytes_is_text(out.serial, "AB"));
	assert_true(bytes_is_text(out.certificate, "leaf"));
	assert_int_equal(out.chain_count, 1);
	assert_true(bytes_is_text(out.chain[0], "issuing"));
	assert_string_equal(out.message, "");
}

static void answer_nothing(struct fake_engine *engine, struct arena *arena,
                           const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)arena;
	(void)call;
	(void)reply;
	engine->arg = engine;
}

static void submissions_over_a_limit_are_not_sent(void **state)
{
	struct fake_engine *engine = *state;
	engine->answer = answer_nothing;
	static uint8_t csr[LIMIT_CSR + 1];
	char key[LIMIT_IDEMPOTENCY_KEY + 2];
	memset(key, 'k', sizeof key - 1);
	key[sizeof key - 1] = '\0';
	struct signet_attribute many[LIMIT_ATTRIBUTES + 1];
	for (size_t i = 0; i < LIMIT_ATTRIBUTES + 1; i++)
		many[i] = (struct signet_attribute){"a", "b"};
	struct {
		struct signet_submission submission;
		int expected;
	} cases[] = {
		{make_submission(), SIGNET_E_TOO_BIG},     {make_submission(), SIGNET_E_BAD_REQUEST},
		{make_submission(), SIGNET_E_INVALID},     {make_submission(), SIGNET_E_INVALID},
		{make_submission(), SIGNET_E_INVALID},     {make_submission(), SIGNET_E_TOO_BIG},
	};
	cases[0].submission.csr = BYTES_OF(csr);
	cases[1].submission.csr = BYTES_NONE;
	cases[2].submission.idempotency_key = NULL;
	cases[3].submission.idempotency_key = "";
	cases[4].submission.idempotency_key = key;
	cases[5].submission.attributes = many;
	cases[5].submission.attribute_count = LIMIT_ATTRIBUTES + 1;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct signet_outcome out;
		assert_int_equal(signet_submit(engine->client, engine->arena, &cases[i].submission,
		                               &out, NULL), cases[i].expected);
	}
	assert_null(engine->arg);
}

static void answer_retrieve(struct fake_engine *engine, struct arena *arena,
                            const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_RETRIEVE);
	put_outcome(arena, reply, (unsigned)call->retrieve->id);
}

static void dispositions_come_with_their_reason(void **state)
{
	struct fake_engine *engine = *state;
	engine->answer = answer_retrieve;
	struct signet_outcome out;
	assert_int_equal(signet_retrieve(engine->client, engine->arena, SIGNET_PENDING, &out, NULL),
	                 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	assert_int_equal(out.retry_after, 30);
	assert_int_equal(signet_retrieve(engine->client, engine->arena, SIGNET_DENIED, &out, NULL), 0);
	assert_int_equal(out.disposition, SIGNET_DENIED);
	assert_int_equal(out.reason, SIGNET_REASON_NAME);
	assert_string_equal(out.message, "example.org is not allowed");
}

static void answer_issued_without_certificate(struct fake_engine *engine, struct arena *arena,
                                              const Signet__Rpc__Call *call,
                                              Signet__Rpc__Reply *reply)
{
	(void)engine;
	(void)call;
	put_outcome(arena, reply, SIGNET_ISSUED);
	reply->outcome->certificate.len = 0;
}

static void impossible_outcomes_are_errors(void **state)
{
	struct fake_engine *engine = *state;
	struct signet_outcome out;
	engine->answer = answer_retrieve;
	assert_int_equal(signet_retrieve(engine->client, engine->arena, 0, &out, NULL),
	                 SIGNET_E_INTERNAL);
	assert_int_equal(signet_retrieve(engine->client, engine->arena, 99, &out, NULL),
	                 SIGNET_E_INTERNAL);
	engine->answer = answer_issued_without_certificate;
	assert_int_equal(signet_retrieve(engine->client, engine->arena, 1, &out, NULL),
	                 SIGNET_E_INTERNAL);
}

static void answer_certificate(struct fake_engine *engine, struct arena *arena,
                               const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_GET_CERTIFICATE);
	const Signet__Rpc__CertificateKey *key = call->get_certificate;
	uint64_t *asked = engine->arg;
	asked[0] = key->serial.len;
	asked[1] = key->request_id;
	asked[2] = key->certificate_id;
	asked[3] = key->fingerprint.len;
	Signet__Rpc__Certificate *c = FAKE(arena, certificate);
	c->id = 16;
	c->request_id = 17;
	c->serial = fake_data("AB");
	c->certificate = fake_data("leaf");
	c->authority = TEXT("issuing");
	c->profile = TEXT("tls-server");
	c->subject = TEXT("CN=example.com");
	c->n_names = 1;
	c->names = arena_array(arena, 1, sizeof *c->names);
	c->names[0] = TEXT("dns:example.com");
	c->not_before = 100;
	c->not_after = 200;
	c->state = SIGNET_VALID;
	c->requester = TEXT("account-7");
	c->revoked = 2000;
	c->revocation_reason = 4;
	c->invalid = 1900;
	reply->certificate = c;
	reply->body_case = SIGNET__RPC__REPLY__BODY_CERTIFICATE;
}

static void certificates_are_asked_for_by_each_key(void **state)
{
	struct fake_engine *engine = *state;
	static const uint8_t sha256[32] = {1};
	uint64_t asked[4];
	engine->answer = answer_certificate;
	engine->arg = asked;
	struct signet_certificate c;
	assert_int_equal(signet_get_certificate_by_serial(engine->client, engine->arena,
	                                                  bytes_text("AB"), &c, NULL), 0);
	assert_true(asked[0] == 2 && asked[1] == 0 && asked[2] == 0);
	assert_int_equal(signet_get_certificate_by_request(engine->client, engine->arena, 17, &c,
	                                                   NULL), 0);
	assert_true(asked[0] == 0 && asked[1] == 17 && asked[2] == 0);
	assert_int_equal(signet_get_certificate_by_id(engine->client, engine->arena, 16, &c, NULL),
	                 0);
	assert_true(asked[0] == 0 && asked[1] == 0 && asked[2] == 16);
	assert_int_equal(signet_get_certificate_by_fingerprint(engine->client, engine->arena, sha256,
	                                                       &c, NULL), 0);
	assert_true(asked[0] == 0 && asked[1] == 0 && asked[2] == 0 && asked[3] == 32);
	assert_int_equal(c.id, 16);
	assert_int_equal(c.request_id, 17);
	assert_true(bytes_is_text(c.serial, "AB"));
	assert_true(bytes_is_text(c.certificate, "leaf"));
	assert_string_equal(c.authority, "issuing");
	assert_string_equal(c.profile, "tls-server");
	assert_string_equal(c.subject, "CN=example.com");
	assert_int_equal(c.name_count, 1);
	assert_string_equal(c.names[0], "dns:example.com");
	assert_int_equal(c.not_before, 100);
	assert_int_equal(c.not_after, 200);
	assert_int_equal(c.state, SIGNET_VALID);
	assert_string_equal(c.requester, "account-7");
	assert_int_equal(c.revoked, 2000);
	assert_int_equal(c.revocation_reason, 4);
	assert_int_equal(c.invalid, 1900);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_engine_setup, fake_engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(submission_arrives_whole_and_comes_back_issued),
		TEST(submissions_over_a_limit_are_not_sent),
		TEST(dispositions_come_with_their_reason),
		TEST(impossible_outcomes_are_errors),
		TEST(certificates_are_asked_for_by_each_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
