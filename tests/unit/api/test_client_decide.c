#include "fake_engine.h"

#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>

static void put_outcome(struct arena *arena, Signet__Rpc__Reply *reply,
                        const Signet__Rpc__Decision *decision, unsigned disposition)
{
	assert_int_equal(decision->id, 17);
	assert_string_equal(decision->reason, "because");
	Signet__Rpc__Outcome *o = FAKE(arena, outcome);
	o->disposition = disposition;
	o->request_id = 17;
	o->message = TEXT("because");
	if (disposition == SIGNET_ISSUED)
		o->certificate = fake_data("leaf");
	reply->outcome = o;
	reply->body_case = SIGNET__RPC__REPLY__BODY_OUTCOME;
}

static void answer(struct fake_engine *engine, struct arena *arena,
                   const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine;
	if (call->call_case == SIGNET__RPC__CALL__CALL_APPROVE)
		put_outcome(arena, reply, call->approve, SIGNET_ISSUED);
	else if (call->call_case == SIGNET__RPC__CALL__CALL_DENY)
		put_outcome(arena, reply, call->deny, SIGNET_DENIED);
	else
		fail();
}

static void decisions_come_back_with_what_came_of_them(void **state)
{
	struct fake_engine *engine = *state;
	struct signet_outcome out;
	engine->answer = answer;
	assert_int_equal(signet_approve_request(engine->client, engine->arena, 17, "because", &out,
	                                        NULL), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	assert_true(bytes_is_text(out.certificate, "leaf"));
	assert_int_equal(signet_deny_request(engine->client, engine->arena, 17, "because", &out, NULL),
	                 0);
	assert_int_equal(out.disposition, SIGNET_DENIED);
	assert_string_equal(out.message, "because");
}

static void refuse(struct fake_engine *engine, struct arena *arena, const Signet__Rpc__Call *call,
                   Signet__Rpc__Reply *reply)
{
	(void)engine, (void)arena, (void)call;
	reply->code = SIGNET_E_STATE;
	reply->message = TEXT("request 17 is not pending, it is issued");
}

static void refusals_are_errors(void **state)
{
	struct fake_engine *engine = *state;
	struct signet_outcome out;
	struct error err = {0};
	engine->answer = refuse;
	assert_int_equal(signet_approve_request(engine->client, engine->arena, 17, "", &out, &err),
	                 SIGNET_E_STATE);
	assert_string_equal(err.message, "request 17 is not pending, it is issued");
}

static void answer_edit(struct fake_engine *engine, struct arena *arena,
                        const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine, (void)arena, (void)reply;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_EDIT);
	const Signet__Rpc__Edit *e = call->edit;
	assert_int_equal(e->id, 17);
	assert_string_equal(e->reason, "");
	assert_int_equal(e->n_attributes, 1);
	assert_string_equal(e->attributes[0]->name, "a");
	assert_string_equal(e->attributes[0]->value, "");
	assert_int_equal(e->n_extensions, 1);
	assert_string_equal(e->extensions[0]->oid, "1.2.3");
	assert_true(e->extensions[0]->critical);
	assert_true(bytes_is_text(bytes_make(e->extensions[0]->value.data,
	                                     e->extensions[0]->value.len), "der"));
	assert_int_equal(e->n_removed, 2);
	assert_string_equal(e->removed[1], "1.2.5");
}

static void an_edit_says_all_of_it(void **state)
{
	struct fake_engine *engine = *state;
	static const struct signet_attribute attribute = {"a", ""};
	const struct signet_request_extension extension = {
		.oid = "1.2.3", .critical = true, .value = bytes_text("der")};
	static const char *const removed[] = {"1.2.4", "1.2.5"};
	const struct signet_request_edit edit = {&attribute, 1, &extension, 1, removed, 2};
	engine->answer = answer_edit;
	assert_int_equal(signet_edit_request(engine->client, engine->arena, 17, &edit, NULL, NULL), 0);
}

static void answer_revoke(struct fake_engine *engine, struct arena *arena,
                          const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine, (void)arena, (void)reply;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_REVOKE);
	const Signet__Rpc__Revocation *r = call->revoke;
	assert_true(bytes_is_text(bytes_make(r->serial.data, r->serial.len), "serial"));
	assert_int_equal(r->reason, 4);
	assert_int_equal(r->date, 1000);
	assert_string_equal(r->comment, "a comment");
}

static void a_revocation_says_all_of_it(void **state)
{
	struct fake_engine *engine = *state;
	struct error err = {0};
	engine->answer = answer_revoke;
	assert_int_equal(signet_revoke(engine->client, bytes_text("serial"), 4, 1000, "a comment",
	                               NULL), 0);
	engine->answer = refuse;
	assert_int_equal(signet_revoke(engine->client, bytes_text("serial"), 4, 1000, "", &err),
	                 SIGNET_E_STATE);
}

static atomic_uint calls;

/* Breaks the client's connection, as if the engine died with the decision made. */
static void answer_and_vanish(struct fake_engine *engine, struct arena *arena,
                              const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)arena, (void)call, (void)reply;
	calls++;
	for (int fd = 3; fd < 256; fd++) {
		struct sockaddr_un peer = {0};
		socklen_t length = sizeof peer;
		if (getpeername(fd, (struct sockaddr *)&peer, &length) == 0 &&
		    strcmp(peer.sun_path, engine->socket) == 0)
			shutdown(fd, SHUT_RDWR);
	}
}

static void a_decision_is_asked_for_once(void **state)
{
	struct fake_engine *engine = *state;
	struct signet_outcome out;
	engine->answer = answer_and_vanish;
	calls = 0;
	assert_int_equal(signet_approve_request(engine->client, engine->arena, 17, "", &out, NULL),
	                 SIGNET_E_UNAVAILABLE);
	assert_int_equal(calls, 1);
	/* nor is one waited for that nobody takes */
	fake_engine_stop(engine);
	assert_int_equal(signet_deny_request(engine->client, engine->arena, 17, "", &out, NULL),
	                 SIGNET_E_UNAVAILABLE);
	fake_engine_start(engine);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_engine_setup, fake_engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(decisions_come_back_with_what_came_of_them),
		TEST(refusals_are_errors),
		TEST(an_edit_says_all_of_it),
		TEST(a_revocation_says_all_of_it),
		TEST(a_decision_is_asked_for_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
