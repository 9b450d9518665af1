/*
 * The supervisor over roles that this program plays itself: it is what they
 * are execs of. They write what happens to them into the file "journal" of
 * the state directory; files "ROLE-fails", "ROLE-hangs" there make one fail
 * at its start or ignore SIGTERM, "check-wants" has a rule in the policy that
 * is run apart.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/role.h"
#include "signetd/launch.h"
#include "signetd/supervisor.h"

#define WAIT_TRIES 3000 /* of 10 ms */

static char state_directory[64], config[96], journal[96];
static char program[4096]; /* this one; under valgrind, /proc/self/exe itself is valgrind */

static void set_paths(const char *directory)
{
	snprintf(state_directory, sizeof state_directory, "%s", directory);
	snprintf(config, sizeof config, "%s/signet.yaml", directory);
	snprintf(journal, sizeof journal, "%s/journal", directory);
}

static bool marked(const char *role, const char *what)
{
	char path[160];
	snprintf(path, sizeof path, "%s/%s-%s", state_directory, role, what);
	return access(path, F_OK) == 0;
}

static void mark(const char *role, const char *what)
{
	char path[160];
	snprintf(path, sizeof path, "%s/%s-%s", state_directory, role, what);
	int fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
}

/* ---- the roles ---- */

static void note(const char *role, const char *what)
{
	char line[128];
	int length = snprintf(line, sizeof line, "%s %s %ld\n", role, what, (long)getpid());
	_cleanup_fd_ int fd = open(journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, line, (size_t)length) != length)
		_exit(9);
}

/* Files that a role has open beside its own: none but the standard ones and the pipe. */
static bool has_foreign_files(int ready)
{
	bool foreign = false;
	DIR *directory = opendir("/proc/self/fd");
	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		int fd = (int)strtol(entry->d_name, NULL, 10);
		foreign |= entry->d_name[0] != '.' && fd > 2 && fd != ready && fd != dirfd(directory);
	}
	if (directory)
		closedir(directory);
	return foreign;
}

static int play_role(const char *role, const char *config_path, int ready)
{
	struct error err;
	char directory[64];
	snprintf(directory, sizeof directory, "%.*s", (int)(strrchr(config_path, '/') - config_path),
	         config_path);
	set_paths(directory);
	note(role, "begin");
	if (has_foreign_files(ready))
		note(role, "foreign-files");
	if (getenv("CA_PASSPHRASE"))
		note(role, "sees-passphrase");
	if (role_begin(false, &err) || marked(role, "fails")) {
		error_set(&err, SIGNET_E_IO, "%s cannot", role);
		role_failed(ready, &err);
		return 1;
	}
	if (marked(role, "crashes"))
		abort();
	note(role, "serves");
	role_ready(ready);
	if (strcmp(role, "check") == 0)
		return marked(role, "wants") ? EXIT_WANTS_ADVISER : EXIT_STOPPED;
	note(role, "ready");
	for (;;) {
		enum role_signal signal_kind = role_wait();
		note(role, signal_kind == ROLE_RELOAD ? "reload" : "stop");
		if (signal_kind == ROLE_STOP && !marked(role, "hangs"))
			return 0;
	}
}

/* ---- the supervisor, in a process of its own ---- */

struct run {
	pid_t pid;
	int line; /* what `started` said comes here: "+" or the line */
};

static void tell_start(void *arg, enum exit_status status, const char *line)
{
	if ((status == EXIT_STOPPED) != (line == NULL))
		_exit(6);
	const char *text = line ? line : "+";
	if (write(*(int *)arg, text, strlen(text)) < 0)
		_exit(8);
}

static struct run begin(void)
{
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct settings *settings;
		struct error err;
		const struct supervisor_options options = {
			.program = program,
			.started = tell_start,
			.arg = &ends[1],
			.stop_limit = 200000,
			.leave_after = 200000,
		};
		int leak = open("/dev/null", O_RDONLY); /* not close-on-exec */
		if (leak < 0 || settings_load(&settings, config, &err))
			_exit(7);
		_exit((int)supervisor_run(settings, &options));
	}
	assert_true(pid > 0);
	close(ends[1]);
	return (struct run){pid, ends[0]};
}

