#include "crl_world.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "asn1/oid.h"
#include "base/clock.h"
#include "engine/crl_publish.h"
#include "engine/records.pb-c.h"
#include "engine/revoked.h"

#define DAY 86400

static int setup(void **state)
{
	static struct crl_world w;
	crl_world_make(&w, "{interval: 1d, validity: 2d, delta: 1h}");
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	crl_world_end(*state);
	return 0;
}

static int publish(struct crl_world *w, unsigned shard, bool delta, const Signet__Db__Crl *with,
                   Signet__Db__Crl **out, uint64_t *superfluous)
{
	struct configuration *c = configuration_take(w->f.engine->holder);
	const struct crl_order order = {&c->authorities[0], false, shard, delta, NULL, with};
	struct error err = {0};
	int result = crl_publish(w->f.engine, w->f.arena, &order, out, superfluous, &err);
	configuration_release(w->f.engine->holder, c);
	return result;
}

static Signet__Db__Crl *complete(struct crl_world *w)
{
	Signet__Db__Crl *out;
	assert_int_equal(publish(w, 0, false, NULL, &out, NULL), 0);
	return out;
}

static Signet__Db__Crl *delta(struct crl_world *w)
{
	Signet__Db__Crl *out;
	assert_int_equal(publish(w, 0, true, NULL, &out, NULL), 0);
	return out;
}

static void sweep(struct crl_world *w)
{
	struct configuration *c = configuration_take(w->f.engine->holder);
	assert_int_equal(crl_sweep(w->f.engine, w->f.arena, &c->authorities[0], NULL), 0);
	configuration_release(w->f.engine->holder, c);
}

static int count_rows(struct store_txn *txn, void *arg)
{
	*(uint64_t *)arg = store_count(txn, TABLE_REVOKED);
	return 0;
}

static uint64_t rows(struct crl_world *w)
{
	uint64_t count = 0;
	assert_int_equal(store_read(database_store(w->f.engine->database), count_rows, &count, NULL), 0);
	return count;
}

static void a_complete_crl_says_what_it_is(void **state)
{
	struct crl_world *w = *state;
	struct bytes serial = crl_world_issue(w);
	crl_world_revoke(w, serial, SUPERSEDED);
	const Signet__Db__Crl *record = complete(w);
	struct crl crl = crl_world_open(w, "issuing.crl", NULL);
	assert_int_equal(crl.this_update, w->now);
	assert_int_equal(crl.next_update, w->now + 2 * DAY);
	assert_int_equal(crl.base, 0);
	assert_int_equal(crl.number, record->number);
	assert_int_equal(crl.der.length, record->size);
	assert_int_equal(record->entries, 1);
	assert_int_equal(crl.freshest_count, 1);
	assert_true(bytes_is_text(crl.freshest[0], "http://crl.example/crl/issuing.delta.crl"));
	crl_close(&crl);
	assert_int_equal(crl_world_reason(w, "issuing.crl", serial), SUPERSEDED);
	struct stat info;
	char path[FIXTURE_PATH];
	fixture_path(&w->f, "public/crl/issuing.crl", path);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0644);
}

static void a_delta_has_what_has_changed_since_its_base(void **state)
{
	struct crl_world *w = *state;
	struct bytes before = crl_world_issue(w), after = crl_world_issue(w);
	Signet__Db__Crl *out;
	assert_int_equal(publish(w, 0, true, NULL, &out, NULL), SIGNET_E_STATE);
	crl_world_revoke(w, before, SUPERSEDED);
	uint64_t base = complete(w)->number;
	/* in the same second, and with a clock that was put back */
	crl_world_later(w, -100);
	crl_world_revoke(w, after, SUPERSEDED);
	assert_int_equal(delta(w)->entries, 1);
	struct crl crl = crl_world_open(w, "issuing.delta.crl", NULL);
	assert_int_equal(crl.base, base);
	assert_true(crl.number > base);
	assert_int_equal(crl.next_update, w->now + 2 * 3600);
	assert_int_equal(crl.freshest_count, 0);
	crl_close(&crl);
	assert_int_equal(crl_world_reason(w, "issuing.delta.crl", after), SUPERSEDED);
	assert_int_equal(crl_world_reason(w, "issuing.delta.crl", before), -1);
	/* another reason is a change, too */
	crl_world_revoke(w, before, KEY_COMPROMISE);
	assert_int_equal(delta(w)->entries, 2);
	assert_int_equal(crl_world_reason(w, "issuing.delta.crl", before), KEY_COMPROMISE);
	complete(w);
	assert_int_equal(delta(w)->entries, 0);
}

