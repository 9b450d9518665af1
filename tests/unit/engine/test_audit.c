#include "fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "api/audit_head.h"
#include "base/clock.h"
#include "engine/audit.h"
#include "engine/records.pb-c.h"
#include "rpc/ca.pb-c.h"

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

/* The trail as one line: "started issued:1@acme ". */
struct trail {
	struct buffer text;
	unsigned limit;
};

static int visit(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	struct trail *trail = arg;
	buffer_printf(&trail->text, "%llu %s:%llu@%s ", (unsigned long long)sequence,
	              audit_action_name(entry->action), (unsigned long long)entry->request,
	              entry->actor);
	return --trail->limit == 0;
}

static void read_trail(struct fixture *f, uint64_t from, unsigned limit, const char *expected)
{
	struct trail trail = {BUFFER_MAX(4096), limit};
	assert_int_equal(audit_read(database_store(f->engine->database), from, visit, &trail, NULL), 0);
	assert_string_equal(buffer_text(&trail.text), expected);
	buffer_free(&trail.text);
}

static void everything_that_happens_leaves_a_record(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct signet_submission s = fixture_submission(
		fixture_csr(f->arena, f->key, "", "dns:a.example.com", NULL), "1");
	assert_int_equal(fixture_submit(f, &s, &out, NULL), 0);
	assert_int_equal(fixture_submit(f, &s, &out, NULL), 0); /* a repetition is none */
	s = fixture_submission(fixture_csr(f->arena, f->key, "", "dns:a.example.org", NULL), "2");
	assert_int_equal(fixture_submit(f, &s, &out, NULL), 0);
	assert_int_equal(engine_reload(f->engine, NULL), 0);
	read_trail(f, 1, 100, "1 started:0@engine 2 issued:1@acme 3 denied:2@acme "
	           "4 reloaded:0@engine ");
	fixture_shut(f);
	fixture_open(f);
	read_trail(f, 5, 100, "5 stopped:0@engine 6 started:0@engine ");
	read_trail(f, 2, 1, "2 issued:1@acme ");
}

static void what_is_too_long_is_cut_and_not_lost(void **state)
{
	struct fixture *f = *state;
	char longer[2048];
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	struct audit_entry entry = {clock_now(), AUDIT_RELOADED, "uid 0", 0, longer,
	                            NULL, NULL, NULL};
	assert_int_equal(audit_write(database_store(f->engine->database), &entry, NULL), 0);
	entry.actor = longer;
	assert_int_equal(audit_write(database_store(f->engine->database), &entry, NULL), 0);
	read_trail(f, 2, 100, "2 reloaded:0@uid 0 3 reloaded:0@? ");
}

static int add(void *chain, uint64_t sequence, struct bytes record)
{
	struct error err = {0};
	int result = audit_chain_add(chain, sequence, record, &err);
	if (result)
		print_message("%s\n", err.message);
	return result;
}

static struct audit_chain walk(struct fixture *f, int expected)
{
	struct audit_chain chain = {0};
	assert_int_equal(audit_read_stored(database_store(f->engine->database), 1, false, add, &chain,
	                                   NULL), expected);
	return chain;
}

#define THREADS 32
#define EACH 20

static void *append(void *arg)
{
	struct fixture *f = arg;
	for (int i = 0; i < EACH; i++) {
		struct audit_entry entry = {clock_now(), AUDIT_RELOADED, "uid 1", 0, "by a thread", NULL,
		                            NULL, NULL};
		if (audit_write(database_store(f->engine->database), &entry, NULL))
			return arg;
	}
	return NULL;
}

static void the_chain_is_whole_when_many_write_at_once(void **state)
{
	struct fixture *f = *state;
	pthread_t threads[THREADS];
	struct audit_last last;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, append, f), 0);
	for (int i = 0; i < THREADS; i++) {
		void *failed;
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	struct audit_chain chain = walk(f, 0);
	assert_int_equal(chain.last, 1 + THREADS * EACH);
	assert_int_equal(audit_find_last(database_store(f->engine->database), &last, NULL), 0);
	assert_int_equal(last.sequence, chain.last);
	assert_memory_equal(last.hash, chain.hash, AUDIT_HASH);
}

