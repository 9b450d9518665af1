/* What an auditor does with the heads that were logged, and a trail that is not what it was. */
#include "tests/unit/engine/fixture.h"

#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/audit.h"
#include "signetctl/audit.h"

struct world {
	struct fixture f;
	char log[FIXTURE_PATH], key[FIXTURE_PATH];
	int saved; /* standard error */
};

/* There is no configuration: whoever compares says the key. */
int command_settings(struct command_context *context)
{
	(void)context;
	return COMMAND_FAILED;
}

/* A trail of some records, with a head of the first one, and one of the last. */
static int setup(void **state)
{
	static struct world w;
	fixture_make(&w.f, fixture_sections);
	log_setup("engine", LOG_INFO, false);
	fixture_path(&w.f, "log", w.log);
	fixture_path(&w.f, "public/audit.pub", w.key);
	w.saved = dup(STDERR_FILENO);
	FILE *log = fopen(w.log, "we");
	assert_non_null(log);
	dup2(fileno(log), STDERR_FILENO);
	fclose(log);
	fixture_open(&w.f);
	for (int i = 0; i < 5; i++) {
		const struct audit_entry entry = {.time = 1, .action = AUDIT_ISSUED, .actor = "acme",
		                                  .detail = ""};
		assert_int_equal(audit_write(database_store(w.f.engine->database), &entry, NULL), 0);
	}
	fixture_shut(&w.f);
	dup2(w.saved, STDERR_FILENO);
	close(w.saved);
	/* what follows is not in that log */
	fixture_open(&w.f);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	fixture_end(&w->f);
	return 0;
}

static int read_log(struct world *w, struct audit_heads *heads, struct error *err)
{
	struct command_context context = {.arena = w->f.arena};
	const char *const keys[] = {w->key};
	*heads = (struct audit_heads){0};
	return audit_heads_read(heads, &context, w->log, keys, 1, err);
}

struct walk {
	struct audit_chain chain;
	struct audit_heads heads;
	struct error *err;
};

static int visit(void *arg, uint64_t sequence, struct bytes record)
{
	struct walk *walk = arg;
	int result = audit_chain_add(&walk->chain, sequence, record, walk->err);
	/* by itself it is whole, whatever was done to its end */
	assert_int_equal(result, 0);
	return audit_heads_compare(&walk->heads, &walk->chain, walk->err);
}

/* As signetctl audit verify --head does it. */
static int verify(struct world *w, struct error *err)
{
	struct walk walk = {.err = err};
	assert_int_equal(read_log(w, &walk.heads, err), 0);
	assert_int_equal(walk.heads.count, 2);
	int result = audit_read_stored(database_store(w->f.engine->database), 1, false, visit, &walk,
	                               err);
	if (result == 0)
		result = audit_heads_finish(&walk.heads, &walk.chain, err);
	audit_heads_clear(&walk.heads);
	return result;
}

static uint64_t last_of(struct world *w)
{
	struct audit_last last;
	assert_int_equal(audit_find_last(database_store(w->f.engine->database), &last, NULL), 0);
	return last.sequence;
}

/* Takes the newest records out of the database. */
struct cutting {
	uint64_t from, to;
};

static int cut(struct store_txn *txn, void *arg)
{
	const struct cutting *cutting = arg;
	for (uint64_t i = cutting->from; i <= cutting->to; i++) {
		struct store_key key = store_key_number(i);
		store_delete(txn, TABLE_AUDIT, store_key_get(&key));
	}
	return store_error(txn);
}

static void cut_off(struct world *w, uint64_t from)
{
	struct cutting cutting = {from, last_of(w)};
	assert_int_equal(store_write(database_store(w->f.engine->database), cut, &cutting, NULL), 0);
	assert_int_equal(last_of(w), from - 1);
}

static uint64_t last_head(struct world *w)
{
	struct audit_heads heads;
	assert_int_equal(read_log(w, &heads, NULL), 0);
	uint64_t sequence = heads.list[heads.count - 1].sequence;
	audit_heads_clear(&heads);
	return sequence;
}

