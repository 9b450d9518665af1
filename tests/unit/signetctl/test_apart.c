#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "signetctl/apart.h"

#define SECOND 1000000
#define OTHER 65534 /* no user that owns anything here */

struct place {
	char path[64];
	int directory, to;
	char text[256]; /* what came back */
	struct error err;
};

static int setup(void **state)
{
	static struct place p;
	p = (struct place){.to = -1};
	snprintf(p.path, sizeof p.path, "/tmp/signet-apart.XXXXXX");
	assert_non_null(mkdtemp(p.path));
	if (geteuid() == 0)
		assert_int_equal(chown(p.path, OTHER, OTHER), 0);
	p.directory = open(p.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(p.directory >= 0);
	*state = &p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	file_close(&p->directory);
	file_close(&p->to);
	return rmdir(p->path);
}

static struct apart apart_of(const struct place *p, int (*work)(void *arg, int fd), void *arg)
{
	return (struct apart){.directory = p->directory, .work = work, .arg = arg, .most = 200,
	                      .quiet_us = 20 * SECOND, .timeout_us = 20 * SECOND};
}

static int run(struct place *p, const struct apart *apart)
{
	file_close(&p->to);
	p->to = memfd_create("test", MFD_CLOEXEC);
	assert_true(p->to >= 0);
	int result = apart_run(apart, p->to, &p->err);
	ssize_t n = pread(p->to, p->text, sizeof p->text - 1, 0);
	assert_true(n >= 0);
	p->text[n] = '\0';
	return result;
}

static int say(void *arg, int fd)
{
	return file_write_all(fd, bytes_text(arg)) ? SIGNET_E_IO : 0;
}

static void what_is_written_comes_back(void **state)
{
	struct place *p = *state;
	const struct apart apart = apart_of(p, say, "good news");
	assert_int_equal(run(p, &apart), 0);
	assert_string_equal(p->text, "good news");
}

/* Its ids, its place, and which files it has. */
static int tell(void *arg, int fd)
{
	char text[200], capabilities[64] = "?";
	struct stat here, there;
	int files = 0;
	for (int i = 0; i < 1024; i++)
		files += fcntl(i, F_GETFD) >= 0;
	FILE *status = fopen("/proc/self/status", "re");
	for (char line[256]; status && fgets(line, sizeof line, status);)
		if (strncmp(line, "CapPrm:", 7) == 0)
			snprintf(capabilities, sizeof capabilities, "%.40s", line + 8);
	if (!status || stat(".", &here) || stat(arg, &there))
		return SIGNET_E_IO;
	fclose(status);
	capabilities[strcspn(capabilities, "\n")] = '\0';
	uid_t real, effective, saved;
	if (getresuid(&real, &effective, &saved))
		return SIGNET_E_IO;
	snprintf(text, sizeof text, "%u %u %u %u %d %s %d %d terminal %d", real, effective, saved,
	         getgid(), getgroups(0, NULL), capabilities, here.st_ino == there.st_ino, files,
	         open("/dev/tty", O_RDWR));
	return say(text, fd);
}

static void work_has_the_rights_of_the_owner_and_no_file_of_ours(void **state)
{
	struct place *p = *state;
	char expected[200];
	const struct apart apart = apart_of(p, tell, p->path);
	int own = open("/dev/null", O_RDONLY);
	assert_true(own >= 0);
	assert_int_equal(run(p, &apart), 0);
	close(own);
	if (geteuid() == 0) {
		snprintf(expected, sizeof expected, "%u %u %u %u 0 0000000000000000 1 4 terminal -1", OTHER,
		         OTHER, OTHER, OTHER);
		assert_string_equal(p->text, expected);
	} else {
		snprintf(expected, sizeof expected, "%u %u %u %u ", getuid(), getuid(), getuid(), getgid());
		assert_memory_equal(p->text, expected, strlen(expected));
		assert_non_null(strstr(p->text, " 1 4 terminal -1"));
	}
}

static int fail_with(void *arg, int fd)
{
	(void)fd;
	return *(const int *)arg;
}

static void error_of_the_work_is_the_error(void **state)
{
	struct place *p = *state;
	int code = SIGNET_E_NOT_FOUND;
	const struct apart apart = apart_of(p, fail_with, &code);
	assert_int_equal(run(p, &apart), code);
	assert_int_equal(p->err.code, code);
	code = -99; /* no code of ours */
	assert_int_equal(run(p, &apart), SIGNET_E_CORRUPT);
}

static int die(void *arg, int fd)
{
	say("something", fd);
	raise(*(const int *)arg);
	return 0;
}

static void signal_ends_the_work_alone(void **state)
{
	struct place *p = *state;
	int number = SIGKILL;
	const struct apart apart = apart_of(p, die, &number);
	assert_int_equal(run(p, &apart), SIGNET_E_CORRUPT);
	assert_non_null(strstr(p->err.message, "signal 9"));
}

static int hang(void *arg, int fd)
{
	(void)arg, (void)fd;
	while (pause())
		;
	return 0;
}

static int go_on(void *arg, int fd)
{
	while (say(arg, fd) == 0)
		usleep(1000);
	return 0;
}

static int hang_silently(void *arg, int fd)
{
	close(fd);
	return hang(arg, fd);
}

static void work_that_does_not_end_is_ended(void **state)
{
	struct place *p = *state;
	struct apart apart = apart_of(p, hang, NULL);
	apart.quiet_us = 50000;
	assert_int_equal(run(p, &apart), SIGNET_E_TIMEOUT);
	assert_string_equal(p->err.message, "it hangs");
	apart = apart_of(p, go_on, "");
	apart.timeout_us = 50000;
	assert_int_equal(run(p, &apart), SIGNET_E_TIMEOUT);
	apart = apart_of(p, go_on, "much");
	assert_int_equal(run(p, &apart), SIGNET_E_TOO_BIG);
	assert_true(strlen(p->text) <= apart.most);
	apart = apart_of(p, hang_silently, NULL);
	assert_int_equal(run(p, &apart), SIGNET_E_CORRUPT);
}

static bool nobody_wants_it(void)
{
	return true;
}

static void work_that_nobody_wants_is_ended(void **state)
{
	struct place *p = *state;
	struct apart apart = apart_of(p, hang, NULL);
	apart.is_unwanted = nobody_wants_it;
	assert_int_equal(run(p, &apart), SIGNET_E_STATE);
}

static void directory_is_not_opened_by_a_link(void **state)
{
	struct place *p = *state;
	int fd = -1;
	assert_int_equal(symlinkat("/tmp", p->directory, "link"), 0);
	assert_int_equal(apart_open_directory(&fd, p->directory, "link", &p->err), SIGNET_E_CORRUPT);
	assert_int_equal(fd, -1);
	assert_int_equal(unlinkat(p->directory, "link", 0), 0);
	assert_int_equal(apart_open_directory(&fd, p->directory, "link", &p->err), SIGNET_E_NOT_FOUND);
	assert_int_equal(mkdirat(p->directory, "link", 0700), 0);
	assert_int_equal(apart_open_directory(&fd, p->directory, "link", &p->err), 0);
	file_close(&fd);
	assert_int_equal(unlinkat(p->directory, "link", AT_REMOVEDIR), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_comes_back),
		TEST(work_has_the_rights_of_the_owner_and_no_file_of_ours),
		TEST(error_of_the_work_is_the_error),
		TEST(signal_ends_the_work_alone),
		TEST(work_that_does_not_end_is_ended),
		TEST(work_that_nobody_wants_is_ended),
		TEST(directory_is_not_opened_by_a_link),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
