#include "../api/fake_engine.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include "api/exit.h"
#include "asn1/der.h"
#include "base/file.h"

extern const struct signet_exit exit_file;

/* The module may keep the strings of its configuration: a test's documents live until its end. */
static struct conf *documents[32];
static size_t document_count;

static int configure(const struct fake_engine *engine, const char *text, void **instance,
                     struct error *err)
{
	struct conf *conf;
	assert_int_equal(conf_parse(&conf, "a.yaml", bytes_text("{issuing: {}, b: {}}"), NULL), 0);
	const struct signet_exit_host host = {"file", engine->directory, engine->client,
	                                      conf_root(conf)};
	assert_true(document_count < sizeof documents / sizeof *documents);
	documents[document_count++] = conf;
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
		.authority = "issuing",
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

/* Something with a time in the form of a certificate or a CRL. */
static void put_signed(struct buffer *out, bool crl, int64_t time, unsigned number)
{
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	der_begin(&w, DER_SEQUENCE);
	der_put_uint(&w, number);
	der_put(&w, DER_SEQUENCE, BYTES_NONE);
	der_put(&w, DER_SEQUENCE, BYTES_NONE);
	if (!crl)
		der_begin(&w, DER_SEQUENCE);
	der_put_time(&w, time);
	if (!crl)
		der_end(&w);
	der_end(&w);
	der_end(&w);
	assert_int_equal(der_writer_finish(&w), 0);
}

static bool is_there(const char *directory, const char *name, struct bytes content)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(100000);
	return file_read(&text, path, NULL) == 0 && bytes_equal(buffer_bytes(&text), content);
}

static void answer_chain(struct fake_engine *engine, struct arena *arena,
                         const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_GET_CHAIN);
	if (strcmp(call->get_chain->name, "issuing") != 0) {
		reply->code = SIGNET_E_NOT_FOUND;
		return;
	}
	Signet__Rpc__Chain *chain = FAKE(arena, chain);
	chain->n_certificates = 2;
	chain->certificates = arena_array(arena, 2, sizeof *chain->certificates);
	chain->certificates[0] = fake_data("ca");
	chain->certificates[1] = fake_data("root");
	reply->chain = chain;
	reply->body_case = SIGNET__RPC__REPLY__BODY_CHAIN;
}

static void authority_is_published_as_it_is_now(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	make_directory(engine, directory);
	engine->answer = answer_chain;
	void *instance = open_instance(engine, "directory: published\nca-format: [der, pem-chain]\n");
	struct signet_event event = {.kind = SIGNET_EVENT_CA_CERTIFICATE, .authority = "issuing",
	                             .certificate = bytes_text("ca")};
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	expect_file(directory, "ca/issuing.der", "ca", 0644);
	expect_file(directory, "ca/issuing.chain.pem", PEM("Y2E=") PEM("cm9vdA=="), 0644);
	/* an event of the past does not bring back what was */
	event.certificate = bytes_text("old");
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	expect_file(directory, "ca/issuing.der", "ca", 0644);
	/* one that is gone from the configuration stands alone */
	event.authority = "gone";
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	expect_file(directory, "ca/gone.chain.pem", PEM("b2xk"), 0644);
	exit_file.close(instance);
}

