#include "tests/unit/api/fake_engine.h"

#include <stdio.h>
#include <unistd.h>

#include "capture.h"
#include "conf/settings.h"
#include "signetctl/cert.h"
#include "signetctl/completion.h"
#include "signetctl/request.h"

/* ---- what other files give it ---- */

int command_usage(const char *format, ...)
{
	(void)format;
	return COMMAND_USAGE;
}

const char *cert_list_column(size_t at)
{
	return at == 0 ? "id" : NULL;
}

const char *request_list_column(size_t at)
{
	return at == 0 ? "id" : NULL;
}

const char *cert_export_format(size_t at)
{
	return at == 0 ? "pem" : NULL;
}

static void refuse(struct fake_engine *engine, struct arena *arena, const Signet__Rpc__Call *call,
                   Signet__Rpc__Reply *reply)
{
	(void)engine, (void)arena, (void)call;
	reply->code = SIGNET_E_PERMISSION;
	reply->message = TEXT("not for you");
}

static void answer(struct fake_engine *engine, struct arena *arena, const Signet__Rpc__Call *call,
                   Signet__Rpc__Reply *reply)
{
	static const char *const names[] = {"the past", "file", "", "a\nb", "\x1b[2J", "\x7f", "$(reboot)"};
	Signet__Rpc__Status *s = FAKE(arena, status);
	(void)engine;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_STATUS);
	s->n_consumers = sizeof names / sizeof *names;
	s->consumers = arena_array(arena, s->n_consumers, sizeof *s->consumers);
	for (size_t i = 0; i < s->n_consumers; i++) {
		s->consumers[i] = FAKE(arena, consumer_status);
		s->consumers[i]->name = TEXT(names[i]);
	}
	reply->status = s;
	reply->body_case = SIGNET__RPC__REPLY__BODY_STATUS;
}

/* What is printed for this kind; the status with it. */
static int ask(struct fake_engine *engine, const char *config, const char *socket, const char *kind,
               struct capture *said)
{
	struct command_context context = {.arena = engine->arena, .config = config, .socket = socket};
	char *argv[] = {TEXT(kind), NULL};
	capture_begin(said);
	int status = completion_values(&context, NULL, 1, argv);
	capture_end(said);
	signet_client_close(context.client);
	settings_free(context.settings);
	return status;
}

/* The same, as often as it takes: it does not wait long for an engine on a machine that is busy. */
static void ask_engine(struct fake_engine *engine, const char *config, struct capture *said)
{
	do
		assert_int_equal(ask(engine, config, engine->socket, "exits", said), COMMAND_OK);
	while (!strstr(said->text, "the past"));
}

static const char *config_of(struct fake_engine *engine)
{
	char *path = arena_printf(engine->arena, "%s/signet.yaml", engine->directory);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs("state: state\nexit:\n  - file: {directory: x}\n  - file: {name: second, directory: x}\n"
	      "profiles:\n  \"b c\": {}\n  a: {}\n", file);
	assert_int_equal(fclose(file), 0);
	return path;
}

static void names_of_the_engine_and_the_configuration_are_joined(void **state)
{
	struct fake_engine *engine = *state;
	const char *config = config_of(engine);
	struct capture said;
	engine->answer = answer;
	ask_engine(engine, config, &said);
	/* each once, in their order, and none that could not be typed or would do something to the terminal */
	assert_string_equal(said.text, "$(reboot)\nfile\nsecond\nthe past\n");
	ask_engine(engine, "/nonexistent", &said);
	assert_string_equal(said.text, "$(reboot)\nfile\nthe past\n");
	unlink(config);
}

static void who_may_not_ask_has_the_names_of_the_configuration(void **state)
{
	struct fake_engine *engine = *state;
	const char *config = config_of(engine);
	struct capture said;
	engine->answer = refuse;
	assert_int_equal(ask(engine, config, engine->socket, "exits", &said), COMMAND_OK);
	assert_string_equal(said.text, "file\nsecond\n");
	assert_int_equal(ask(engine, config, engine->socket, "profiles", &said), COMMAND_OK);
	assert_string_equal(said.text, "a\nb c\n");
	unlink(config);
}

static void without_an_engine_there_is_no_wait(void **state)
{
	struct fake_engine *engine = *state;
	const char *config = config_of(engine);
	struct capture said;
	fake_engine_stop(engine);
	assert_int_equal(ask(engine, config, engine->socket, "exits", &said), COMMAND_OK);
	assert_string_equal(said.text, "file\nsecond\n");
	assert_int_equal(ask(engine, "/nonexistent", "", "exits", &said), COMMAND_OK);
	assert_string_equal(said.text, "");
	assert_int_equal(ask(engine, config, engine->socket, "secrets", &said), COMMAND_USAGE);
	assert_string_equal(said.text, "");
	unlink(config);
	fake_engine_start(engine);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_engine_setup, fake_engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_of_the_engine_and_the_configuration_are_joined),
		TEST(who_may_not_ask_has_the_names_of_the_configuration),
		TEST(without_an_engine_there_is_no_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