static void a_trail_that_grew_fits_its_heads(void **state)
{
	struct world *w = *state;
	assert_true(last_of(w) > last_head(w));
	assert_int_equal(verify(w, NULL), 0);
	/* what came after the newest head is not covered yet */
	cut_off(w, last_head(w) + 1);
	assert_int_equal(verify(w, NULL), 0);
}

static void a_tail_that_was_cut_off_is_missed(void **state)
{
	struct world *w = *state;
	struct error err = {0};
	char expected[256];
	uint64_t signed_last = last_head(w);
	cut_off(w, signed_last);
	assert_int_equal(verify(w, &err), SIGNET_E_CORRUPT);
	snprintf(expected, sizeof expected, "record %llu is missing: the trail was cut off, a head was "
	         "signed of record %llu", (unsigned long long)signed_last,
	         (unsigned long long)signed_last);
	assert_string_equal(err.message, expected);
	/* all of it but the first record */
	cut_off(w, 2);
	assert_int_equal(verify(w, &err), SIGNET_E_CORRUPT);
	assert_memory_equal(err.message, "record 2 is missing", 19);
}

static void a_tail_that_was_written_anew_is_another(void **state)
{
	struct world *w = *state;
	struct error err = {0};
	char expected[128];
	uint64_t signed_last = last_head(w);
	cut_off(w, signed_last);
	for (int i = 0; i < 4; i++) {
		const struct audit_entry entry = {.time = 2, .action = AUDIT_DENIED, .actor = "acme",
		                                  .detail = "as if nothing had been"};
		assert_int_equal(audit_write(database_store(w->f.engine->database), &entry, NULL), 0);
	}
	assert_int_equal(verify(w, &err), SIGNET_E_CORRUPT);
	snprintf(expected, sizeof expected, "record %llu is not the one that was signed: the trail was "
	         "written anew", (unsigned long long)signed_last);
	assert_string_equal(err.message, expected);
}

/* Changes the first octet behind these words in the log. */
static void damage(struct world *w, const char *behind)
{
	static char text[65536];
	FILE *log = fopen(w->log, "r+e");
	assert_non_null(log);
	size_t length = fread(text, 1, sizeof text - 1, log);
	text[length] = '\0';
	char *head = strstr(text, "event=audit-head");
	assert_non_null(head);
	char *at = strstr(head, behind);
	assert_non_null(at);
	at += strlen(behind);
	*at = *at == '7' ? '8' : '7';
	rewind(log);
	assert_int_equal(fwrite(text, 1, length, log), length);
	fclose(log);
}

static void a_head_that_was_changed_is_not_believed(void **state)
{
	struct world *w = *state;
	static const char *const parts[] = {" sequence=", " hash="};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct audit_heads heads;
		struct error err = {0};
		damage(w, parts[i]);
		assert_int_equal(read_log(w, &heads, &err), SIGNET_E_CORRUPT);
		assert_memory_equal(err.message, "the signature of head ", 22);
		audit_heads_clear(&heads);
	}
}

static void a_log_without_heads_or_a_key_shows_nothing(void **state)
{
	struct world *w = *state;
	struct audit_heads heads;
	struct error err = {0};
	struct command_context context = {.arena = w->f.arena};
	char other[FIXTURE_PATH];
	fixture_write(&w->f, "other", "event=issued request=1\n");
	fixture_path(&w->f, "other", other);
	heads = (struct audit_heads){0};
	const char *const good[] = {w->key}, *const bad[] = {w->key, other};
	assert_int_equal(audit_heads_read(&heads, &context, other, good, 1, &err),
	                 SIGNET_E_NOT_FOUND);
	assert_int_equal(audit_heads_read(&heads, &context, w->log, bad, 2, &err), SIGNET_E_BAD_KEY);
	assert_int_equal(audit_heads_read(&heads, &context, w->log, NULL, 0, &err), SIGNET_E_CONFIG);
	assert_int_equal(audit_heads_read(&heads, &context, w->f.directory, good, 1, &err),
	                 SIGNET_E_NOT_FOUND);
	audit_heads_clear(&heads);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_trail_that_grew_fits_its_heads),
		TEST(a_tail_that_was_cut_off_is_missed),
		TEST(a_tail_that_was_written_anew_is_another),
		TEST(a_head_that_was_changed_is_not_believed),
		TEST(a_log_without_heads_or_a_key_shows_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
