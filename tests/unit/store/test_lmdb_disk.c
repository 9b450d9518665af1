/* Disks that are full, and files that have lost a part. */
#include "fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/lmdb_private.h"

/* Puts blocks until the disk is full; the number of those that were acknowledged. */
static uint64_t fill_up(struct store *store, uint64_t first)
{
	uint64_t number = first;
	while (put_block(store, number) == 0)
		number++;
	return number;
}

static int all_there(struct store *store, uint64_t count)
{
	CHECK(count_entries(store, GROWING) == count);
	for (uint64_t i = 0; i < count; i++)
		CHECK(get_length(store, GROWING, i) == BLOCK);
	return 0;
}

/* In a process of its own: fills it, checks, makes space, goes on, opens it again. */
static int survive_full(struct fixture *fixture, int (*make_space)(struct fixture *))
{
	struct store_options options = fixture_options(fixture);
	CHECK(store_open(&fixture->store, &options, &fixture->err) == 0);
	uint64_t count = fill_up(fixture->store, 0);
	CHECK(count > 10);
	CHECK(put_block(fixture->store, count) == SIGNET_E_FULL);
	CHECK(all_there(fixture->store, count) == 0);
	CHECK(make_space(fixture) == 0);
	CHECK(put_block(fixture->store, count) == 0);
	uint64_t more = fill_up(fixture->store, count + 1);
	CHECK(more > count + 10);
	CHECK(all_there(fixture->store, more) == 0);
	fixture_close(fixture);
	CHECK(store_open(&fixture->store, &options, &fixture->err) == 0);
	CHECK(all_there(fixture->store, more) == 0);
	fixture_close(fixture);
	return 0;
}

static void ballast_path(const struct fixture *fixture, char out[400])
{
	snprintf(out, 400, "%s/ballast", fixture->directory);
}

static int drop_ballast(struct fixture *fixture)
{
	char path[400];
	ballast_path(fixture, path);
	return unlink(path);
}

static int fill_ballast(const struct fixture *fixture)
{
	static const char octets[1 << 20];
	char path[400];
	ballast_path(fixture, path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, octets, sizeof octets) != sizeof octets)
		return -1;
	return close(fd);
}

enum { NO_NAMESPACE = 77 };

/* A small disk that only this process sees. */
static int on_small_disk(struct fixture *fixture)
{
	if ((unshare(CLONE_NEWNS) && unshare(CLONE_NEWUSER | CLONE_NEWNS)) ||
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", fixture->directory, "tmpfs", 0, "size=3m,mode=0700"))
		return NO_NAMESPACE;
	CHECK(fill_ballast(fixture) == 0);
	return survive_full(fixture, drop_ballast);
}

static int limit_file_size(rlim_t size)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_FSIZE, &limit))
		return -1;
	limit.rlim_cur = size;
	return setrlimit(RLIMIT_FSIZE, &limit);
}

static int raise_limit(struct fixture *fixture)
{
	(void)fixture;
	return limit_file_size(3u << 20);
}

static int under_a_limit(struct fixture *fixture)
{
	signal(SIGXFSZ, SIG_IGN);
	CHECK(limit_file_size(1u << 20) == 0);
	return survive_full(fixture, raise_limit);
}

static int in_child(struct fixture *fixture, int (*fn)(struct fixture *))
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int result = fn(fixture);
		_exit(result < 0 ? 1 : result);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void a_full_disk_loses_nothing(void **state)
{
	int result = in_child(*state, on_small_disk);
	if (result == NO_NAMESPACE) {
		print_message("skipped: no mount namespace may be made here\n");
		skip();
	}
	assert_int_equal(result, 0);
}

static void a_file_size_limit_loses_nothing(void **state)
{
	assert_int_equal(in_child(*state, under_a_limit), 0);
}

static void cut_file(const struct fixture *fixture, off_t to)
{
	char path[400];
	snprintf(path, sizeof path, "%s/data.mdb", fixture->path);
	assert_int_equal(truncate(path, to), 0);
}

static off_t file_size(const struct fixture *fixture)
{
	char path[400];
	struct stat info;
	snprintf(path, sizeof path, "%s/data.mdb", fixture->path);
	assert_int_equal(stat(path, &info), 0);
	return info.st_size;
}

static void a_file_without_its_pages_is_damage(void **state)
{
	struct fixture *fixture = *state;
	struct store_options options = fixture_options(fixture);
	open_with_one(fixture);
	fixture_close(fixture);
	cut_file(fixture, 2 * 4096);
	assert_int_equal(store_open(&fixture->store, &options, &fixture->err), SIGNET_E_CORRUPT);
	assert_null(fixture->store);
}

static int overwrite_text(struct store_txn *txn, void *arg)
{
	(void)arg;
	return store_put(txn, PLAIN, bytes_text("before"), bytes_text("later"));
}

/* The roots of the tables come to lie before the blocks, which alone are cut off. */
static void a_file_that_lost_values_is_damage_each_time(void **state)
{
	struct fixture *fixture = *state;
	struct store_options options = fixture_options(fixture);
	struct store_stats stats;
	open_with_one(fixture);
	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(put_block(fixture->store, i), 0);
	for (int i = 0; i < 6; i++)
		assert_int_equal(store_write(fixture->store, overwrite_text, NULL, NULL), 0);
	store_stats(fixture->store, &stats);
	fixture_close(fixture);
	for (int i = 0; i < 2; i++) {
		cut_file(fixture, (off_t)stats.file * 9 / 10);
		assert_int_equal(store_open(&fixture->store, &options, &fixture->err),
		                 SIGNET_E_CORRUPT);
		assert_null(fixture->store);
		assert_int_equal(file_size(fixture), stats.file * 9 / 10);
	}
}

/* Takes many pages and gives them back at once: they are never written. */
static int take_and_give_back(struct store_txn *txn, void *arg)
{
	static const uint8_t value[1000];
	(void)arg;
	for (uint64_t i = 1; i <= 400; i++) {
		struct store_key key = store_key_number(i);
		store_put(txn, GROWING, store_key_get(&key), BYTES_OF(value));
	}
	for (uint64_t i = 400; i >= 1; i--) {
		struct store_key key = store_key_number(i);
		store_delete(txn, GROWING, store_key_get(&key));
	}
	return 0;
}

static void a_file_that_is_short_by_right_opens(void **state)
{
	struct fixture *fixture = *state;
	MDB_envinfo info;
	open_with_one(fixture);
	assert_int_equal(put_block(fixture->store, 0), 0);
	assert_int_equal(store_write(fixture->store, take_and_give_back, NULL, NULL), 0);
	mdb_env_info(fixture->store->env, &info);
	assert_true((uint64_t)file_size(fixture) < (info.me_last_pgno + 1) * 4096);
	fixture_reopen(fixture);
	assert_int_equal(file_size(fixture), (info.me_last_pgno + 1) * 4096);
	check_blocks(fixture->store, 1);
	assert_string_equal(get_text(fixture->store, PLAIN, "before"), "v");
	for (uint64_t i = 1; i < 200; i++)
		assert_int_equal(put_block(fixture->store, i), 0);
	check_blocks(fixture->store, 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_full_disk_loses_nothing),
		TEST(a_file_size_limit_loses_nothing),
		TEST(a_file_without_its_pages_is_damage),
		TEST(a_file_that_lost_values_is_damage_each_time),
		TEST(a_file_that_is_short_by_right_opens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
