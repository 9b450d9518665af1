#include "fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/lmdb_private.h"

/* One write on a thread of its own. */
struct job {
	struct store *store;
	store_function fn;
	const char *key;
	int code;
	atomic_int runs;
	int result;
	struct error err;
	pthread_t thread;
};

static void *do_job(void *arg)
{
	struct job *job = arg;
	job->result = store_write(job->store, job->fn, job, &job->err);
	return NULL;
}

static void start(struct job *job, struct store *store)
{
	job->store = store;
	assert_int_equal(pthread_create(&job->thread, NULL, do_job, job), 0);
}

static int put_own(struct store_txn *txn, void *arg)
{
	struct job *job = arg;
	atomic_fetch_add(&job->runs, 1);
	store_put(txn, PLAIN, bytes_text(job->key), bytes_text("own"));
	return job->code;
}

static int put_and_stick(struct store_txn *txn, void *arg)
{
	struct job *job = arg;
	atomic_fetch_add(&job->runs, 1);
	store_put(txn, PLAIN, bytes_text(job->key), bytes_text("own"));
	store_put(txn, PLAIN, bytes_text("first"), bytes_text("overwritten"));
	store_delete(txn, PLAIN, bytes_text("old"));
	store_insert(txn, PLAIN, bytes_text("first"), BYTES_NONE);
	return 0;
}

static int fail_before_writing(struct store_txn *txn, void *arg)
{
	struct job *job = arg;
	atomic_fetch_add(&job->runs, 1);
	return store_has(txn, PLAIN, bytes_text(job->key)) ? 0 : SIGNET_E_NOT_FOUND;
}

/* Sees what the one before it in the batch wrote, and nothing of what failed. */
static int check_others(struct store_txn *txn, void *arg)
{
	struct job *job = arg;
	struct bytes value;
	atomic_fetch_add(&job->runs, 1);
	if (store_has(txn, PLAIN, bytes_text("denied")) || store_has(txn, PLAIN, bytes_text("stuck")))
		return store_fail(txn, SIGNET_E_CONFLICT);
	if (store_get(txn, PLAIN, bytes_text("first"), &value) || !bytes_is_text(value, "own"))
		return store_fail(txn, SIGNET_E_CORRUPT);
	if (!store_has(txn, PLAIN, bytes_text("old")))
		return store_fail(txn, SIGNET_E_CORRUPT);
	return store_put(txn, PLAIN, bytes_text(job->key), bytes_text("own"));
}

struct blocker {
	sem_t begun, go_on;
	struct store *store;
	pthread_t thread;
	int result;
};

static int block(struct store_txn *txn, void *arg)
{
	struct blocker *blocker = arg;
	sem_post(&blocker->begun);
	while (sem_wait(&blocker->go_on))
		;
	return store_put(txn, PLAIN, bytes_text("blocker"), bytes_text("own"));
}

static void *do_block(void *arg)
{
	struct blocker *blocker = arg;
	blocker->result = store_write(blocker->store, block, blocker, NULL);
	return NULL;
}

/* Holds the lead, so that what follows gathers in one batch. */
static void blocker_start(struct blocker *blocker, struct store *store)
{
	blocker->store = store;
	sem_init(&blocker->begun, 0, 0);
	sem_init(&blocker->go_on, 0, 0);
	assert_int_equal(pthread_create(&blocker->thread, NULL, do_block, blocker), 0);
	sem_wait(&blocker->begun);
}

static void blocker_end(struct blocker *blocker)
{
	sem_post(&blocker->go_on);
	pthread_join(blocker->thread, NULL);
	assert_int_equal(blocker->result, 0);
}

