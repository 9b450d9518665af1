#include "fixture.h"

#include <stdio.h>

#include "base/clock.h"
#include "engine/audit.h"

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
	struct audit_entry entry = {clock_now(), AUDIT_RELOADED, "uid 0", 0, longer};
	assert_int_equal(audit_write(database_store(f->engine->database), &entry, NULL), 0);
	entry.actor = longer;
	assert_int_equal(audit_write(database_store(f->engine->database), &entry, NULL), 0);
	read_trail(f, 2, 100, "2 reloaded:0@uid 0 3 reloaded:0@? ");
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
		cmocka_unit_test(actions_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
