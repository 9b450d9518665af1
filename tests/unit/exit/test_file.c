#include "../api/fake_engine.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include "api/exit.h"
#include "base/file.h"

extern const struct signet_exit exit_file;

/* The module may keep the strings of its configuration: a test's documents live until its end. */
static struct conf *documents[16];
static size_t document_count;

static int configure(const struct fake_engine *engine, const char *text, void **instance,
                     struct error *err)
{
	const struct signet_exit_host host = {"file", engine->directory, engine->client};
	struct conf *conf;
	assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text(text), NULL), 0);
	assert_true(document_count < sizeof documents / sizeof *documents);
	documents[document_count++] = conf;
	return exit_file.configure(instance, &host, conf_root(conf), err);
}

static int teardown(void **state)
{
	while (document_count)
		conf_free(documents[--document_count]);
	return fake_engine_teardown(state);
}

static void *open_instance(const struct fake_engine *engine, const char *text)
{
	struct error err = {0};
	void *instance = NULL;
	if (configure(engine, text, &instance, &err))
		fail_msg("%s", err.message);
	return instance;
}

static void make_directory(const struct fake_engine *engine, char path[128])
{
	snprintf(path, 128, "%s/published", engine->directory);
	assert_int_equal(mkdir(path, 0700), 0);
}

static struct signet_event make_event(void)
{
	static const char *names[] = {"dns:example.com"};
	return (struct signet_event){
		.sequence = 5,
		.kind = SIGNET_EVENT_ISSUED,
		.request_id = 17,
		.certificate_id = 16,
		.serial = bytes_text("AB"),
		.certificate = bytes_text("leaf"),
		.subject = "CN=example.com",
		.names = names,
		.name_count = 1,
	};
}

static void expect_file(const char *directory, const char *name, const char *content, mode_t mode)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(10000);
	assert_int_equal(file_read(&text, path, NULL), 0);
	assert_string_equal(buffer_text(&text), content);
	struct stat info;
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, mode);
}

static size_t count_files(const char *directory)
{
	size_t count = 0;
	DIR *dir = opendir(directory);
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return count;
}

#define PEM(base64) "-----BEGIN CERTIFICATE-----\n" base64 "\n-----END CERTIFICATE-----\n"
#define LEAF_PEM PEM("bGVhZg==")

static void certificate_becomes_a_pem_file(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	make_directory(engine, directory);
	void *instance = open_instance(engine, "directory: published\n");
	struct signet_event event = make_event();
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	expect_file(directory, "4142.pem", LEAF_PEM, 0644);
	assert_int_equal(exit_file.flush(instance, NULL), 0);
	/* a second time is harmless */
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_int_equal(exit_file.flush(instance, NULL), 0);
	assert_int_equal(count_files(directory), 1);
	exit_file.close(instance);
}

static void der_name_mode_and_absolute_directory_are_honoured(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128], text[512];
	make_directory(engine, directory);
	snprintf(text, sizeof text, "directory: %s\nformat: der\nmode: \"0600\"\n"
	         "file-name: \"{common-name}-{serial}.{ext}\"\n", directory);
	void *instance = open_instance(engine, text);
	struct signet_event event = make_event();
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	expect_file(directory, "example.com-4142.der", "leaf", 0600);
	exit_file.close(instance);
}

static void answer_outcome(struct fake_engine *engine, struct arena *arena,
                           const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_RETRIEVE);
	if (call->retrieve->id != 17) {
		reply->code = call->retrieve->id == 18 ? SIGNET_E_NOT_FOUND : SIGNET_E_IO;
		return;
	}
	Signet__Rpc__Outcome *o = FAKE(arena, outcome);
	o->disposition = SIGNET_ISSUED;
	o->certificate = fake_data("leaf");
	o->n_chain = 1;
	o->chain = arena_array(arena, 1, sizeof *o->chain);
	o->chain[0] = fake_data("ca");
	reply->outcome = o;
	reply->body_case = SIGNET__RPC__REPLY__BODY_OUTCOME;
}

static void chain_is_appended(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	make_directory(engine, directory);
	engine->answer = answer_outcome;
	void *instance = open_instance(engine, "directory: published\nchain: true\n");
	struct signet_event event = make_event();
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	expect_file(directory, "4142.pem", LEAF_PEM PEM("Y2E="), 0644);
	event.request_id = 18;
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_GIVE_UP);
	event.request_id = 19;
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_RETRY);
	exit_file.close(instance);
}

