#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void what_was_written_is_there_after_reopening(void **state)
{
	struct fixture *fixture = *state;
	fixture_open(fixture);
	assert_int_equal(put_text(fixture->store, PLAIN, "name", "value"), 0);
	assert_int_equal(put_text(fixture->store, GROWING, "name", "other"), 0);
	fixture_reopen(fixture);
	assert_string_equal(get_text(fixture->store, PLAIN, "name"), "value");
	assert_string_equal(get_text(fixture->store, GROWING, "name"), "other");
}

static void only_the_owner_may_read_the_files(void **state)
{
	struct fixture *fixture = *state;
	struct stat info;
	char path[400];
	fixture_open(fixture);
	assert_int_equal(stat(fixture->path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0700);
	snprintf(path, sizeof path, "%s/data.mdb", fixture->path);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
}

static void a_second_opener_in_the_process_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct store_options options = fixture_options(fixture);
	struct store *second = NULL;
	fixture_open(fixture);
	assert_int_equal(store_open(&second, &options, &fixture->err), SIGNET_E_EXISTS);
	assert_null(second);
	assert_non_null(strstr(fixture->err.message, fixture->path));
	assert_int_equal(put_text(fixture->store, PLAIN, "k", "v"), 0);
	fixture_reopen(fixture);
	assert_string_equal(get_text(fixture->store, PLAIN, "k"), "v");
}

static void a_second_process_is_refused_until_the_first_is_gone(void **state)
{
	struct fixture *fixture = *state;
	struct store_options options = fixture_options(fixture);
	int ready[2], status;
	char octet;
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct store *store;
		if (store_open(&store, &options, NULL) || put_text(store, PLAIN, "child", "1") ||
		    write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &octet, 1), 1);
	assert_int_equal(store_open(&fixture->store, &options, &fixture->err), SIGNET_E_EXISTS);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(ready[0]);
	close(ready[1]);
	fixture_open(fixture);
	assert_string_equal(get_text(fixture->store, PLAIN, "child"), "1");
}

static void a_newer_schema_is_refused_and_untouched(void **state)
{
	struct fixture *fixture = *state;
	struct store_options options = fixture_options(fixture);
	options.schema = 3;
	assert_int_equal(store_open(&fixture->store, &options, &fixture->err), 0);
	assert_int_equal(put_text(fixture->store, PLAIN, "k", "v"), 0);
	fixture_close(fixture);
	options.schema = 2;
	assert_int_equal(store_open(&fixture->store, &options, &fixture->err), SIGNET_E_VERSION);
	assert_null(fixture->store);
	assert_non_null(strstr(fixture->err.message, "version 3"));
	options.schema = 3;
	assert_int_equal(store_open(&fixture->store, &options, &fixture->err), 0);
	assert_string_equal(get_text(fixture->store, PLAIN, "k"), "v");
}

static void an_older_schema_needs_a_migration(void **state)
{
	struct fixture *fixture = *state;
	struct store_options options = fixture_options(fixture);
	fixture_open(fixture);
	fixture_close(fixture);
	options.schema = 2;
	assert_int_equal(store_open(&fixture->store, &options, &fixture->err), SIGNET_E_VERSION);
	assert_null(fixture->store);
}

struct migration {
	uint32_t from;
	unsigned calls;
	int result;
};

/* Moves every entry of the plain table to the growing one. */
static int migrate(struct store_txn *txn, uint32_t from, void *arg)
{
	struct migration *migration = arg;
	struct store_cursor *cursor;
	migration->from = from;
	migration->calls++;
	CHECK(store_cursor_open(&cursor, txn, PLAIN) == 0);
	while (store_next(cursor) == 0) {
		struct bytes key = store_cursor_key(cursor);
		store_put(txn, GROWING, key, store_cursor_value(cursor));
		store_delete(txn, PLAIN, store_cursor_key(cursor));
	}
	return migration->result;
}

static void fill_version_1(struct fixture *fixture)
{
	fixture_open(fixture);
	assert_int_equal(put_text(fixture->store, PLAIN, "a", "1"), 0);
	assert_int_equal(put_text(fixture->store, PLAIN, "b", "2"), 0);
	fixture_close(fixture);
}

static void an_older_schema_is_migrated_once(void **state)
{
	struct fixture *fixture = *state;
	struct migration migration = {0};
	struct store_options options = fixture_options(fixture);
	fill_version_1(fixture);
	options.schema = 4;
	options.migrate = migrate;
	options.migrate_arg = &migration;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(store_open(&fixture->store, &options, &fixture->err), 0);
		assert_int_equal(migration.calls, 1);
		assert_int_equal(migration.from, 1);
		assert_int_equal(count_entries(fixture->store, PLAIN), 0);
		assert_string_equal(get_text(fixture->store, GROWING, "a"), "1");
		assert_string_equal(get_text(fixture->store, GROWING, "b"), "2");
		fixture_close(fixture);
	}
	options.schema = 1;
	assert_int_equal(store_open(&fixture->store, &options, NULL), SIGNET_E_VERSION);
}

