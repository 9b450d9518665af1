#include "fake_engine.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "api/client_call.h"
#include "base/combine.h"

#define PEOPLE 48 /* more than there are lanes */
#define FEW 8     /* where it is enough that there are several: a request has 4 seconds, with valgrind, too */

static ProtobufCBinaryData serials[2];
static atomic_size_t expected; /* requests that are all on their way before one is answered */
static atomic_size_t calls, received;
static atomic_bool one_by_one; /* whatever comes, the first of it alone is answered */

/* "question" is answered by "answer", "slow" by itself only, and "bad" not at all. */
static Signet__Rpc__OcspResponse *answer_one(struct arena *arena, const Signet__Rpc__OcspRequest *in,
                                             bool alone)
{
	Signet__Rpc__OcspResponse *out = FAKE(arena, ocsp_response);
	struct bytes request = bytes_make(in->request.data, in->request.len);
	const char *text = arena_text(arena, request);
	bool slow = strncmp(text, "slow", 4) == 0, bad = strncmp(text, "bad", 3) == 0;
	assert_string_equal(in->authority, "issuing");
	out->response = fake_data(arena_printf(arena, "answer%s", text + strcspn(text, "-")));
	out->this_update = 1000;
	out->next_update = 2000;
	out->cacheable = true;
	out->serials = serials;
	out->n_serials = 1;
	out->slow = !alone && slow;
	if (out->slow || bad)
		out->code = bad ? SIGNET_E_CORRUPT : SIGNET_E_STATE;
	out->message = TEXT(out->code ? "it does not work" : "");
	return out;
}

static void answer_requests(struct fake_engine *engine, struct arena *arena,
                            const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_OCSP_ANSWER);
	const Signet__Rpc__OcspRequests *in = call->ocsp_answer;
	Signet__Rpc__OcspResponses *out = FAKE(arena, ocsp_responses);
	atomic_fetch_add(&calls, 1);
	atomic_fetch_add(&received, in->n_items);
	while (atomic_load(&received) + combiner_waiting(client_combiner(engine->client)) <
	       atomic_load(&expected))
		usleep(1000);
	out->items = arena_array(arena, in->n_items, sizeof *out->items);
	size_t most = one_by_one ? 1 : in->n_items;
	for (; out->n_items < most; out->n_items++)
		out->items[out->n_items] =
			answer_one(arena, in->items[out->n_items], in->n_items == 1);
	reply->ocsp_responses = out;
	reply->body_case = SIGNET__RPC__REPLY__BODY_OCSP_RESPONSES;
}

static void an_answer_comes_back(void **state)
{
	struct fake_engine *engine = *state;
	struct signet_ocsp_response out;
	engine->answer = answer_requests;
	assert_int_equal(signet_answer_ocsp(engine->client, engine->arena, bytes_text("question"),
	                                    "issuing", &out, NULL), 0);
	assert_true(bytes_is_text(out.response, "answer") && out.cacheable);
	assert_int_equal(out.this_update, 1000);
	assert_int_equal(out.next_update, 2000);
	assert_int_equal(out.serial_count, 1);
	assert_true(bytes_is_text(out.serials[0], "one"));
}

struct person {
	struct fake_engine *engine;
	struct arena *arena;
	char question[64], answer[64];
	struct signet_ocsp_response out;
	struct error err;
	int result;
	pthread_t thread;
};
static struct person people[PEOPLE];
static size_t crowd; /* of them, who ask */

static void *ask(void *arg)
{
	struct person *p = arg;
	p->result = signet_answer_ocsp(p->engine->client, p->arena, bytes_text(p->question),
	                               "issuing", &p->out, &p->err);
	return NULL;
}

/* So many ask one of these each, with their number behind it. */
static void ask_at_once(struct fake_engine *engine, size_t count, const char *const *questions,
                        size_t kinds)
{
	engine->answer = answer_requests;
	crowd = count;
	for (size_t i = 0; i < count; i++) {
		struct person *p = &people[i];
		*p = (struct person){.engine = engine, .arena = arena_new(LIMIT_REQUEST_ARENA)};
		snprintf(p->question, sizeof p->question, "%s-%zu", questions[i % kinds], i);
		snprintf(p->answer, sizeof p->answer, "answer-%zu", i);
		assert_int_equal(pthread_create(&p->thread, NULL, ask, p), 0);
	}
}

static void end_asking(void)
{
	for (size_t i = 0; i < crowd; i++)
		pthread_join(people[i].thread, NULL);
}

static void forget_people(void)
{
	for (size_t i = 0; i < crowd; i++)
		arena_free(people[i].arena);
}

static void assert_answered(const struct person *p)
{
	assert_int_equal(p->result, 0);
	assert_true(bytes_is_text(p->out.response, p->answer));
	assert_int_equal(p->out.serial_count, 1);
	assert_true(bytes_is_text(p->out.serials[0], "one"));
}