/* Runs the jobs as one batch in their order. */
static void run_as_batch(struct store *store, struct job *jobs, size_t count)
{
	struct blocker blocker;
	blocker_start(&blocker, store);
	for (size_t i = 0; i < count; i++) {
		start(&jobs[i], store);
		wait_for_queue(store, i + 1);
	}
	struct store_stats stats;
	store_stats(store, &stats);
	assert_int_equal(stats.waiting, count);
	blocker_end(&blocker);
	for (size_t i = 0; i < count; i++)
		pthread_join(jobs[i].thread, NULL);
	store_stats(store, &stats);
	assert_int_equal(stats.waiting, 0);
}

static void each_function_of_a_batch_stands_alone(void **state)
{
	struct fixture *fixture = *state;
	struct job jobs[] = {
		{.fn = put_own, .key = "first"},
		{.fn = put_own, .key = "denied", .code = SIGNET_E_DENIED},
		{.fn = check_others, .key = "second"},
		{.fn = put_and_stick, .key = "stuck"},
		{.fn = fail_before_writing, .key = "missing"},
		{.fn = check_others, .key = "third"},
	};
	struct store_stats stats;
	fixture_open(fixture);
	assert_int_equal(put_text(fixture->store, PLAIN, "old", "v"), 0);
	run_as_batch(fixture->store, jobs, 6);
	assert_int_equal(jobs[0].result, 0);
	assert_int_equal(jobs[1].result, SIGNET_E_DENIED);
	assert_int_equal(jobs[1].err.code, SIGNET_E_DENIED);
	assert_int_equal(jobs[2].result, 0);
	assert_int_equal(jobs[3].result, SIGNET_E_EXISTS);
	assert_int_equal(jobs[4].result, SIGNET_E_NOT_FOUND);
	assert_int_equal(jobs[5].result, 0);
	store_stats(fixture->store, &stats);
	assert_int_equal(stats.commits, 3); /* old, blocker, the batch */
	assert_int_equal(stats.writes, 5);
	fixture_reopen(fixture);
	assert_int_equal(count_entries(fixture->store, PLAIN), 5);
	assert_string_equal(get_text(fixture->store, PLAIN, "first"), "own");
	assert_string_equal(get_text(fixture->store, PLAIN, "third"), "own");
	assert_null(get_text(fixture->store, PLAIN, "denied"));
	assert_null(get_text(fixture->store, PLAIN, "stuck"));
}

static void a_batch_without_traces_of_failure_runs_once(void **state)
{
	struct fixture *fixture = *state;
	struct job jobs[] = {
		{.fn = put_own, .key = "a"},
		{.fn = fail_before_writing, .key = "missing"},
		{.fn = put_own, .key = "b"},
		{.fn = put_own, .key = "c"},
	};
	struct store_stats stats;
	fixture_open(fixture);
	run_as_batch(fixture->store, jobs, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(atomic_load(&jobs[i].runs), 1);
	store_stats(fixture->store, &stats);
	assert_int_equal(stats.commits, 2);
	assert_int_equal(stats.writes, 4);
	assert_int_equal(count_entries(fixture->store, PLAIN), 4);
}

static void a_batch_where_all_fail_commits_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct job jobs[] = {
		{.fn = put_own, .key = "a", .code = SIGNET_E_DENIED},
		{.fn = put_own, .key = "b", .code = SIGNET_E_CONFLICT},
	};
	fixture_open(fixture);
	run_as_batch(fixture->store, jobs, 2);
	assert_int_equal(jobs[0].result, SIGNET_E_DENIED);
	assert_int_equal(jobs[1].result, SIGNET_E_CONFLICT);
	assert_int_equal(count_entries(fixture->store, PLAIN), 1); /* the blocker's */
}

static int fill_transaction(struct store_txn *txn, void *arg)
{
	struct job *job = arg;
	atomic_fetch_add(&job->runs, 1);
	store_put(txn, PLAIN, bytes_text(job->key), bytes_text("own"));
	return txn_fault(txn, MDB_TXN_FULL); /* as LMDB after 512 MiB of changes */
}

