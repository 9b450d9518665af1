#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/lmdb_private.h"

static const char *program; /* this one */

/*
 * LMDB's own system calls, which fail on demand: these definitions stand
 * before those of the C library.
 */
enum which_write { NO_WRITE, DATA_WRITE, ROOT_WRITE };

static struct {
	atomic_int which;      /* enum which_write: the writes that fail */
	atomic_int write_error;
	atomic_bool short_write;
	atomic_int failures;   /* so many of them, then no more */
	atomic_int sync_error; /* of the next fdatasync */
	atomic_int space_error; /* of posix_fallocate */
	atomic_size_t map_limit; /* of mmap; 0: none */
} fault;

/* LMDB writes its root pages in part, all others whole. */
static bool fails(enum which_write which)
{
	return atomic_load(&fault.which) == (int)which && atomic_fetch_sub(&fault.failures, 1) > 0;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
	if (fails(size < 4096 ? ROOT_WRITE : DATA_WRITE)) {
		errno = atomic_load(&fault.write_error);
		return atomic_load(&fault.short_write) ? (ssize_t)size / 2 : -1;
	}
	return syscall(SYS_pwrite64, fd, data, size, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	if (fails(DATA_WRITE)) {
		errno = atomic_load(&fault.write_error);
		return atomic_load(&fault.short_write) ? 4096 : -1;
	}
	return syscall(SYS_writev, fd, parts, count);
}

int fdatasync(int fd)
{
	errno = atomic_exchange(&fault.sync_error, 0);
	return errno ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int posix_fallocate(int fd, off_t offset, off_t size)
{
	int error = atomic_load(&fault.space_error);
	if (error)
		return error;
	return syscall(SYS_fallocate, fd, 0, offset, size) ? errno : 0;
}

void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	size_t limit = atomic_load(&fault.map_limit);
	if (limit && fd >= 0 && size > limit) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return (void *)syscall(SYS_mmap, address, size, protection, flags, fd, offset);
}

static void writes_fail(enum which_write which, int error, int times)
{
	atomic_store(&fault.write_error, error);
	atomic_store(&fault.failures, times);
	atomic_store(&fault.which, which);
}

static int clear_faults(void **state)
{
	atomic_store(&fault.which, NO_WRITE);
	atomic_store(&fault.short_write, false);
	atomic_store(&fault.sync_error, 0);
	atomic_store(&fault.space_error, 0);
	atomic_store(&fault.map_limit, 0);
	return fixture_teardown(state);
}

static void open_small(struct fixture *fixture)
{
	struct store_options options = fixture_options(fixture);
	options.initial_size = 1;
	assert_int_equal(store_open(&fixture->store, &options, &fixture->err), 0);
}

static void the_map_grows_with_the_content(void **state)
{
	struct fixture *fixture = *state;
	open_small(fixture);
	size_t before = fixture->store->map_size;
	for (uint64_t i = 0; i < 300; i++)
		assert_int_equal(put_block(fixture->store, i), 0);
	assert_true(fixture->store->map_size >= 2 * before);
	check_blocks(fixture->store, 300);
	fixture_close(fixture);
	open_small(fixture); /* the content is larger than what is asked for */
	check_blocks(fixture->store, 300);
	assert_int_equal(put_block(fixture->store, 300), 0);
	check_blocks(fixture->store, 301);
}

static void one_write_may_need_several_growths(void **state)
{
	struct fixture *fixture = *state;
	size_t size = 9u << 20;
	uint8_t *value = calloc(1, size);
	assert_non_null(value);
	open_small(fixture);
	int result = put_number(fixture->store, PLAIN, 1, bytes_make(value, size));
	free(value);
	assert_int_equal(result, 0);
	assert_int_equal(get_length(fixture->store, PLAIN, 1), size);
}

static void little_address_space_makes_a_smaller_map(void **state)
{
	struct fixture *fixture = *state;
	atomic_store(&fault.map_limit, 64u << 20);
	fixture_open(fixture);
	assert_true(fixture->store->map_size <= 64u << 20);
	assert_int_equal(put_block(fixture->store, 0), 0);
	check_blocks(fixture->store, 1);
}

static void a_map_that_cannot_grow_loses_nothing(void **state)
{
	static uint8_t large[2u << 20];
	struct fixture *fixture = *state;
	open_small(fixture);
	for (uint64_t i = 0; i < 50; i++)
		assert_int_equal(put_block(fixture->store, i), 0);
	atomic_store(&fault.map_limit, 1u << 20);
	assert_int_equal(put_number(fixture->store, PLAIN, 1, BYTES_OF(large)), SIGNET_E_NOMEM);
	check_blocks(fixture->store, 50);
	assert_int_equal(put_block(fixture->store, 50), 0);
	atomic_store(&fault.map_limit, 0);
	assert_int_equal(put_number(fixture->store, PLAIN, 1, BYTES_OF(large)), 0);
	check_blocks(fixture->store, 51);
}

static void a_store_that_cannot_be_repaired_recovers_later(void **state)
{
	static uint8_t large[2u << 20];
	struct fixture *fixture = *state;
	open_small(fixture);
	assert_int_equal(put_block(fixture->store, 0), 0);
	atomic_store(&fault.map_limit, 1); /* not even the old map */
	assert_int_equal(put_number(fixture->store, PLAIN, 1, BYTES_OF(large)), SIGNET_E_NOMEM);
	assert_int_equal(put_block(fixture->store, 1), SIGNET_E_NOMEM);
	assert_int_equal(get_length(fixture->store, GROWING, 0), -1);
	atomic_store(&fault.map_limit, 0);
	check_blocks(fixture->store, 1);
	assert_int_equal(put_block(fixture->store, 1), 0);
	fixture_reopen(fixture);
	check_blocks(fixture->store, 2);
}

struct worker {
	struct store *store;
	uint64_t first, count;
	int failures;
	atomic_bool *stop;
	pthread_t thread;
};

static void *write_blocks(void *arg)
{
	struct worker *worker = arg;
	for (uint64_t i = 0; i < worker->count; i++)
		worker->failures += put_block(worker->store, worker->first + i) != 0;
	return NULL;
}

static int sum_entries(struct store_txn *txn, void *arg)
{
	struct store_cursor *cursor;
	uint64_t seen = 0;
	(void)arg;
	CHECK(store_cursor_open(&cursor, txn, GROWING) == 0);
	for (; store_next(cursor) == 0; seen++)
		CHECK(store_cursor_value(cursor).data[BLOCK - 1] == 0);
	CHECK(seen == store_count(txn, GROWING));
	return 0;
}

static void *read_blocks(void *arg)
{
	struct worker *worker = arg;
	while (!atomic_load(worker->stop)) {
		worker->failures += store_read(worker->store, sum_entries, NULL, NULL) != 0;
		usleep(100); /* so that valgrind, which runs one thread at a time, gets on */
	}
	return NULL;
}

static void the_map_grows_under_readers_and_writers(void **state)
{
	enum { WRITERS = 6, READERS = 3, EACH = 120 };
	struct fixture *fixture = *state;
	struct worker workers[WRITERS + READERS];
	atomic_bool stop = false;
	open_small(fixture);
	for (size_t i = 0; i < WRITERS + READERS; i++) {
		workers[i] = (struct worker){.store = fixture->store, .first = i * EACH,
		                             .count = EACH, .stop = &stop};
		assert_int_equal(pthread_create(&workers[i].thread, NULL,
		                                i < WRITERS ? write_blocks : read_blocks,
		                                &workers[i]), 0);
	}
	for (size_t i = 0; i < WRITERS + READERS; i++) {
		if (i == WRITERS)
			atomic_store(&stop, true);
		pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].failures, 0);
	}
	check_blocks(fixture->store, WRITERS * EACH);
	assert_true(fixture->store->map_size > 2u << 20);
}