static void another_key_of_the_heads_is_on_record(void **state)
{
	struct fixture *f = *state;
	char key[FIXTURE_PATH];
	read_trail(f, 1, 100, "1 started:0@engine ");
	fixture_shut(f);
	fixture_path(f, "engine/audit.key", key);
	assert_int_equal(unlink(key), 0);
	fixture_open(f);
	read_trail(f, 2, 100, "2 stopped:0@engine 3 started:0@engine 4 audit-key-made:0@engine ");
	fixture_shut(f);
	fixture_open(f);
	read_trail(f, 5, 100, "5 stopped:0@engine 6 started:0@engine ");
}

/* What somebody does to the table. */
struct damage {
	uint64_t sequence;
	bool remove;
	unsigned octet; /* else this one, from the end, is another */
};

static int do_damage(struct store_txn *txn, void *arg)
{
	const struct damage *damage = arg;
	struct store_key key = store_key_number(damage->sequence);
	uint8_t copy[8192];
	struct bytes value;
	if (damage->remove)
		return store_delete(txn, TABLE_AUDIT, store_key_get(&key));
	assert_int_equal(store_get(txn, TABLE_AUDIT, store_key_get(&key), &value), 0);
	memcpy(copy, value.data, value.length);
	copy[value.length - 1 - damage->octet] ^= 1;
	return store_put(txn, TABLE_AUDIT, store_key_get(&key), bytes_make(copy, value.length));
}

static void damage(struct fixture *f, struct damage what)
{
	assert_int_equal(store_write(database_store(f->engine->database), do_damage, &what, NULL), 0);
}

static void what_was_changed_or_taken_out_shows(void **state)
{
	struct fixture *f = *state;
	assert_null(append(f));
	assert_int_equal(walk(f, 0).last, 1 + EACH);
	/* in the text that it ends with: the next one no longer fits it */
	damage(f, (struct damage){5, false, 40});
	assert_int_equal(walk(f, SIGNET_E_CORRUPT).last, 5);
	damage(f, (struct damage){5, false, 40});
	assert_int_equal(walk(f, 0).last, 1 + EACH);
	/* in the hash of the one before */
	damage(f, (struct damage){9, false, 0});
	assert_int_equal(walk(f, SIGNET_E_CORRUPT).last, 8);
	damage(f, (struct damage){9, false, 0});
	damage(f, (struct damage){7, true, 0});
	assert_int_equal(walk(f, SIGNET_E_CORRUPT).last, 6);
}

/* All records of the trail, one behind the other. */
struct records {
	struct bytes list[2 + EACH];
	size_t count;
	struct arena *arena;
};

static int keep(void *arg, uint64_t sequence, struct bytes record)
{
	struct records *records = arg;
	assert_int_equal(sequence, records->count + 1);
	assert_int_equal(arena_bytes(records->arena, record, &records->list[records->count++]), 0);
	return 0;
}

/* The check of the database says the same of this record. */
struct looking {
	uint64_t sequence;
	struct bytes record;
	const char *said;
};

static int look(struct store_txn *txn, void *arg)
{
	const struct looking *looking = arg;
	struct error err = {0};
	assert_int_equal(audit_check(txn, looking->sequence, looking->record, &err), SIGNET_E_CORRUPT);
	assert_string_equal(err.message, looking->said);
	return 0;
}

