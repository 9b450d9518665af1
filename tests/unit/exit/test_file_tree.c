#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "exit/file_tree.h"

#define MODE 0640

struct fixture {
	char directory[64];  /* of the test; "tree" and "outside" are in it */
	char top[96];
	struct file_tree tree;
};

static void path_of(const struct fixture *f, const char *name, char out[256])
{
	snprintf(out, 256, "%s/%s", f->directory, name);
}

static int setup(void **state)
{
	static struct fixture f;
	char outside[256];
	f = (struct fixture){.directory = "/tmp/signet-tree.XXXXXX"};
	assert_non_null(mkdtemp(f.directory));
	snprintf(f.top, sizeof f.top, "%s/tree", f.directory);
	path_of(&f, "outside", outside);
	assert_int_equal(mkdir(f.top, 0755), 0);
	assert_int_equal(mkdir(outside, 0755), 0);
	assert_int_equal(file_tree_init(&f.tree, f.top, "test", MODE, NULL), 0);
	*state = &f;
	return 0;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info, (void)type, (void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	file_tree_clear(&f->tree);
	nftw(f->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	return 0;
}

static void put(const struct fixture *f, const char *name, const char *content)
{
	char path[256];
	path_of(f, name, path);
	assert_int_equal(file_write(path, bytes_text(content), 0644, FILE_REPLACE, NULL), 0);
}

static void expect(const struct fixture *f, const char *name, const char *content)
{
	char path[256];
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(100000);
	path_of(f, name, path);
	int result = file_read(&text, path, NULL);
	if (!content) {
		assert_int_equal(result, SIGNET_E_NOT_FOUND);
		return;
	}
	assert_int_equal(result, 0);
	assert_string_equal(buffer_text(&text), content);
}

static void expect_mode(const struct fixture *f, const char *name, mode_t mode)
{
	char path[256];
	struct stat info;
	path_of(f, name, path);
	assert_int_equal(lstat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, mode);
}

static int write_text(struct fixture *f, const char *path, const char *text)
{
	return file_tree_write(&f->tree, path, bytes_text(text), NULL);
}

static void directories_are_made_for_who_may_read(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(write_text(f, "a/b/x.pem", "one"), 0);
	expect(f, "tree/a/b/x.pem", "one");
	expect_mode(f, "tree/a", 0750);
	expect_mode(f, "tree/a/b", 0750);
	expect_mode(f, "tree/a/b/x.pem", MODE);
	/* one that is there stays as it is */
	assert_int_equal(chmod(f->top, 0700), 0);
	assert_int_equal(write_text(f, "a/b/x.pem", "two"), 0);
	expect(f, "tree/a/b/x.pem", "two");
	expect_mode(f, "tree", 0700);
	assert_int_equal(file_tree_flush(&f->tree, NULL), 0);
}

static void links_are_not_followed(void **state)
{
	struct fixture *f = *state;
	char link[256], outside[256];
	struct error err = {0};
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(1000);
	put(f, "outside/x.pem", "precious");
	path_of(f, "tree/a", link);
	path_of(f, "outside", outside);
	assert_int_equal(symlink(outside, link), 0);
	/* in the place of a directory */
	assert_int_equal(file_tree_write(&f->tree, "a/x.pem", bytes_text("mine"), &err), SIGNET_E_IO);
	assert_non_null(strstr(err.message, "tree/a/x.pem"));
	assert_int_equal(file_tree_read(&f->tree, "a/x.pem", &content, NULL), SIGNET_E_IO);
	assert_int_equal(file_tree_remove(&f->tree, "a/x.pem", NULL), SIGNET_E_IO);
	assert_int_equal(file_tree_rename(&f->tree, "a/x.pem", ".old", NULL), SIGNET_E_IO);
	expect(f, "outside/x.pem", "precious");
	/* in the place of a file: replaced, renamed or removed itself */
	path_of(f, "tree/x.pem", link);
	path_of(f, "outside/x.pem", outside);
	assert_int_equal(symlink(outside, link), 0);
	assert_int_equal(file_tree_read(&f->tree, "x.pem", &content, NULL), SIGNET_E_NOT_FOUND);
	assert_int_equal(write_text(f, "x.pem", "mine"), 0);
	expect(f, "tree/x.pem", "mine");
	expect(f, "outside/x.pem", "precious");
	expect_mode(f, "tree/x.pem", MODE);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink(outside, link), 0);
	assert_int_equal(file_tree_remove(&f->tree, "x.pem", NULL), 0);
	expect(f, "tree/x.pem", NULL);
	/* in the place of the file that is being written */
	path_of(f, "tree/.signet-test.tmp", link);
	assert_int_equal(symlink(outside, link), 0);
	assert_int_equal(write_text(f, "y.pem", "mine"), 0);
	expect(f, "tree/y.pem", "mine");
	expect(f, "outside/x.pem", "precious");
}

static void what_is_no_file_is_not_read(void **state)
{
	struct fixture *f = *state;
	char path[256];
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(4);
	path_of(f, "tree/pipe", path);
	assert_int_equal(mkfifo(path, 0644), 0);
	/* a read of it would wait for ever */
	assert_int_equal(file_tree_read(&f->tree, "pipe", &content, NULL), SIGNET_E_NOT_FOUND);
	path_of(f, "tree/sub", path);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(file_tree_read(&f->tree, "sub", &content, NULL), SIGNET_E_NOT_FOUND);
	assert_int_equal(write_text(f, "sub", "mine"), SIGNET_E_IO);
	put(f, "tree/large", "five!");
	assert_int_equal(file_tree_read(&f->tree, "large", &content, NULL), SIGNET_E_TOO_BIG);
}

static void files_are_read_renamed_and_removed(void **state)
{
	struct fixture *f = *state;
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(100);
	assert_int_equal(write_text(f, "a/x.pem", "one"), 0);
	assert_int_equal(file_tree_read(&f->tree, "a/x.pem", &content, NULL), 0);
	assert_string_equal(buffer_text(&content), "one");
	assert_int_equal(file_tree_read(&f->tree, "a/y.pem", &content, NULL), SIGNET_E_NOT_FOUND);
	assert_int_equal(file_tree_read(&f->tree, "b/y.pem", &content, NULL), SIGNET_E_NOT_FOUND);
	assert_int_equal(file_tree_rename(&f->tree, "a/x.pem", ".old", NULL), 0);
	expect(f, "tree/a/x.pem", NULL);
	expect(f, "tree/a/x.pem.old", "one");
	assert_int_equal(file_tree_remove(&f->tree, "a/x.pem.old", NULL), 0);
	expect(f, "tree/a/x.pem.old", NULL);
	/* what is not there */
	assert_int_equal(file_tree_remove(&f->tree, "a/x.pem.old", NULL), 0);
	assert_int_equal(file_tree_remove(&f->tree, "c/d/x.pem", NULL), 0);
	assert_int_equal(file_tree_flush(&f->tree, NULL), 0);
}

static void missing_directory_is_not_made(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(rmdir(f->top), 0);
	struct error err = {0};
	assert_int_equal(file_tree_write(&f->tree, "x.pem", bytes_text("one"), &err), SIGNET_E_IO);
	assert_non_null(strstr(err.message, f->top));
	assert_int_equal(mkdir(f->top, 0755), 0);
	assert_int_equal(write_text(f, "x.pem", "one"), 0);
	expect(f, "tree/x.pem", "one");
}

static void replaced_directory_is_noticed(void **state)
{
	struct fixture *f = *state;
	char away[256];
	path_of(f, "away", away);
	assert_int_equal(write_text(f, "x.pem", "one"), 0);
	assert_int_equal(rename(f->top, away), 0);
	assert_int_equal(mkdir(f->top, 0755), 0);
	assert_int_equal(file_tree_flush(&f->tree, NULL), SIGNET_E_IO);
	assert_int_equal(write_text(f, "x.pem", "one"), 0);
	assert_int_equal(file_tree_flush(&f->tree, NULL), 0);
	expect(f, "tree/x.pem", "one");
}

static int write_to(const char *path, const char *text)
{
	_cleanup_fd_ int fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -1 : file_write_all(fd, bytes_text(text));
}

/* Who is not root is it in a user namespace of its own. */
static int become_root(void)
{
	char users[64], groups[64];
	snprintf(users, sizeof users, "0 %u 1", (unsigned)geteuid());
	snprintf(groups, sizeof groups, "0 %u 1", (unsigned)getegid());
	return unshare(CLONE_NEWUSER) || write_to("/proc/self/setgroups", "deny") ||
	       write_to("/proc/self/uid_map", users) || write_to("/proc/self/gid_map", groups);
}

/* Runs the function in a mount namespace where the tree is a small file system of its own; its
 * result is the child's exit status. */
static void in_a_file_system(struct fixture *f, int (*run)(struct fixture *f))
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if ((geteuid() && become_root()) || unshare(CLONE_NEWNS) ||
		    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) ||
		    mount("tmpfs", f->top, "tmpfs", 0, "size=64k"))
			_exit(100);
		_exit(run(f));
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define CHECK(condition)                     \
	do {                                 \
		if (!(condition))            \
			return __LINE__ % 90 + 1; \
	} while (0)