/* Writes to the database without our lock, as a tool of LMDB's may, and with a larger map. */
static int be_foreign_writer(const char *path)
{
	static uint8_t block[BLOCK];
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	if (mdb_env_create(&env) || mdb_env_set_maxdbs(env, 4) ||
	    mdb_env_set_mapsize(env, 64u << 20) || mdb_env_open(env, path, 0, 0600) ||
	    mdb_txn_begin(env, NULL, 0, &txn) || mdb_dbi_open(txn, "growing", 0, &dbi))
		return 1;
	for (uint64_t i = 0; i < 1000; i++) {
		struct store_key number = store_key_number(i);
		MDB_val key = {number.length, number.data}, value = {BLOCK, block};
		if (mdb_put(txn, dbi, &key, &value, 0))
			return 2;
	}
	if (mdb_txn_commit(txn))
		return 3;
	mdb_env_close(env);
	return 0;
}

static void write_from_outside(const struct fixture *fixture)
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		/* a fresh program: one that was forked shares our environment's descriptors */
		execl(program, program, fixture->path, NULL);
		_exit(9);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void a_read_adopts_a_map_that_grew_elsewhere(void **state)
{
	struct fixture *fixture = *state;
	open_small(fixture);
	write_from_outside(fixture);
	check_blocks(fixture->store, 1000);
}

