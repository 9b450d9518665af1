#include "published.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"

static void certificate_becomes_a_pem_file(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	published_make(engine, directory);
	void *instance = published_open(engine, "directory: published\n");
	struct signet_event event = published_event();
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	published_expect(directory, "4142.pem", LEAF_PEM, 0644);
	assert_int_equal(exit_file.flush(instance, NULL), 0);
	/* a second time is harmless */
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_int_equal(exit_file.flush(instance, NULL), 0);
	assert_int_equal(published_count(directory), 1);
	exit_file.close(instance);
}

static void der_name_mode_and_absolute_directory_are_honoured(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128], text[512];
	published_make(engine, directory);
	snprintf(text, sizeof text, "directory: %s\nformat: der\nmode: \"0600\"\n"
	         "file-name: \"{common-name}-{serial}.{ext}\"\n", directory);
	void *instance = published_open(engine, text);
	struct signet_event event = published_event();
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	published_expect(directory, "example.com-4142.der", "leaf", 0600);
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
	published_make(engine, directory);
	engine->answer = answer_outcome;
	void *instance = published_open(engine, "directory: published\nchain: true\n");
	struct signet_event event = published_event();
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	published_expect(directory, "4142.pem", LEAF_PEM PEM("Y2E="), 0644);
	event.request_id = 18;
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_GIVE_UP);
	event.request_id = 19;
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_RETRY);
	exit_file.close(instance);
}

static void missing_directory_is_tried_again(void **state)
{
	struct fake_engine *engine = *state;
	void *instance = published_open(engine, "directory: published\n");
	struct signet_event event = published_event();
	struct error err = {0};
	assert_int_equal(exit_file.notify(instance, &event, &err), SIGNET_EXIT_RETRY);
	assert_non_null(strstr(err.message, "published"));
	char directory[128];
	published_make(engine, directory);
	assert_int_equal(exit_file.notify(instance, &event, &err), SIGNET_EXIT_DONE);
	assert_int_equal(published_count(directory), 1);
	exit_file.close(instance);
}

/* A file system that was mounted over, or a directory that was moved away. */
static void replaced_directory_makes_flush_fail(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128], away[128];
	published_make(engine, directory);
	snprintf(away, sizeof away, "%s/away", engine->directory);
	void *instance = published_open(engine, "directory: published\n");
	struct signet_event event = published_event();
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_int_equal(rename(directory, away), 0);
	published_make(engine, directory);
	struct error err = {0};
	assert_int_equal(exit_file.flush(instance, &err), SIGNET_E_IO);
	/* the publisher then brings the event again */
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_int_equal(exit_file.flush(instance, NULL), 0);
	assert_int_equal(published_count(directory), 1);
	exit_file.close(instance);
}

static void full_disk_is_tried_again_and_leaves_nothing(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	published_make(engine, directory);
	void *instance = published_open(engine, "directory: published\n");
	struct signet_event event = published_event();
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
	assert_int_equal(published_count(directory), 0);
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_int_equal(published_count(directory), 1);
	exit_file.close(instance);
}

static void planted_temporary_file_is_not_written_through(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128], victim[256], planted[256];
	published_make(engine, directory);
	snprintf(victim, sizeof victim, "%s/victim", engine->directory);
	snprintf(planted, sizeof planted, "%s/.signet-file.tmp", directory);
	assert_int_equal(file_write(victim, bytes_text("precious"), 0600, FILE_NEW, NULL), 0);
	assert_int_equal(symlink(victim, planted), 0);
	void *instance = published_open(engine, "directory: published\n");
	struct signet_event event = published_event();
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	published_expect(engine->directory, "victim", "precious", 0600);
	assert_int_equal(published_count(directory), 1);
	exit_file.close(instance);
}

static void event_without_a_certificate_is_given_up(void **state)
{
	struct fake_engine *engine = *state;
	void *instance = published_open(engine, "directory: published\n");
	struct signet_event event = published_event();
	event.certificate = BYTES_NONE;
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_GIVE_UP);
	/* nothing was written: there is nothing to sync that could fail */
	assert_int_equal(exit_file.flush(instance, NULL), 0);
	exit_file.close(instance);
}

