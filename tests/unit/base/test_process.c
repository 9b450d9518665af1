#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/process.h"

#define SECOND 1000000
#define LONG (60 * SECOND)

static struct error err;
static struct buffer out = BUFFER_MAX(100000);

static int clean(void **state)
{
	(void)state;
	buffer_free(&out);
	err = (struct error){0};
	return 0;
}

static int run_shell(const char *script, struct bytes input, int64_t timeout_us, int *status)
{
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};
	const struct process_options options = {
		.argv = argv, .input = input, .timeout_us = timeout_us};
	return process_run(&options, &out, status, &err);
}

static const char *output_of(const char *script)
{
	int status = -1;
	buffer_clear(&out);
	assert_int_equal(run_shell(script, BYTES_NONE, LONG, &status), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return out.length ? buffer_text(&out) : "";
}

/* Whether the process is gone, or a zombie that init has not looked at yet. */
static bool has_ended(long pid)
{
	char path[64];
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(4096);
	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	if (file_read(&text, path, NULL))
		return true;
	return strstr(buffer_text(&text), ") Z ") != NULL;
}

static void wait_for_end(long pid)
{
	while (!has_ended(pid))
		usleep(1000);
}

static void gets_its_input_and_gives_its_output(void **state)
{
	(void)state;
	int status = -1;
	assert_int_equal(run_shell("tr a-z A-Z", bytes_text("hello"), LONG, &status), 0);
	assert_int_equal(status, 0);
	assert_string_equal(buffer_text(&out), "HELLO");
}

static void output_is_appended(void **state)
{
	(void)state;
	int status;
	buffer_append_text(&out, "before ");
	assert_int_equal(run_shell("printf after", BYTES_NONE, LONG, &status), 0);
	assert_string_equal(buffer_text(&out), "before after");
}

static void no_input_is_an_empty_one(void **state)
{
	(void)state;
	assert_string_equal(output_of("wc -c"), "0\n");
}

static void status_is_that_of_the_program(void **state)
{
	(void)state;
	int status = -1;
	assert_int_equal(run_shell("exit 42", BYTES_NONE, LONG, &status), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
	assert_int_equal(run_shell("kill -SEGV $$", BYTES_NONE, LONG, &status), 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
}

static void ten_megabytes_of_input_pass(void **state)
{
	(void)state;
	size_t length = 10 << 20;
	uint8_t *data = calloc(1, length);
	int status;
	assert_non_null(data);
	assert_int_equal(run_shell("wc -c", bytes_make(data, length), LONG, &status), 0);
	assert_string_equal(buffer_text(&out), "10485760\n");
	buffer_clear(&out);
	/* neither does it matter when nobody reads them */
	assert_int_equal(run_shell("exec <&-; echo done", bytes_make(data, length), LONG, &status), 0);
	assert_string_equal(buffer_text(&out), "done\n");
	free(data);
}

static void one_that_hangs_is_killed(void **state)
{
	(void)state;
	int status = 1234;
	assert_int_equal(run_shell("sleep 1000 & echo $!; wait", BYTES_NONE, SECOND / 2, &status),
	                 SIGNET_E_TIMEOUT);
	assert_int_equal(status, 1234);
	wait_for_end(atol(buffer_text(&out)));
}

static void one_that_ignores_signals_is_killed(void **state)
{
	(void)state;
	int status;
	assert_int_equal(run_shell("trap '' TERM INT HUP; echo $$; exec sleep 1000", BYTES_NONE,
	                           SECOND / 2, &status), SIGNET_E_TIMEOUT);
	assert_true(has_ended(atol(buffer_text(&out))));
}

static void one_that_closed_its_output_is_waited_for(void **state)
{
	(void)state;
	int status = -1;
	assert_int_equal(run_shell("printf early; exec >&-; sleep 0.2; exit 3", BYTES_NONE, LONG,
	                           &status), 0);
	assert_int_equal(WEXITSTATUS(status), 3);
	assert_string_equal(buffer_text(&out), "early");
	assert_int_equal(run_shell("exec >&-; exec sleep 1000", BYTES_NONE, SECOND / 5, &status),
	                 SIGNET_E_TIMEOUT);
}

static void a_flood_ends_at_the_limit(void **state)
{
	(void)state;
	int status;
	assert_int_equal(run_shell("cat /dev/zero", BYTES_NONE, LONG, &status), SIGNET_E_TOO_BIG);
	assert_non_null(strstr(err.message, "100000"));
}

static void output_of_exactly_the_limit_passes(void **state)
{
	(void)state;
	int status;
	assert_int_equal(run_shell("head -c 100000 /dev/zero", BYTES_NONE, LONG, &status), 0);
	assert_int_equal(out.length, 100000);
	buffer_clear(&out);
	assert_int_equal(run_shell("head -c 100001 /dev/zero", BYTES_NONE, LONG, &status),
	                 SIGNET_E_TOO_BIG);
}

static void what_it_leaves_behind_is_killed(void **state)
{
	(void)state;
	wait_for_end(atol(output_of("sleep 1000 & echo $!")));
}

/* Starts a daemon that leaves the process group, keeps the output and goes on with this command.
 * Returns what process_run does, and the daemon's number. */
static int run_with_daemon(const char *command, long *daemon)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(64);
	char path[] = "/tmp/signet-process-XXXXXX", script[200];
	int fd = mkstemp(path), status;
	assert_true(fd >= 0);
	close(fd);
	snprintf(script, sizeof script,
	         "setsid sh -c 'echo $$ >%s; exec %s' & while ! [ -s %s ]; do sleep 0.01; done",
	         path, command, path);
	int result = run_shell(script, BYTES_NONE, LONG, &status);
	assert_int_equal(file_read(&text, path, NULL), 0);
	unlink(path);
	*daemon = atol(buffer_text(&text));
	assert_true(*daemon > 1);
	return result;
}

static void a_daemon_is_killed(void **state)
{
	(void)state;
	long daemon;
	assert_int_equal(run_with_daemon("sleep 1000", &daemon), 0);
	assert_true(has_ended(daemon));
}

static void all_generations_are_killed(void **state)
{
	(void)state;
	/* the first child of each has gone: nobody but the keeper knows the last one */
	const char *text = output_of(
		"f=$(mktemp); setsid sh -c '(setsid sh -c \"sleep 1000 & echo \\$! >$1\" &)' x $f & "
		"while ! [ -s $f ]; do sleep 0.01; done; cat $f; rm $f");
	assert_true(atol(text) > 1);
	assert_true(has_ended(atol(text)));
}

static void a_daemon_of_one_that_hangs_is_killed(void **state)
{
	(void)state;
	int status;
	assert_int_equal(run_shell("setsid sleep 1000 & echo $!; wait", BYTES_NONE, SECOND, &status),
	                 SIGNET_E_TIMEOUT);
	assert_true(atol(buffer_text(&out)) > 1);
	assert_true(has_ended(atol(buffer_text(&out))));
}

/* Removes the file when all is done. */
static void *run_short_ones(void *path)
{
	const char *const argv[] = {"/bin/sh", "-c", "setsid sleep 1000 & exit 0", NULL};
	const struct process_options options = {.argv = argv, .timeout_us = LONG};
	void *failed = NULL;
	for (int i = 0; i < 20; i++) {
		_cleanup_buffer_ struct buffer text = BUFFER_MAX(64);
		int status;
		if (process_run(&options, &text, &status, NULL) || status)
			failed = path;
	}
	unlink(path);
	return failed;
}

/* What one run kills is not what another has started. */
static void runs_at_once_do_not_kill_each_other(void **state)
{
	(void)state;
	char path[] = "/tmp/signet-process-XXXXXX", script[200];
	pthread_t thread;
	void *failed;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	snprintf(script, sizeof script, "setsid sleep 1000 & d=$!; while [ -e %s ]; do sleep 0.01; done; "
	         "kill -0 $d && echo alive", path);
	assert_int_equal(pthread_create(&thread, NULL, run_short_ones, path), 0);
	assert_string_equal(output_of(script), "alive\n");
	pthread_join(thread, &failed);
	assert_null(failed);
}

static void a_daemon_that_floods_does_not_either(void **state)
{
	(void)state;
	long daemon;
	/* it may not have begun when its parent ends */
	int result = run_with_daemon("cat /dev/zero", &daemon);
	assert_true(result == SIGNET_E_TOO_BIG || result == 0);
	wait_for_end(daemon); /* of itself: its pipe is gone */
}

static void has_no_file_of_ours(void **state)
{
	(void)state;
	int leak = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */
	assert_true(leak > 2);
	/* ls opens the folder itself */
	assert_string_equal(output_of("ls /proc/self/fd | grep -v '^[0-3]$'; true"), "");
	close(leak);
}

static void environment_is_ours_alone(void **state)
{
	(void)state;
	setenv("SIGNET_TEST_SECRET", "hush", 1);
	assert_string_equal(output_of("env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= | sort"),
	                    "LANG=C\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
	                    "/bin\n");
	unsetenv("SIGNET_TEST_SECRET");
}

static void environment_may_be_given(void **state)
{
	(void)state;
	const char *const argv[] = {"/bin/sh", "-c", "echo $FIRST $LANG $PATH", NULL};
	const char *const environment[] = {"FIRST=one", "PATH=/nowhere", NULL};
	const struct process_options options = {
		.argv = argv, .environment = environment, .timeout_us = LONG};
	int status;
	assert_int_equal(process_run(&options, &out, &status, &err), 0);
	assert_string_equal(buffer_text(&out), "one C /nowhere\n");
}

static void runs_in_its_directory(void **state)
{
	(void)state;
	assert_string_equal(output_of("pwd"), "/\n");
	const char *const argv[] = {"/bin/pwd", NULL};
	struct process_options options = {.argv = argv, .directory = "/usr", .timeout_us = LONG};
	int status;
	buffer_clear(&out);
	assert_int_equal(process_run(&options, &out, &status, &err), 0);
	assert_string_equal(buffer_text(&out), "/usr\n");
	options.directory = "/no/such/directory";
	assert_int_equal(process_run(&options, &out, &status, &err), SIGNET_E_IO);
	assert_non_null(strstr(err.message, "/no/such/directory"));
}

static void signals_are_the_standard_ones(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	sigset_t set, before;
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, &before);
	uint64_t blocked = strtoull(output_of("sed -n 's/SigBlk:.//p' /proc/self/status"), NULL, 16);
	uint64_t ignored = strtoull(output_of("sed -n 's/SigIgn:.//p' /proc/self/status"), NULL, 16);
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGPIPE, SIG_DFL);
	assert_int_equal(blocked, 0);
	/* 32 and 33 are the C library's own, which lets nobody set them */
	assert_int_equal(ignored & ~(UINT64_C(3) << 31), 0);
}