static void a_write_adopts_a_map_that_grew_elsewhere(void **state)
{
	struct fixture *fixture = *state;
	open_small(fixture);
	write_from_outside(fixture);
	assert_int_equal(put_block(fixture->store, 1000), 0);
	check_blocks(fixture->store, 1001);
}

static void a_failed_write_keeps_nothing(struct fixture *fixture, int code)
{
	fixture->err = (struct error){0};
	assert_int_equal(put_text(fixture->store, PLAIN, "lost", "v"), code);
	assert_null(get_text(fixture->store, PLAIN, "lost"));
	assert_string_equal(get_text(fixture->store, PLAIN, "before"), "v");
	assert_int_equal(put_text(fixture->store, PLAIN, "after", "v"), 0);
	assert_string_equal(get_text(fixture->store, PLAIN, "after"), "v");
	fixture_reopen(fixture);
	assert_int_equal(count_entries(fixture->store, PLAIN), 2);
	assert_string_equal(get_text(fixture->store, PLAIN, "before"), "v");
}

static void no_space_for_a_page_is_full(void **state)
{
	open_with_one(*state);
	writes_fail(DATA_WRITE, ENOSPC, 1);
	a_failed_write_keeps_nothing(*state, SIGNET_E_FULL);
}

static void no_quota_for_a_page_is_full(void **state)
{
	open_with_one(*state);
	writes_fail(DATA_WRITE, EDQUOT, 1);
	a_failed_write_keeps_nothing(*state, SIGNET_E_FULL);
}

static void a_short_write_on_a_full_disk_is_full(void **state)
{
	open_with_one(*state);
	atomic_store(&fault.short_write, true);
	atomic_store(&fault.space_error, ENOSPC);
	writes_fail(DATA_WRITE, 0, 1);
	a_failed_write_keeps_nothing(*state, SIGNET_E_FULL);
}

static void a_device_error_is_not_taken_for_full(void **state)
{
	open_with_one(*state);
	writes_fail(DATA_WRITE, EIO, 1);
	a_failed_write_keeps_nothing(*state, SIGNET_E_IO);
}

static void a_failed_sync_keeps_nothing(void **state)
{
	open_with_one(*state);
	atomic_store(&fault.sync_error, ENOSPC);
	a_failed_write_keeps_nothing(*state, SIGNET_E_FULL);
}

static void a_failed_root_write_is_repaired_by_the_next_read(void **state)
{
	open_with_one(*state);
	writes_fail(ROOT_WRITE, ENOSPC, 1);
	a_failed_write_keeps_nothing(*state, SIGNET_E_FULL);
}

static void a_failed_root_write_is_repaired_by_the_next_write(void **state)
{
	struct fixture *fixture = *state;
	open_with_one(fixture);
	writes_fail(ROOT_WRITE, EIO, 2); /* LMDB tries to write the old content back */
	assert_int_equal(put_text(fixture->store, PLAIN, "lost", "v"), SIGNET_E_IO);
	assert_int_equal(put_text(fixture->store, GROWING, "after", "v"), 0);
	assert_string_equal(get_text(fixture->store, GROWING, "after"), "v");
	assert_string_equal(get_text(fixture->store, PLAIN, "before"), "v");
}