static void missing_directory_is_tried_again(void **state)
{
	struct fake_engine *engine = *state;
	void *instance = open_instance(engine, "directory: published\n");
	struct signet_event event = make_event();
	struct error err = {0};
	assert_int_equal(exit_file.notify(instance, &event, &err), SIGNET_EXIT_RETRY);
	assert_non_null(strstr(err.message, "published"));
	char directory[128];
	make_directory(engine, directory);
	assert_int_equal(exit_file.notify(instance, &event, &err), SIGNET_EXIT_DONE);
	assert_int_equal(count_files(directory), 1);
	exit_file.close(instance);
}

/* A file system that was mounted over, or a directory that was moved away. */
static void replaced_directory_makes_flush_fail(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128], away[128];
	make_directory(engine, directory);
	snprintf(away, sizeof away, "%s/away", engine->directory);
	void *instance = open_instance(engine, "directory: published\n");
	struct signet_event event = make_event();
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_int_equal(rename(directory, away), 0);
	make_directory(engine, directory);
	struct error err = {0};
	assert_int_equal(exit_file.flush(instance, &err), SIGNET_E_IO);
	/* the publisher then brings the event again */
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_int_equal(exit_file.flush(instance, NULL), 0);
	assert_int_equal(count_files(directory), 1);
	exit_file.close(instance);
}

static void full_disk_is_tried_again_and_leaves_nothing(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	make_directory(engine, directory);
	void *instance = open_instance(engine, "directory: published\n");
	struct signet_event event = make_event();
	static uint8_t large[8192];
	event.certificate = BYTES_OF(large);
	signal(SIGXFSZ, SIG_IGN);
	struct rlimit before, small = {1024, 1024};
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	enum signet_exit_result result = exit_file.notify(instance, &event, NULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(result, SIGNET_EXIT_RETRY);
	assert_int_equal(count_files(directory), 0);
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_int_equal(count_files(directory), 1);
	exit_file.close(instance);
}

static void planted_temporary_file_is_not_written_through(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128], victim[256], planted[256];
	make_directory(engine, directory);
	snprintf(victim, sizeof victim, "%s/victim", engine->directory);
	snprintf(planted, sizeof planted, "%s/.signet-file.tmp", directory);
	assert_int_equal(file_write(victim, bytes_text("precious"), 0600, FILE_NEW, NULL), 0);
	assert_int_equal(symlink(victim, planted), 0);
	void *instance = open_instance(engine, "directory: published\n");
	struct signet_event event = make_event();
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	expect_file(engine->directory, "victim", "precious", 0600);
	assert_int_equal(count_files(directory), 1);
	exit_file.close(instance);
}

static void event_without_a_certificate_is_given_up(void **state)
{
	struct fake_engine *engine = *state;
	void *instance = open_instance(engine, "directory: published\n");
	struct signet_event event = make_event();
	event.certificate = BYTES_NONE;
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_GIVE_UP);
	/* nothing was written: there is nothing to sync that could fail */
	assert_int_equal(exit_file.flush(instance, NULL), 0);
	exit_file.close(instance);
}

static void wrong_configuration_is_refused(void **state)
{
	struct fake_engine *engine = *state;
	static const struct {
		const char *text;
		const char *part;
	} cases[] = {
		{"format: pem\n", "'directory' is missing"},
		{"directory: \"\"\n", "empty"},
		{"directory: a\nformat: p12\n", "format"},
		{"directory: a\nfile-name: \"../{serial}\"\n", "file-name"},
		{"directory: a\nformat: der\nchain: true\n", "chain"},
		{"directory: a\nmode: \"888\"\n", "mode"},
		{"directory: a\nmode: \"0200\"\n", "mode"},
		{"directory: a\nmode: \"04755\"\n", "mode"},
		{"directory: a\nmode: \"-1\"\n", "mode"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		void *instance = NULL;
		struct error err = {0};
		assert_int_equal(configure(engine, cases[i].text, &instance, &err), SIGNET_E_CONFIG);
		if (!strstr(err.message, cases[i].part) || !strstr(err.message, "t.yaml:"))
			fail_msg("%s", err.message);
		assert_null(instance);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_engine_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(certificate_becomes_a_pem_file),
		TEST(der_name_mode_and_absolute_directory_are_honoured),
		TEST(chain_is_appended),
		TEST(missing_directory_is_tried_again),
		TEST(replaced_directory_makes_flush_fail),
		TEST(full_disk_is_tried_again_and_leaves_nothing),
		TEST(planted_temporary_file_is_not_written_through),
		TEST(event_without_a_certificate_is_given_up),
		TEST(wrong_configuration_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