static void a_migration_that_fails_changes_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct migration migration = {.result = SIGNET_E_CORRUPT};
	struct store_options options = fixture_options(fixture);
	fill_version_1(fixture);
	options.schema = 2;
	options.migrate = migrate;
	options.migrate_arg = &migration;
	assert_int_equal(store_open(&fixture->store, &options, &fixture->err), SIGNET_E_CORRUPT);
	assert_null(fixture->store);
	assert_int_equal(migration.calls, 1);
	fixture_open(fixture); /* as version 1 */
	assert_string_equal(get_text(fixture->store, PLAIN, "a"), "1");
	assert_int_equal(count_entries(fixture->store, GROWING), 0);
}

static void a_new_database_is_not_migrated(void **state)
{
	struct fixture *fixture = *state;
	struct migration migration = {0};
	struct store_options options = fixture_options(fixture);
	options.schema = 2;
	options.migrate = migrate;
	options.migrate_arg = &migration;
	assert_int_equal(store_open(&fixture->store, &options, &fixture->err), 0);
	assert_int_equal(migration.calls, 0);
}

static void a_table_may_be_added_later(void **state)
{
	static const struct store_table more[] = {{"plain", 0}, {"growing", STORE_GROWING},
	                                          {"third", 0}};
	struct fixture *fixture = *state;
	struct store_options options = fixture_options(fixture);
	fill_version_1(fixture);
	options.tables = more;
	options.table_count = 3;
	assert_int_equal(store_open(&fixture->store, &options, &fixture->err), 0);
	assert_int_equal(put_text(fixture->store, 2, "x", "y"), 0);
	assert_string_equal(get_text(fixture->store, 2, "x"), "y");
	assert_string_equal(get_text(fixture->store, PLAIN, "b"), "2");
}

static void bad_options_are_refused(void **state)
{
	static const struct store_table nameless[] = {{"", 0}};
	static const struct store_table ours[] = {{"signet-meta", 0}};
	struct fixture *fixture = *state;
	struct store_options options = fixture_options(fixture);
	options.schema = 0;
	assert_int_equal(store_open(&fixture->store, &options, NULL), SIGNET_E_INVALID);
	options.schema = 1;
	options.table_count = 1;
	options.tables = nameless;
	assert_int_equal(store_open(&fixture->store, &options, NULL), SIGNET_E_INVALID);
	options.tables = ours;
	assert_int_equal(store_open(&fixture->store, &options, NULL), SIGNET_E_INVALID);
}

static void a_file_that_is_no_database_is_damage(void **state)
{
	struct fixture *fixture = *state;
	struct store_options options = fixture_options(fixture);
	char path[400], garbage[8192];
	memset(garbage, 'x', sizeof garbage);
	assert_int_equal(mkdir(fixture->path, 0700), 0);
	snprintf(path, sizeof path, "%s/data.mdb", fixture->path);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, garbage, sizeof garbage), sizeof garbage);
	close(fd);
	assert_int_equal(store_open(&fixture->store, &options, &fixture->err), SIGNET_E_CORRUPT);
	assert_int_equal(fixture->err.code, SIGNET_E_CORRUPT);
}

static void a_path_that_is_a_file_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct store_options options = fixture_options(fixture);
	int fd = open(fixture->path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_not_equal(store_open(&fixture->store, &options, &fixture->err), 0);
	assert_null(fixture->store);
	assert_true(fixture->err.message[0]);
}

static void figures_follow_the_content(void **state)
{
	static const uint8_t value[3000];
	struct fixture *fixture = *state;
	struct store_stats before, after;
	fixture_open(fixture);
	store_stats(fixture->store, &before);
	assert_int_equal(before.commits, 0);
	assert_int_equal(before.writes, 0);
	assert_true(before.used > 0);
	for (uint64_t i = 0; i < 20; i++)
		assert_int_equal(put_number(fixture->store, GROWING, i, BYTES_OF(value)), 0);
	store_stats(fixture->store, &after);
	assert_int_equal(after.commits, 20);
	assert_int_equal(after.writes, 20);
	assert_true(after.used >= before.used + 20 * sizeof value);
	assert_true(after.file >= after.used);
}

static void close_accepts_null(void **state)
{
	(void)state;
	store_close(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_written_is_there_after_reopening),
		TEST(only_the_owner_may_read_the_files),
		TEST(a_second_opener_in_the_process_is_refused),
		TEST(a_second_process_is_refused_until_the_first_is_gone),
		TEST(a_newer_schema_is_refused_and_untouched),
		TEST(an_older_schema_needs_a_migration),
		TEST(an_older_schema_is_migrated_once),
		TEST(a_migration_that_fails_changes_nothing),
		TEST(a_new_database_is_not_migrated),
		TEST(a_table_may_be_added_later),
		TEST(bad_options_are_refused),
		TEST(a_file_that_is_no_database_is_damage),
		TEST(a_path_that_is_a_file_is_refused),
		TEST(figures_follow_the_content),
		cmocka_unit_test(close_accepts_null),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