static void older_crl_does_not_take_a_newer_ones_place(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	_cleanup_buffer_ struct buffer older = BUFFER_MAX(1000), newer = BUFFER_MAX(1000);
	make_directory(engine, directory);
	put_signed(&older, true, 1700000000, 1);
	put_signed(&newer, true, 1700000001, 1);
	void *instance = open_instance(engine, "directory: published\ncrl-format: [der, pem]\n");
	struct signet_event event = {.kind = SIGNET_EVENT_CRL_PUBLISHED, .authority = "issuing",
	                             .crl = buffer_bytes(&older)};
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_true(is_there(directory, "crl/issuing.crl", buffer_bytes(&older)));
	event.crl = buffer_bytes(&newer);
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	event.crl = buffer_bytes(&older);
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_true(is_there(directory, "crl/issuing.crl", buffer_bytes(&newer)));
	/* a delta has a file of its own */
	event.delta = true;
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_true(is_there(directory, "crl/issuing-delta.crl", buffer_bytes(&older)));
	assert_true(is_there(directory, "crl/issuing.crl", buffer_bytes(&newer)));
	char crl[160];
	snprintf(crl, sizeof crl, "%s/crl", directory);
	assert_int_equal(count_files(crl), 4);
	/* what is no CRL is given up, and what is there was put there by others */
	event.crl = bytes_text("nonsense");
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_GIVE_UP);
	snprintf(crl, sizeof crl, "%s/crl/issuing-delta.crl", directory);
	assert_int_equal(file_write(crl, bytes_text("nonsense"), 0644, FILE_REPLACE, NULL), 0);
	event.crl = buffer_bytes(&older);
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_true(is_there(directory, "crl/issuing-delta.crl", buffer_bytes(&older)));
	exit_file.close(instance);
}

static void older_certificate_does_not_take_a_newer_ones_place(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	_cleanup_buffer_ struct buffer older = BUFFER_MAX(1000), newer = BUFFER_MAX(1000);
	make_directory(engine, directory);
	put_signed(&older, false, 1700000000, 7);
	put_signed(&newer, false, 1700000001, 8);
	void *instance = open_instance(engine, "directory: published\nformat: der\n"
	                               "file-name: \"{name}.{ext}\"\n");
	struct signet_event event = make_event();
	event.certificate = buffer_bytes(&newer);
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	event.certificate = buffer_bytes(&older);
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_true(is_there(directory, "example.com.der", buffer_bytes(&newer)));
	exit_file.close(instance);
}

static void several_formats_are_written(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	make_directory(engine, directory);
	engine->answer = answer_outcome;
	void *instance = open_instance(engine, "directory: published\nformat: [pem, der, pem-chain]\n"
	                               "file-name: \"{profile}/{serial}.{ext}\"\n");
	struct signet_event event = make_event();
	event.profile = "tls-server";
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	expect_file(directory, "tls-server/4142.pem", LEAF_PEM, 0644);
	expect_file(directory, "tls-server/4142.der", "leaf", 0644);
	expect_file(directory, "tls-server/4142.chain.pem", LEAF_PEM PEM("Y2E="), 0644);
	exit_file.close(instance);
}

static enum signet_exit_result notify(void *instance, enum signet_event_kind kind,
                                      enum signet_certificate_state now, const char *certificate)
{
	struct signet_event event = make_event();
	event.kind = kind;
	event.state = now;
	event.certificate = bytes_text(certificate);
	return exit_file.notify(instance, &event, NULL);
}

static void revoked_certificate_is_removed_but_no_other(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	make_directory(engine, directory);
	void *instance = open_instance(engine, "directory: published\nformat: [pem, der]\n"
	                               "file-name: \"{name}.{ext}\"\non-revoke: remove\n");
	assert_int_equal(notify(instance, SIGNET_EVENT_ISSUED, SIGNET_VALID, "leaf"),
	                 SIGNET_EXIT_DONE);
	assert_int_equal(count_files(directory), 2);
	/* the older one of this name */
	assert_int_equal(notify(instance, SIGNET_EVENT_REVOKED, SIGNET_REVOKED, "other"),
	                 SIGNET_EXIT_DONE);
	assert_int_equal(count_files(directory), 2);
	assert_int_equal(notify(instance, SIGNET_EVENT_REVOKED, SIGNET_HELD, "leaf"),
	                 SIGNET_EXIT_DONE);
	assert_int_equal(count_files(directory), 0);
	/* again, and released */
	assert_int_equal(notify(instance, SIGNET_EVENT_REVOKED, SIGNET_HELD, "leaf"),
	                 SIGNET_EXIT_DONE);
	assert_int_equal(notify(instance, SIGNET_EVENT_UNREVOKED, SIGNET_VALID, "leaf"),
	                 SIGNET_EXIT_DONE);
	expect_file(directory, "example.com.pem", LEAF_PEM, 0644);
	/* an engine that does not say the state */
	assert_int_equal(notify(instance, SIGNET_EVENT_REVOKED, 0, "leaf"), SIGNET_EXIT_DONE);
	assert_int_equal(count_files(directory), 0);
	exit_file.close(instance);
}