/* Everything that `started` said, up to what there is when it has said anything. */
static void read_start(struct run *run, char *text, size_t size)
{
	ssize_t n = read(run->line, text, size - 1);
	text[n > 0 ? n : 0] = '\0';
}

static int finish(struct run *run)
{
	int status = 0;
	assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
	assert_true(WIFEXITED(status));
	close(run->line);
	return WEXITSTATUS(status);
}

static char *read_journal(void)
{
	static char text[65536];
	struct error err;
	_cleanup_buffer_ struct buffer buffer = BUFFER_MAX(sizeof text - 1);
	text[0] = '\0';
	if (file_read(&buffer, journal, &err) == 0)
		snprintf(text, sizeof text, "%s", buffer_text(&buffer));
	return text;
}

/* The nth place of "role what" in the journal; waits for it. */
static const char *wait_for(const char *role, const char *what, int nth)
{
	char wanted[64];
	snprintf(wanted, sizeof wanted, "%s %s ", role, what);
	for (int i = 0; i < WAIT_TRIES; i++) {
		const char *at = read_journal();
		for (int n = 0; n < nth && at; n++)
			at = strstr(n ? at + 1 : at, wanted);
		if (at)
			return at;
		nanosleep(&(struct timespec){0, 10000000}, NULL);
	}
	fail_msg("no %s in the journal:\n%s", wanted, read_journal());
	return NULL;
}

static pid_t process_of(const char *line)
{
	const char *end = line + strcspn(line, "\n");
	while (end[-1] != ' ')
		end--;
	return (pid_t)strtol(end, NULL, 10);
}

/* Every process of the journal is gone. */
static void assert_no_process_is_left(void)
{
	for (const char *line = read_journal(); *line; line += strcspn(line, "\n") + 1)
		assert_int_equal(kill(process_of(line), 0), -1);
}

static int setup(void **state)
{
	(void)state;
	char directory[] = "/tmp/signet-supervisor-XXXXXX";
	struct error err;
	if (!mkdtemp(directory))
		return -1;
	set_paths(directory);
	/* orphans of a test would come to us: so we see them */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	setenv("CA_PASSPHRASE", "secret", 1);
	return file_write(config, bytes_text("state: .\nlog: {level: error}\n"
	                                     "authorities: {a: {passphrase: {environment: "
	                                     "CA_PASSPHRASE}}}\n"),
	                  0600, FILE_REPLACE, &err);
}

static int teardown(void **state)
{
	(void)state;
	char command_path[96];
	static const char *const names[] = {"engine", "gateway", "publisher", "adviser",
	                                   "run", "public/crl", "public/ca", "public"};
	DIR *directory = opendir(state_directory);
	for (struct dirent *entry; directory && (entry = readdir(directory));)
		unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(command_path, sizeof command_path, "%s/%s", state_directory, names[i]);
		rmdir(command_path);
	}
	return rmdir(state_directory);
}

static void roles_start_and_stop_in_order(void **state)
{
	(void)state;
	char said[128];
	struct run run = begin();
	read_start(&run, said, sizeof said);
	assert_string_equal(said, "+");
	wait_for("gateway", "ready", 1);
	wait_for("publisher", "ready", 1);
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), EXIT_STOPPED);
	char *text = read_journal();
	assert_true(strstr(text, "check begin") < strstr(text, "engine begin"));
	assert_true(strstr(text, "engine begin") < strstr(text, "gateway begin"));
	assert_true(strstr(text, "engine begin") < strstr(text, "publisher begin"));
	assert_true(strstr(text, "gateway stop") < strstr(text, "publisher stop"));
	assert_true(strstr(text, "publisher stop") < strstr(text, "engine stop"));
	assert_no_process_is_left();
}

static void roles_get_no_file_and_no_secret_of_others(void **state)
{
	(void)state;
	char said[128];
	struct run run = begin();
	read_start(&run, said, sizeof said);
	kill(run.pid, SIGINT);
	assert_int_equal(finish(&run), EXIT_STOPPED);
	char *text = read_journal();
	assert_null(strstr(text, "foreign-files"));
	assert_non_null(strstr(text, "engine sees-passphrase"));
	assert_null(strstr(text, "gateway sees-passphrase"));
	assert_null(strstr(text, "publisher sees-passphrase"));
}