static void wait_until_led(struct store *store)
{
	for (bool led = false; !led; sched_yield()) {
		pthread_mutex_lock(&store->queue_lock);
		led = store->leading;
		pthread_mutex_unlock(&store->queue_lock);
	}
}

static int put_and_break(struct store_txn *txn, void *arg)
{
	struct worker *worker = arg;
	struct store_key key = store_key_number(worker->first);
	writes_fail(DATA_WRITE, ENOSPC, 1);
	return store_put(txn, GROWING, store_key_get(&key), bytes_text("v"));
}

static void *put_one(void *arg)
{
	struct worker *worker = arg;
	worker->failures = store_write(worker->store, put_and_break, worker, NULL);
	return NULL;
}

/* Commits itself when a batch has gathered behind it. */
static int hold_lead(struct store_txn *txn, void *arg)
{
	wait_for_queue(txn->store, *(size_t *)arg);
	return store_put(txn, PLAIN, bytes_text("holder"), bytes_text("v"));
}

struct hold {
	struct store *store;
	size_t wanted;
	int result;
};

static void *run_hold(void *arg)
{
	struct hold *hold = arg;
	hold->result = store_write(hold->store, hold_lead, &hold->wanted, NULL);
	return NULL;
}

static void a_batch_on_a_full_disk_fails_whole(void **state)
{
	enum { COUNT = 5 };
	struct fixture *fixture = *state;
	struct worker workers[COUNT];
	pthread_t holder;
	open_with_one(fixture);
	struct hold hold = {.store = fixture->store, .wanted = COUNT};
	assert_int_equal(pthread_create(&holder, NULL, run_hold, &hold), 0);
	wait_until_led(fixture->store);
	for (uint64_t i = 0; i < COUNT; i++) {
		workers[i] = (struct worker){.store = fixture->store, .first = i};
		assert_int_equal(pthread_create(&workers[i].thread, NULL, put_one, &workers[i]), 0);
	}
	for (size_t i = 0; i < COUNT; i++) {
		pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].failures, SIGNET_E_FULL);
	}
	pthread_join(holder, NULL);
	assert_int_equal(hold.result, 0);
	assert_int_equal(count_entries(fixture->store, GROWING), 0);
	assert_string_equal(get_text(fixture->store, PLAIN, "holder"), "v");
	assert_int_equal(put_block(fixture->store, 0), 0);
	fixture_reopen(fixture);
	check_blocks(fixture->store, 1);
}

static void no_file_outlives_an_exec(void **state)
{
	struct fixture *f = *state;
	size_t found = 0;
	fixture_open(f);
	for (int fd = 0; fd < 1000; fd++) {
		char link[64], target[512];
		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		ssize_t length = readlink(link, target, sizeof target - 1);
		if (length < 0)
			continue;
		target[length] = '\0';
		if (strncmp(target, f->path, strlen(f->path)) != 0)
			continue;
		assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
		found++;
	}
	assert_true(found >= 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, clear_faults)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(no_file_outlives_an_exec),
		TEST(the_map_grows_with_the_content),
		TEST(one_write_may_need_several_growths),
		TEST(little_address_space_makes_a_smaller_map),
		TEST(a_map_that_cannot_grow_loses_nothing),
		TEST(a_store_that_cannot_be_repaired_recovers_later),
		TEST(the_map_grows_under_readers_and_writers),
		TEST(a_read_adopts_a_map_that_grew_elsewhere),
		TEST(a_write_adopts_a_map_that_grew_elsewhere),
		TEST(no_space_for_a_page_is_full),
		TEST(no_quota_for_a_page_is_full),
		TEST(a_short_write_on_a_full_disk_is_full),
		TEST(a_device_error_is_not_taken_for_full),
		TEST(a_failed_sync_keeps_nothing),
		TEST(a_failed_root_write_is_repaired_by_the_next_read),
		TEST(a_failed_root_write_is_repaired_by_the_next_write),
		TEST(a_batch_on_a_full_disk_fails_whole),
	};
	program = argv[0];
	if (argc == 2)
		return be_foreign_writer(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