static void a_release_is_told_until_a_complete_crl_tells_it(void **state)
{
	struct crl_world *w = *state;
	struct bytes serial = crl_world_issue(w);
	uint64_t superfluous = 0;
	Signet__Db__Crl *out;
	crl_world_revoke(w, serial, HOLD);
	complete(w);
	assert_int_equal(crl_world_reason(w, "issuing.crl", serial), HOLD);
	crl_world_revoke(w, serial, REMOVE);
	delta(w);
	assert_int_equal(crl_world_reason(w, "issuing.delta.crl", serial), REMOVE);
	/* it may still be the base of somebody's */
	sweep(w);
	assert_int_equal(rows(w), 1);
	assert_int_equal(publish(w, 0, false, NULL, &out, &superfluous), 0);
	assert_int_equal(superfluous, 1);
	assert_int_equal(crl_world_reason(w, "issuing.crl", serial), -1);
	sweep(w);
	assert_int_equal(rows(w), 0);
	assert_int_equal(delta(w)->entries, 0);
	/* and held again */
	crl_world_revoke(w, serial, HOLD);
	delta(w);
	assert_int_equal(crl_world_reason(w, "issuing.delta.crl", serial), HOLD);
	assert_int_equal(rows(w), 1);
}

static void what_has_ended_is_on_one_more_crl(void **state)
{
	struct crl_world *w = *state;
	struct bytes serial = crl_world_issue(w);
	crl_world_revoke(w, serial, SUPERSEDED);
	complete(w);
	crl_world_later(w, 91 * DAY);
	/* made after its end: it has it for the last time */
	complete(w);
	assert_int_equal(crl_world_reason(w, "issuing.crl", serial), SUPERSEDED);
	assert_int_equal(rows(w), 1);
	crl_world_later(w, 1);
	complete(w);
	assert_int_equal(crl_world_reason(w, "issuing.crl", serial), -1);
	sweep(w);
	assert_int_equal(rows(w), 0);
}

static void a_row_stays_until_its_last_crl_has_told_it(void **state)
{
	struct crl_world *w = *state;
	struct bytes serial = crl_world_issue(w);
	crl_world_revoke(w, serial, SUPERSEDED);
	complete(w);
	sweep(w);
	crl_world_later(w, 89 * DAY);
	complete(w);
	sweep(w);
	assert_int_equal(rows(w), 1);
}

static void a_delta_beside_a_complete_crl_has_its_number(void **state)
{
	struct crl_world *w = *state;
	struct bytes serial = crl_world_issue(w);
	Signet__Db__Crl *out, *base = complete(w);
	assert_int_equal(publish(w, 0, true, base, &out, NULL), 0);
	assert_int_equal(out->number, base->number);
	assert_int_equal(out->base_number, base->number);
	/* but not when it would say more than that one */
	crl_world_revoke(w, serial, SUPERSEDED);
	assert_int_equal(publish(w, 0, true, base, &out, NULL), SIGNET_E_CONFLICT);
	assert_int_equal(crl_world_reason(w, "issuing.delta.crl", serial), -1);
}

static void a_failure_leaves_the_file_of_before(void **state)
{
	struct crl_world *w = *state;
	struct bytes serial = crl_world_issue(w);
	char path[FIXTURE_PATH], aside[FIXTURE_PATH];
	Signet__Db__Crl *out;
	uint64_t first = complete(w)->number;
	fixture_path(&w->f, "public/crl", path);
	fixture_path(&w->f, "public/aside", aside);
	crl_world_revoke(w, serial, SUPERSEDED);
	assert_int_equal(rename(path, aside), 0);
	assert_int_equal(publish(w, 0, false, NULL, &out, NULL), SIGNET_E_IO);
	assert_int_equal(rename(aside, path), 0);
	assert_int_equal(crl_world_number(w, "issuing.crl"), first);
	/* a number that was taken is not used again */
	assert_int_equal(complete(w)->number, first + 2);
	assert_int_equal(crl_world_reason(w, "issuing.crl", serial), SUPERSEDED);
}

/* What the event says. */
static void it_is_an_event(void **state)
{
	struct crl_world *w = *state;
	struct events_batch batch;
	complete(w);
	delta(w);
	assert_int_equal(events_read(w->f.engine->events, w->f.arena,
	                             SIGNET_EVENT_BIT(SIGNET_EVENT_CRL_PUBLISHED), 0, 9, 0, &batch, NULL),
	                 0);
	assert_int_equal(batch.count, 2);
	assert_string_equal(batch.rows[0].authority, "issuing");
	assert_true(bytes_is_text(batch.rows[0].data, "crl/issuing.crl"));
	assert_true(bytes_is_text(batch.rows[1].data, "crl/issuing.delta.crl"));
	assert_int_equal(batch.rows[0].shard, 0);
	assert_false(batch.rows[0].earlier);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_complete_crl_says_what_it_is),
		TEST(a_delta_has_what_has_changed_since_its_base),
		TEST(a_release_is_told_until_a_complete_crl_tells_it),
		TEST(what_has_ended_is_on_one_more_crl),
		TEST(a_row_stays_until_its_last_crl_has_told_it),
		TEST(a_delta_beside_a_complete_crl_has_its_number),
		TEST(a_failure_leaves_the_file_of_before),
		TEST(it_is_an_event),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
