/* What is launched is /bin/sh or this program itself, which then tells what it was given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "signetd/launch.h"

static char program[4096]; /* this one; under valgrind, /proc/self/exe itself is valgrind */

/* In the launched process. */
static int tell(int argc, char **argv)
{
	sigset_t blocked;
	int parent_death = 0;
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	prctl(PR_GET_PDEATHSIG, &parent_death, 0, 0, 0);
	for (int i = 1; i < argc; i++)
		dprintf(LAUNCH_READY_FD, "%s ", argv[i]);
	dprintf(LAUNCH_READY_FD, "secret=%s plain=%s notify=%s hup=%d term=%d death=%d group=%d",
	        getenv("LAUNCH_SECRET") ? "yes" : "no", getenv("LAUNCH_PLAIN") ? "yes" : "no",
	        getenv("NOTIFY_SOCKET") ? "yes" : "no", sigismember(&blocked, SIGHUP),
	        sigismember(&blocked, SIGTERM), parent_death, getpgrp() == getpid());
	return 0;
}

/* Launches, and reads what comes on the pipe to its end. */
static int launch(const struct launch *what, char *said, size_t size)
{
	struct error err;
	pid_t pid;
	int fd, status = 0;
	size_t length = 0;
	assert_int_equal(launch_role(&pid, &fd, what, &err), 0);
	for (;;) {
		struct pollfd polled = {fd, POLLIN, 0};
		assert_int_equal(poll(&polled, 1, 30000), 1);
		ssize_t n = read(fd, said + length, size - 1 - length);
		if (n == 0)
			break;
		assert_true(n > 0 || errno == EAGAIN);
		length += n > 0 ? (size_t)n : 0;
	}
	said[length] = '\0';
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_role_gets_its_arguments_and_no_secret(void **state)
{
	(void)state;
	static const char *hidden[] = {"LAUNCH_SECRET", NULL};
	const struct identity identity = {NULL, geteuid(), getegid()};
	struct launch what = {.program = program, .role = "gateway", .config = "/a b.yaml",
	                      .identity = &identity, .hidden = hidden};
	char said[512];
	setenv("LAUNCH_SECRET", "x", 1);
	setenv("LAUNCH_PLAIN", "x", 1);
	setenv("NOTIFY_SOCKET", "/nowhere", 1);
	assert_int_equal(launch(&what, said, sizeof said), 0);
	assert_string_equal(said, "--role gateway --config /a b.yaml --ready-fd 3 secret=no plain=yes "
	                          "notify=no hup=1 term=0 death=15 group=1");
	what.hidden = NULL;
	assert_int_equal(launch(&what, said, sizeof said), 0);
	assert_non_null(strstr(said, "secret=yes"));
	unsetenv("NOTIFY_SOCKET");
}

static void a_program_that_is_not_there_is_told(void **state)
{
	(void)state;
	const struct identity identity = {NULL, geteuid(), getegid()};
	const struct launch what = {.program = "/nonexistent/signetd", .role = "engine",
	                            .config = "c", .identity = &identity};
	char said[512];
	assert_int_equal(launch(&what, said, sizeof said), 1);
	assert_string_equal(said, "/nonexistent/signetd: No such file or directory");
}

static void variables_with_passphrases_are_found(void **state)
{
	(void)state;
	static const char text[] = "state: .\n"
	                           "authorities:\n"
	                           "  one: {passphrase: {environment: FIRST}}\n"
	                           "  two: {passphrase: {file: f}}\n"
	                           "  three: {}\n"
	                           "  four: {passphrase: {environment: SECOND}}\n";
	struct settings *settings;
	struct error err;
	assert_int_equal(settings_parse(&settings, "a.yaml", bytes_text(text), &err), 0);
	const char **names = launch_secret_variables(settings);
	assert_non_null(names);
	assert_string_equal(names[0], "FIRST");
	assert_string_equal(names[1], "SECOND");
	assert_null(names[2]);
	free(names);
	settings_free(settings);
	assert_int_equal(settings_parse(&settings, "a.yaml", bytes_text("state: .\n"), &err), 0);
	names = launch_secret_variables(settings);
	assert_non_null(names);
	assert_null(names[0]);
	free(names);
	settings_free(settings);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return tell(argc, argv);
	if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_role_gets_its_arguments_and_no_secret),
		cmocka_unit_test(a_program_that_is_not_there_is_told),
		cmocka_unit_test(variables_with_passphrases_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
