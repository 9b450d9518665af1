#include "fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/lmdb_private.h"

#define MANY 3000

/* A place for a copy that a store can be opened from. */
static void copy_path(const struct fixture *f, char out[400])
{
	snprintf(out, 400, "%s/copy", f->directory);
	assert_true(mkdir(out, 0700) == 0 || access(out, X_OK) == 0);
	snprintf(out, 400, "%s/copy/data.mdb", f->directory);
}

static int copy_file(const struct fixture *f)
{
	char path[400];
	copy_path(f, path);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	return fd;
}

static void open_copy(const struct fixture *f, struct store **out)
{
	char path[400];
	struct store_options options = fixture_options(f);
	struct error err = {0};
	snprintf(path, sizeof path, "%s/copy", f->directory);
	options.path = path;
	if (store_open(out, &options, &err))
		fail_msg("%s", err.message);
}

static struct bytes filling(void)
{
	static uint8_t octets[900];
	return BYTES_OF(octets);
}

/* One more entry in both tables. */
static int put_pair(struct store_txn *txn, void *arg)
{
	struct store_key key = store_key_number(*(const uint64_t *)arg);
	store_put(txn, PLAIN, store_key_get(&key), filling());
	return store_put(txn, GROWING, store_key_get(&key), BYTES_NONE);
}

static void fill(struct fixture *f, uint64_t count)
{
	for (uint64_t i = 1; i <= count; i++)
		assert_int_equal(store_write(f->store, put_pair, &i, NULL), 0);
}

static void copy_is_a_database_with_the_same_content(void **state)
{
	struct fixture *f = *state;
	struct store *copy;
	fixture_open(f);
	fill(f, 100);
	assert_int_equal(put_text(f->store, PLAIN, "name", "value"), 0);
	int fd = copy_file(f);
	assert_int_equal(write(fd, "what was there", 14), 14);
	assert_int_equal(store_copy(f->store, fd, NULL, NULL, &f->err), 0);
	close(fd);
	assert_int_equal(put_text(f->store, PLAIN, "name", "changed"), 0);
	open_copy(f, &copy);
	assert_string_equal(get_text(copy, PLAIN, "name"), "value");
	assert_int_equal(count_entries(copy, PLAIN), 101);
	assert_int_equal(count_entries(copy, GROWING), 100);
	assert_int_equal(put_text(copy, PLAIN, "more", "text"), 0);
	store_close(copy);
}

struct writer {
	struct store *store;
	atomic_bool stop;
	_Atomic uint64_t last;
};

static void *write_on(void *arg)
{
	struct writer *w = arg;
	while (!w->stop) {
		uint64_t next = w->last + 1;
		if (store_write(w->store, put_pair, &next, NULL))
			return NULL;
		w->last = next;
	}
	return w;
}

static void await_last(struct writer *w, uint64_t least)
{
	for (int i = 0; i < 60000 && w->last < least; i++)
		usleep(1000);
	assert_true(w->last >= least);
}

/* initial_size: small, so that the map grows many times while copies are made. */
static void copies_made_while_others_write_are_whole(void **state)
{
	struct fixture *f = *state;
	struct store_options options = fixture_options(f);
	pthread_t thread;
	void *done;
	options.initial_size = 1 << 20;
	assert_int_equal(store_open(&f->store, &options, &f->err), 0);
	struct writer w = {.store = f->store};
	assert_int_equal(pthread_create(&thread, NULL, write_on, &w), 0);
	for (int round = 1; round <= 4; round++) {
		await_last(&w, (uint64_t)round * 100);
		uint64_t before = w.last;
		int fd = copy_file(f);
		assert_int_equal(store_copy(f->store, fd, NULL, NULL, &f->err), 0);
		close(fd);
		struct store *copy;
		open_copy(f, &copy);
		uint64_t count = count_entries(copy, PLAIN);
		assert_true(count >= before && count <= w.last + 1);
		assert_int_equal(count_entries(copy, GROWING), count);
		store_close(copy);
	}
	await_last(&w, 1500);
	w.stop = true;
	pthread_join(thread, &done);
	assert_non_null(done);
}

static void *grow(void *arg)
{
	struct store *store = arg;
	static uint8_t large[1 << 20];
	for (int i = 0; i < 12; i++)
		if (put_number(store, GROWING, 1000000 + (uint64_t)i, BYTES_OF(large)))
			return NULL;
	return arg;
}

struct slow {
	pthread_t thread;
	struct fixture *f;
	int calls;
};

/* Holds the copy up at its beginning, until the map has had to grow. */
static bool hold_up(void *arg)
{
	struct slow *slow = arg;
	if (slow->calls++ == 0) {
		assert_int_equal(pthread_create(&slow->thread, NULL, grow, slow->f->store), 0);
		for (int i = 0; i < 60000; i++) {
			pthread_mutex_lock(&slow->f->store->gate_lock);
			bool closed = slow->f->store->gate_closed;
			pthread_mutex_unlock(&slow->f->store->gate_lock);
			if (closed)
				break;
			usleep(1000);
		}
	}
	return false;
}

