#include "fixture.h"

#include <stdio.h>

#include "base/clock.h"
#include "engine/consumers.h"
#include "engine/letters.h"
#include "engine/records.pb-c.h"

#define NOW 1800000000

static int setup(void **state)
{
	static struct fixture f;
	fixture_make(&f, fixture_sections);
	fixture_open(&f);
	clock_freeze(NOW);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	clock_freeze(0);
	fixture_end(*state);
	return 0;
}

static void submit(struct fixture *f, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct signet_outcome out;
		char name[64], key[16];
		snprintf(name, sizeof name, "dns:n%u.example.com", i);
		snprintf(key, sizeof key, "%u", i);
		struct signet_submission s = fixture_submission(
			fixture_csr(f->arena, f->key, "", name, NULL), key);
		assert_int_equal(fixture_submit(f, &s, &out, NULL), 0);
	}
}

static void bury(struct fixture *f, const char *consumer, uint64_t sequence)
{
	assert_int_equal(letters_bury(f->engine->database, consumer, sequence, 50, "no such entry", "uid 7",
	                              NULL), 0);
}

static uint64_t move(struct fixture *f, enum letters_move how, const char *consumer,
                     uint64_t sequence)
{
	uint64_t moved = 999;
	assert_int_equal(letters_move(f->engine->database, how, consumer, sequence, "uid 1000",
	                              &moved, NULL), 0);
	return moved;
}

static size_t list(struct fixture *f, const char *consumer, struct letter_row **rows)
{
	size_t count;
	bool more;
	assert_int_equal(letters_list(f->engine->database, f->arena, consumer, "", 0, 0, rows,
	                              &count, &more, NULL), 0);
	assert_false(more);
	return count;
}

static size_t read_retrying(struct fixture *f, const char *consumer, struct events_batch *batch)
{
	assert_int_equal(letters_read(f->engine->database, f->arena, consumer, 0, batch, NULL), 0);
	return batch->count;
}

static int count_letters(struct store_txn *txn, void *arg)
{
	return letters_counted(txn, "file", arg);
}

static void expect_count(struct fixture *f, uint64_t dead, uint64_t retrying)
{
	struct letters_count count;
	assert_int_equal(store_read(database_store(f->engine->database), count_letters, &count,
	                            NULL), 0);
	assert_int_equal(count.dead, dead);
	assert_int_equal(count.retrying, retrying);
}

static void buried_event_is_listed_and_outlives_a_restart(void **state)
{
	struct fixture *f = *state;
	struct letter_row *rows;
	submit(f, 2);
	bury(f, "file", 2);
	fixture_shut(f);
	fixture_open(f);
	assert_int_equal(list(f, "", &rows), 1);
	assert_string_equal(rows->consumer, "file");
	assert_int_equal(rows->event.sequence, 2);
	assert_int_equal(rows->event.kind, SIGNET_EVENT_ISSUED);
	assert_int_equal(rows->event.stored.id, 2);
	assert_non_null(rows->event.stored.certificate);
	assert_int_equal(rows->letter.time, NOW);
	assert_int_equal(rows->letter.tries, 50);
	assert_string_equal(rows->letter.reason, "no such entry");
	assert_false(rows->letter.retrying);
	expect_count(f, 1, 0);
}

static void event_that_is_not_there_is_not_buried(void **state)
{
	struct fixture *f = *state;
	submit(f, 1);
	assert_int_equal(letters_bury(f->engine->database, "file", 2, 1, "", "uid 7", NULL),
	                 SIGNET_E_INVALID);
	assert_int_equal(letters_bury(f->engine->database, "file", 0, 1, "", "uid 7", NULL),
	                 SIGNET_E_INVALID);
	assert_int_equal(letters_bury(f->engine->database, "a\nb", 1, 1, "", "uid 7", NULL),
	                 SIGNET_E_INVALID);
	expect_count(f, 0, 0);
}

static void reason_is_cut_and_cleaned(void **state)
{
	struct fixture *f = *state;
	struct letter_row *rows;
	char reason[2000];
	submit(f, 1);
	memset(reason, 'x', sizeof reason);
	reason[0] = '\n';
	reason[sizeof reason - 1] = '\0';
	assert_int_equal(letters_bury(f->engine->database, "file", 1, UINT32_MAX, reason, "uid 7", NULL), 0);
	assert_int_equal(list(f, "file", &rows), 1);
	assert_int_equal(strlen(rows->letter.reason), LIMIT_CONSUMER_SAYS);
	assert_int_equal(rows->letter.reason[0], '?');
	/* the tries do not run over */
	bury(f, "file", 1);
	assert_int_equal(list(f, "file", &rows), 1);
	assert_true(rows->letter.tries == UINT32_MAX);
}