static void limits_are_modest(void **state)
{
	(void)state;
	assert_string_equal(output_of("ulimit -c"), "0\n");
	/* that of files is not looked at: valgrind keeps one of its own */
	assert_true(atol(output_of("ulimit -f")) <= (1 << 30) / 512);
	assert_true(atol(output_of("ulimit -t")) <= LONG / SECOND + 2);
	assert_string_equal(output_of("grep NoNewPrivs /proc/self/status | cut -f2"), "1\n");
}

static int run_program(const char *path)
{
	const char *const argv[] = {path, NULL};
	const struct process_options options = {.argv = argv, .timeout_us = LONG};
	int status;
	return process_run(&options, &out, &status, &err);
}

static void program_that_cannot_be_run_is_said_to_be_so(void **state)
{
	(void)state;
	char path[] = "/tmp/signet-process-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(run_program("/no/such/program"), SIGNET_E_NOT_FOUND);
	assert_int_equal(run_program("/etc"), SIGNET_E_PERMISSION);
	assert_int_equal(run_program(path), SIGNET_E_PERMISSION);
	assert_non_null(strstr(err.message, path));
	assert_int_equal(write(fd, "\x7f" "ELF rubbish", 12), 12);
	assert_int_equal(fchmod(fd, 0755), 0);
	close(fd);
	assert_int_equal(run_program(path), SIGNET_E_IO);
	unlink(path);
}