static int set_up(void **state)
{
	serials[0] = fake_data("one");
	calls = received = expected = 0;
	one_by_one = false;
	return fake_engine_setup(state);
}

static void many_requests_share_calls_and_each_gets_its_answer(void **state)
{
	static const char *const questions[] = {"question", "bad", "slow"};
	expected = PEOPLE;
	ask_at_once(*state, PEOPLE, questions, 3);
	end_asking();
	for (size_t i = 0; i < crowd; i++) {
		if (i % 3 != 1) {
			assert_answered(&people[i]);
			continue;
		}
		assert_int_equal(people[i].result, SIGNET_E_CORRUPT);
		assert_string_equal(people[i].err.message, "it does not work");
	}
	/* but for the slow ones, which ask by themselves again */
	assert_true(calls < PEOPLE + PEOPLE / 3);
	forget_people();
}

static void what_the_engine_leaves_is_asked_again(void **state)
{
	static const char *const questions[] = {"question"};
	expected = FEW;
	one_by_one = true;
	ask_at_once(*state, FEW, questions, 1);
	end_asking();
	for (size_t i = 0; i < crowd; i++)
		assert_answered(&people[i]);
	forget_people();
}

static void requests_outlive_a_restart_of_the_engine(void **state)
{
	static const char *const questions[] = {"question"};
	fake_engine_stop(*state);
	ask_at_once(*state, FEW, questions, 1);
	fake_engine_start(*state);
	end_asking();
	for (size_t i = 0; i < crowd; i++)
		assert_answered(&people[i]);
	forget_people();
}

static void requests_end_when_the_engine_stays_away(void **state)
{
	static const char *const questions[] = {"question"};
	fake_engine_stop(*state);
	ask_at_once(*state, FEW, questions, 1);
	end_asking();
	for (size_t i = 0; i < crowd; i++)
		assert_true(people[i].result == SIGNET_E_UNAVAILABLE ||
		            people[i].result == SIGNET_E_TIMEOUT);
	forget_people();
}

static void requests_end_when_the_client_is_cancelled(void **state)
{
	static const char *const questions[] = {"question"};
	struct fake_engine *engine = *state;
	fake_engine_stop(engine);
	ask_at_once(engine, PEOPLE, questions, 1);
	signet_client_cancel(engine->client);
	end_asking();
	for (size_t i = 0; i < crowd; i++)
		assert_int_equal(people[i].result, SIGNET_E_STATE);
	forget_people();
}

static void answer_too_many(struct fake_engine *engine, struct arena *arena,
                            const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	Signet__Rpc__OcspResponses *out = FAKE(arena, ocsp_responses);
	(void)call;
	out->n_items = (size_t)(uintptr_t)engine->arg;
	out->items = arena_array(arena, out->n_items, sizeof *out->items);
	for (size_t i = 0; i < out->n_items; i++)
		out->items[i] = FAKE(arena, ocsp_response);
	reply->ocsp_responses = out;
	reply->body_case = SIGNET__RPC__REPLY__BODY_OCSP_RESPONSES;
}

static void another_number_of_answers_is_an_error(void **state)
{
	struct fake_engine *engine = *state;
	struct signet_ocsp_response out;
	engine->answer = answer_too_many;
	engine->arg = (void *)(uintptr_t)2;
	assert_int_equal(signet_answer_ocsp(engine->client, engine->arena, bytes_text("question"),
	                                    "issuing", &out, NULL), SIGNET_E_INTERNAL);
	engine->arg = NULL;
	assert_int_equal(signet_answer_ocsp(engine->client, engine->arena, bytes_text("question"),
	                                    "issuing", &out, NULL), SIGNET_E_INTERNAL);
}

static void a_request_that_is_too_long_is_an_error_of_its_own(void **state)
{
	struct fake_engine *engine = *state;
	struct signet_ocsp_response out;
	static const uint8_t huge[LIMIT_MESSAGE];
	engine->answer = answer_requests;
	assert_int_equal(signet_answer_ocsp(engine->client, engine->arena, BYTES_OF(huge),
	                                    "issuing", &out, NULL), SIGNET_E_TOO_BIG);
	assert_int_equal(calls, 0);
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, fake_engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_comes_back),
		TEST(many_requests_share_calls_and_each_gets_its_answer),
		TEST(what_the_engine_leaves_is_asked_again),
		TEST(requests_outlive_a_restart_of_the_engine),
		TEST(requests_end_when_the_engine_stays_away),
		TEST(requests_end_when_the_client_is_cancelled),
		TEST(another_number_of_answers_is_an_error),
		TEST(a_request_that_is_too_long_is_an_error_of_its_own),
		TEST(changes_come_back),
		TEST(responders_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
