/* The role as a process: started, reloaded and stopped by signals. */
#include "queue.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "publisher/publisher.h"

struct fixture {
	void *engine;
	struct queue queue;
	char config[128];
	pid_t pid;
};

static void write_config(struct fixture *f, const char *exits)
{
	const struct fake_engine *engine = f->engine;
	char text[1024];
	snprintf(text, sizeof text, "state: %s\nexit:\n%s", engine->directory, exits);
	assert_int_equal(file_write(f->config, bytes_text(text), 0600, FILE_REPLACE, NULL), 0);
}

static int setup(void **state)
{
	static struct fixture f;
	memset(&f, 0, sizeof f);
	fake_engine_setup(&f.engine);
	queue_open(&f.queue, f.engine);
	snprintf(f.config, sizeof f.config, "%s/signet.yaml", ((struct fake_engine *)f.engine)->directory);
	*state = &f;
	return 0;
}

/* The child is a fork of a process with threads: it may use none of them, and takes a fresh look
 * at everything. Returns what the role said on its pipe. */
static void start(struct fixture *f, char *said, size_t size)
{
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	f->pid = fork();
	assert_true(f->pid >= 0);
	if (f->pid == 0) {
		struct settings *settings;
		close(fds[0]);
		if (settings_load(&settings, f->config, NULL))
			_exit(99);
		int status = publisher_run(settings, fds[1]);
		settings_free(settings);
		_exit(status);
	}
	close(fds[1]);
	ssize_t n = read(fds[0], said, size - 1);
	said[n > 0 ? n : 0] = '\0';
	close(fds[0]);
}

static int wait_for_end(struct fixture *f)
{
	int status;
	assert_int_equal(waitpid(f->pid, &status, 0), f->pid);
	f->pid = 0;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	if (f->pid > 0) {
		kill(f->pid, SIGKILL);
		waitpid(f->pid, NULL, 0);
	}
	return fake_engine_teardown(&f->engine);
}

static bool has_file(const struct fixture *f, const char *directory)
{
	char path[160];
	snprintf(path, sizeof path, "%s/%s/4142.pem", ((struct fake_engine *)f->engine)->directory,
	         directory);
	return access(path, R_OK) == 0;
}

static void make_directory(const struct fixture *f, const char *name)
{
	char path[160];
	snprintf(path, sizeof path, "%s/%s", ((struct fake_engine *)f->engine)->directory, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void role_publishes_reloads_and_stops(void **state)
{
	struct fixture *f = *state;
	char said[600];
	make_directory(f, "a");
	make_directory(f, "b");
	write_config(f, "  - file: {directory: a}\n");
	f->queue.events = 1;
	start(f, said, sizeof said);
	AWAIT(f->queue.cursor == 1);
	assert_true(has_file(f, "a"));

	write_config(f, "  - file: {directory: b}\n");
	assert_int_equal(kill(f->pid, SIGHUP), 0);
	/* the old configuration may still publish to the old place: ask until the new one works */
	for (int i = 0; i < 3000 && !has_file(f, "b"); i++) {
		f->queue.events++;
		poll(NULL, 0, 10);
	}
	assert_true(has_file(f, "b"));

	assert_int_equal(kill(f->pid, SIGTERM), 0);
	assert_int_equal(wait_for_end(f), 0);
	assert_true(f->queue.cursor >= 2);
}

static void broken_configuration_is_not_loaded(void **state)
{
	struct fixture *f = *state;
	char said[600];
	make_directory(f, "a");
	write_config(f, "  - file: {directory: a}\n");
	start(f, said, sizeof said);
	write_config(f, "  - file: {nonsense: a}\n");
	assert_int_equal(kill(f->pid, SIGHUP), 0);
	f->queue.events = 1;
	AWAIT(f->queue.cursor == 1);
	assert_true(has_file(f, "a"));
	assert_int_equal(kill(f->pid, SIGTERM), 0);
	assert_int_equal(wait_for_end(f), 0);
}

static void role_that_cannot_start_says_why(void **state)
{
	struct fixture *f = *state;
	char said[600];
	write_config(f, "  - file: {}\n");
	start(f, said, sizeof said);
	assert_non_null(strstr(said, "'directory' is missing"));
	assert_int_not_equal(wait_for_end(f), 0);
}

static void stop_does_not_wait_for_an_absent_engine(void **state)
{
	struct fixture *f = *state;
	char said[600];
	write_config(f, "  - file: {directory: a}\n");
	start(f, said, sizeof said);
	AWAIT(f->queue.reads > 0);
	fake_engine_stop(f->engine);
	assert_int_equal(kill(f->pid, SIGTERM), 0);
	assert_int_equal(wait_for_end(f), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(role_publishes_reloads_and_stops),
		TEST(broken_configuration_is_not_loaded),
		TEST(role_that_cannot_start_says_why),
		TEST(stop_does_not_wait_for_an_absent_engine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