static void letter_goes_back_and_forth(void **state)
{
	struct fixture *f = *state;
	struct events_batch batch;
	struct letter_row *rows;
	submit(f, 3);
	bury(f, "file", 1);
	bury(f, "file", 3);
	assert_int_equal(read_retrying(f, "file", &batch), 0);
	assert_int_equal(move(f, LETTERS_RETRY, "file", 3), 1);
	expect_count(f, 2, 1);
	/* once more changes nothing */
	assert_int_equal(move(f, LETTERS_RETRY, "file", 3), 0);
	expect_count(f, 2, 1);
	assert_int_equal(read_retrying(f, "file", &batch), 1);
	assert_int_equal(batch.rows[0].sequence, 3);
	assert_non_null(batch.rows[0].stored.certificate);
	assert_int_equal(read_retrying(f, "ldap", &batch), 0);
	/* it fails again, and its tries add up */
	assert_int_equal(letters_bury(f->engine->database, "file", 3, 1, "still not", "uid 7", NULL), 0);
	assert_int_equal(read_retrying(f, "file", &batch), 0);
	assert_int_equal(list(f, "file", &rows), 2);
	assert_int_equal(rows[1].letter.tries, 51);
	assert_string_equal(rows[1].letter.reason, "still not");
	expect_count(f, 2, 0);
	/* and is published at last */
	assert_int_equal(move(f, LETTERS_RETRY, "file", 0), 2);
	assert_int_equal(letters_settle(f->engine->database, "file", 3, "uid 7", NULL), 0);
	assert_int_equal(letters_settle(f->engine->database, "file", 3, "uid 7", NULL), 0);
	expect_count(f, 1, 1);
	assert_int_equal(read_retrying(f, "file", &batch), 1);
	assert_int_equal(batch.rows[0].sequence, 1);
}

static void all_letters_of_a_consumer_and_of_no_other_are_moved(void **state)
{
	struct fixture *f = *state;
	struct letter_row *rows;
	uint64_t moved;
	submit(f, 4);
	for (uint64_t i = 1; i <= 4; i++) {
		bury(f, "file", i);
		/* a name that begins the same */
		bury(f, "file2", i);
		bury(f, "fil", i);
	}
	assert_int_equal(move(f, LETTERS_RETRY, "file", 2), 1);
	assert_int_equal(move(f, LETTERS_RETRY, "file", 0), 3);
	expect_count(f, 4, 4);
	assert_int_equal(move(f, LETTERS_DROP, "file", 0), 4);
	expect_count(f, 0, 0);
	assert_int_equal(list(f, "file", &rows), 0);
	assert_int_equal(list(f, "", &rows), 8);
	assert_string_equal(rows[0].consumer, "fil");
	assert_string_equal(rows[4].consumer, "file2");
	assert_false(rows[4].letter.retrying);
	assert_int_equal(letters_move(f->engine->database, LETTERS_DROP, "file", 0, "uid 0", &moved,
	                              NULL), SIGNET_E_NOT_FOUND);
	assert_int_equal(letters_move(f->engine->database, LETTERS_RETRY, "fil", 5, "uid 0", &moved,
	                              NULL), SIGNET_E_NOT_FOUND);
	assert_int_equal(letters_move(f->engine->database, LETTERS_DROP, "", 0, "uid 0", &moved,
	                              NULL), SIGNET_E_INVALID);
}

struct trail {
	char text[2048];
	size_t length;
};

static int add_entry(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	struct trail *trail = arg;
	(void)sequence;
	if (entry->action == AUDIT_EXIT_RETRIED || entry->action == AUDIT_EXIT_DROPPED ||
	    entry->action == AUDIT_EXIT_GAVE_UP || entry->action == AUDIT_EXIT_DELIVERED)
		trail->length += (size_t)snprintf(trail->text + trail->length,
		                                  sizeof trail->text - trail->length,
		                                  "%s|%s|%s|%s|%s|%llu\n",
		                                  audit_action_name(entry->action), entry->actor,
		                                  entry->detail, entry->before, entry->after,
		                                  (unsigned long long)entry->request);
	return 0;
}

static void who_moved_what_is_in_the_audit_trail(void **state)
{
	struct fixture *f = *state;
	struct trail trail = {{0}, 0};
	uint64_t moved;
	submit(f, 2);
	bury(f, "file", 1);
	bury(f, "file", 2);
	move(f, LETTERS_RETRY, "file", 2);
	move(f, LETTERS_DROP, "file", 0);
	/* what did nothing leaves no record */
	assert_int_equal(letters_move(f->engine->database, LETTERS_DROP, "file", 1, "uid 1000",
	                              &moved, NULL), SIGNET_E_NOT_FOUND);
	assert_int_equal(audit_read(database_store(f->engine->database), 1, add_entry, &trail, NULL),
	                 0);
	assert_string_equal(
		trail.text,
		"exit-gave-up|uid 7|exit file: event 1: no such entry|waiting|dead|1\n"
		"exit-gave-up|uid 7|exit file: event 2: no such entry|waiting|dead|2\n"
		"exit-retried|uid 1000|exit file: event 2|2 dead letters, 0 retrying|"
		"2 dead letters, 1 retrying|0\n"
		"exit-dropped|uid 1000|exit file: 2 events|2 dead letters, 1 retrying|"
		"0 dead letters, 0 retrying|0\n");
}

