#include "fixture.h"

#include <pthread.h>
#include <semaphore.h>

#include "store/lmdb_private.h"

struct meeting {
	struct store *store;
	sem_t begun, go_on;
	int result;
};

static void meeting_init(struct meeting *meeting, struct store *store)
{
	meeting->store = store;
	meeting->result = 1;
	sem_init(&meeting->begun, 0, 0);
	sem_init(&meeting->go_on, 0, 0);
}

static int read_old_value(struct store_txn *txn, void *arg)
{
	struct meeting *meeting = arg;
	struct bytes value;
	CHECK(store_get(txn, PLAIN, bytes_text("k"), &value) == 0);
	sem_post(&meeting->begun);
	while (sem_wait(&meeting->go_on))
		;
	CHECK(bytes_is_text(value, "old"));
	CHECK(store_get(txn, PLAIN, bytes_text("k"), &value) == 0 && bytes_is_text(value, "old"));
	return 0;
}

static void *read_in_thread(void *arg)
{
	struct meeting *meeting = arg;
	meeting->result = store_read(meeting->store, read_old_value, meeting, NULL);
	return NULL;
}

static void a_read_sees_a_snapshot(void **state)
{
	struct fixture *fixture = *state;
	struct meeting meeting;
	pthread_t thread;
	fixture_open(fixture);
	meeting_init(&meeting, fixture->store);
	assert_int_equal(put_text(fixture->store, PLAIN, "k", "old"), 0);
	assert_int_equal(pthread_create(&thread, NULL, read_in_thread, &meeting), 0);
	sem_wait(&meeting.begun);
	for (int i = 0; i < 20; i++)
		assert_int_equal(put_text(fixture->store, PLAIN, "k", "new"), 0);
	assert_string_equal(get_text(fixture->store, PLAIN, "k"), "new");
	sem_post(&meeting.go_on);
	pthread_join(thread, NULL);
	assert_int_equal(meeting.result, 0);
}

struct putting {
	struct store *store;
	const char *text;
	int result;
};

static void *put_in_thread(void *arg)
{
	struct putting *putting = arg;
	putting->result = put_text(putting->store, PLAIN, "k", putting->text);
	return NULL;
}

/* By another thread: one that holds a snapshot may not. */
static void put_elsewhere(struct store *store, const char *text)
{
	struct putting putting = {store, text, 1};
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, put_in_thread, &putting), 0);
	pthread_join(thread, NULL);
	assert_int_equal(putting.result, 0);
}

static void a_snapshot_stays_what_it_was_until_it_is_closed(void **state)
{
	struct fixture *fixture = *state;
	struct store_txn *snapshot;
	struct bytes value;
	fixture_open(fixture);
	assert_int_equal(put_text(fixture->store, PLAIN, "k", "old"), 0);
	assert_int_equal(store_snapshot_open(&snapshot, fixture->store, NULL), 0);
	for (int i = 0; i < 20; i++)
		put_elsewhere(fixture->store, "new");
	assert_int_equal(store_get(snapshot, PLAIN, bytes_text("k"), &value), 0);
	assert_true(bytes_is_text(value, "old"));
	assert_string_equal(get_text(fixture->store, PLAIN, "k"), "new");
	store_snapshot_close(snapshot);
	assert_int_equal(store_snapshot_open(&snapshot, fixture->store, NULL), 0);
	assert_int_equal(store_get(snapshot, PLAIN, bytes_text("k"), &value), 0);
	assert_true(bytes_is_text(value, "new"));
	store_snapshot_close(snapshot);
	store_snapshot_close(NULL);
}

static void who_holds_a_snapshot_writes_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct store_txn *snapshot;
	fixture_open(fixture);
	assert_int_equal(store_snapshot_open(&snapshot, fixture->store, NULL), 0);
	assert_int_equal(put_text(fixture->store, PLAIN, "k", "v"), SIGNET_E_STATE);
	assert_int_equal(store_put(snapshot, PLAIN, bytes_text("k"), bytes_text("v")),
	                 SIGNET_E_STATE);
	store_snapshot_close(snapshot);
	assert_int_equal(put_text(fixture->store, PLAIN, "k", "v"), 0);
}

static int add_slots(struct store_txn *txn, void *arg)
{
	MDB_envinfo info;
	mdb_env_info(txn->store->env, &info);
	*(unsigned *)arg = info.me_numreaders;
	return 0;
}

static void read_transactions_are_used_again(void **state)
{
	struct fixture *fixture = *state;
	unsigned slots = 0;
	fixture_open(fixture);
	for (int i = 0; i < 300; i++)
		assert_null(get_text(fixture->store, PLAIN, "missing"));
	assert_int_equal(store_read(fixture->store, add_slots, &slots, NULL), 0);
	assert_int_equal(slots, 1);
}

static int read_inside(struct store_txn *txn, void *arg)
{
	(void)arg;
	store_put(txn, PLAIN, bytes_text("k"), bytes_text("new"));
	const char *value = get_text(txn->store, PLAIN, "k");
	CHECK(value && strcmp(value, "old") == 0); /* what is committed, not what is written here */
	return store_error(txn);
}

