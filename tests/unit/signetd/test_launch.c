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
	                      .identity = &identity, .restarts = 7, .hidden = hidden};
	char said[512];
	setenv("LAUNCH_SECRET", "x", 1);
	setenv("LAUNCH_PLAIN", "x", 1);
	setenv("NOTIFY_SOCKET", "/nowhere", 1);
	assert_int_equal(launch(&what, said, sizeof said), 0);
	assert_string_equal(said, "--role gateway --config /a b.yaml --ready-fd 3 --restarts 7 "
	                          "secret=no plain=yes notify=no hup=1 term=0 death=15 group=1");
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

/* The variables that are hidden from the role, in one line. */
static const char *hidden_from(const char *text, const char *role)
{
	static char line[200];
	struct settings *settings;
	struct error err;
	if (settings_parse(&settings, "a.yaml", bytes_text(text), &err))
		fail_msg("%s", err.message);
	const char **names = launch_secret_variables(settings, role);
	assert_non_null(names);
	line[0] = '\0';
	for (size_t i = 0; names[i]; i++)
		snprintf(line + strlen(line), sizeof line - strlen(line), "%s ", names[i]);
	free(names);
	settings_free(settings);
	return line;
}

static void variables_with_secrets_are_hidden_from_other_roles(void **state)
{
	(void)state;
	static const char text[] = "state: .\n"
	                           "authorities:\n"
	                           "  one: {passphrase: {environment: KEY_1}}\n"
	                           "  two: {passphrase: {file: f}}\n"
	                           "  three: {}\n"
	                           "  four: {passphrase: {environment: KEY_2}}\n"
	                           "policy:\n"
	                           "  - webhook: {url: u, secret: {environment: HOOK}}\n"
	                           "  - exec: {program: p, environment: {PLACE: here, MODE: x}}\n"
	                           "exit:\n"
	                           "  - mail: {user: u, password: {environment: MAIL}}\n"
	                           "  - ldap: {bind: {dn: d, password: {environment: LDAP}}}\n";
	assert_string_equal(hidden_from(text, "check"), "");
	assert_string_equal(hidden_from(text, "engine"), "HOOK MAIL LDAP ");
	assert_string_equal(hidden_from(text, "adviser"), "KEY_1 KEY_2 MAIL LDAP ");
	assert_string_equal(hidden_from(text, "publisher"), "KEY_1 KEY_2 HOOK ");
	assert_string_equal(hidden_from(text, "gateway"), "KEY_1 KEY_2 HOOK MAIL LDAP ");
	assert_string_equal(hidden_from("state: .\n", "gateway"), "");
}

static void many_variables_are_hidden(void **state)
{
	(void)state;
	char text[4000] = "state: .\nauthorities:\n";
	for (int i = 0; i < 40; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text),
		         "  a%d: {passphrase: {environment: K%d}}\n", i, i);
	const char *line = hidden_from(text, "gateway");
	assert_non_null(strstr(line, "K0 K1 "));
	assert_non_null(strstr(line, " K39 "));
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
		cmocka_unit_test(variables_with_secrets_are_hidden_from_other_roles),
		cmocka_unit_test(many_variables_are_hidden),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
