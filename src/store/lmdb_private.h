/*
 * What the files of the LMDB backend share; the only header that names LMDB.
 *
 *   lmdb.c         opening, schema, closing, figures
 *   lmdb_env.c     the environment: its files, its growth, its repair, its error codes
 *   lmdb_check.c   whether a file that was cut lost something
 *   lmdb_copy.c    store_copy
 *   lmdb_file.c    store_inspect: what such a copy holds
 *   lmdb_txn.c     what a function does in a transaction
 *   lmdb_cursor.c  cursors
 *   lmdb_reader.c  store_read and its pool of read transactions
 *   lmdb_writer.c  store_write: group commit
 */
#ifndef SIGNET_STORE_LMDB_PRIVATE_H
#define SIGNET_STORE_LMDB_PRIVATE_H

#include <lmdb.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "store/store.h"

#define META_TABLE "signet-meta"
#define META_SCHEMA "schema"
#define READERS_MAX 1000  /* reads at one time; the next ones wait */
#define CURSORS_SPARE 2   /* cursors of a transaction that need no memory of their own */

/* One call of store_write, on its caller's stack. */
struct write {
	store_function fn;
	void *arg;
	struct error *err;
	int result;
	int fault;
	bool leads;   /* it was woken to commit */
	struct write *next;
	sem_t woken;  /* once set up, the waker's post is the last touch of this */
};

struct store {
	MDB_env *env;              /* NULL after a repair that failed */
	char *path;
	int lock_fd;
	size_t map_size;           /* what was asked for last */
	struct store_table *tables;
	size_t table_count;
	MDB_dbi *dbis;             /* by place of the table; behind them the one of meta */

	pthread_mutex_t queue_lock;  /* guards queue, queue_end, leading, closing */
	pthread_cond_t queue_idle;
	struct write *queue, **queue_end;
	bool leading;                /* a caller commits now, for itself and for others */
	bool closing;

	pthread_mutex_t gate_lock;   /* guards what follows, down to ending */
	pthread_cond_t gate_changed;
	MDB_txn *idle[READERS_MAX];  /* read transactions that were reset, with their slots */
	size_t idle_count;
	size_t active;               /* reads under way */
	size_t waiting;              /* reads that wait until they may begin */
	bool gate_closed;            /* the map moves: no read may begin */
	bool ending;                 /* nor ever again */

	atomic_uint_least64_t commits, writes;
	void (*watch)(void *arg, int64_t duration_us); /* of commits; NULL: nobody wants to know */
	void *watch_arg;
};

enum cursor_place { CURSOR_BEFORE, CURSOR_ON, CURSOR_AFTER };

struct store_cursor {
	struct store_txn *txn;
	struct store_cursor *next;
	MDB_cursor *cursor;
	enum cursor_place place;
	bool stale;       /* the transaction wrote: the place is found again by the saved key */
	bool spare;
	unsigned table;
	struct bytes key, value;
	uint8_t saved[STORE_KEY_MAX];
};

struct store_txn {
	struct store *store;
	MDB_txn *txn;
	struct store_txn *outer;  /* of the same thread, around this one */
	int error;
	int fault;                /* the LMDB or system code behind the error; 0: not from there */
	bool writable;
	bool wrote;               /* something was tried that must be undone on failure */
	bool lent;                /* the function may hold pages that a write could move */
	unsigned spare_used;      /* a bit per spare cursor */
	struct store_cursor *cursors;
	struct store_cursor spare[CURSORS_SPARE];
};

/* lmdb_env.c: codes are LMDB's or the system's where the name says "int rc" */
int env_open(struct store *store, size_t map_size);
void env_close(struct store *store);
int env_code(int rc);
int env_error(struct error *err, int rc);
/* Whether env_repair may help with this code. */
bool env_is_repairable(int rc);
/* Grows the map, adopts a map that grew, or opens the environment again, while nothing reads.
 * Only for the caller that leads and has no LMDB transaction open. 0, or LMDB's code. */
int env_repair(struct store *store, int rc);
/* A commit's code, where EIO may stand for a full disk (LMDB says so of a short write). */
int env_commit_code(struct store *store, int rc);

/* lmdb_check.c: MDB_CORRUPTED when content lay behind cut_at, where the file ended when it was
 * found */
int check_cut_file(MDB_env *env, uint64_t cut_at);

/* lmdb.c */
int tables_attach(struct store *store);

/* lmdb_txn.c */
void txn_begin(struct store_txn *txn, struct store *store, MDB_txn *handle, bool writable);
/* Closes its cursors; the LMDB transaction is the caller's. */
void txn_end(struct store_txn *txn);
/* Whether this thread runs a function of this store. */
bool txn_is_inside(const struct store *store);
/* Notes an LMDB code as the transaction's error, unless it has one. */
int txn_fault(struct store_txn *txn, int rc);
int txn_check_table(struct store_txn *txn, unsigned table);
int txn_check_key(struct store_txn *txn, struct bytes key);

/* lmdb_cursor.c: before each write, so that every cursor finds its place again */
void cursor_save(struct store_cursor *cursor);

/* lmdb_reader.c: waits until nothing reads and holds new reads back; gate_end refuses them */
void gate_close(struct store *store);
void gate_open(struct store *store);
void gate_end(struct store *store);
/* Gives the idle read transactions back; behind a closed gate. */
void gate_drop_idle(struct store *store);

#endif
