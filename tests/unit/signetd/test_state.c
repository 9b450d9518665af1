#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "signetd/state.h"

static char top[] = "/tmp/signet-state-XXXXXX";
static char directory[64];
static struct identity own;
static const struct state_owners owners = {&own, &own, &own, &own};

static const char *below(const char *name)
{
	static char path[128];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	return path;
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(top))
		return -1;
	snprintf(directory, sizeof directory, "%s/a/b", top);
	own = (struct identity){NULL, geteuid(), getegid()};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	static const char *const files[] = {"signetd.lock", "engine/lock"};
	static const char *const folders[] = {"engine", "gateway", "publisher", "adviser",
	                                      "run", "public/crl", "public/ca", "public", ""};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unlink(below(files[i]));
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		rmdir(below(folders[i]));
	snprintf(directory, sizeof directory, "%s/a", top);
	rmdir(directory);
	return rmdir(top);
}

static unsigned mode_of(const char *name)
{
	struct stat info;
	assert_int_equal(stat(below(name), &info), 0);
	return info.st_mode & 07777;
}

static void folders_are_made_with_their_modes(void **state)
{
	(void)state;
	struct error err;
	umask(022);
	assert_int_equal(state_prepare(directory, &owners, &err), 0);
	assert_int_equal(mode_of("engine"), 0700);
	assert_int_equal(mode_of("gateway"), 0700);
	assert_int_equal(mode_of("publisher"), 0700);
	assert_int_equal(mode_of("adviser"), 0711);
	assert_int_equal(mode_of("run"), 0755);
	assert_int_equal(mode_of("public"), 0755);
	/* what somebody opened is closed again */
	assert_int_equal(chmod(below("engine"), 0777), 0);
	assert_int_equal(state_prepare(directory, &owners, &err), 0);
	assert_int_equal(mode_of("engine"), 0700);
}

static void a_link_in_the_place_of_a_folder_is_refused(void **state)
{
	(void)state;
	struct error err;
	assert_int_equal(rmdir(below("publisher")), 0);
	assert_int_equal(symlink("/tmp", below("publisher")), 0);
	assert_int_equal(state_prepare(directory, &owners, &err), SIGNET_E_IO);
	assert_non_null(strstr(err.message, "publisher"));
	assert_int_equal(unlink(below("publisher")), 0);
	assert_int_equal(state_prepare(directory, &owners, &err), 0);
}

static void a_second_supervisor_is_refused_by_name(void **state)
{
	(void)state;
	struct error err;
	char pid[32];
	int first = -1, second = -1;
	assert_int_equal(state_lock(&first, directory, &err), 0);
	assert_int_equal(state_lock(&second, directory, &err), SIGNET_E_EXISTS);
	assert_int_equal(second, -1);
	snprintf(pid, sizeof pid, "process %ld)", (long)getpid());
	assert_non_null(strstr(err.message, directory));
	assert_non_null(strstr(err.message, pid));
	file_close(&first);
	assert_int_equal(state_lock(&first, directory, &err), 0);
	file_close(&first);
}

static void a_role_waits_for_the_one_before_it(void **state)
{
	(void)state;
	struct error err;
	int first = -1, second = -1;
	assert_int_equal(state_lock_role(&first, directory, "engine", 0, &err), 0);
	assert_int_equal(state_lock_role(&second, directory, "engine", 50000, &err),
	                 SIGNET_E_EXISTS);
	file_close(&first);
	assert_int_equal(state_lock_role(&second, directory, "engine", 50000, &err), 0);
	file_close(&second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folders_are_made_with_their_modes),
		cmocka_unit_test(a_link_in_the_place_of_a_folder_is_refused),
		cmocka_unit_test(a_second_supervisor_is_refused_by_name),
		cmocka_unit_test(a_role_waits_for_the_one_before_it),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
