#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "signetctl/manifest.h"

struct place {
	char directory[64], path[96];
	struct arena *arena;
	struct error err;
};

static int setup(void **state)
{
	static struct place p;
	snprintf(p.directory, sizeof p.directory, "/tmp/signet-manifest.XXXXXX");
	assert_non_null(mkdtemp(p.directory));
	snprintf(p.path, sizeof p.path, "%s/%s", p.directory, MANIFEST_NAME);
	p.arena = arena_new(1 << 20);
	*state = &p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	unlink(p->path);
	rmdir(p->directory);
	arena_free(p->arena);
	return 0;
}

static struct manifest sample(void)
{
	struct manifest m = {.version = "1.2", .host = "ca.example", .time = 1800000000, .schema = 3,
	                     .audit = 77, .table_count = 1, .file_count = 2};
	m.tables[0] = (struct manifest_table){"requests", 12};
	m.files[0] = (struct manifest_file){"engine.mdb", 4096, {1, 2, 3}};
	m.files[1] = (struct manifest_file){"keys/issuing.key", 227, {4}};
	m.audit_sha256[31] = 9;
	return m;
}

static void what_was_written_reads_back(void **state)
{
	struct place *p = *state;
	const struct manifest m = sample();
	struct manifest read;
	struct stat info;
	assert_int_equal(manifest_write(&m, p->directory, &p->err), 0);
	assert_int_equal(stat(p->path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	if (manifest_read(&read, p->arena, p->directory, &p->err))
		fail_msg("%s", p->err.message);
	assert_string_equal(read.version, "1.2");
	assert_string_equal(read.host, "ca.example");
	assert_int_equal(read.time, m.time);
	assert_int_equal(read.schema, 3);
	assert_int_equal(read.audit, 77);
	assert_memory_equal(read.audit_sha256, m.audit_sha256, 32);
	assert_int_equal(read.table_count, 1);
	assert_string_equal(read.tables[0].name, "requests");
	assert_int_equal(read.tables[0].entries, 12);
	assert_int_equal(read.file_count, 2);
	assert_string_equal(read.files[1].name, "keys/issuing.key");
	assert_int_equal(read.files[1].octets, 227);
	assert_memory_equal(read.files[0].sha256, m.files[0].sha256, 32);
	assert_null(read.without_gateway);
	assert_int_equal(manifest_write(&m, p->directory, &p->err), SIGNET_E_EXISTS);
}

static void directory_without_one_is_no_backup(void **state)
{
	struct place *p = *state;
	struct manifest read;
	assert_int_equal(manifest_read(&read, p->arena, p->directory, &p->err), SIGNET_E_NOT_FOUND);
	assert_non_null(strstr(p->err.message, "no backup"));
}

#define HASH "0000000000000000000000000000000000000000000000000000000000000000"
#define HEAD "{\"format\": 1, \"version\": \"1\", \"time\": \"2026-11-23T12:00:00Z\", \"host\": \"h\", " \
	"\"schema\": 1, \"audit\": {\"sequence\": 1, \"sha256\": \"" HASH "\"}, "
#define FILE_OF(name) HEAD "\"records\": {}, \"files\": [{\"name\": \"" name "\", \"octets\": 1, " \
	"\"sha256\": \"" HASH "\"}]}"

static int read_text(struct place *p, const char *text)
{
	struct manifest read;
	assert_int_equal(file_write(p->path, bytes_text(text), 0600, FILE_REPLACE, &p->err), 0);
	return manifest_read(&read, p->arena, p->directory, &p->err);
}

static void what_no_backup_would_say_is_refused(void **state)
{
	struct place *p = *state;
	static const char *const texts[] = {
		"", "[]", "{}", "{\"format\": \"1\"}", "not json",
		FILE_OF("../engine.mdb"), FILE_OF("/etc/passwd"), FILE_OF("keys/../x"),
		FILE_OF("keys/"), FILE_OF("keys/.hidden"), FILE_OF("keys/a/b"), FILE_OF("other"),
		HEAD "\"records\": {}, \"files\": []}",
		HEAD "\"records\": {}, \"files\": {}}",
		HEAD "\"records\": {\"a\": -1}, \"files\": [{\"name\": \"engine.mdb\", \"octets\": 1, "
		"\"sha256\": \"" HASH "\"}]}",
		HEAD "\"records\": {}, \"files\": [{\"name\": \"engine.mdb\", \"octets\": -1, "
		"\"sha256\": \"" HASH "\"}]}",
		HEAD "\"records\": {}, \"files\": [{\"name\": \"engine.mdb\", \"octets\": 1, "
		"\"sha256\": \"00\"}]}",
		HEAD "\"records\": {}, \"files\": [{\"name\": \"engine.mdb\", \"octets\": 1, \"more\": 1, "
		"\"sha256\": \"" HASH "\"}]}",
		HEAD "\"records\": {}, \"files\": [{\"name\": \"engine.mdb\", \"octets\": 1, \"sha256\": \""
		HASH "\"}, {\"name\": \"engine.mdb\", \"octets\": 1, \"sha256\": \"" HASH "\"}]}",
	};
	assert_int_equal(read_text(p, FILE_OF("engine.mdb")), 0);
	assert_int_equal(read_text(p, FILE_OF("keys/issuing.1.pem")), 0);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (read_text(p, texts[i]) != SIGNET_E_INVALID)
			fail_msg("taken: %s", texts[i]);
	assert_int_equal(read_text(p, "{\"format\": 2}"), SIGNET_E_VERSION);
}

static void file_that_was_changed_is_noticed(void **state)
{
	struct place *p = *state;
	struct manifest m = {0};
	int fd = open(p->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "content", 7), 7);
	assert_int_equal(manifest_add(&m, "engine.mdb", fd, &p->err), 0);
	assert_int_equal(m.files[0].octets, 7);
	assert_int_equal(manifest_check(&m.files[0], fd, &p->err), 0);
	assert_int_equal(pwrite(fd, "C", 1, 0), 1);
	assert_int_equal(manifest_check(&m.files[0], fd, &p->err), SIGNET_E_CORRUPT);
	assert_non_null(strstr(p->err.message, "SHA-256"));
	assert_int_equal(ftruncate(fd, 3), 0);
	assert_int_equal(manifest_check(&m.files[0], fd, &p->err), SIGNET_E_CORRUPT);
	close(fd);
}

static void part_that_was_left_out_is_told(void **state)
{
	struct place *p = *state;
	struct manifest m = sample(), read;
	m.without_gateway = "it is damaged";
	m.files[1].name = "audit.key";
	assert_int_equal(manifest_write(&m, p->directory, &p->err), 0);
	if (manifest_read(&read, p->arena, p->directory, &p->err))
		fail_msg("%s", p->err.message);
	assert_string_equal(read.without_gateway, "it is damaged");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_written_reads_back),
		TEST(part_that_was_left_out_is_told),
		TEST(directory_without_one_is_no_backup),
		TEST(what_no_backup_would_say_is_refused),
		TEST(file_that_was_changed_is_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