static void several_formats_are_written(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	published_make(engine, directory);
	engine->answer = answer_outcome;
	void *instance = published_open(engine, "directory: published\nformat: [pem, der, pem-chain]\n"
	                               "file-name: \"{profile}/{serial}.{ext}\"\n");
	struct signet_event event = published_event();
	event.profile = "tls-server";
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	published_expect(directory, "tls-server/4142.pem", LEAF_PEM, 0644);
	published_expect(directory, "tls-server/4142.der", "leaf", 0644);
	published_expect(directory, "tls-server/4142.chain.pem", LEAF_PEM PEM("Y2E="), 0644);
	exit_file.close(instance);
}

static void name_of_an_authoritys_file_is_given_up(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	published_make(engine, directory);
	void *instance = published_open(engine, "directory: published\n"
	                               "file-name: \"{profile}/{name}.{ext}\"\n");
	static const char *names[] = {"dns:issuing"};
	struct signet_event event = published_event();
	struct error err = {0};
	event.profile = "ca";
	event.names = names;
	assert_int_equal(exit_file.notify(instance, &event, &err), SIGNET_EXIT_GIVE_UP);
	assert_non_null(strstr(err.message, "ca/issuing.pem"));
	assert_int_equal(published_count(directory), 0);
	exit_file.close(instance);
}

static void hostile_names_stay_in_the_directory(void **state)
{
	struct fake_engine *engine = *state;
	static const char *const subjects[] = {
		"CN=../../../../tmp/x", "CN=..", "CN=/etc/passwd", "CN=a\nb", "CN=\xff\xfe", "CN=",
		"CN=-rf", "CN=.signet-file.tmp", "CN=$(reboot)", "CN=a\\00b"};
	char directory[128];
	published_make(engine, directory);
	size_t before = published_count(engine->directory);
	void *instance = published_open(engine, "directory: published\n"
	                               "file-name: \"certs/{common-name}/{common-name}-{request-id}.{ext}\"\n");
	for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
		struct signet_event event = published_event();
		event.request_id = i + 1;
		event.subject = subjects[i];
		assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	}
	assert_int_equal(published_count(engine->directory), before);
	exit_file.close(instance);
}

static void others_authorities_are_passed_by(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	published_make(engine, directory);
	void *instance = published_open(engine, "directory: published\nauthorities: [issuing, b]\n");
	struct signet_event event = published_event();
	event.authority = "another";
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_int_equal(published_count(directory), 0);
	event.authority = "b";
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_int_equal(published_count(directory), 1);
	exit_file.close(instance);
}

static void hook_is_run_until_it_succeeds(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128], config[512], script[512], path[160], expected[512];
	published_make(engine, directory);
	snprintf(path, sizeof path, "%s/hook", engine->directory);
	snprintf(script, sizeof script, "#!/bin/sh\necho \"$*\" >>%s/said\ntest -e %s/well\n",
	         engine->directory, engine->directory);
	assert_int_equal(file_write(path, bytes_text(script), 0755, FILE_NEW, NULL), 0);
	snprintf(config, sizeof config, "directory: published\non-revoke: remove\n"
	         "hook: [%s, \"{event}\", \"{path}\"]\n", path);
	void *instance = published_open(engine, config);
	struct signet_event event = published_event();
	struct error err = {0};
	event.authority = "issuing";
	assert_int_equal(exit_file.notify(instance, &event, &err), SIGNET_EXIT_RETRY);
	assert_non_null(strstr(err.message, "ended with status 1"));
	event.kind = SIGNET_EVENT_REVOKED;
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_RETRY);
	assert_int_equal(published_count(directory), 0);
	snprintf(path, sizeof path, "%s/well", engine->directory);
	assert_int_equal(file_write(path, BYTES_NONE, 0644, FILE_NEW, NULL), 0);
	/* the file is gone already, but the hook has not heard of it */
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	snprintf(expected, sizeof expected, "issued %s/4142.pem\nrevoked %s/4142.pem\n"
	         "revoked %s/4142.pem\n", directory, directory, directory);
	published_expect(engine->directory, "said", expected, 0644);
	exit_file.close(instance);
}

static void wrong_configuration_leaves_nothing_open(void **state)
{
	struct fake_engine *engine = *state;
	void *instance = NULL;
	struct error err = {0};
	assert_int_equal(published_configure(engine, "format: pem\n", &instance, &err), SIGNET_E_CONFIG);
	assert_null(instance);
}

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
		TEST(several_formats_are_written),
		TEST(name_of_an_authoritys_file_is_given_up),
		TEST(hostile_names_stay_in_the_directory),
		TEST(others_authorities_are_passed_by),
		TEST(hook_is_run_until_it_succeeds),
		TEST(wrong_configuration_leaves_nothing_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