static void a_read_may_stand_inside_a_write(void **state)
{
	struct fixture *fixture = *state;
	fixture_open(fixture);
	assert_int_equal(put_text(fixture->store, PLAIN, "k", "old"), 0);
	assert_int_equal(store_write(fixture->store, read_inside, NULL, NULL), 0);
	assert_string_equal(get_text(fixture->store, PLAIN, "k"), "new");
}

enum { MANY_READERS = 300 };

struct crowd {
	pthread_barrier_t all_in;
	struct store *store;
	atomic_int ok;
};

static int stand_in_read(struct store_txn *txn, void *arg)
{
	struct crowd *crowd = arg;
	pthread_barrier_wait(&crowd->all_in);
	return store_has(txn, PLAIN, bytes_text("k")) ? 0 : SIGNET_E_NOT_FOUND;
}

static void *join_crowd(void *arg)
{
	struct crowd *crowd = arg;
	if (store_read(crowd->store, stand_in_read, crowd, NULL) == 0)
		atomic_fetch_add(&crowd->ok, 1);
	return NULL;
}

static void hundreds_may_read_at_one_time(void **state)
{
	struct fixture *fixture = *state;
	static pthread_t threads[MANY_READERS];
	struct crowd crowd = {.ok = 0};
	pthread_attr_t small;
	fixture_open(fixture);
	crowd.store = fixture->store;
	assert_int_equal(put_text(fixture->store, PLAIN, "k", "v"), 0);
	pthread_barrier_init(&crowd.all_in, NULL, MANY_READERS);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 256 * 1024);
	for (size_t i = 0; i < MANY_READERS; i++)
		assert_int_equal(pthread_create(&threads[i], &small, join_crowd, &crowd), 0);
	for (size_t i = 0; i < MANY_READERS; i++)
		pthread_join(threads[i], NULL);
	pthread_attr_destroy(&small);
	pthread_barrier_destroy(&crowd.all_in);
	assert_int_equal(atomic_load(&crowd.ok), MANY_READERS);
}

static void set_active(struct store *store, size_t active)
{
	pthread_mutex_lock(&store->gate_lock);
	store->active = active;
	pthread_cond_broadcast(&store->gate_changed);
	pthread_mutex_unlock(&store->gate_lock);
}

static void *read_missing(void *arg)
{
	return (void *)(uintptr_t)(get_text(arg, PLAIN, "missing") == NULL);
}

static void a_read_beyond_the_most_waits_for_its_turn(void **state)
{
	struct fixture *fixture = *state;
	pthread_t thread;
	void *done = NULL;
	size_t waiting = 0;
	fixture_open(fixture);
	set_active(fixture->store, READERS_MAX); /* as many as there may be */
	assert_int_equal(pthread_create(&thread, NULL, read_missing, fixture->store), 0);
	while (waiting == 0) {
		pthread_mutex_lock(&fixture->store->gate_lock);
		waiting = fixture->store->waiting;
		pthread_mutex_unlock(&fixture->store->gate_lock);
		sched_yield();
	}
	set_active(fixture->store, 0);
	pthread_join(thread, &done);
	assert_non_null(done);
	assert_int_equal(fixture->store->active, 0);
}

static void *close_in_thread(void *arg)
{
	struct fixture *fixture = arg;
	fixture_close(fixture);
	return NULL;
}

static bool is_ending(struct store *store)
{
	pthread_mutex_lock(&store->gate_lock);
	bool ending = store->ending;
	pthread_mutex_unlock(&store->gate_lock);
	return ending;
}

static void closing_waits_for_reads_and_refuses_new_ones(void **state)
{
	struct fixture *fixture = *state;
	struct meeting meeting;
	pthread_t reader, closer;
	fixture_open(fixture);
	struct store *store = fixture->store;
	meeting_init(&meeting, store);
	assert_int_equal(put_text(store, PLAIN, "k", "old"), 0);
	assert_int_equal(pthread_create(&reader, NULL, read_in_thread, &meeting), 0);
	sem_wait(&meeting.begun);
	assert_int_equal(pthread_create(&closer, NULL, close_in_thread, fixture), 0);
	while (!is_ending(store))
		sched_yield();
	assert_int_equal(store_read(store, add_slots, NULL, &fixture->err), SIGNET_E_STATE);
	assert_int_equal(fixture->err.code, SIGNET_E_STATE);
	assert_int_equal(put_text(store, PLAIN, "late", "v"), SIGNET_E_STATE);
	sem_post(&meeting.go_on);
	pthread_join(reader, NULL);
	pthread_join(closer, NULL);
	assert_int_equal(meeting.result, 0);
	fixture_open(fixture);
	assert_null(get_text(fixture->store, PLAIN, "late"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_read_sees_a_snapshot),
		TEST(a_snapshot_stays_what_it_was_until_it_is_closed),
		TEST(who_holds_a_snapshot_writes_nothing),
		TEST(read_transactions_are_used_again),
		TEST(a_read_may_stand_inside_a_write),
		TEST(hundreds_may_read_at_one_time),
		TEST(a_read_beyond_the_most_waits_for_its_turn),
		TEST(closing_waits_for_reads_and_refuses_new_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