static void map_that_must_grow_does_not_wait_for_the_copy(void **state)
{
	struct fixture *f = *state;
	struct store_options options = fixture_options(f);
	struct slow slow = {.f = f};
	struct store *copy;
	void *done;
	options.initial_size = 4 << 20;
	assert_int_equal(store_open(&f->store, &options, &f->err), 0);
	fill(f, 100);
	int fd = copy_file(f);
	assert_int_equal(store_copy(f->store, fd, hold_up, &slow, &f->err), 0);
	close(fd);
	pthread_join(slow.thread, &done);
	assert_non_null(done);
	assert_int_equal(count_entries(f->store, GROWING), 112);
	open_copy(f, &copy);
	assert_int_equal(count_entries(copy, PLAIN), 100);
	store_close(copy);
}

static bool after_three(void *arg)
{
	return ++*(int *)arg > 3;
}

static void copy_that_nobody_wants_ends(void **state)
{
	struct fixture *f = *state;
	int asked = 0;
	fixture_open(f);
	for (uint64_t i = 0; i < 20; i++) {
		static uint8_t large[1 << 20];
		assert_int_equal(put_number(f->store, PLAIN, i + 1, BYTES_OF(large)), 0);
	}
	int fd = copy_file(f);
	assert_int_equal(store_copy(f->store, fd, after_three, &asked, &f->err), SIGNET_E_STATE);
	close(fd);
	assert_int_equal(put_text(f->store, PLAIN, "still", "works"), 0);
}

static void full_disk_is_an_error_and_harms_nothing(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, small;
	fixture_open(f);
	fill(f, MANY);
	int fd = copy_file(f);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){1 << 20, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	int result = store_copy(f->store, fd, NULL, NULL, &f->err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(result, SIGNET_E_FULL);
	assert_non_null(strstr(f->err.message, "no space"));
	assert_int_equal(put_text(f->store, PLAIN, "still", "works"), 0);
	assert_int_equal(store_copy(f->store, fd, NULL, NULL, &f->err), 0);
	close(fd);
}

static void copy_can_be_inspected(void **state)
{
	struct fixture *f = *state;
	struct store_inspection found;
	char path[400];
	_cleanup_buffer_ struct buffer last = BUFFER_MAX(4096);
	fixture_open(f);
	fill(f, 20);
	int fd = copy_file(f);
	assert_int_equal(store_copy(f->store, fd, NULL, NULL, &f->err), 0);
	copy_path(f, path);
	assert_int_equal(store_inspect(&found, &last, path, "plain", &f->err), 0);
	assert_int_equal(found.schema, 1);
	assert_int_equal(found.table_count, TABLES);
	for (size_t i = 0; i < found.table_count; i++)
		assert_int_equal(found.tables[i].entries, 20);
	assert_int_equal(found.last, 20);
	assert_int_equal(last.length, filling().length);
	/* nothing was made beside it */
	snprintf(path, sizeof path, "%s/copy/data.mdb-lock", f->directory);
	assert_int_not_equal(access(path, F_OK), 0);
	close(fd);
}

static void what_is_no_whole_copy_is_refused(void **state)
{
	struct fixture *f = *state;
	struct store_inspection found;
	struct stat info;
	char path[400];
	_cleanup_buffer_ struct buffer last = BUFFER_MAX(4096);
	fixture_open(f);
	fill(f, 200);
	int fd = copy_file(f);
	assert_int_equal(store_copy(f->store, fd, NULL, NULL, &f->err), 0);
	copy_path(f, path);
	assert_int_equal(fstat(fd, &info), 0);
	assert_int_equal(ftruncate(fd, info.st_size / 2), 0);
	assert_int_equal(store_inspect(&found, &last, path, "plain", &f->err), SIGNET_E_CORRUPT);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_not_equal(store_inspect(&found, &last, path, "plain", &f->err), 0);
	assert_int_equal(write(fd, "no database", 11), 11);
	assert_int_not_equal(store_inspect(&found, &last, path, "plain", &f->err), 0);
	close(fd);
}

struct figures {
	struct store_pages pages;
	struct store_table_stats table;
};

static int measure(struct store_txn *txn, void *arg)
{
	struct figures *figures = arg;
	store_count_pages(txn, &figures->pages);
	return store_table_stats(txn, PLAIN, &figures->table);
}

static void pages_and_tables_are_counted(void **state)
{
	struct fixture *f = *state;
	struct figures before, after;
	struct stat info;
	char path[400];
	fixture_open(f);
	fill(f, 500);
	assert_int_equal(store_read(f->store, measure, &before, &f->err), 0);
	assert_string_equal(before.table.name, "plain");
	assert_int_equal(before.table.entries, 500);
	assert_true(before.table.octets >= 500 * filling().length);
	snprintf(path, sizeof path, "%s/data.mdb", f->path);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(before.pages.pages * before.pages.page_size, info.st_size);
	assert_true(before.pages.map >= (uint64_t)info.st_size);
	fill(f, 500); /* replaces them: pages come free */
	assert_int_equal(store_read(f->store, measure, &after, &f->err), 0);
	assert_true(after.pages.free > 0);
	assert_int_equal(after.table.entries, 500);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(copy_is_a_database_with_the_same_content),
		TEST(copies_made_while_others_write_are_whole),
		TEST(map_that_must_grow_does_not_wait_for_the_copy),
		TEST(copy_that_nobody_wants_ends),
		TEST(full_disk_is_an_error_and_harms_nothing),
		TEST(copy_can_be_inspected),
		TEST(what_is_no_whole_copy_is_refused),
		TEST(pages_and_tables_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
