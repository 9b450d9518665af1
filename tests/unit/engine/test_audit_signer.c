#include "fixture.h"

#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/audit_head.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/log.h"
#include "crypto/key.h"
#include "engine/audit.h"
#include "engine/audit_signer.h"

#define HEADS_MAX 16

struct world {
	struct fixture f;
	char state[FIXTURE_PATH], private[FIXTURE_PATH + 32], public[FIXTURE_PATH + 32];
	FILE *log;
	int saved; /* standard error */
};

/* The engine has a signer of its own: this one has another state directory, and the same trail. */
static int setup(void **state)
{
	static struct world w;
	char path[FIXTURE_PATH + 32];
	fixture_make(&w.f, fixture_sections);
	log_setup("engine", LOG_INFO, false);
	fixture_open(&w.f);
	fixture_path(&w.f, "signer", w.state);
	snprintf(path, sizeof path, "%s/engine", w.state);
	snprintf(w.private, sizeof w.private, "%s/engine/audit.key", w.state);
	snprintf(w.public, sizeof w.public, "%s/public/audit.pub", w.state);
	assert_int_equal(mkdir(w.state, 0700), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	w.log = tmpfile();
	assert_non_null(w.log);
	w.saved = dup(STDERR_FILENO);
	dup2(fileno(w.log), STDERR_FILENO);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	dup2(w->saved, STDERR_FILENO);
	close(w->saved);
	fclose(w->log);
	fixture_end(&w->f);
	return 0;
}

static struct audit_signer *start(struct world *w, int64_t interval)
{
	struct audit_signer *signer;
	struct error err = {0};
	if (audit_signer_start(&signer, database_store(w->f.engine->database), w->state, interval,
	                       &err))
		fail_msg("%s", err.message);
	return signer;
}

/* The heads that were logged so far. */
static size_t read_heads(struct world *w, struct audit_head heads[HEADS_MAX])
{
	char line[4096];
	size_t count = 0;
	rewind(w->log);
	while (fgets(line, sizeof line, w->log)) {
		if (audit_head_from_line(line, &heads[count]) == 0)
			count++;
		assert_true(count < HEADS_MAX);
	}
	clearerr(w->log);
	fseek(w->log, 0, SEEK_END);
	return count;
}

static void read_file(const char *path, struct buffer *out)
{
	assert_int_equal(file_read(out, path, NULL), 0);
}

static struct pubkey *public_key(const struct world *w)
{
	struct buffer pem = BUFFER_MAX(4096), der = BUFFER_MAX(4096);
	struct pubkey *key;
	char label[32];
	read_file(w->public, &pem);
	struct bytes rest = buffer_bytes(&pem);
	assert_int_equal(pem_decode(&der, label, sizeof label, &rest), 0);
	assert_string_equal(label, "PUBLIC KEY");
	assert_int_equal(pubkey_from_spki(&key, buffer_bytes(&der), NULL), 0);
	buffer_free(&pem);
	buffer_free(&der);
	return key;
}

static bool is_signed(const struct audit_head *head, const struct pubkey *key)
{
	struct buffer text = BUFFER_MAX(512);
	assert_int_equal(audit_head_text(head, &text), 0);
	int result = pubkey_verify(key, SIGNATURE_ECDSA_SHA256, buffer_bytes(&text),
	                           bytes_make(head->signature, head->signature_length), NULL);
	buffer_free(&text);
	return result == 0;
}

static void write_record(struct world *w)
{
	const struct audit_entry entry = {.time = 1, .action = AUDIT_ISSUED, .actor = "acme",
	                                  .detail = ""};
	assert_int_equal(audit_write(database_store(w->f.engine->database), &entry, NULL), 0);
}

static struct audit_last last_of(struct world *w)
{
	struct audit_last last;
	assert_int_equal(audit_find_last(database_store(w->f.engine->database), &last, NULL), 0);
	return last;
}

static void the_newest_record_is_signed_at_start_and_stop(void **state)
{
	struct world *w = *state;
	struct audit_head heads[HEADS_MAX];
	struct audit_signer *signer = start(w, 3600);
	struct audit_last first = last_of(w);
	assert_int_equal(read_heads(w, heads), 1);
	write_record(w);
	write_record(w);
	struct audit_last second = last_of(w);
	audit_signer_stop(signer);
	assert_int_equal(read_heads(w, heads), 2);
	assert_int_equal(heads[0].sequence, first.sequence);
	assert_memory_equal(heads[0].hash, first.hash, AUDIT_HASH);
	assert_int_equal(heads[1].sequence, first.sequence + 2);
	assert_memory_equal(heads[1].hash, second.hash, AUDIT_HASH);
	struct pubkey *key = public_key(w);
	assert_true(is_signed(&heads[0], key));
	assert_true(is_signed(&heads[1], key));
	/* of nothing else */
	heads[1].sequence++;
	assert_false(is_signed(&heads[1], key));
	pubkey_free(key);
}

static void heads_come_at_intervals(void **state)
{
	struct world *w = *state;
	struct audit_head heads[HEADS_MAX];
	struct audit_signer *signer = start(w, 1);
	write_record(w);
	uint64_t sequence = last_of(w).sequence;
	size_t count = 0;
	for (int i = 0; i < 3000 && (count = read_heads(w, heads)) < 2; i++)
		poll(NULL, 0, 10);
	assert_true(count >= 2);
	assert_int_equal(heads[1].sequence, sequence);
	/* whatever comes of it now, it ends */
	audit_signer_set(signer, 3600);
	audit_signer_stop(signer);
}

static void the_key_is_made_once_and_stays(void **state)
{
	struct world *w = *state;
	struct buffer first = BUFFER_MAX(4096), second = BUFFER_MAX(4096);
	struct stat info;
	audit_signer_stop(start(w, 3600));
	assert_int_equal(stat(w->private, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(stat(w->public, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0644);
	read_file(w->public, &first);
	/* what somebody has put in its place does not stay */
	assert_int_equal(file_write(w->public, bytes_text("another"), 0644, FILE_REPLACE, NULL), 0);
	audit_signer_stop(start(w, 3600));
	read_file(w->public, &second);
	assert_true(bytes_equal(buffer_bytes(&first), buffer_bytes(&second)));
	buffer_free(&first);
	buffer_free(&second);
}

static void a_key_that_does_not_read_is_no_reason_to_make_another(void **state)
{
	struct world *w = *state;
	struct audit_signer *signer = NULL;
	struct error err = {0};
	assert_int_equal(file_write(w->private, bytes_text("no key"), 0600, FILE_NEW, NULL), 0);
	assert_int_not_equal(audit_signer_start(&signer, database_store(w->f.engine->database),
	                                        w->state, 3600, &err), 0);
	assert_null(signer);
	assert_true(*err.message != '\0');
	assert_int_not_equal(access(w->public, F_OK), 0);
	audit_signer_stop(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_newest_record_is_signed_at_start_and_stop),
		TEST(heads_come_at_intervals),
		TEST(the_key_is_made_once_and_stays),
		TEST(a_key_that_does_not_read_is_no_reason_to_make_another),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
