#include "fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "engine/backup.h"

static int setup(void **state)
{
	static struct fixture f;
	fixture_make(&f, fixture_sections);
	fixture_open(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	fixture_end(*state);
	return 0;
}

static int open_file(struct fixture *f, const char *name, int flags)
{
	char path[FIXTURE_PATH];
	fixture_path(f, name, path);
	int fd = open(path, flags | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	return fd;
}

/* connection -1: nobody has hung up. */
static int backup(struct fixture *f, int fd, uint64_t *octets, struct error *err)
{
	struct rpc_file file = {.fd = fd, .connection = -1};
	return backup_write(f->engine, &file, "uid 5", octets, err);
}

struct found {
	enum audit_action action;
	unsigned count;
	char said[300], before[200], after[200];
};

static int visit(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	struct found *found = arg;
	(void)sequence;
	if (entry->action == found->action) {
		found->count++;
		snprintf(found->said, sizeof found->said, "%s %s", entry->actor, entry->detail);
		snprintf(found->before, sizeof found->before, "%s", entry->before);
		snprintf(found->after, sizeof found->after, "%s", entry->after);
	}
	return 0;
}

static struct found audited(struct fixture *f, enum audit_action action)
{
	struct found found = {.action = action};
	audit_read(database_store(f->engine->database), 1, visit, &found, NULL);
	return found;
}

static void backup_is_whole_and_on_record(void **state)
{
	struct fixture *f = *state;
	struct audit_last last;
	struct stat info;
	struct error err = {0};
	uint64_t octets = 0;
	int fd = open_file(f, "copy", O_RDWR);
	assert_int_equal(audit_find_last(database_store(f->engine->database), &last, NULL), 0);
	if (backup(f, fd, &octets, &err))
		fail_msg("%s", err.message);
	assert_int_equal(fstat(fd, &info), 0);
	assert_int_equal(octets, info.st_size);
	assert_true(octets > 0);
	struct found found = audited(f, AUDIT_BACKUP);
	assert_int_equal(found.count, 1);
	assert_int_equal(strncmp(found.said, "uid 5 ", 6), 0);
	/* how far the trail goes that it has, so that both can be compared */
	char *after = arena_printf(f->arena, "a copy with audit record %llu, hash %s, and all before it",
	                           (unsigned long long)last.sequence,
	                           hex_text(f->arena, BYTES_OF(last.hash)));
	assert_string_equal(found.after, after);
	/* it is not empty any more */
	assert_int_equal(backup(f, fd, &octets, &err), SIGNET_E_INVALID);
	close(fd);
}

static void what_is_no_empty_file_for_writing_is_refused(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};
	uint64_t octets = 0;
	int ends[2], fd = open_file(f, "copy", O_RDONLY);
	assert_int_equal(backup_write(f->engine, NULL, "uid 5", &octets, &err), SIGNET_E_INVALID);
	assert_int_equal(backup(f, fd, &octets, &err), SIGNET_E_INVALID);
	close(fd);
	fd = open_file(f, "copy", O_WRONLY | O_APPEND);
	assert_int_equal(backup(f, fd, &octets, &err), SIGNET_E_INVALID);
	close(fd);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(backup(f, ends[1], &octets, &err), SIGNET_E_INVALID);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(audited(f, AUDIT_BACKUP).count, 0);
}

static void one_backup_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};
	uint64_t octets = 0;
	int fd = open_file(f, "copy", O_RDWR);
	f->engine->copying = true;
	assert_int_equal(backup(f, fd, &octets, &err), SIGNET_E_EXISTS);
	f->engine->copying = false;
	assert_int_equal(backup(f, fd, &octets, &err), 0);
	close(fd);
}

static void restored_database_says_so_once(void **state)
{
	struct fixture *f = *state;
	char path[FIXTURE_PATH];
	fixture_path(f, "engine/restored", path);
	fixture_write(f, "engine/restored", "uid 1000\nbackup of 2026-11-23T12:00:00Z, made on ca\n");
	fixture_shut(f);
	fixture_open(f);
	struct found found = audited(f, AUDIT_RESTORED);
	assert_int_equal(found.count, 1);
	assert_string_equal(found.said, "uid 1000 backup of 2026-11-23T12:00:00Z, made on ca");
	assert_string_equal(found.before, "no database");
	assert_string_equal(found.after, "the database of the backup");
	assert_int_not_equal(access(path, F_OK), 0);
	fixture_shut(f);
	fixture_open(f);
	assert_int_equal(audited(f, AUDIT_RESTORED).count, 1);
}

static void unfinished_restoration_stops_the_start(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};
	struct engine *engine;
	struct settings *settings;
	char path[FIXTURE_PATH], data[FIXTURE_PATH], note[FIXTURE_PATH];
	fixture_path(f, "engine", path);
	fixture_path(f, "engine/data.mdb", data);
	fixture_path(f, "engine/restoring", note);
	assert_int_equal(backup_check_restored(path, &err), 0);
	fixture_shut(f);
	assert_int_equal(unlink(data), 0);
	fixture_write(f, "engine/restoring", "uid 1000\nbackup of 2026-11-23T12:00:00Z, made on ca\n");
	assert_int_equal(settings_load(&settings, f->config, &err), 0);
	assert_int_equal(engine_open(&engine, settings, &err), SIGNET_E_STATE);
	settings_free(settings);
	assert_non_null(strstr(err.message, "repeat 'signetctl db restore'"));
	assert_int_not_equal(access(data, F_OK), 0);
	assert_int_equal(unlink(note), 0);
	fixture_open(f);
}

static void note_that_is_none_stops_the_start(void **state)
{
	struct fixture *f = *state;
	static const char *const notes[] = {"", "no second line", "uid\x01\nx\n"};
	for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
		struct error err = {0};
		char path[FIXTURE_PATH];
		fixture_write(f, "engine/restored", notes[i]);
		fixture_path(f, "engine", path);
		assert_int_equal(backup_note_restored(database_store(f->engine->database), path, &err),
		                 SIGNET_E_CORRUPT);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(backup_is_whole_and_on_record),
		TEST(what_is_no_empty_file_for_writing_is_refused),
		TEST(one_backup_at_a_time),
		TEST(restored_database_says_so_once),
		TEST(unfinished_restoration_stops_the_start),
		TEST(note_that_is_none_stops_the_start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