/* Which one is named first, as signetctl goes about it. */
static uint64_t blame(struct fixture *f, const char *expected)
{
	struct records records = {.arena = f->arena};
	struct audit_chain chain = {0};
	struct error err = {0};
	assert_int_equal(audit_read_stored(database_store(f->engine->database), 1, false, keep, &records,
	                                   NULL), 0);
	size_t at = 0;
	while (at < records.count && audit_chain_add(&chain, at + 1, records.list[at], &err) == 0)
		at++;
	assert_true(at < records.count);
	audit_chain_blame(&chain, at + 1, records.list[at],
	                  at + 1 < records.count ? records.list[at + 1] : BYTES_NONE, &err);
	if (!strstr(err.message, expected))
		fail_msg("%s", err.message);
	struct looking looking = {at + 1, records.list[at], err.message};
	assert_int_equal(store_read(database_store(f->engine->database), look, &looking, NULL), 0);
	assert_int_equal(err.code, SIGNET_E_CORRUPT);
	return chain.last;
}

static void the_record_that_was_changed_is_named(void **state)
{
	struct fixture *f = *state;
	assert_null(append(f));
	damage(f, (struct damage){8, false, 40});
	assert_int_equal(blame(f, "record 8 was changed"), 7);
	damage(f, (struct damage){8, false, 40});
	damage(f, (struct damage){1, false, 40});
	assert_int_equal(blame(f, "record 1 was changed"), 0);
	damage(f, (struct damage){1, false, 40});
	/* in the hash of the one before: its own octets are others, too */
	damage(f, (struct damage){8, false, 0});
	assert_int_equal(blame(f, "record 8 was changed"), 7);
	damage(f, (struct damage){8, false, 0});
	/* of the last two none comes after */
	damage(f, (struct damage){EACH, false, 40});
	assert_int_equal(blame(f, "record 20 or 21 was changed"), EACH - 1);
	damage(f, (struct damage){EACH, false, 40});
	damage(f, (struct damage){1 + EACH, false, 0});
	assert_int_equal(blame(f, "record 20 or 21 was changed"), EACH - 1);
}

static void the_first_record_cannot_be_cut_off(void **state)
{
	struct fixture *f = *state;
	struct audit_chain chain = {0};
	struct error err = {0};
	assert_null(append(f));
	damage(f, (struct damage){1, true, 0});
	assert_int_equal(walk(f, SIGNET_E_CORRUPT).last, 0);
	/* nor are others numbered anew */
	Signet__Rpc__AuditEntry entry = SIGNET__RPC__AUDIT_ENTRY__INIT;
	uint8_t previous[AUDIT_HASH] = {1}, packed[128];
	entry.previous = (ProtobufCBinaryData){sizeof previous, previous};
	size_t size = signet__rpc__audit_entry__pack(&entry, packed);
	assert_int_equal(audit_chain_add(&chain, 1, bytes_make(packed, size), &err), SIGNET_E_CORRUPT);
	assert_int_equal(audit_chain_add(&chain, 1, BYTES_OF("nonsense"), &err), SIGNET_E_CORRUPT);
	assert_non_null(strstr(err.message, "record 1 does not read back"));
	previous[0] = 0;
	size = signet__rpc__audit_entry__pack(&entry, packed);
	assert_int_equal(audit_chain_add(&chain, 1, bytes_make(packed, size), &err), 0);
	assert_int_equal(chain.last, 1);
}

static void all_that_is_stored_reads_back(void **state)
{
	struct fixture *f = *state;
	struct audit_chain chain = {0};
	const ProtobufCMessageDescriptor *a = &signet__db__audit__descriptor,
	                                 *b = &signet__rpc__audit_entry__descriptor;
	struct audit_entry entry = {7, AUDIT_REVOKED, "uid 7 from admin.sock pid 8", 9, "why", NULL,
	                            "valid", "held"};
	assert_int_equal(audit_write(database_store(f->engine->database), &entry, NULL), 0);
	chain = walk(f, 0);
	assert_int_equal(chain.last, 2);
	/* both programs read the same */
	assert_int_equal(a->n_fields, b->n_fields);
	for (unsigned i = 0; i < a->n_fields; i++) {
		assert_int_equal(a->fields[i].id, b->fields[i].id);
		assert_int_equal(a->fields[i].type, b->fields[i].type);
		assert_string_equal(a->fields[i].name, b->fields[i].name);
	}
}

