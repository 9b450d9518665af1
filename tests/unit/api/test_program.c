#include "api/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/error.h"

static struct conf *conf;
static struct program *program;

static int load(const char *text, struct error *err)
{
	assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text(text), NULL), 0);
	return program_load(&program, conf_root(conf), "/tmp", err);
}

static int teardown(void **state)
{
	(void)state;
	program_free(program);
	conf_free(conf);
	program = NULL;
	conf = NULL;
	return 0;
}

/* What the program writes when it ends with this code. */
static void expect(const char *text, int code, const char *output)
{
	struct error err = {0};
	int found = 0;
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(1000);
	if (load(text, &err))
		fail_msg("%s", err.message);
	int result = program_run(program, bytes_text("in"), &out, &found, &err);
	assert_int_equal(result, code ? SIGNET_E_DENIED : 0);
	assert_int_equal(found, code);
	assert_string_equal(buffer_text(&out), output);
}

static void arguments_and_input_arrive(void **state)
{
	(void)state;
	expect("command: [/bin/sh, -c, 'cat; printf \" %s|%s\" \"$1\" \"$2\"', x, 'a b', '$HOME']\n", 0,
	       "in a b|$HOME");
}

static void the_environment_is_what_is_given(void **state)
{
	(void)state;
	setenv("SIGNET_TEST_SECRET", "x", 1);
	expect("command: [/bin/sh, -c, 'echo $NAME_2$SIGNET_TEST_SECRET']\n"
	       "environment: {NAME_2: 'a=b'}\n", 0, "a=b\n");
}

static void it_runs_where_it_is_told(void **state)
{
	(void)state;
	expect("command: [/bin/pwd]\ndirectory: .\n", 0, "/tmp\n");
}

static void by_default_it_runs_at_the_root(void **state)
{
	(void)state;
	expect("command: /bin/pwd\n", 0, "/\n");
}

static void exit_statuses_are_told(void **state)
{
	(void)state;
	expect("command: [/bin/sh, -c, 'echo no; exit 65']\n", 65, "no\n");
}

static void signals_are_told(void **state)
{
	(void)state;
	expect("command: [/bin/sh, -c, 'kill -9 $$']\n", 137, "");
}

static void time_is_bounded(void **state)
{
	struct error err = {0};
	int code;
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(1000);
	(void)state;
	assert_int_equal(load("command: [/bin/sleep, 100]\ntimeout: 1s\n", &err), 0);
	assert_int_equal(program_run(program, BYTES_NONE, &out, &code, &err), SIGNET_E_TIMEOUT);
}

static void mistakes_are_named_with_their_line(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"timeout: 1s\n", "t.yaml:1: the key 'command' is missing"},
		{"command: []\n", "t.yaml:1: command: is empty"},
		{"command: {a: b}\n", NULL},
		{"command: true\n", NULL},
		{"command: /nonexistent/program\n", NULL},
		{"command: [/etc/passwd]\n", NULL},
		{"command: [/bin]\n", NULL},
		{"command: /bin/true\ntimeout: 0\n", "t.yaml:2: timeout: must be 1s to 10m"},
		{"command: /bin/true\ntimeout: 11m\n", "t.yaml:2: timeout: must be 1s to 10m"},
		{"command: /bin/true\nenvironment: {A-B: c}\n",
		 "t.yaml:2: environment.A-B: is no name of a variable"},
		{"command: /bin/true\nenvironment: {1A: c}\n",
		 "t.yaml:2: environment.1A: is no name of a variable"},
		{"command: /bin/true\nenvironment: [a]\n", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = {0};
		assert_int_equal(load(cases[i].text, &err), SIGNET_E_CONFIG);
		assert_null(program);
		if (cases[i].message)
			assert_string_equal(err.message, cases[i].message);
		else
			assert_memory_equal(err.message, "t.yaml:1", strlen("t.yaml:"));
		conf_free(conf);
		conf = NULL;
	}
}

static void keys_are_read_without_a_look_at_the_program(void **state)
{
	struct error err = {0};
	(void)state;
	assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text("command: /no/such"), NULL), 0);
	assert_int_equal(program_read(&program, conf_root(conf), "/tmp", &err), 0);
	assert_int_equal(program_check(program, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:1: command: /no/such: no such program");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(arguments_and_input_arrive, teardown),
		cmocka_unit_test_teardown(the_environment_is_what_is_given, teardown),
		cmocka_unit_test_teardown(it_runs_where_it_is_told, teardown),
		cmocka_unit_test_teardown(by_default_it_runs_at_the_root, teardown),
		cmocka_unit_test_teardown(exit_statuses_are_told, teardown),
		cmocka_unit_test_teardown(signals_are_told, teardown),
		cmocka_unit_test_teardown(time_is_bounded, teardown),
		cmocka_unit_test_teardown(mistakes_are_named_with_their_line, teardown),
		cmocka_unit_test_teardown(keys_are_read_without_a_look_at_the_program, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
