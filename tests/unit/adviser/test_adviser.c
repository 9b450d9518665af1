/* The role as a process: asked, reloaded and stopped. */
#include "apart.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adviser/adviser.h"
#include "api/rule.h"
#include "base/file.h"
#include "base/role.h"
#include "question.h"
#include "rpc/rpc.h"
#include "tests/unit/tree.h"

#define SECOND 1000000

static struct {
	char directory[64];
	char config[96];
	char socket[96];
	pid_t pid;
	struct arena *arena;
	struct rpc_pool *pool;
	struct error err;
} f;

static int setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof f);
	snprintf(f.directory, sizeof f.directory, "/tmp/signet-adviser-XXXXXX");
	assert_non_null(mkdtemp(f.directory));
	snprintf(f.config, sizeof f.config, "%s/signet.yaml", f.directory);
	snprintf(f.socket, sizeof f.socket, "%s/adviser", f.directory);
	assert_int_equal(mkdir(f.socket, 0700), 0);
	snprintf(f.socket, sizeof f.socket, "%s/" ADVICE_SOCKET, f.directory);
	f.arena = arena_new(LIMIT_REQUEST_ARENA);
	return rpc_pool_new(&f.pool, f.socket, 2, NULL);
}

static int teardown(void **state)
{
	(void)state;
	if (f.pid)
		kill(f.pid, SIGKILL);
	if (f.pid)
		waitpid(f.pid, NULL, 0);
	rpc_pool_free(f.pool);
	arena_free(f.arena);
	return tree_remove(f.directory);
}

static void write_config(const char *policy)
{
	char *text = apart_text(f.directory, policy);
	assert_int_equal(file_write(f.config, bytes_text(text), 0600, FILE_REPLACE, NULL), 0);
	free(text);
}

/* Returns what the role said on its pipe. */
static const char *start(const char *policy)
{
	static char said[600];
	int fds[2];
	write_config(policy);
	assert_int_equal(pipe(fds), 0);
	f.pid = fork();
	assert_true(f.pid >= 0);
	if (f.pid == 0) {
		struct settings *settings;
		close(fds[0]);
		if (settings_load(&settings, f.config, NULL))
			_exit(99);
		int status = adviser_run(settings, fds[1]);
		settings_free(settings);
		_exit(status);
	}
	close(fds[1]);
	ssize_t n = read(fds[0], said, sizeof said - 1);
	said[n > 0 ? n : 0] = '\0';
	close(fds[0]);
	return said;
}