/* The publisher alone cannot write records without end. */
static void only_what_changes_goes_on_record(void **state)
{
	struct fixture *f = *state;
	struct trail trail = {{0}, 0};
	submit(f, 1);
	bury(f, "file", 1);
	bury(f, "file", 1);
	assert_int_equal(letters_settle(f->engine->database, "file", 1, "uid 7", NULL),
	                 SIGNET_E_STATE);
	expect_count(f, 1, 0);
	move(f, LETTERS_RETRY, "file", 1);
	bury(f, "file", 1);
	move(f, LETTERS_RETRY, "file", 1);
	assert_int_equal(letters_settle(f->engine->database, "file", 1, "uid 7", NULL), 0);
	assert_int_equal(letters_settle(f->engine->database, "file", 1, "uid 7", NULL), 0);
	expect_count(f, 0, 0);
	assert_int_equal(audit_read(database_store(f->engine->database), 1, add_entry, &trail, NULL),
	                 0);
	assert_string_equal(
		trail.text,
		"exit-gave-up|uid 7|exit file: event 1: no such entry|waiting|dead|1\n"
		"exit-retried|uid 1000|exit file: event 1|1 dead letters, 0 retrying|"
		"1 dead letters, 1 retrying|0\n"
		"exit-gave-up|uid 7|exit file: event 1: no such entry|retrying|dead|1\n"
		"exit-retried|uid 1000|exit file: event 1|1 dead letters, 0 retrying|"
		"1 dead letters, 1 retrying|0\n"
		"exit-delivered|uid 7|exit file: event 1|retrying|published|1\n");
}

static void long_list_comes_in_pages(void **state)
{
	struct fixture *f = *state;
	unsigned seen = 0;
	const char *after_consumer = "";
	uint64_t after = 0;
	submit(f, 5);
	for (uint64_t i = 1; i <= 5; i++) {
		bury(f, "a", i);
		bury(f, "b", i);
	}
	for (bool more = true; more;) {
		struct letter_row *rows;
		size_t count;
		assert_int_equal(letters_list(f->engine->database, f->arena, "", after_consumer,
		                              after, 3, &rows, &count, &more, NULL), 0);
		assert_in_range(count, 1, 3);
		assert_true(more == (seen + count < 10));
		for (size_t i = 0; i < count; i++, seen++) {
			assert_string_equal(rows[i].consumer, seen < 5 ? "a" : "b");
			assert_int_equal(rows[i].event.sequence, seen % 5 + 1);
		}
		after_consumer = rows[count - 1].consumer;
		after = rows[count - 1].event.sequence;
	}
	assert_int_equal(seen, 10);
}

/* As many letters as there may be, without as many events. */
static int fill(struct store_txn *txn, void *arg)
{
	(void)arg;
	struct record_letter letter = {.time = NOW, .tries = 1};
	uint8_t packed[RECORD_LETTER_MAX];
	size_t size = record_pack_letter(&letter, packed);
	struct store_key counter, number = store_key_number(LIMIT_LETTERS);
	for (uint64_t i = 2; i <= LIMIT_LETTERS + 1; i++) {
		struct store_key key;
		store_key_begin(&key);
		store_key_bytes(&key, bytes_make("file", 5));
		store_key_u64(&key, i);
		store_put(txn, TABLE_LETTERS, store_key_get(&key), bytes_make(packed, size));
	}
	store_key_begin(&counter);
	store_key_bytes(&counter, bytes_text("letters:file"));
	return store_put(txn, TABLE_COUNTERS, store_key_get(&counter), store_key_get(&number));
}

static void full_list_takes_no_more_but_lets_go(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};
	submit(f, 2);
	assert_int_equal(store_write(database_store(f->engine->database), fill, NULL, NULL), 0);
	expect_count(f, LIMIT_LETTERS, 0);
	assert_int_equal(letters_bury(f->engine->database, "file", 1, 1, "", "uid 7", &err),
	                 SIGNET_E_TOO_BIG);
	assert_non_null(strstr(err.message, "full"));
	/* one that is there already may come back */
	bury(f, "file", 2);
	assert_int_equal(move(f, LETTERS_DROP, "file", 2), 1);
	bury(f, "file", 1);
	expect_count(f, LIMIT_LETTERS, 0);
	assert_int_equal(move(f, LETTERS_RETRY, "file", 0), LIMIT_LETTERS);
	assert_int_equal(move(f, LETTERS_DROP, "file", 0), LIMIT_LETTERS);
	expect_count(f, 0, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(buried_event_is_listed_and_outlives_a_restart),
		TEST(event_that_is_not_there_is_not_buried),
		TEST(reason_is_cut_and_cleaned),
		TEST(letter_goes_back_and_forth),
		TEST(all_letters_of_a_consumer_and_of_no_other_are_moved),
		TEST(who_moved_what_is_in_the_audit_trail),
		TEST(only_what_changes_goes_on_record),
		TEST(long_list_comes_in_pages),
		TEST(full_list_takes_no_more_but_lets_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
