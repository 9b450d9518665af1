#include "crl_world.h"

#include "engine/crl_status.h"

#define HOUR 3600
#define DAY (24 * HOUR)

static int setup(void **state)
{
	static struct crl_world w;
	crl_world_make(&w, "{interval: 1d, validity: 2d, delta: 1h, shards: 3}");
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	crl_world_end(*state);
	return 0;
}

enum { COMPLETE, SHARDS, DELTA, SHARDS_DELTA, SCOPES };

struct list {
	struct crl_summary items[SCOPES + 1];
	size_t count;
	size_t stop_at;
};

static int note(void *arg, const struct crl_summary *summary)
{
	struct list *list = arg;
	assert_true(list->count <= SCOPES);
	list->items[list->count++] = *summary;
	return list->count == list->stop_at ? SIGNET_E_NOMEM : 0;
}

static struct list read_all(struct crl_world *w)
{
	struct list list = {.count = 0};
	struct configuration *c = configuration_take(w->f.engine->holder);
	assert_int_equal(crl_status_read(database_store(w->f.engine->database), c, w->now, note,
	                                 &list, NULL), 0);
	configuration_release(w->f.engine->holder, c);
	return list;
}

static void what_was_never_published_is_stale(void **state)
{
	struct crl_world *w = *state;
	struct list list = read_all(w);
	assert_int_equal(list.count, SCOPES);
	for (size_t i = 0; i < SCOPES; i++) {
		assert_int_equal(list.items[i].count, 0);
		assert_int_equal(list.items[i].this_update, 0);
	}
	assert_int_equal(list.items[COMPLETE].stale, 1);
	assert_int_equal(list.items[SHARDS].stale, 3);
	assert_int_equal(list.items[DELTA].stale, 1);
	assert_int_equal(list.items[SHARDS_DELTA].stale, 3);
}

static void each_scope_is_told_with_its_numbers(void **state)
{
	struct crl_world *w = *state;
	crl_world_revoke(w, crl_world_issue(w), SUPERSEDED);
	crl_world_revoke(w, crl_world_issue(w), SUPERSEDED);
	crl_world_round(w);
	struct list list = read_all(w);
	assert_int_equal(list.count, SCOPES);
	for (size_t i = 0; i < SCOPES; i++) {
		const struct crl_summary *s = &list.items[i];
		bool shards = i == SHARDS || i == SHARDS_DELTA, delta = i >= DELTA;
		assert_string_equal(s->authority, "issuing");
		assert_true(s->shards == shards && s->delta == delta);
		assert_int_equal(s->count, shards ? 3 : 1);
		assert_int_equal(s->stale, 0);
		assert_int_equal(s->entries, delta ? 0 : 2);
		assert_int_equal(s->this_update, w->now);
		assert_true(s->next_update > w->now);
	}
	assert_int_equal(list.items[COMPLETE].number, crl_world_number(w, "issuing.crl"));
	assert_int_equal(list.items[COMPLETE].next_update, w->now + 2 * DAY);
	assert_int_equal(list.items[SHARDS].number, crl_world_number(w, "issuing-1.crl"));
}

static void those_past_their_next_update_are_stale(void **state)
{
	struct crl_world *w = *state;
	crl_world_round(w);
	int64_t first = w->now;
	crl_world_later(w, 2 * DAY);
	assert_int_equal(read_all(w).items[COMPLETE].stale, 0);
	crl_world_later(w, 1);
	struct list list = read_all(w);
	assert_int_equal(list.items[COMPLETE].stale, 1);
	assert_int_equal(list.items[SHARDS].stale, 3);
	assert_int_equal(list.items[DELTA].stale, 1);
	assert_int_equal(list.items[COMPLETE].this_update, first);
	crl_world_round(w);
	list = read_all(w);
	for (size_t i = 0; i < SCOPES; i++) {
		assert_int_equal(list.items[i].stale, 0);
		assert_int_equal(list.items[i].this_update, w->now);
	}
}

static void shards_of_before_count_on(void **state)
{
	struct crl_world *w = *state;
	crl_world_round(w);
	/* certificates still name them */
	crl_world_restart(w, "{interval: 1d}");
	struct list list = read_all(w);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.items[COMPLETE].count, 1);
	assert_int_equal(list.items[SHARDS].count, 3);
}

static void who_publishes_none_is_not_told_of(void **state)
{
	struct crl_world *w = *state;
	crl_world_round(w);
	crl_world_restart(w, "none");
	assert_int_equal(read_all(w).count, 0);
}

static void an_error_ends_it(void **state)
{
	struct crl_world *w = *state;
	struct list list = {.stop_at = 2};
	struct configuration *c = configuration_take(w->f.engine->holder);
	assert_int_equal(crl_status_read(database_store(w->f.engine->database), c, w->now, note,
	                                 &list, NULL), SIGNET_E_NOMEM);
	configuration_release(w->f.engine->holder, c);
	assert_int_equal(list.count, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_never_published_is_stale),
		TEST(each_scope_is_told_with_its_numbers),
		TEST(those_past_their_next_update_are_stale),
		TEST(shards_of_before_count_on),
		TEST(who_publishes_none_is_not_told_of),
		TEST(an_error_ends_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
