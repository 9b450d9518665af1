#include "fixture.h"

#include <stdio.h>

#include "base/clock.h"
#include "engine/letters.h"

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

static void submit(struct fixture *f, const char *name, const char *key)
{
	struct signet_outcome out;
	struct signet_submission s = fixture_submission(
		fixture_csr(f->arena, f->key, "", name, NULL), key);
	assert_int_equal(fixture_submit(f, &s, &out, NULL), 0);
}

static int advance(struct fixture *f, const char *name, uint64_t sequence)
{
	return consumers_advance(f->engine->consumers, name, sequence, NULL);
}

static void note(struct fixture *f, const char *name, unsigned tries, const char *trouble)
{
	const struct consumer_says says = {.tries = tries, .trouble = trouble};
	consumers_note(f->engine->consumers, name, &says);
}

static uint64_t cursor_of(struct fixture *f, const char *name)
{
	uint64_t sequence = 99;
	assert_int_equal(consumers_cursor(f->engine->consumers, name, &sequence, NULL), 0);
	return sequence;
}

static void cursors_are_durable_and_never_go_back(void **state)
{
	struct fixture *f = *state;
	submit(f, "dns:a.example.com", "1");
	submit(f, "dns:b.example.com", "2");
	assert_int_equal(advance(f, "c", 2), 0);
	assert_int_equal(advance(f, "c", 1), 0);
	fixture_shut(f);
	fixture_open(f);
	assert_int_equal(cursor_of(f, "c"), 2);
	assert_int_equal(cursor_of(f, "other"), 0);
	assert_int_equal(advance(f, "c", 3), SIGNET_E_INVALID);
	assert_int_equal(advance(f, "", 1), SIGNET_E_INVALID);
}

static void expect_list(struct fixture *f, struct signet_consumer_status **list, size_t wanted)
{
	size_t count;
	assert_int_equal(consumers_list(f->engine->consumers, f->arena, list, &count, NULL), 0);
	assert_int_equal(count, wanted);
}

static void consumers_are_listed_with_what_waits_for_them(void **state)
{
	struct fixture *f = *state;
	struct signet_consumer_status *list;
	submit(f, "dns:a.example.com", "1");
	submit(f, "dns:b.example.com", "2");
	assert_int_equal(advance(f, "file", 2), 0);
	assert_int_equal(advance(f, "ldap", 1), 0);
	expect_list(f, &list, 2);
	assert_string_equal(list[0].name, "file");
	assert_int_equal(list[0].waiting, 0);
	assert_string_equal(list[1].name, "ldap");
	assert_int_equal(list[1].cursor, 1);
	assert_int_equal(list[1].waiting, 1);
	assert_int_equal(list[1].dead, 0);
	assert_string_equal(list[1].trouble, "");
}

static void letters_are_counted_in_the_list(void **state)
{
	struct fixture *f = *state;
	struct signet_consumer_status *list;
	uint64_t moved;
	submit(f, "dns:a.example.com", "1");
	submit(f, "dns:b.example.com", "2");
	assert_int_equal(letters_bury(f->engine->database, "file", 1, 1, "no", "uid 7", NULL), 0);
	assert_int_equal(letters_bury(f->engine->database, "file", 2, 1, "no", "uid 7", NULL), 0);
	assert_int_equal(letters_move(f->engine->database, LETTERS_RETRY, "file", 2, "uid 0", &moved,
	                              NULL), 0);
	/* a consumer whose first event is dead has a place in the list, too */
	expect_list(f, &list, 1);
	assert_int_equal(list[0].cursor, 0);
	assert_int_equal(list[0].waiting, 2);
	assert_int_equal(list[0].dead, 2);
	assert_int_equal(list[0].retrying, 1);
}

static void trouble_is_shown_while_it_lasts(void **state)
{
	struct fixture *f = *state;
	struct signet_consumer_status *list;
	submit(f, "dns:a.example.com", "1");
	assert_int_equal(advance(f, "file", 1), 0);
	note(f, "ldap", 7, "no route");
	note(f, "exec", 0, "");
	expect_list(f, &list, 3);
	assert_string_equal(list[0].name, "exec");
	assert_string_equal(list[1].name, "file");
	assert_string_equal(list[2].name, "ldap");
	assert_int_equal(list[2].tries, 7);
	assert_string_equal(list[2].trouble, "no route");
	assert_int_equal(list[2].waiting, 1);
	note(f, "ldap", 0, "");
	expect_list(f, &list, 3);
	assert_int_equal(list[2].tries, 0);
	assert_string_equal(list[2].trouble, "");
}