/* The last record, with all that is said. */
static int show(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	(void)sequence;
	struct buffer *text = arg;
	buffer_clear(text);
	buffer_printf(text, "%s|%s|%s|%s|%s", entry->actor, entry->from, entry->detail, entry->before,
	              entry->after);
	return 0;
}

static void expect_last(struct fixture *f, const char *expected)
{
	struct buffer text = BUFFER_MAX(16384);
	assert_int_equal(audit_read(database_store(f->engine->database), 1, show, &text, NULL), 0);
	assert_string_equal(buffer_text(&text), expected);
	buffer_free(&text);
}

static void an_entry_says_from_where_and_what_changed(void **state)
{
	struct fixture *f = *state;
	struct store *store = database_store(f->engine->database);
	struct audit_entry entry = {7, AUDIT_REVOKED, "uid 7 from admin.sock pid 8", 9, "why", NULL,
	                            "valid", "held"};
	assert_int_equal(audit_write(store, &entry, NULL), 0);
	expect_last(f, "uid 7|admin.sock pid 8|why|valid|held");
	entry = (struct audit_entry){7, AUDIT_ISSUED, "acme", 9, "", "192.0.2.1", NULL, NULL};
	assert_int_equal(audit_write(store, &entry, NULL), 0);
	expect_last(f, "acme|192.0.2.1|||");
}

static void heads_are_read_from_logs(void **state)
{
	(void)state;
	struct audit_head head = {.sequence = 17, .time = 1000}, out;
	struct buffer text = BUFFER_MAX(512);
	assert_int_equal(audit_head_text(&head, &text), 0);
	assert_string_equal(buffer_text(&text), "signet audit head 1\nsequence=17\nhash="
	                    "0000000000000000000000000000000000000000000000000000000000000000\n"
	                    "time=1970-01-01T00:16:40Z\n");
	buffer_free(&text);
	assert_int_equal(audit_head_from_line("host signetd: time=x event=audit-head sequence=17 hash="
	                 "0000000000000000000000000000000000000000000000000000000000000000 "
	                 "at=1970-01-01T00:16:40Z signature=AQID\n", &out), 0);
	assert_int_equal(out.sequence, 17);
	assert_int_equal(out.time, 1000);
	assert_int_equal(out.signature_length, 3);
	assert_int_equal(audit_head_from_line("event=issued sequence=17", &out), SIGNET_E_NOT_FOUND);
	assert_int_equal(audit_head_from_line("event=audit-head sequence=17 hash=00 "
	                 "at=1970-01-01T00:16:40Z signature=AQID", &out), SIGNET_E_CORRUPT);
	assert_int_equal(audit_head_from_line("{\"event\":\"audit-head\",\"sequence\":\"3\",\"hash\":\""
	                 "00000000000000000000000000000000000000000000000000000000000000ff\","
	                 "\"at\":\"1970-01-01T00:16:40Z\",\"signature\":\"AQID\"}", &out), 0);
	assert_int_equal(out.hash[31], 0xff);
}

static void actions_have_names(void **state)
{
	(void)state;
	assert_string_equal(audit_action_name(AUDIT_FAILED), "failed");
	assert_string_equal(audit_action_name((enum audit_action)0), "unknown");
	assert_string_equal(audit_action_name((enum audit_action)99), "unknown");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everything_that_happens_leaves_a_record),
		TEST(what_is_too_long_is_cut_and_not_lost),
		TEST(the_chain_is_whole_when_many_write_at_once),
		TEST(another_key_of_the_heads_is_on_record),
		TEST(what_was_changed_or_taken_out_shows),
		TEST(the_record_that_was_changed_is_named),
		TEST(the_first_record_cannot_be_cut_off),
		TEST(all_that_is_stored_reads_back),
		TEST(an_entry_says_from_where_and_what_changed),
		cmocka_unit_test(heads_are_read_from_logs),
		cmocka_unit_test(actions_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
