#include <stdlib.h>

#include "store/lmdb_private.h"

void gate_close(struct store *store)
{
	pthread_mutex_lock(&store->gate_lock);
	store->gate_closed = true;
	while (store->active)
		pthread_cond_wait(&store->gate_changed, &store->gate_lock);
	pthread_mutex_unlock(&store->gate_lock);
}

void gate_open(struct store *store)
{
	pthread_mutex_lock(&store->gate_lock);
	store->gate_closed = false;
	pthread_cond_broadcast(&store->gate_changed);
	pthread_mutex_unlock(&store->gate_lock);
}

void gate_end(struct store *store)
{
	pthread_mutex_lock(&store->gate_lock);
	store->ending = true;
	pthread_cond_broadcast(&store->gate_changed);
	while (store->active || store->waiting)
		pthread_cond_wait(&store->gate_changed, &store->gate_lock);
	pthread_mutex_unlock(&store->gate_lock);
}

void gate_drop_idle(struct store *store)
{
	while (store->idle_count)
		mdb_txn_abort(store->idle[--store->idle_count]);
}

static bool must_wait(const struct store *store)
{
	return !store->ending && (store->gate_closed || store->active >= READERS_MAX);
}

/* Counts a read in and takes an idle transaction, NULL when there is none. inside: the thread
 * reads or writes already, and whoever moves the map or closes the store waits for it, so it
 * must not wait. */
static int enter(struct store *store, bool inside, MDB_txn **txn)
{
	int result = 0;
	*txn = NULL;
	pthread_mutex_lock(&store->gate_lock);
	while (!inside && must_wait(store)) {
		store->waiting++;
		pthread_cond_wait(&store->gate_changed, &store->gate_lock);
		store->waiting--;
	}
	if (store->ending && !inside) {
		result = SIGNET_E_STATE;
		pthread_cond_broadcast(&store->gate_changed);
	} else {
		store->active++;
		if (store->idle_count)
			*txn = store->idle[--store->idle_count];
	}
	pthread_mutex_unlock(&store->gate_lock);
	return result;
}

/* Counts it out; the transaction, which was reset, may be NULL. */
static void leave(struct store *store, MDB_txn *txn)
{
	MDB_txn *surplus = NULL;
	pthread_mutex_lock(&store->gate_lock);
	if (txn && store->idle_count < READERS_MAX)
		store->idle[store->idle_count++] = txn;
	else
		surplus = txn;
	/* nobody waits while reads may begin and none stands in line */
	if (store->gate_closed || store->ending || store->active >= READERS_MAX)
		pthread_cond_broadcast(&store->gate_changed);
	store->active--;
	if (surplus)
		mdb_txn_abort(surplus);
	pthread_mutex_unlock(&store->gate_lock);
}

static int start(struct store *store, MDB_txn **txn)
{
	if (!store->env)
		return MDB_PANIC;
	if (*txn)
		return mdb_txn_renew(*txn);
	return mdb_txn_begin(store->env, NULL, MDB_RDONLY, txn);
}

/* Begins a read; a failure leaves nothing behind. */
static int begin(struct store *store, bool inside, MDB_txn **handle, int *fault)
{
	*fault = 0;
	if (enter(store, inside, handle))
		return SIGNET_E_STATE;
	int rc = start(store, handle);
	if (rc) {
		leave(store, *handle);
		*fault = rc;
		return env_code(rc);
	}
	return 0;
}

static void end(struct store_txn *txn)
{
	txn_end(txn);
	mdb_txn_reset(txn->txn);
	leave(txn->store, txn->txn);
}

static int nothing(struct store_txn *txn, void *arg)
{
	(void)arg;
	return store_error(txn);
}

static int read_once(struct store *store, store_function fn, void *arg, bool inside, int *fault)
{
	MDB_txn *handle;
	struct store_txn txn;
	int result = begin(store, inside, &handle, fault);
	if (result)
		return result;
	txn_begin(&txn, store, handle, false);
	result = fn(&txn, arg);
	end(&txn);
	*fault = txn.fault;
	return result ? result : txn.error;
}

/* The code of a read, with its message. */
static int finish(int result, int fault, struct error *err)
{
	if (result && fault)
		return env_error(err, fault);
	if (result && err && err->code != result)
		error_set(err, result, "database: %s", error_name(result));
	return result;
}

int store_read(struct store *store, store_function fn, void *arg, struct error *err)
{
	bool inside = txn_is_inside(store);
	int fault;
	if (err)
		err->code = 0; /* what stands there afterwards, fn has set */
	int result = read_once(store, fn, arg, inside, &fault);
	if (result && env_is_repairable(fault) && !inside) {
		/* only who writes may repair: the next write does, so make one */
		result = store_write(store, nothing, NULL, err);
		if (result)
			return result;
		result = read_once(store, fn, arg, inside, &fault);
	}
	return finish(result, fault, err);
}

int store_snapshot_open(struct store_txn **out, struct store *store, struct error *err)
{
	struct store_txn *txn = malloc(sizeof *txn);
	bool inside = txn_is_inside(store);
	MDB_txn *handle;
	int fault;
	if (!txn)
		return error_nomem(err);
	if (err)
		err->code = 0;
	int result = begin(store, inside, &handle, &fault);
	if (result && env_is_repairable(fault) && !inside) {
		result = store_write(store, nothing, NULL, err);
		if (result == 0)
			result = begin(store, inside, &handle, &fault);
	}
	if (result) {
		free(txn);
		return finish(result, fault, err);
	}
	txn_begin(txn, store, handle, false);
	*out = txn;
	return 0;
}

void store_snapshot_close(struct store_txn *txn)
{
	if (!txn)
		return;
	end(txn);
	free(txn);
}