static int wait_for_end(void)
{
	int status;
	assert_int_equal(waitpid(f.pid, &status, 0), f.pid);
	f.pid = 0;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Asks for the verdict of a rule with this text. Returns the reply's code. */
static int ask(const char *policy, Signet__Rpc__Reply **reply)
{
	struct settings *settings = apart_settings(f.directory, policy);
	struct question question;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	uint64_t fingerprint;
	assert_int_equal(rule_fingerprint(&settings->policy[0], &fingerprint), 0);
	question_make(&question, f.arena, fingerprint);
	call.call_case = SIGNET__RPC__CALL__CALL_JUDGE;
	call.judge = &question.judge;
	if (rpc_call(f.pool, f.arena, &call, true, 30 * SECOND, reply, &f.err))
		fail_msg("%s %s", f.err.message, f.err.detail);
	buffer_free(&question.csr);
	settings_free(settings);
	return (*reply)->code;
}

static void judges_and_stops(void **state)
{
	(void)state;
	Signet__Rpc__Reply *reply;
	assert_string_equal(start("  - apart: {say: deny}\n"), ROLE_READY);
	assert_int_equal(ask("  - apart: {say: deny}\n", &reply), 0);
	assert_int_equal(reply->body_case, SIGNET__RPC__REPLY__BODY_JUDGEMENT);
	assert_int_equal(reply->judgement->decision, SIGNET_DENY);
	kill(f.pid, SIGTERM);
	assert_int_equal(wait_for_end(), EXIT_SUCCESS);
	assert_int_not_equal(access(f.socket, F_OK), 0);
}

static void errors_come_back_as_such(void **state)
{
	(void)state;
	Signet__Rpc__Reply *reply;
	assert_string_equal(start("  - apart: {say: fail}\n"), ROLE_READY);
	assert_int_equal(ask("  - apart: {say: fail}\n", &reply), SIGNET_E_IO);
	assert_int_equal(ask("  - apart: {say: pass}\n", &reply), SIGNET_E_CONFLICT);
	assert_int_equal(reply->body_case, SIGNET__RPC__REPLY__BODY__NOT_SET);
}

static void other_calls_are_refused(void **state)
{
	(void)state;
	Signet__Rpc__Reply *reply;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	Signet__Rpc__Empty empty = SIGNET__RPC__EMPTY__INIT;
	assert_string_equal(start("  - apart: {}\n"), ROLE_READY);
	assert_int_equal(rpc_call(f.pool, f.arena, &call, true, 30 * SECOND, &reply, &f.err), 0);
	assert_int_equal(reply->code, SIGNET_E_UNSUPPORTED);
	call.call_case = SIGNET__RPC__CALL__CALL_STATUS;
	call.status = &empty;
	assert_int_equal(rpc_call(f.pool, f.arena, &call, true, 30 * SECOND, &reply, &f.err), 0);
	assert_int_equal(reply->code, SIGNET_E_UNSUPPORTED);
}

static void reload_takes_new_rules(void **state)
{
	(void)state;
	Signet__Rpc__Reply *reply;
	assert_string_equal(start("  - apart: {say: deny}\n"), ROLE_READY);
	write_config("  - apart: {say: hold}\n");
	kill(f.pid, SIGHUP);
	while (ask("  - apart: {say: hold}\n", &reply) == SIGNET_E_CONFLICT)
		usleep(1000);
	assert_int_equal(reply->judgement->decision, SIGNET_HOLD);
	/* the engine may still ask by the old text */
	assert_int_equal(ask("  - apart: {say: deny}\n", &reply), 0);
}

static void a_reload_that_fails_leaves_the_old_rules(void **state)
{
	(void)state;
	Signet__Rpc__Reply *reply;
	assert_string_equal(start("  - apart: {say: deny}\n"), ROLE_READY);
	write_config("  - apart: {refuse: true}\n");
	kill(f.pid, SIGHUP);
	write_config("  - apart: {say: hold}\n");
	kill(f.pid, SIGHUP);
	while (ask("  - apart: {say: hold}\n", &reply) == SIGNET_E_CONFLICT)
		usleep(1000);
	assert_int_equal(ask("  - apart: {say: deny}\n", &reply), 0);
}

static void a_rule_that_cannot_start_is_said(void **state)
{
	(void)state;
	assert_string_equal(start("  - apart: {refuse: true}\n"), "refuses to start");
	assert_int_equal(wait_for_end(), EXIT_FAILURE);
}

static void check_says_whether_the_role_is_wanted(void **state)
{
	(void)state;
	bool wanted = false;
	struct settings *settings = apart_settings(f.directory, "  - apart: {}\n");
	assert_int_equal(adviser_check(settings, &wanted, &f.err), 0);
	assert_true(wanted);
	settings_free(settings);
	settings = apart_settings(f.directory, "  - validity: {max: 1d}\n");
	assert_int_equal(adviser_check(settings, &wanted, &f.err), 0);
	assert_false(wanted);
	settings_free(settings);
	settings = apart_settings(f.directory, "  - apart: {refuse: true}\n");
	assert_int_equal(adviser_check(settings, &wanted, &f.err), SIGNET_E_CONFIG);
	settings_free(settings);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(judges_and_stops), T(errors_come_back_as_such), T(other_calls_are_refused),
		T(reload_takes_new_rules), T(a_reload_that_fails_leaves_the_old_rules),
		T(a_rule_that_cannot_start_is_said), T(check_says_whether_the_role_is_wanted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
