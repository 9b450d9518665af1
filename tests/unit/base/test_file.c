#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

static char directory[64];

static const char *path_of(const char *name)
{
	static char path[128];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	return path;
}

static int make_directory(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/signet-file-XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static int count_entries(const char *path)
{
	int count = 0;
	DIR *dir = opendir(path);
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static void remove_tree(const char *path)
{
	DIR *dir = opendir(path);
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		char name[PATH_MAX];
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		if (entry->d_type == DT_DIR)
			remove_tree(name);
		else
			unlink(name);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

static int remove_directory(void **state)
{
	(void)state;
	remove_tree(directory);
	return 0;
}

static void write_text(const char *path, const char *text)
{
	struct error err = {0};
	if (file_write(path, bytes_text(text), 0600, FILE_REPLACE, &err))
		fail_msg("%s", err.message);
}

static void assert_content(const char *path, const char *text)
{
	struct error err = {0};
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(1 << 20);
	if (file_read(&content, path, &err))
		fail_msg("%s", err.message);
	assert_string_equal(buffer_text(&content), text);
}

static void read_appends(void **state)
{
	(void)state;
	struct error err = {0};
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(100);
	write_text(path_of("a"), "one");
	write_text(path_of("empty"), "");
	assert_int_equal(file_read(&content, path_of("a"), &err), 0);
	assert_int_equal(file_read(&content, path_of("empty"), &err), 0);
	assert_int_equal(file_read(&content, path_of("a"), &err), 0);
	assert_string_equal(buffer_text(&content), "oneone");
}

static void read_obeys_the_maximum(void **state)
{
	(void)state;
	struct error err = {0};
	char wanted[256];
	_cleanup_buffer_ struct buffer exact = BUFFER_MAX(6), tight = BUFFER_MAX(5);
	write_text(path_of("a"), "sixsix");
	assert_int_equal(file_read(&exact, path_of("a"), &err), 0);
	assert_int_equal(exact.length, 6);
	assert_int_equal(file_read(&tight, path_of("a"), &err), SIGNET_E_TOO_BIG);
	snprintf(wanted, sizeof wanted, "%s: larger than 5 octets", path_of("a"));
	assert_string_equal(err.message, wanted);
	assert_int_equal(file_read(&exact, path_of("a"), &err), SIGNET_E_TOO_BIG); /* behind the first */
}

static void read_of_large_files(void **state)
{
	(void)state;
	struct error err = {0};
	_cleanup_buffer_ struct buffer large = BUFFER_MAX(1 << 20), back = BUFFER_MAX(1 << 20);
	for (int i = 0; i < 100000; i++)
		buffer_printf(&large, "%07d", i);
	assert_int_equal(file_write(path_of("a"), buffer_bytes(&large), 0600, FILE_NEW, &err), 0);
	assert_int_equal(file_read(&back, path_of("a"), &err), 0);
	assert_true(bytes_equal(buffer_bytes(&large), buffer_bytes(&back)));
}

static void read_of_files_without_a_size(void **state)
{
	(void)state;
	struct error err = {0};
	_cleanup_buffer_ struct buffer status = BUFFER_MAX(1 << 20), endless = BUFFER_MAX(100000);
	assert_int_equal(file_read(&status, "/proc/self/status", &err), 0);
	assert_memory_equal(buffer_text(&status), "Name:", 5);
	assert_int_equal(file_read(&endless, "/dev/zero", &err), SIGNET_E_TOO_BIG);
}

static void read_of_what_is_not_there(void **state)
{
	(void)state;
	struct error err = {0};
	char wanted[256];
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(10);
	assert_int_equal(file_read(&content, path_of("a"), &err), SIGNET_E_NOT_FOUND);
	snprintf(wanted, sizeof wanted, "%s: no such file", path_of("a"));
	assert_string_equal(err.message, wanted);
	write_text(path_of("a"), "");
	assert_int_equal(file_read(&content, path_of("a/b"), &err), SIGNET_E_NOT_FOUND);
	assert_int_equal(file_read(&content, directory, &err), SIGNET_E_IO);
	assert_int_equal(file_read(&content, "", NULL), SIGNET_E_NOT_FOUND);
	assert_int_equal(content.length, 0);
}

static void write_sets_mode_and_content(void **state)
{
	(void)state;
	static const mode_t modes[] = {0600, 0644, 0400, 0640};
	struct error err = {0};
	mode_t umask_before = umask(0077); /* does not take part */
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		struct stat info;
		assert_int_equal(file_write(path_of("a"), bytes_text("new"), modes[i], FILE_REPLACE,
		                            &err), 0);
		assert_int_equal(stat(path_of("a"), &info), 0);
		assert_int_equal(info.st_mode & 07777, modes[i]);
		assert_int_equal(info.st_size, 3);
	}
	umask(umask_before);
	assert_int_equal(count_entries(directory), 1); /* nothing temporary is left */
}

static void write_replaces(void **state)
{
	(void)state;
	write_text(path_of("a"), "a longer first content");
	int fd = open(path_of("a"), O_RDONLY | O_CLOEXEC);
	write_text(path_of("a"), "second");
	assert_content(path_of("a"), "second");
	char old[23] = "";
	assert_int_equal(read(fd, old, 22), 22); /* who reads already sees the old one, whole */
	assert_string_equal(old, "a longer first content");
	close(fd);
	write_text(path_of("a"), "");
	assert_content(path_of("a"), "");
}

static void new_file_does_not_replace(void **state)
{
	(void)state;
	struct error err = {0};
	assert_int_equal(file_write(path_of("a"), bytes_text("first"), 0600, FILE_NEW, &err), 0);
	assert_int_equal(file_write(path_of("a"), bytes_text("second"), 0600, FILE_NEW, &err),
	                 SIGNET_E_EXISTS);
	assert_content(path_of("a"), "first");
	assert_int_equal(symlink("nowhere", path_of("link")), 0);
	assert_int_equal(file_write(path_of("link"), bytes_text("x"), 0600, FILE_NEW, &err),
	                 SIGNET_E_EXISTS);
	assert_int_equal(count_entries(directory), 2);
}

static void replace_takes_a_link_for_itself(void **state)
{
	(void)state;
	struct stat info;
	write_text(path_of("target"), "target");
	assert_int_equal(symlink("target", path_of("link")), 0);
	write_text(path_of("link"), "new");
	assert_content(path_of("target"), "target");
	assert_int_equal(lstat(path_of("link"), &info), 0);
	assert_true(S_ISREG(info.st_mode));
}

static void write_in_the_working_directory(void **state)
{
	(void)state;
	char before[PATH_MAX];
	assert_non_null(getcwd(before, sizeof before));
	assert_int_equal(chdir(directory), 0);
	write_text("bare", "x");
	assert_int_equal(chdir(before), 0);
	assert_content(path_of("bare"), "x");
}

static void write_fails_cleanly(void **state)
{
	(void)state;
	struct error err = {0};
	char longest[PATH_MAX + 2];
	assert_int_equal(file_write(path_of("no/a"), bytes_text("x"), 0600, FILE_REPLACE, &err),
	                 SIGNET_E_IO);
	assert_int_equal(mkdir(path_of("d"), 0700), 0);
	assert_int_equal(file_write(path_of("d"), bytes_text("x"), 0600, FILE_REPLACE, &err),
	                 SIGNET_E_IO);
	assert_int_equal(file_write(path_of("d"), bytes_text("x"), 0600, FILE_NEW, &err),
	                 SIGNET_E_EXISTS);
	assert_int_equal(count_entries(directory), 1);
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	assert_int_equal(file_write(longest, bytes_text("x"), 0600, FILE_REPLACE, &err),
	                 SIGNET_E_INVALID);
}

/* A limit on the size of files stands for a disk that is full in the middle of a file. */
static void failed_write_leaves_the_old_content(void **state)
{
	(void)state;
	struct error err = {0};
	struct rlimit before, limit;
	char large[20000];
	memset(large, 'x', sizeof large);
	write_text(path_of("a"), "old");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 10000;
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	int result = file_write(path_of("a"), bytes_make(large, sizeof large), 0600, FILE_REPLACE,
	                        &err);
	int result_new = file_write(path_of("b"), bytes_make(large, sizeof large), 0600, FILE_NEW,
	                            NULL);
	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, handler);
	assert_int_equal(result, SIGNET_E_IO);
	assert_int_equal(result_new, SIGNET_E_IO);
	assert_content(path_of("a"), "old");
	assert_int_equal(count_entries(directory), 1);
}

static void directories_with_their_parents(void **state)
{
	(void)state;
	struct error err = {0};
	struct stat info;
	mode_t umask_before = umask(0);
	assert_int_equal(file_make_directory(path_of("a/b//c/"), 0750, &err), 0);
	umask(umask_before);
	assert_int_equal(stat(path_of("a/b/c"), &info), 0);
	assert_int_equal(info.st_mode & 07777, 0750);
	assert_int_equal(stat(path_of("a"), &info), 0);
	assert_int_equal(info.st_mode & 07777, 0750);
	assert_int_equal(file_make_directory(path_of("a/b/c"), 0700, &err), 0); /* exists */
	assert_int_equal(file_make_directory("/", 0700, &err), 0);
	assert_int_equal(file_make_directory(".", 0700, &err), 0);
}

static void directories_that_cannot_be(void **state)
{
	(void)state;
	struct error err = {0};
	char longest[PATH_MAX + 1];
	write_text(path_of("f"), "");
	assert_int_equal(file_make_directory(path_of("f"), 0700, &err), SIGNET_E_EXISTS);
	assert_int_equal(file_make_directory(path_of("f/d"), 0700, &err), SIGNET_E_IO);
	assert_int_equal(file_make_directory("", 0700, &err), SIGNET_E_INVALID);
	memset(longest, 'x', PATH_MAX);
	longest[PATH_MAX] = '\0';
	assert_int_equal(file_make_directory(longest, 0700, &err), SIGNET_E_INVALID);
	assert_int_equal(symlink("nowhere", path_of("link")), 0);
	assert_int_equal(file_make_directory(path_of("link"), 0700, &err), SIGNET_E_IO);
}

static void close_forgets_the_descriptor(void **state)
{
	(void)state;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), copy = fd;
	file_close(&fd);
	assert_int_equal(fd, -1);
	assert_int_equal(fcntl(copy, F_GETFD), -1);
	file_close(&fd);
	assert_int_equal(fd, -1);
}

