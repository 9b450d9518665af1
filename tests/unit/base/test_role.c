#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/role.h"

/* role_begin changes the process for good, so each test runs it in a child. */
static int in_child(int (*fn)(void))
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(fn());
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

static int begin_and_wait(void)
{
	struct error err;
	if (role_begin(false, &err))
		return 1;
	kill(getpid(), SIGHUP);
	if (role_wait() != ROLE_RELOAD)
		return 2;
	kill(getpid(), SIGTERM);
	if (role_wait() != ROLE_STOP)
		return 3;
	kill(getpid(), SIGINT);
	return role_wait() == ROLE_STOP ? 0 : 4;
}

static void signals_are_waited_for(void **state)
{
	(void)state;
	assert_int_equal(in_child(begin_and_wait), 0);
}

static int begin_secret(void)
{
	struct error err;
	int signal_number = 0;
	if (role_begin(true, &err))
		return 1;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 2;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 3;
	prctl(PR_GET_PDEATHSIG, &signal_number, 0, 0, 0);
	return signal_number == SIGTERM ? 0 : 4;
}

static int close_process(void)
{
	struct error err;
	struct rlimit limit;
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) || role_make_undumpable(&err))
		return 1;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 2;
	if (getrlimit(RLIMIT_CORE, &limit) || limit.rlim_cur || limit.rlim_max)
		return 3;
	return 0;
}

static void a_process_that_reads_keys_is_not_dumpable(void **state)
{
	(void)state;
	assert_int_equal(in_child(close_process), 0);
}

static void a_secret_role_is_not_dumpable(void **state)
{
	(void)state;
	assert_int_equal(in_child(begin_secret), 0);
}

static int write_to_closed_pipe(void)
{
	struct error err;
	int ends[2];
	if (role_begin(false, &err) || pipe(ends))
		return 1;
	close(ends[0]);
	role_ready(ends[1]);
	return 0;
}

static void a_supervisor_that_went_away_is_no_harm(void **state)
{
	(void)state;
	assert_int_equal(in_child(write_to_closed_pipe), 0);
}

static void readiness_and_failure_are_told(void **state)
{
	(void)state;
	char text[256] = "";
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	role_ready(ends[1]);
	assert_int_equal(read(ends[0], text, sizeof text), strlen(ROLE_READY));
	assert_string_equal(text, ROLE_READY);
	assert_int_equal(read(ends[0], text, sizeof text), 0);
	close(ends[0]);

	struct error err;
	error_set(&err, SIGNET_E_IO, "port 80\nis taken");
	error_detail(&err, "bind");
	memset(text, 0, sizeof text);
	assert_int_equal(pipe(ends), 0);
	role_failed(ends[1], &err);
	assert_true(read(ends[0], text, sizeof text - 1) > 0);
	assert_string_equal(text, "port 80 is taken (bind)");
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_are_waited_for),
		cmocka_unit_test(a_secret_role_is_not_dumpable),
		cmocka_unit_test(a_process_that_reads_keys_is_not_dumpable),
		cmocka_unit_test(a_supervisor_that_went_away_is_no_harm),
		cmocka_unit_test(readiness_and_failure_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