static void programs_are_checked_beforehand(void **state)
{
	(void)state;
	char path[] = "/tmp/signet-process-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(process_check_program("/bin/sh", &err), 0);
	assert_int_equal(process_check_program("sh", &err), SIGNET_E_INVALID);
	assert_int_equal(process_check_program("", &err), SIGNET_E_INVALID);
	assert_int_equal(process_check_program("/no/such/program", &err), SIGNET_E_NOT_FOUND);
	assert_int_equal(process_check_program("/bin", &err), SIGNET_E_PERMISSION);
	assert_int_equal(process_check_program(path, &err), SIGNET_E_PERMISSION);
	close(fd);
	unlink(path);
}

static int lowest_free_file(void)
{
	int fd = open("/dev/null", O_RDONLY);
	close(fd);
	return fd;
}

static void no_child_and_no_file_is_left(void **state)
{
	(void)state;
	int before = lowest_free_file();
	output_of("true");
	run_program("/no/such/program");
	int status;
	assert_int_equal(run_shell("sleep 1000", BYTES_NONE, SECOND / 10, &status),
	                 SIGNET_E_TIMEOUT);
	assert_int_equal(waitpid(-1, &status, WNOHANG), -1);
	assert_int_equal(lowest_free_file(), before);
}

static void *echo_many(void *arg)
{
	char script[64], expected[64];
	snprintf(expected, sizeof expected, "%d\n", *(int *)arg);
	snprintf(script, sizeof script, "cat; exit %d", *(int *)arg);
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};
	const struct process_options options = {
		.argv = argv, .input = bytes_text(expected), .timeout_us = LONG};
	for (int i = 0; i < 20; i++) {
		_cleanup_buffer_ struct buffer text = BUFFER_MAX(64);
		int status;
		if (process_run(&options, &text, &status, NULL) || !WIFEXITED(status) ||
		    WEXITSTATUS(status) != *(int *)arg || strcmp(buffer_text(&text), expected) != 0)
			return arg;
	}
	return NULL;
}