static void a_batch_that_is_too_large_is_done_one_by_one(void **state)
{
	struct fixture *fixture = *state;
	struct job jobs[] = {
		{.fn = put_own, .key = "a"},
		{.fn = fill_transaction, .key = "large"},
		{.fn = put_own, .key = "b"},
	};
	struct store_stats stats;
	fixture_open(fixture);
	run_as_batch(fixture->store, jobs, 3);
	assert_int_equal(jobs[0].result, 0);
	assert_int_equal(jobs[1].result, SIGNET_E_TOO_BIG);
	assert_int_equal(jobs[1].err.code, SIGNET_E_TOO_BIG);
	assert_int_equal(jobs[2].result, 0);
	assert_int_equal(atomic_load(&jobs[2].runs), 1);
	store_stats(fixture->store, &stats);
	assert_int_equal(stats.commits, 3);
	assert_int_equal(count_entries(fixture->store, PLAIN), 3);
	assert_null(get_text(fixture->store, PLAIN, "large"));
}

static int write_inside(struct store_txn *txn, void *arg)
{
	int *result = arg;
	*result = put_text(txn->store, PLAIN, "inner", "v");
	return store_put(txn, PLAIN, bytes_text("outer"), bytes_text("v"));
}

static int write_inside_read(struct store_txn *txn, void *arg)
{
	*(int *)arg = put_text(txn->store, PLAIN, "inner", "v");
	return 0;
}

static void a_write_inside_a_transaction_is_refused(void **state)
{
	struct fixture *fixture = *state;
	int result = 0;
	fixture_open(fixture);
	assert_int_equal(store_write(fixture->store, write_inside, &result, NULL), 0);
	assert_int_equal(result, SIGNET_E_STATE);
	result = 0;
	assert_int_equal(store_read(fixture->store, write_inside_read, &result, NULL), 0);
	assert_int_equal(result, SIGNET_E_STATE);
	assert_string_equal(get_text(fixture->store, PLAIN, "outer"), "v");
	assert_null(get_text(fixture->store, PLAIN, "inner"));
	assert_int_equal(put_text(fixture->store, PLAIN, "after", "v"), 0);
}

enum { THREADS = 32, WRITES = 40 };

struct writer {
	struct store *store;
	uint64_t first;
	int failures;
	pthread_t thread;
};

static void *write_many(void *arg)
{
	static const uint8_t value[200];
	struct writer *writer = arg;
	for (uint64_t i = 0; i < WRITES; i++)
		writer->failures += put_number(writer->store, i % 2 ? GROWING : PLAIN,
		                               writer->first + i, BYTES_OF(value)) != 0;
	return NULL;
}

