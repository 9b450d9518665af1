/*
 * Group commit. The caller that finds nobody committing does it for itself,
 * on its own thread: a lone write costs no switch of threads. Those that
 * come meanwhile wait in the queue; the first of them is then woken to
 * commit for all that have gathered.
 */
#include <errno.h>

#include "base/clock.h"
#include "store/lmdb_private.h"

#define READER_CHECK_EVERY 1024 /* commits */

/* Not an LMDB code (negative) and not errno's (positive): below all of LMDB's. */
#define NOT_ISOLATED (-40000)

/* Runs one function; 0, or the code for which the whole batch is undone. */
static int run(struct store *store, MDB_txn *handle, struct write *write, bool *wrote)
{
	struct store_txn txn;
	txn_begin(&txn, store, handle, true);
	int result = write->fn(&txn, write->arg);
	txn_end(&txn);
	write->result = result ? result : txn.error;
	write->fault = result && result != txn.error ? 0 : txn.fault;
	*wrote = txn.wrote;
	if (txn.fault == MDB_MAP_FULL || txn.fault == MDB_TXN_FULL)
		return txn.fault;
	return 0;
}

static int run_in_child(struct store *store, MDB_txn *parent, struct write *write)
{
	MDB_txn *child;
	bool wrote;
	int rc = mdb_txn_begin(store->env, parent, 0, &child);
	if (rc)
		return rc;
	rc = run(store, child, write, &wrote);
	if (rc || write->result) {
		mdb_txn_abort(child);
		return rc;
	}
	return mdb_txn_commit(child);
}

/* Most functions succeed, or fail before they write: they share the batch's transaction, which
 * spares each its own copy of the pages that all of them change. NOT_ISOLATED when one fails
 * with traces: the batch is run again, each in a nested transaction. */
static int run_batch(struct store *store, MDB_txn *txn, struct write *batch, bool isolate)
{
	for (struct write *write = batch; write; write = write->next) {
		bool wrote = false;
		int rc = isolate ? run_in_child(store, txn, write)
		                 : run(store, txn, write, &wrote);
		if (rc)
			return rc;
		if (wrote && write->result)
			return NOT_ISOLATED;
	}
	return 0;
}

static int attempt(struct store *store, struct write *batch, bool isolate)
{
	MDB_txn *txn;
	if (!store->env)
		return MDB_PANIC;
	int rc = mdb_txn_begin(store->env, NULL, 0, &txn);
	if (rc)
		return rc;
	rc = run_batch(store, txn, batch, isolate);
	if (rc) {
		mdb_txn_abort(txn);
		/* alone, it leaves no trace by this */
		return rc == NOT_ISOLATED && !batch->next ? 0 : rc;
	}
	int64_t began = store->watch ? clock_monotonic_us() : 0;
	rc = env_commit_code(store, mdb_txn_commit(txn));
	if (rc == 0 && store->watch)
		store->watch(store->watch_arg, clock_monotonic_us() - began);
	return rc;
}

static void count(struct store *store, const struct write *batch)
{
	uint64_t done = 0;
	for (; batch; batch = batch->next)
		done += batch->result == 0;
	if (!done)
		return;
	atomic_fetch_add_explicit(&store->writes, done, memory_order_relaxed);
	uint64_t commits = atomic_fetch_add_explicit(&store->commits, 1, memory_order_relaxed);
	int dead;
	if (commits % READER_CHECK_EVERY == READER_CHECK_EVERY - 1)
		mdb_reader_check(store->env, &dead);
}

static void fail_all(struct write *batch, int rc)
{
	for (; batch; batch = batch->next) {
		batch->result = env_code(rc);
		batch->fault = rc;
	}
}

static void commit(struct store *store, struct write *batch);

static void commit_each(struct store *store, struct write *batch)
{
	for (struct write *next; batch; batch = next) {
		next = batch->next;
		batch->next = NULL;
		commit(store, batch);
		batch->next = next;
	}
}

static void commit(struct store *store, struct write *batch)
{
	bool isolate = false;
	for (;;) {
		int rc = attempt(store, batch, isolate);
		if (rc == 0) {
			count(store, batch);
			return;
		}
		if (rc == NOT_ISOLATED) {
			isolate = true;
		} else if (rc == MDB_TXN_FULL && batch->next) {
			commit_each(store, batch);
			return;
		} else if (!env_is_repairable(rc) || (rc = env_repair(store, rc))) {
			fail_all(batch, rc);
			return;
		}
	}
}

/* Waits in the queue. True: committed by another; false: this one leads now. */
static bool wait_in_queue(struct write *write)
{
	while (sem_wait(&write->woken) && errno == EINTR)
		;
	sem_destroy(&write->woken);
	return !write->leads;
}

/* Commits the batch, then hands the lead to the first that waits. */
static void lead(struct store *store, struct write *batch)
{
	commit(store, batch);
	pthread_mutex_lock(&store->queue_lock);
	struct write *leader = store->queue;
	if (leader) {
		leader->leads = true;
	} else {
		store->leading = false;
		if (store->closing)
			pthread_cond_signal(&store->queue_idle);
	}
	/* the store may be gone after this, unless there is another leader */
	pthread_mutex_unlock(&store->queue_lock);
	if (leader)
		sem_post(&leader->woken);
	for (struct write *write = batch->next, *next; write; write = next) {
		next = write->next;
		sem_post(&write->woken);
	}
}

static struct write *take_queue(struct store *store)
{
	pthread_mutex_lock(&store->queue_lock);
	struct write *batch = store->queue;
	store->queue = NULL;
	store->queue_end = &store->queue;
	pthread_mutex_unlock(&store->queue_lock);
	return batch;
}

static int submit(struct store *store, struct write *write)
{
	pthread_mutex_lock(&store->queue_lock);
	if (store->closing) {
		pthread_mutex_unlock(&store->queue_lock);
		return SIGNET_E_STATE;
	}
	bool first = !store->leading;
	if (first) {
		store->leading = true;
	} else {
		sem_init(&write->woken, 0, 0);
		*store->queue_end = write;
		store->queue_end = &write->next;
	}
	pthread_mutex_unlock(&store->queue_lock);
	if (first)
		lead(store, write);
	else if (!wait_in_queue(write))
		lead(store, take_queue(store));
	return 0;
}

int store_write(struct store *store, store_function fn, void *arg, struct error *err)
{
	struct write write = {.fn = fn, .arg = arg, .err = err};
	if (err)
		err->code = 0; /* what stands there afterwards, fn has set */
	if (txn_is_inside(store))
		return error_set(err, SIGNET_E_STATE, "a write inside of a transaction");
	if (submit(store, &write))
		return error_set(err, SIGNET_E_STATE, "the database is being closed");
	if (write.result && write.fault)
		return env_error(err, write.fault);
	if (write.result && err && err->code != write.result)
		error_set(err, write.result, "database: %s", error_name(write.result));
	return write.result;
}