static void what_was_revoked_meanwhile_is_not_published(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	make_directory(engine, directory);
	void *instance = open_instance(engine, "directory: published\non-revoke: remove\n");
	assert_int_equal(notify(instance, SIGNET_EVENT_ISSUED, SIGNET_REVOKED, "leaf"),
	                 SIGNET_EXIT_DONE);
	assert_int_equal(count_files(directory), 0);
	/* and what was released meanwhile stays */
	assert_int_equal(notify(instance, SIGNET_EVENT_ISSUED, SIGNET_VALID, "leaf"),
	                 SIGNET_EXIT_DONE);
	assert_int_equal(notify(instance, SIGNET_EVENT_REVOKED, SIGNET_VALID, "leaf"),
	                 SIGNET_EXIT_DONE);
	assert_int_equal(count_files(directory), 1);
	exit_file.close(instance);
}

static void revoked_certificate_is_renamed_and_back(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	make_directory(engine, directory);
	void *instance = open_instance(engine, "directory: published\non-revoke: rename\n");
	assert_int_equal(notify(instance, SIGNET_EVENT_ISSUED, SIGNET_VALID, "leaf"),
	                 SIGNET_EXIT_DONE);
	for (int i = 0; i < 2; i++)
		assert_int_equal(notify(instance, SIGNET_EVENT_REVOKED, SIGNET_HELD, "leaf"),
		                 SIGNET_EXIT_DONE);
	expect_file(directory, "4142.pem.revoked", LEAF_PEM, 0644);
	assert_int_equal(count_files(directory), 1);
	for (int i = 0; i < 2; i++)
		assert_int_equal(notify(instance, SIGNET_EVENT_UNREVOKED, SIGNET_VALID, "leaf"),
		                 SIGNET_EXIT_DONE);
	expect_file(directory, "4142.pem", LEAF_PEM, 0644);
	assert_int_equal(count_files(directory), 1);
	exit_file.close(instance);
}

static void revoked_certificate_stays_unless_told_otherwise(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	make_directory(engine, directory);
	void *instance = open_instance(engine, "directory: published\n");
	assert_int_equal(notify(instance, SIGNET_EVENT_REVOKED, SIGNET_REVOKED, "leaf"),
	                 SIGNET_EXIT_DONE);
	assert_int_equal(count_files(directory), 0);
	assert_int_equal(notify(instance, SIGNET_EVENT_ISSUED, SIGNET_REVOKED, "leaf"),
	                 SIGNET_EXIT_DONE);
	assert_int_equal(count_files(directory), 1);
	exit_file.close(instance);
}

static void name_of_an_authoritys_file_is_given_up(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	make_directory(engine, directory);
	void *instance = open_instance(engine, "directory: published\n"
	                               "file-name: \"{profile}/{name}.{ext}\"\n");
	static const char *names[] = {"dns:issuing"};
	struct signet_event event = make_event();
	struct error err = {0};
	event.profile = "ca";
	event.names = names;
	assert_int_equal(exit_file.notify(instance, &event, &err), SIGNET_EXIT_GIVE_UP);
	assert_non_null(strstr(err.message, "ca/issuing.pem"));
	assert_int_equal(count_files(directory), 0);
	exit_file.close(instance);
}

