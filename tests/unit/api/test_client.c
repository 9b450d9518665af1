#include "fake_engine.h"

static void answer_profiles(struct fake_engine *engine, struct arena *arena,
                            const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	const uint64_t *generations = engine->arg;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_LIST_PROFILES);
	reply->configuration = generations ? generations[0] : 1;
	reply->revocations = generations ? generations[1] : 1;
	reply->profiles = FAKE(arena, profiles);
	reply->body_case = SIGNET__RPC__REPLY__BODY_PROFILES;
}

static int list(struct fake_engine *engine, struct error *err)
{
	struct signet_profile *profiles = NULL;
	size_t count = 99;
	int result = signet_list_profiles(engine->client, engine->arena, &profiles, &count, err);
	/* out-parameters are written on success only */
	assert_int_equal(count, result ? 99 : 0);
	return result;
}

static void generations_are_those_of_the_newest_reply(void **state)
{
	struct fake_engine *engine = *state;
	uint64_t sent[2] = {7, 40}, configuration = 1, revocations = 1;
	signet_generations(engine->client, &configuration, &revocations);
	assert_int_equal(configuration, 0);
	assert_int_equal(revocations, 0);
	engine->answer = answer_profiles;
	engine->arg = sent;
	assert_int_equal(list(engine, NULL), 0);
	sent[0] = 8;
	assert_int_equal(list(engine, NULL), 0);
	signet_generations(engine->client, &configuration, &revocations);
	assert_int_equal(configuration, 8);
	assert_int_equal(revocations, 40);
}

static void answer_refusal(struct fake_engine *engine, struct arena *arena,
                           const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)arena;
	(void)call;
	reply->code = *(const int *)engine->arg;
	reply->message = TEXT("not for you");
}

static void refusal_is_an_error_with_its_message(void **state)
{
	struct fake_engine *engine = *state;
	struct error err = {0};
	int code = SIGNET_E_PERMISSION;
	engine->answer = answer_refusal;
	engine->arg = &code;
	assert_int_equal(list(engine, &err), SIGNET_E_PERMISSION);
	assert_int_equal(err.code, SIGNET_E_PERMISSION);
	assert_string_equal(err.message, "not for you");
	code = 5;
	assert_int_equal(list(engine, &err), SIGNET_E_INTERNAL);
}

static void answer_another_question(struct fake_engine *engine, struct arena *arena,
                                    const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)call;
	if (engine->arg) {
		reply->chain = FAKE(arena, chain);
		reply->body_case = SIGNET__RPC__REPLY__BODY_CHAIN;
	}
}

static void answer_to_another_question_is_refused(void **state)
{
	struct fake_engine *engine = *state;
	engine->answer = answer_another_question;
	assert_int_equal(list(engine, NULL), SIGNET_E_INTERNAL);
	engine->arg = engine;
	assert_int_equal(list(engine, NULL), SIGNET_E_INTERNAL);
}

static void restart_of_the_engine_goes_unnoticed(void **state)
{
	struct fake_engine *engine = *state;
	engine->answer = answer_profiles;
	assert_int_equal(list(engine, NULL), 0);
	fake_engine_stop(engine);
	fake_engine_start(engine);
	assert_int_equal(list(engine, NULL), 0);
}

static void cancelled_client_makes_no_calls(void **state)
{
	struct fake_engine *engine = *state;
	engine->answer = answer_profiles;
	signet_client_cancel(engine->client);
	assert_int_equal(list(engine, NULL), SIGNET_E_STATE);
}

static void socket_path_is_checked_at_once(void **state)
{
	(void)state;
	char path[300];
	memset(path, 'a', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	struct signet_client *client = NULL;
	assert_int_equal(signet_client_open(&client, path, NULL), SIGNET_E_INVALID);
	assert_null(client);
	signet_client_close(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_engine_setup, fake_engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(generations_are_those_of_the_newest_reply),
		TEST(refusal_is_an_error_with_its_message),
		TEST(answer_to_another_question_is_refused),
		TEST(restart_of_the_engine_goes_unnoticed),
		TEST(cancelled_client_makes_no_calls),
		cmocka_unit_test(socket_path_is_checked_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