static void a_role_that_dies_is_started_again(void **state)
{
	(void)state;
	char said[128];
	struct run run = begin();
	read_start(&run, said, sizeof said);
	pid_t first = process_of(wait_for("engine", "ready", 1));
	assert_int_equal(kill(first, SIGKILL), 0);
	pid_t second = process_of(wait_for("engine", "ready", 2));
	assert_int_not_equal(first, second);
	kill(process_of(wait_for("gateway", "ready", 1)), SIGABRT);
	wait_for("gateway", "ready", 2);
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), EXIT_STOPPED);
	assert_no_process_is_left();
}

static void a_configuration_that_fails_the_check_starts_nothing(void **state)
{
	(void)state;
	char said[128];
	mark("check", "fails");
	struct run run = begin();
	read_start(&run, said, sizeof said);
	assert_string_equal(said, "check cannot");
	assert_int_equal(finish(&run), EXIT_CONFIGURATION);
	assert_null(strstr(read_journal(), "engine"));
}

static void a_role_that_cannot_start_ends_the_others(void **state)
{
	(void)state;
	char said[128];
	mark("gateway", "fails");
	struct run run = begin();
	read_start(&run, said, sizeof said);
	assert_string_equal(said, "gateway: gateway cannot");
	assert_int_equal(finish(&run), EXIT_CANNOT_SERVE);
	assert_non_null(strstr(read_journal(), "engine stop"));
	assert_no_process_is_left();
}

static void a_role_that_crashes_at_its_start_is_named(void **state)
{
	(void)state;
	char said[128];
	mark("engine", "crashes");
	struct run run = begin();
	read_start(&run, said, sizeof said);
	assert_non_null(strstr(said, "engine: died of signal 6"));
	assert_int_equal(finish(&run), EXIT_CANNOT_SERVE);
}

static void a_second_supervisor_is_refused(void **state)
{
	(void)state;
	char said[128], line[256];
	struct run first = begin();
	read_start(&first, said, sizeof said);
	struct run second = begin();
	read_start(&second, line, sizeof line);
	assert_int_equal(finish(&second), EXIT_CANNOT_SERVE);
	assert_non_null(strstr(line, "another signetd (process "));
	kill(first.pid, SIGTERM);
	assert_int_equal(finish(&first), EXIT_STOPPED);
}

static void a_good_configuration_is_reloaded(void **state)
{
	(void)state;
	char said[128];
	struct run run = begin();
	read_start(&run, said, sizeof said);
	kill(run.pid, SIGHUP);
	wait_for("engine", "reload", 1);
	wait_for("gateway", "reload", 1);
	wait_for("publisher", "reload", 1);
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), EXIT_STOPPED);
}

static void a_bad_configuration_is_not_reloaded(void **state)
{
	(void)state;
	char said[128];
	struct run run = begin();
	read_start(&run, said, sizeof said);
	mark("check", "fails");
	kill(run.pid, SIGHUP);
	/* once the checker is reaped, its verdict has been taken */
	pid_t checker = process_of(wait_for("check", "begin", 2));
	for (int i = 0; i < WAIT_TRIES && kill(checker, 0) == 0; i++)
		nanosleep(&(struct timespec){0, 10000000}, NULL);
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), EXIT_STOPPED);
	assert_null(strstr(read_journal(), "reload"));
}

static void a_role_that_does_not_stop_is_killed(void **state)
{
	(void)state;
	char said[128];
	mark("publisher", "hangs");
	struct run run = begin();
	read_start(&run, said, sizeof said);
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), EXIT_STOPPED);
	assert_non_null(strstr(read_journal(), "publisher stop"));
	assert_non_null(strstr(read_journal(), "engine stop"));
	assert_no_process_is_left();
}

static void roles_follow_a_supervisor_that_is_killed(void **state)
{
	(void)state;
	char said[128];
	struct run run = begin();
	int status;
	read_start(&run, said, sizeof said);
	wait_for("publisher", "ready", 1);
	wait_for("gateway", "ready", 1);
	kill(run.pid, SIGKILL);
	waitpid(run.pid, &status, 0);
	close(run.line);
	wait_for("engine", "stop", 1);
	wait_for("gateway", "stop", 1);
	wait_for("publisher", "stop", 1);
	for (int i = 0; i < 3; i++)
		assert_true(wait(&status) > 0);
}