static void hostile_names_stay_in_the_directory(void **state)
{
	struct fake_engine *engine = *state;
	static const char *const subjects[] = {
		"CN=../../../../tmp/x", "CN=..", "CN=/etc/passwd", "CN=a\nb", "CN=\xff\xfe", "CN=",
		"CN=-rf", "CN=.signet-file.tmp", "CN=$(reboot)", "CN=a\\00b"};
	char directory[128];
	make_directory(engine, directory);
	size_t before = count_files(engine->directory);
	void *instance = open_instance(engine, "directory: published\n"
	                               "file-name: \"certs/{common-name}/{common-name}-{request-id}.{ext}\"\n");
	for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
		struct signet_event event = make_event();
		event.request_id = i + 1;
		event.subject = subjects[i];
		assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	}
	assert_int_equal(count_files(engine->directory), before);
	exit_file.close(instance);
}

static void others_authorities_are_passed_by(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128];
	make_directory(engine, directory);
	void *instance = open_instance(engine, "directory: published\nauthorities: [issuing, b]\n");
	struct signet_event event = make_event();
	event.authority = "another";
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_int_equal(count_files(directory), 0);
	event.authority = "b";
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_int_equal(count_files(directory), 1);
	exit_file.close(instance);
}

static void hook_is_run_until_it_succeeds(void **state)
{
	struct fake_engine *engine = *state;
	char directory[128], config[512], script[512], path[160], expected[512];
	make_directory(engine, directory);
	snprintf(path, sizeof path, "%s/hook", engine->directory);
	snprintf(script, sizeof script, "#!/bin/sh\necho \"$*\" >>%s/said\ntest -e %s/well\n",
	         engine->directory, engine->directory);
	assert_int_equal(file_write(path, bytes_text(script), 0755, FILE_NEW, NULL), 0);
	snprintf(config, sizeof config, "directory: published\non-revoke: remove\n"
	         "hook: [%s, \"{event}\", \"{path}\"]\n", path);
	void *instance = open_instance(engine, config);
	struct signet_event event = make_event();
	struct error err = {0};
	event.authority = "issuing";
	assert_int_equal(exit_file.notify(instance, &event, &err), SIGNET_EXIT_RETRY);
	assert_non_null(strstr(err.message, "ended with status 1"));
	event.kind = SIGNET_EVENT_REVOKED;
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_RETRY);
	assert_int_equal(count_files(directory), 0);
	snprintf(path, sizeof path, "%s/well", engine->directory);
	assert_int_equal(file_write(path, BYTES_NONE, 0644, FILE_NEW, NULL), 0);
	/* the file is gone already, but the hook has not heard of it */
	assert_int_equal(exit_file.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	snprintf(expected, sizeof expected, "issued %s/4142.pem\nrevoked %s/4142.pem\n"
	         "revoked %s/4142.pem\n", directory, directory, directory);
	expect_file(engine->directory, "said", expected, 0644);
	exit_file.close(instance);
}

static void wrong_configuration_leaves_nothing_open(void **state)
{
	struct fake_engine *engine = *state;
	void *instance = NULL;
	struct error err = {0};
	assert_int_equal(configure(engine, "format: pem\n", &instance, &err), SIGNET_E_CONFIG);
	assert_null(instance);
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
		TEST(authority_is_published_as_it_is_now),
		TEST(older_crl_does_not_take_a_newer_ones_place),
		TEST(older_certificate_does_not_take_a_newer_ones_place),
		TEST(several_formats_are_written),
		TEST(revoked_certificate_is_removed_but_no_other),
		TEST(what_was_revoked_meanwhile_is_not_published),
		TEST(revoked_certificate_is_renamed_and_back),
		TEST(revoked_certificate_stays_unless_told_otherwise),
		TEST(name_of_an_authoritys_file_is_given_up),
		TEST(hostile_names_stay_in_the_directory),
		TEST(others_authorities_are_passed_by),
		TEST(hook_is_run_until_it_succeeds),
		TEST(wrong_configuration_leaves_nothing_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