static void what_it_has_done_is_kept_as_it_says(void **state)
{
	struct fixture *f = *state;
	struct signet_consumer_status *list;
	const struct consumer_says says = {0, "", {7, 8, 9}};
	consumers_note(f->engine->consumers, "ldap", &says);
	expect_list(f, &list, 1);
	assert_int_equal(list[0].counts.published, 7);
	assert_int_equal(list[0].counts.failed, 8);
	assert_int_equal(list[0].counts.given_up, 9);
	/* it was started again */
	note(f, "ldap", 0, "");
	expect_list(f, &list, 1);
	assert_int_equal(list[0].counts.published, 0);
}

static void what_all_have_done_in_a_minute_is_told(void **state)
{
	struct fixture *f = *state;
	struct consumers *consumers = f->engine->consumers;
	const struct consumer_says ldap[] = {{0, "", {100, 50, 0}}, {0, "", {107, 52, 1}},
	                                     {0, "", {3, 0, 0}}};
	const struct consumer_says file[] = {{0, "", {0, 0, 0}}, {0, "", {1, 1, 0}}};
	uint32_t done[RATES_MINUTES], failed[RATES_MINUTES];
	clock_freeze(1800000030);
	/* what it did before the engine was started was not now */
	consumers_note(consumers, "ldap", &ldap[0]);
	consumers_read_rates(consumers, clock_now(), done, failed);
	assert_int_equal(done[0] + failed[0], 0);
	consumers_note(consumers, "ldap", &ldap[1]);
	consumers_note(consumers, "file", &file[0]);
	consumers_note(consumers, "file", &file[1]);
	/* started again */
	consumers_note(consumers, "ldap", &ldap[2]);
	consumers_read_rates(consumers, clock_now(), done, failed);
	clock_freeze(0);
	assert_int_equal(done[0], 7 + 1 + 3);
	assert_int_equal(failed[0], 2 + 1);
}

static void the_oldest_event_that_waits_is_told(void **state)
{
	struct fixture *f = *state;
	struct signet_consumer_status *list;
	int64_t now = clock_now();
	note(f, "new", 0, "");
	expect_list(f, &list, 1);
	assert_int_equal(list[0].oldest, 0);
	clock_freeze(now + 10);
	submit(f, "dns:a.example.com", "1");
	clock_freeze(now + 20);
	submit(f, "dns:b.example.com", "2");
	clock_freeze(0);
	assert_int_equal(advance(f, "done", 2), 0);
	assert_int_equal(advance(f, "late", 1), 0);
	expect_list(f, &list, 3);
	assert_int_equal(list[0].oldest, 0);
	assert_int_equal(list[1].oldest, now + 20);
	assert_int_equal(list[2].oldest, now + 10);
}

static void silence_is_trouble_where_events_wait(void **state)
{
	struct fixture *f = *state;
	struct signet_consumer_status *list;
	int64_t now = clock_now();
	submit(f, "dns:a.example.com", "1");
	note(f, "done", 0, "");
	note(f, "fails", 3, "no route");
	note(f, "hangs", 0, "");
	assert_int_equal(advance(f, "done", 1), 0);
	assert_int_equal(letters_bury(f->engine->database, "unheard", 1, 1, "", "uid 7", NULL), 0);
	clock_freeze(now + 100);
	expect_list(f, &list, 4);
	for (int i = 0; i < 4; i++)
		assert_string_equal(list[i].trouble, i == 1 ? "no route" : "");
	clock_freeze(now + 300);
	expect_list(f, &list, 4);
	clock_freeze(0);
	assert_string_equal(list[0].trouble, "");
	assert_string_equal(list[1].trouble, "no route");
	assert_memory_equal(list[2].trouble, "silent for ", 11);
	assert_memory_equal(list[3].trouble, "silent for ", 11);
}

static void what_a_consumer_says_is_cleaned_and_cut(void **state)
{
	(void)state;
	static const struct {
		const char *said, *kept;
	} cases[] = {
		{"", ""},
		{"plain", "plain"},
		{"a\nb\tc\x7f\x1b[2J", "a?b?c??[2J"},
		{"caf\xc3\xa9", "caf\xc3\xa9"},
		{"c1 \xc2\x9b", "c1 ?"},
		{"\xff\xc3", "??"},
		{"\xed\xa0\x80", "???"},
	};
	char out[LIMIT_CONSUMER_SAYS + 1], longest[2 * LIMIT_CONSUMER_SAYS + 1];
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		consumer_clean(out, cases[i].said);
		assert_string_equal(out, cases[i].kept);
	}
	memset(longest, 'x', sizeof longest);
	memcpy(longest + LIMIT_CONSUMER_SAYS - 1, "\xc3\xa9", 2);
	longest[sizeof longest - 1] = '\0';
	consumer_clean(out, longest);
	assert_int_equal(strlen(out), LIMIT_CONSUMER_SAYS - 1);
}

