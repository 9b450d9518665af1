#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "api/exit.h"
#include "base/file.h"
#include "tests/unit/tree.h"

extern const struct signet_exit exit_exec;

struct hook {
	char directory[64];
	struct conf *conf;
	void *instance;
};

static int setup(void **state)
{
	struct hook *hook = calloc(1, sizeof *hook);
	snprintf(hook->directory, sizeof hook->directory, "/tmp/signet-exec-XXXXXX");
	assert_non_null(mkdtemp(hook->directory));
	*state = hook;
	return 0;
}

static int teardown(void **state)
{
	struct hook *hook = *state;
	if (hook->instance)
		exit_exec.close(hook->instance);
	conf_free(hook->conf);
	int result = tree_remove(hook->directory);
	free(hook);
	return result;
}

/* script: for /bin/sh, run in the test's directory. */
static enum signet_exit_result run(struct hook *hook, const char *script, struct error *err)
{
	static const char *names[] = {"dns:a.example"};
	char text[512];
	const struct signet_exit_host host = {"exec", hook->directory, NULL, NULL};
	const struct signet_event event = {
		.sequence = 5, .kind = SIGNET_EVENT_ISSUED, .time = 1700000000, .request_id = 17,
		.certificate_id = 17, .serial = bytes_text("AB"), .certificate = bytes_text("leaf"),
		.subject = "CN=a", .names = names, .name_count = 1, .authority = "issuing",
		.profile = "tls-server", .requester = "alice", .message = ""};
	snprintf(text, sizeof text, "command: [/bin/sh, -c, \"%s\"]\ndirectory: .\ntimeout: 2s\n",
	         script);
	assert_int_equal(conf_parse(&hook->conf, "t.yaml", bytes_text(text), NULL), 0);
	assert_int_equal(exit_exec.configure(&hook->instance, &host, conf_root(hook->conf), err), 0);
	return exit_exec.notify(hook->instance, &event, err);
}

static void the_event_arrives_as_a_line_of_json(void **state)
{
	struct hook *hook = *state;
	struct error err = {0};
	char path[128];
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(10000);
	if (run(hook, "cat >got", &err) != SIGNET_EXIT_DONE)
		fail_msg("%s", err.message);
	snprintf(path, sizeof path, "%s/got", hook->directory);
	assert_int_equal(file_read(&text, path, NULL), 0);
	assert_non_null(strstr(buffer_text(&text), "\"sequence\":5"));
	assert_non_null(strstr(buffer_text(&text), "\"names\":[\"dns:a.example\"]"));
	assert_ptr_equal(memchr(text.data, '\n', text.length), text.data + text.length - 1);
}

static void statuses_decide(void **state)
{
	struct hook *hook = *state;
	struct error err = {0};
	assert_int_equal(run(hook, "echo the directory is full; exit 1", &err), SIGNET_EXIT_RETRY);
	assert_string_equal(err.message, "the program ended with status 1");
	assert_string_equal(err.detail, "the directory is full");
}

static void a_data_error_is_final(void **state)
{
	struct error err = {0};
	assert_int_equal(run(*state, "exit 65", &err), SIGNET_EXIT_GIVE_UP);
}

static void a_crash_is_tried_again(void **state)
{
	struct error err = {0};
	assert_int_equal(run(*state, "kill -SEGV $$", &err), SIGNET_EXIT_RETRY);
}

static void a_program_that_hangs_is_tried_again(void **state)
{
	struct error err = {0};
	assert_int_equal(run(*state, "sleep 100", &err), SIGNET_EXIT_RETRY);
	assert_int_equal(err.code, SIGNET_E_TIMEOUT);
}

static void a_program_that_floods_is_tried_again(void **state)
{
	struct error err = {0};
	assert_int_equal(run(*state, "yes", &err), SIGNET_EXIT_RETRY);
	assert_int_equal(err.code, SIGNET_E_TOO_BIG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_event_arrives_as_a_line_of_json),
		TEST(statuses_decide),
		TEST(a_data_error_is_final),
		TEST(a_crash_is_tried_again),
		TEST(a_program_that_hangs_is_tried_again),
		TEST(a_program_that_floods_is_tried_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
