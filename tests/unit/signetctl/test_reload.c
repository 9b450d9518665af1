#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "signetctl/reload.h"
#include "tests/unit/tree.h"

/* What the tests do not reach: reload_wait opens the client with it. */
int command_client(struct command_context *context)
{
	(void)context;
	return COMMAND_UNAVAILABLE;
}

static char directory[64], lock[96];

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/signet-reload-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(lock, sizeof lock, "%s/signetd.lock", directory);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return tree_remove(directory);
}

static void write_pid(int fd, pid_t pid)
{
	char text[32];
	int n = snprintf(text, sizeof text, "%ld\n", (long)pid);
	assert_int_equal(pwrite(fd, text, (size_t)n, 0), n);
}

/* A process that waits to be signalled; with the lock, when it is to hold that. It says that it is ready by
 * closing the pipe. */
static pid_t start(bool holds)
{
	int ready[2];
	char octet;
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int fd = holds ? open(lock, O_RDWR | O_CREAT, 0600) : -1;
		signal(SIGHUP, SIG_DFL);
		if (holds && (fd < 0 || flock(fd, LOCK_EX | LOCK_NB)))
			_exit(1);
		if (holds)
			write_pid(fd, getpid());
		close(ready[0]);
		close(ready[1]);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &octet, 1), 0);
	close(ready[0]);
	return child;
}

/* The signal that ended it. */
static int end(pid_t child, int with)
{
	int status;
	if (with)
		assert_int_equal(kill(child, with), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	return WTERMSIG(status);
}

static void who_holds_the_lock_is_signalled(void **state)
{
	struct error err;
	(void)state;
	pid_t child = start(true);
	if (reload_signal(directory, &err))
		fail_msg("%s", err.message);
	assert_int_equal(end(child, 0), SIGHUP);
}

static void without_a_lock_nobody_is(void **state)
{
	struct error err;
	(void)state;
	assert_int_equal(reload_signal(directory, &err), SIGNET_E_UNAVAILABLE);
	pid_t bystander = start(false);
	int fd = open(lock, O_RDWR | O_CREAT, 0600);
	assert_true(fd >= 0);
	write_pid(fd, bystander);
	assert_int_equal(reload_signal(directory, &err), SIGNET_E_UNAVAILABLE);
	assert_non_null(strstr(err.message, "no signetd"));
	close(fd);
	assert_int_equal(end(bystander, SIGKILL), SIGKILL);
}

/* The file says one process, another one holds it: as when signetd was killed and its number is somebody else's. */
static void who_does_not_hold_it_is_not_signalled(void **state)
{
	struct error err;
	(void)state;
	pid_t bystander = start(false);
	int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	write_pid(fd, bystander);
	assert_int_equal(reload_signal(directory, &err), SIGNET_E_PERMISSION);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(reload_signal(directory, &err), SIGNET_E_CORRUPT);
	close(fd);
	assert_int_equal(end(bystander, SIGKILL), SIGKILL);
}

static void an_engine_that_cannot_be_asked_is_said(void **state)
{
	struct command_context context = {.quiet = true};
	struct error err;
	(void)state;
	assert_int_equal(reload_wait(&context, "issuing", BYTES_NONE, &err), SIGNET_E_UNAVAILABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_holds_the_lock_is_signalled),
		TEST(without_a_lock_nobody_is),
		TEST(who_does_not_hold_it_is_not_signalled),
		TEST(an_engine_that_cannot_be_asked_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