static int fill_the_disk(struct fixture *f)
{
	static uint8_t large[50000];
	char path[256];
	struct stat info;
	CHECK(file_tree_write(&f->tree, "a/x.pem", BYTES_OF(large), NULL) == 0);
	CHECK(file_tree_write(&f->tree, "b/y.pem", BYTES_OF(large), NULL) == SIGNET_E_FULL);
	/* nothing is left of it, and what was there stays */
	path_of(f, "tree/b/y.pem", path);
	CHECK(stat(path, &info) && errno == ENOENT);
	path_of(f, "tree/b/.signet-test.tmp", path);
	CHECK(stat(path, &info) && errno == ENOENT);
	CHECK(file_tree_remove(&f->tree, "a/x.pem", NULL) == 0);
	CHECK(file_tree_write(&f->tree, "b/y.pem", BYTES_OF(large), NULL) == 0);
	CHECK(file_tree_flush(&f->tree, NULL) == 0);
	return 0;
}

static void full_disk_is_said_and_leaves_nothing(void **state)
{
	in_a_file_system(*state, fill_the_disk);
}

static int write_to_read_only(struct fixture *f)
{
	struct error err = {0};
	CHECK(write_text(f, "a/x.pem", "one") == 0);
	CHECK(mount("none", f->top, "none", MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0);
	/* of a directory that is open and of one that is not */
	CHECK(write_text(f, "a/x.pem", "two") == SIGNET_E_IO);
	file_close(&f->tree.fd);
	CHECK(file_tree_write(&f->tree, "a/x.pem", bytes_text("two"), &err) == SIGNET_E_IO);
	CHECK(strstr(err.message, "Read-only"));
	CHECK(file_tree_remove(&f->tree, "a/x.pem", NULL) == SIGNET_E_IO);
	CHECK(mount("none", f->top, "none", MS_REMOUNT | MS_BIND, NULL) == 0);
	CHECK(write_text(f, "a/x.pem", "two") == 0);
	return 0;
}

static void read_only_file_system_is_an_error(void **state)
{
	in_a_file_system(*state, write_to_read_only);
}

static int mount_inside(struct fixture *f)
{
	char path[256];
	CHECK(write_text(f, "a/x.pem", "one") == 0);
	path_of(f, "tree/a", path);
	CHECK(mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0);
	/* synced where it is written */
	CHECK(write_text(f, "a/x.pem", "two") == 0);
	CHECK(file_tree_rename(&f->tree, "a/x.pem", ".old", NULL) == 0);
	CHECK(file_tree_remove(&f->tree, "a/x.pem.old", NULL) == 0);
	CHECK(file_tree_flush(&f->tree, NULL) == 0);
	return 0;
}

static void file_system_within_the_tree_is_written_to(void **state)
{
	in_a_file_system(*state, mount_inside);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(directories_are_made_for_who_may_read),
		TEST(links_are_not_followed),
		TEST(what_is_no_file_is_not_read),
		TEST(files_are_read_renamed_and_removed),
		TEST(missing_directory_is_not_made),
		TEST(replaced_directory_is_noticed),
		TEST(full_disk_is_said_and_leaves_nothing),
		TEST(read_only_file_system_is_an_error),
		TEST(file_system_within_the_tree_is_written_to),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
