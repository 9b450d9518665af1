#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "signetctl/processes.h"

/* A process that looks like a role: "sh -c ... --role NAME --restarts N", alive until its standard input ends. */
static pid_t start_role(const char *name, const char *restarts, int input)
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(input, STDIN_FILENO);
		execl("/bin/sh", "sh", "-c", "read line; exit 0", "--role", name, "--restarts",
		      restarts, (char *)NULL);
		_exit(127);
	}
	return pid;
}

/* The child shows its command line only after its exec. */
static int find_until(struct arena *arena, pid_t engine, size_t wanted, struct process_role **out,
                      size_t *count)
{
	int result = SIGNET_E_NOT_FOUND;
	for (int i = 0; i < 500; i++) {
		result = processes_find(arena, (unsigned)engine, out, count);
		if (result == 0 && *count == wanted)
			return 0;
		usleep(10000);
	}
	return result;
}

static void roles_are_found_by_the_engine(void **state)
{
	(void)state;
	struct arena *arena = arena_new(1 << 22);
	struct process_role *roles;
	size_t count;
	int pipes[2];
	assert_int_equal(pipe(pipes), 0);
	pid_t engine = start_role("engine", "4", pipes[0]);
	pid_t gateway = start_role("gateway", "4x", pipes[0]);
	/* what is no role does not become one by its command line */
	pid_t other = start_role("\033[2J", "0", pipes[0]), check = start_role("check", "0", pipes[0]);
	assert_int_equal(find_until(arena, engine, 3, &roles, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(roles[0].restarts, -1);
	assert_int_equal(roles[1].restarts, 4);
	assert_int_equal(roles[2].restarts, -1);
	assert_string_equal(roles[0].name, "supervisor");
	assert_int_equal(roles[0].pid, getpid());
	assert_string_equal(roles[1].name, "engine");
	assert_int_equal(roles[1].pid, engine);
	assert_string_equal(roles[2].name, "gateway");
	assert_true(roles[0].resident > 4096);
	assert_true(roles[0].uptime >= 0 && roles[0].uptime < 86400);
	kill(engine, SIGKILL);
	kill(gateway, SIGKILL);
	kill(other, SIGKILL);
	kill(check, SIGKILL);
	waitpid(other, NULL, 0);
	waitpid(check, NULL, 0);
	waitpid(engine, NULL, 0);
	waitpid(gateway, NULL, 0);
	close(pipes[0]);
	close(pipes[1]);
	arena_free(arena);
}

static void a_process_that_is_no_engine_is_not_taken_for_one(void **state)
{
	(void)state;
	struct arena *arena = arena_new(1 << 20);
	struct process_role *roles;
	size_t count;
	assert_int_equal(processes_find(arena, (unsigned)getpid(), &roles, &count),
	                 SIGNET_E_NOT_FOUND);
	assert_int_equal(processes_find(arena, 0, &roles, &count), SIGNET_E_NOT_FOUND);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles_are_found_by_the_engine),
		cmocka_unit_test(a_process_that_is_no_engine_is_not_taken_for_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