static void threads_do_not_mix_their_programs_up(void **state)
{
	(void)state;
	pthread_t threads[4];
	int numbers[4] = {11, 12, 13, 14};
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, echo_many, &numbers[i]), 0);
	for (int i = 0; i < 4; i++) {
		void *failed;
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(gets_its_input_and_gives_its_output, clean),
		cmocka_unit_test_teardown(output_is_appended, clean),
		cmocka_unit_test_teardown(no_input_is_an_empty_one, clean),
		cmocka_unit_test_teardown(status_is_that_of_the_program, clean),
		cmocka_unit_test_teardown(ten_megabytes_of_input_pass, clean),
		cmocka_unit_test_teardown(one_that_hangs_is_killed, clean),
		cmocka_unit_test_teardown(one_that_ignores_signals_is_killed, clean),
		cmocka_unit_test_teardown(one_that_closed_its_output_is_waited_for, clean),
		cmocka_unit_test_teardown(a_flood_ends_at_the_limit, clean),
		cmocka_unit_test_teardown(output_of_exactly_the_limit_passes, clean),
		cmocka_unit_test_teardown(what_it_leaves_behind_is_killed, clean),
		cmocka_unit_test_teardown(a_daemon_is_killed, clean),
		cmocka_unit_test_teardown(all_generations_are_killed, clean),
		cmocka_unit_test_teardown(a_daemon_of_one_that_hangs_is_killed, clean),
		cmocka_unit_test_teardown(runs_at_once_do_not_kill_each_other, clean),
		cmocka_unit_test_teardown(a_daemon_that_floods_does_not_either, clean),
		cmocka_unit_test_teardown(has_no_file_of_ours, clean),
		cmocka_unit_test_teardown(environment_is_ours_alone, clean),
		cmocka_unit_test_teardown(environment_may_be_given, clean),
		cmocka_unit_test_teardown(runs_in_its_directory, clean),
		cmocka_unit_test_teardown(signals_are_the_standard_ones, clean),
		cmocka_unit_test_teardown(limits_are_modest, clean),
		cmocka_unit_test_teardown(program_that_cannot_be_run_is_said_to_be_so, clean),
		cmocka_unit_test_teardown(programs_are_checked_beforehand, clean),
		cmocka_unit_test_teardown(no_child_and_no_file_is_left, clean),
		cmocka_unit_test_teardown(threads_do_not_mix_their_programs_up, clean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
