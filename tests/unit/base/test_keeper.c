/* Each keeper is a child of the test's, with blocked signals, as process.c makes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/keeper.h"

/* What the keeper says in the end, and the program at its beginning. */
static int ends[2], begun[2];

static pid_t start_keeper(void (*program)(void), pid_t parent)
{
	sigset_t all, before;
	sigfillset(&all);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(pipe(begun), 0);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid_t keeper = fork();
	if (keeper == 0) {
		if (!keeper_begin(parent))
			_exit(3);
		pid_t child = fork();
		if (child == 0) {
			setpgid(0, 0);
			program();
			_exit(5);
		}
		setpgid(child, child);
		close(begun[1]);
		int status = keeper_watch(child);
		_exit(write(ends[1], &status, sizeof status) < 0);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(ends[1]);
	close(begun[1]);
	return keeper;
}

static int end_of(pid_t keeper, int *status)
{
	int own, said = -2;
	assert_int_equal(waitpid(keeper, &own, 0), keeper);
	if (read(ends[0], &said, sizeof said) == sizeof said)
		*status = said;
	close(ends[0]);
	close(begun[0]);
	return WIFEXITED(own) ? WEXITSTATUS(own) : -1;
}

static void end_at_once(void)
{
}

static void wait_for_ever(void)
{
	pid_t self = getpid();
	if (write(begun[1], &self, sizeof self) == sizeof self)
		for (;;)
			pause();
}

/* A grandchild in a session of its own, whose parent goes. */
static void leave_daemon(void)
{
	if (fork() == 0) {
		if (setsid() > 0 && fork() == 0)
			wait_for_ever();
		_exit(0);
	}
	while (waitpid(-1, NULL, 0) < 0 && errno == EINTR)
		;
}

static void status_of_the_program_is_told(void **state)
{
	(void)state;
	int status = -2;
	assert_int_equal(end_of(start_keeper(end_at_once, getpid()), &status), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 5);
}

static void sigterm_ends_the_program(void **state)
{
	(void)state;
	int status = -2;
	pid_t program, keeper = start_keeper(wait_for_ever, getpid());
	assert_int_equal(read(begun[0], &program, sizeof program), sizeof program);
	assert_int_equal(kill(keeper, SIGTERM), 0);
	assert_int_equal(end_of(keeper, &status), 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	assert_int_equal(kill(program, 0), -1);
}

static void one_that_left_group_and_parent_is_killed(void **state)
{
	(void)state;
	int status = -2;
	pid_t daemon, keeper = start_keeper(leave_daemon, getpid());
	ssize_t told = read(begun[0], &daemon, sizeof daemon);
	assert_int_equal(end_of(keeper, &status), 0);
	assert_int_equal(WEXITSTATUS(status), 5);
	/* it may have been killed before it could tell its number, which nobody has then */
	if (told == sizeof daemon)
		assert_int_equal(kill(daemon, 0), -1);
}

static void one_whose_parent_is_gone_does_not_begin(void **state)
{
	(void)state;
	int status = -2;
	assert_int_equal(end_of(start_keeper(end_at_once, getpid() + 1), &status), 3);
	assert_int_equal(status, -2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_of_the_program_is_told),
		cmocka_unit_test(sigterm_ends_the_program),
		cmocka_unit_test(one_that_left_group_and_parent_is_killed),
		cmocka_unit_test(one_whose_parent_is_gone_does_not_begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