/* 0 when what is opened behind closed standard files does not take their places. */
static int open_without_standard_files(void)
{
	struct error err;
	close(STDIN_FILENO);
	close(STDERR_FILENO);
	if (file_keep_standard(&err))
		return 1;
	int fd = open(path_of("database"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd <= STDERR_FILENO)
		return 2;
	if (write(STDERR_FILENO, "a line", 6) != 6)
		return 3;
	return lseek(fd, 0, SEEK_END) == 0 ? 0 : 4;
}

static void closed_standard_files_are_nobody_elses(void **state)
{
	(void)state;
	int status;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(open_without_standard_files());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

static void files_beside_others_keep_their_ending(void **state)
{
	static const char *const names[][2] = {
		{"ca/issuing.pem", "ca/issuing.2.pem"}, {"ca.d/issuing", "ca.d/issuing.2"},
		{"/etc/x.y/a.b.key", "/etc/x.y/a.b.2.key"}, {"a.key", "a.2.key"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *made = file_beside(names[i][0], "2");
		assert_string_equal(made, names[i][1]);
		free(made);
	}
}

static void relative_names_stand_below_the_directory(void **state)
{
	(void)state;
	char *relative = file_below("/var/lib/signet", "ca/roots.pem");
	char *absolute = file_below("/var/lib/signet", "/etc/roots.pem");
	assert_string_equal(relative, "/var/lib/signet/ca/roots.pem");
	assert_string_equal(absolute, "/etc/roots.pem");
	free(relative);
	free(absolute);
}

static void give_takes_no_file_of_others(void **state)
{
	(void)state;
	struct error err;
	struct stat info;
	char target[128], name[128];
	snprintf(target, sizeof target, "%s", path_of("target"));
	snprintf(name, sizeof name, "%s", path_of("name"));
	assert_int_equal(file_write(target, BYTES_NONE, 0600, FILE_NEW, &err), 0);
	assert_int_equal(symlink("target", name), 0);
	assert_int_not_equal(file_give(name, getuid(), getgid(), &err), 0);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(link(target, name), 0);
	assert_int_equal(file_give(name, getuid(), getgid(), &err), SIGNET_E_PERMISSION);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(mkfifo(name, 0600), 0);
	assert_int_equal(file_give(name, getuid(), getgid(), &err), SIGNET_E_PERMISSION);
	uid_t to = getuid() == 0 ? 65534 : getuid();
	assert_int_equal(file_give(target, to, getgid(), &err), 0);
	assert_int_equal(stat(target, &info), 0);
	assert_int_equal(info.st_uid, to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(read_appends),
		TEST(read_obeys_the_maximum),
		TEST(read_of_large_files),
		TEST(read_of_files_without_a_size),
		TEST(read_of_what_is_not_there),
		TEST(write_sets_mode_and_content),
		TEST(write_replaces),
		TEST(new_file_does_not_replace),
		TEST(replace_takes_a_link_for_itself),
		TEST(write_in_the_working_directory),
		TEST(write_fails_cleanly),
		TEST(failed_write_leaves_the_old_content),
		TEST(directories_with_their_parents),
		TEST(relative_names_stand_below_the_directory),
		TEST(closed_standard_files_are_nobody_elses),
		TEST(directories_that_cannot_be),
		TEST(close_forgets_the_descriptor),
		TEST(files_beside_others_keep_their_ending),
		TEST(give_takes_no_file_of_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