static void unmark(const char *role, const char *what)
{
	char path[160];
	snprintf(path, sizeof path, "%s/%s-%s", state_directory, role, what);
	assert_int_equal(unlink(path), 0);
}

static void the_adviser_is_started_only_where_it_is_wanted(void **state)
{
	(void)state;
	char said[128];
	struct run run = begin();
	read_start(&run, said, sizeof said);
	assert_string_equal(said, "+");
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), EXIT_STOPPED);
	assert_null(strstr(read_journal(), "adviser"));
}

static void the_adviser_is_there_before_the_engine_and_after_it(void **state)
{
	(void)state;
	char said[128];
	mark("check", "wants");
	struct run run = begin();
	read_start(&run, said, sizeof said);
	assert_string_equal(said, "+");
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), EXIT_STOPPED);
	char *text = read_journal();
	assert_true(strstr(text, "adviser serves") < strstr(text, "engine begin"));
	assert_true(strstr(text, "engine stop") < strstr(text, "adviser stop"));
	assert_null(strstr(text, "adviser sees-passphrase"));
	assert_no_process_is_left();
}

static void an_adviser_that_cannot_start_ends_the_start(void **state)
{
	(void)state;
	char said[128];
	mark("check", "wants");
	mark("adviser", "fails");
	struct run run = begin();
	read_start(&run, said, sizeof said);
	assert_string_equal(said, "adviser: adviser cannot");
	assert_int_equal(finish(&run), EXIT_CANNOT_SERVE);
	assert_null(strstr(read_journal(), "engine"));
}

static void an_adviser_that_dies_is_started_again(void **state)
{
	(void)state;
	char said[128];
	mark("check", "wants");
	struct run run = begin();
	read_start(&run, said, sizeof said);
	kill(process_of(wait_for("adviser", "ready", 1)), SIGKILL);
	wait_for("adviser", "ready", 2);
	kill(run.pid, SIGHUP);
	wait_for("adviser", "reload", 1);
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), EXIT_STOPPED);
	assert_no_process_is_left();
}

static void the_adviser_comes_and_goes_with_its_rules(void **state)
{
	(void)state;
	char said[128];
	struct run run = begin();
	read_start(&run, said, sizeof said);
	mark("check", "wants");
	kill(run.pid, SIGHUP);
	wait_for("adviser", "ready", 1);
	unmark("check", "wants");
	kill(run.pid, SIGHUP);
	wait_for("adviser", "stop", 1);
	mark("check", "wants");
	kill(run.pid, SIGHUP);
	wait_for("adviser", "ready", 2);
	kill(run.pid, SIGTERM);
	assert_int_equal(finish(&run), EXIT_STOPPED);
	assert_no_process_is_left();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	/* who is started as a role never runs the tests, which would start roles again without end */
	if (argc > 1)
		return argc == 9 && strcmp(argv[1], "--role") == 0 && strcmp(argv[7], "--restarts") == 0
		               ? play_role(argv[2], argv[4], (int)strtol(argv[6], NULL, 10))
		               : 127;
	if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
		return 1;
	const struct CMUnitTest tests[] = {
		TEST(roles_start_and_stop_in_order),
		TEST(roles_get_no_file_and_no_secret_of_others),
		TEST(a_role_that_dies_is_started_again),
		TEST(a_configuration_that_fails_the_check_starts_nothing),
		TEST(a_role_that_cannot_start_ends_the_others),
		TEST(a_role_that_crashes_at_its_start_is_named),
		TEST(a_second_supervisor_is_refused),
		TEST(a_good_configuration_is_reloaded),
		TEST(a_bad_configuration_is_not_reloaded),
		TEST(a_role_that_does_not_stop_is_killed),
		TEST(roles_follow_a_supervisor_that_is_killed),
		TEST(the_adviser_is_started_only_where_it_is_wanted),
		TEST(the_adviser_is_there_before_the_engine_and_after_it),
		TEST(an_adviser_that_cannot_start_ends_the_start),
		TEST(an_adviser_that_dies_is_started_again),
		TEST(the_adviser_comes_and_goes_with_its_rules),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