static int forget(struct fixture *f, const char *name, struct signet_forgotten *out)
{
	return consumers_forget(f->engine->consumers, name, "uid 7", out, NULL);
}

static int find_forgotten(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	(void)sequence;
	if (entry->action == AUDIT_EXIT_FORGOTTEN)
		buffer_printf(arg, "%s: %s: %s, then %s\n", entry->actor, entry->detail, entry->before,
		              entry->after);
	return 0;
}

static void one_that_is_gone_is_forgotten_with_all_that_it_left(void **state)
{
	struct fixture *f = *state;
	struct signet_consumer_status *list;
	struct signet_forgotten forgotten;
	struct buffer text = BUFFER_MAX(4096);
	struct letter_row *rows;
	size_t left;
	bool more;
	submit(f, "dns:a.example.com", "1");
	submit(f, "dns:b.example.com", "2");
	submit(f, "dns:c.example.com", "3");
	assert_int_equal(letters_bury(f->engine->database, "old", 1, 5, "no", "uid 7", NULL), 0);
	assert_int_equal(letters_bury(f->engine->database, "older", 1, 5, "no", "uid 7", NULL), 0);
	assert_int_equal(advance(f, "old", 1), 0);
	note(f, "old", 3, "down");
	expect_list(f, &list, 2);
	assert_int_equal(forget(f, "nobody", &forgotten), SIGNET_E_NOT_FOUND);
	assert_int_equal(forget(f, "", &forgotten), SIGNET_E_INVALID);
	assert_int_equal(forget(f, "old", &forgotten), 0);
	assert_int_equal(forgotten.waiting, 2);
	assert_int_equal(forgotten.letters, 1);
	assert_int_equal(forget(f, "old", &forgotten), SIGNET_E_NOT_FOUND);
	/* and no other */
	expect_list(f, &list, 1);
	assert_string_equal(list[0].name, "older");
	assert_int_equal(list[0].dead, 1);
	assert_int_equal(cursor_of(f, "old"), 0);
	assert_int_equal(letters_list(f->engine->database, f->arena, "old", "", 0, 10, &rows, &left,
	                              &more, NULL), 0);
	assert_int_equal(left, 0);
	assert_int_equal(audit_read(database_store(f->engine->database), 1, find_forgotten, &text,
	                            NULL), 0);
	assert_string_equal(buffer_text(&text),
	                    "uid 7: exit old: 2 events and 1 dead letters given up: "
	                    "cursor 1, 1 dead letters, then unknown\n");
	buffer_free(&text);
}

static void consumers_are_not_without_number(void **state)
{
	struct fixture *f = *state;
	struct signet_consumer_status *list;
	char name[LIMIT_CONSUMER + 2];
	submit(f, "dns:a.example.com", "1");
	submit(f, "dns:b.example.com", "2");
	assert_int_equal(advance(f, "a\nb", 1), SIGNET_E_INVALID);
	memset(name, 'x', sizeof name);
	name[sizeof name - 1] = '\0';
	assert_int_equal(advance(f, name, 1), SIGNET_E_INVALID);
	for (int i = 0; i < LIMIT_CONSUMERS; i++) {
		snprintf(name, sizeof name, "exit-%d", i);
		note(f, name, 1, "away");
		assert_int_equal(advance(f, name, 1), 0);
	}
	assert_int_equal(advance(f, "another", 1), SIGNET_E_TOO_BIG);
	assert_int_equal(letters_bury(f->engine->database, "another", 1, 1, "", "uid 7", NULL),
	                 SIGNET_E_TOO_BIG);
	note(f, "another", 1, "away");
	expect_list(f, &list, LIMIT_CONSUMERS);
	/* who is known goes on */
	assert_int_equal(advance(f, name, 2), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cursors_are_durable_and_never_go_back),
		TEST(consumers_are_listed_with_what_waits_for_them),
		TEST(letters_are_counted_in_the_list),
		TEST(trouble_is_shown_while_it_lasts),
		TEST(what_it_has_done_is_kept_as_it_says),
		TEST(what_all_have_done_in_a_minute_is_told),
		TEST(the_oldest_event_that_waits_is_told),
		TEST(silence_is_trouble_where_events_wait),
		TEST(what_a_consumer_says_is_cleaned_and_cut),
		TEST(one_that_is_gone_is_forgotten_with_all_that_it_left),
		TEST(consumers_are_not_without_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