static void threads_share_commits_and_lose_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct writer writers[THREADS];
	struct store_stats stats;
	fixture_open(fixture);
	for (size_t i = 0; i < THREADS; i++) {
		writers[i] = (struct writer){.store = fixture->store, .first = i * WRITES};
		assert_int_equal(pthread_create(&writers[i].thread, NULL, write_many, &writers[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(writers[i].thread, NULL);
		assert_int_equal(writers[i].failures, 0);
	}
	store_stats(fixture->store, &stats);
	assert_int_equal(stats.writes, THREADS * WRITES);
	assert_true(stats.commits < THREADS * WRITES / 3);
	fixture_reopen(fixture);
	for (uint64_t i = 0; i < THREADS * WRITES; i++)
		assert_int_equal(get_length(fixture->store, i % 2 ? GROWING : PLAIN, i), 200);
}

static void *close_in_thread(void *arg)
{
	struct fixture *fixture = arg;
	fixture_close(fixture);
	return NULL;
}

static bool is_closing(struct store *store)
{
	pthread_mutex_lock(&store->queue_lock);
	bool closing = store->closing;
	pthread_mutex_unlock(&store->queue_lock);
	return closing;
}

static void closing_finishes_the_queue_and_refuses_more(void **state)
{
	struct fixture *fixture = *state;
	struct job jobs[] = {{.fn = put_own, .key = "a"}, {.fn = put_own, .key = "b"}};
	struct blocker blocker;
	pthread_t closer;
	fixture_open(fixture);
	struct store *store = fixture->store;
	blocker_start(&blocker, store);
	for (size_t i = 0; i < 2; i++)
		start(&jobs[i], store);
	wait_for_queue(store, 2);
	assert_int_equal(pthread_create(&closer, NULL, close_in_thread, fixture), 0);
	while (!is_closing(store))
		sched_yield();
	assert_int_equal(put_text(store, PLAIN, "late", "v"), SIGNET_E_STATE);
	blocker_end(&blocker);
	pthread_join(closer, NULL);
	for (size_t i = 0; i < 2; i++) {
		pthread_join(jobs[i].thread, NULL);
		assert_int_equal(jobs[i].result, 0);
	}
	fixture_open(fixture);
	assert_int_equal(count_entries(fixture->store, PLAIN), 3);
}

enum { VICTIM_THREADS = 4 };

struct victim {
	struct store *store;
	uint64_t number;
	int pipe;
};

/* Writes without end, and tells the number of each write that was acknowledged. */
static void *write_until_killed(void *arg)
{
	struct victim *victim = arg;
	uint8_t value[600] = {0};
	for (uint64_t i = victim->number;; i += VICTIM_THREADS) {
		if (put_number(victim->store, i % 3 ? GROWING : PLAIN, i, BYTES_OF(value)) ||
		    write(victim->pipe, &i, sizeof i) != sizeof i)
			_exit(3);
	}
	return NULL;
}

static void be_victim(const struct fixture *fixture, uint64_t first, int fd)
{
	struct store_options options = fixture_options(fixture);
	struct victim victims[VICTIM_THREADS];
	struct store *store;
	pthread_t thread;
	if (store_open(&store, &options, NULL))
		_exit(1);
	for (uint64_t i = 0; i < VICTIM_THREADS; i++) {
		victims[i] = (struct victim){store, first + i, fd};
		if (i && pthread_create(&thread, NULL, write_until_killed, &victims[i]))
			_exit(2);
	}
	write_until_killed(&victims[0]);
}

static void what_was_acknowledged_survives_kill(void **state)
{
	enum { ROUNDS = 5, STRIDE = 1000000, ACKNOWLEDGED = 60 };
	static uint64_t known[ROUNDS * 4096];
	struct fixture *fixture = *state;
	size_t count = 0;
	for (uint64_t round = 0; round < ROUNDS; round++) {
		int fds[2], status;
		assert_int_equal(pipe(fds), 0);
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0)
			be_victim(fixture, round * STRIDE, fds[1]);
		close(fds[1]);
		size_t enough = count + ACKNOWLEDGED + round * 7;
		uint64_t number;
		while (count < sizeof known / sizeof *known &&
		       read(fds[0], &number, sizeof number) == sizeof number) {
			known[count++] = number;
			if (count == enough)
				assert_int_equal(kill(child, SIGKILL), 0);
		}
		close(fds[0]);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		fixture_open(fixture);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(get_length(fixture->store, known[i] % 3 ? GROWING : PLAIN,
			                            known[i]), 600);
		assert_int_equal(put_text(fixture->store, PLAIN, "after", "v"), 0);
		fixture_close(fixture);
	}
	assert_true(count >= ROUNDS * ACKNOWLEDGED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_function_of_a_batch_stands_alone),
		TEST(a_batch_without_traces_of_failure_runs_once),
		TEST(a_batch_where_all_fail_commits_nothing),
		TEST(a_batch_that_is_too_large_is_done_one_by_one),
		TEST(a_write_inside_a_transaction_is_refused),
		TEST(threads_share_commits_and_lose_nothing),
		TEST(closing_finishes_the_queue_and_refuses_more),
		TEST(what_was_acknowledged_survives_kill),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
