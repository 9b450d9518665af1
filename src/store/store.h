/*
 * Ordered byte-key tables with snapshot reads and durable writes. LMDB
 * stands behind it today (lmdb.c); nothing here says so, and a distributed
 * SQL engine fits behind the same calls.
 *
 * A write is a function: store_write runs it inside a transaction and
 * returns when its effect is durable. Functions of several threads are
 * committed together (one sync for all), each isolated from the others: one
 * that fails leaves no trace and the others stand. A function may be run
 * again, so it changes nothing but the transaction and its own result.
 *
 * A transaction is sticky on error: after a failed call the rest do nothing,
 * and the transaction is undone with the first error. What is looked for and
 * not found is no failure.
 *
 * Nothing read in a transaction is used after it: values are copied out.
 */
#ifndef SIGNET_STORE_STORE_H
#define SIGNET_STORE_STORE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

#define STORE_KEY_MAX 500

struct store;
struct store_txn;
struct store_cursor;

enum store_table_flags {
	STORE_GROWING = 1, /* keys mostly come in growing order: pages are then filled */
};

/* A table is named here once and then by its place in the array. */
struct store_table {
	const char *name;
	unsigned flags;
};

struct store_options {
	const char *path;                  /* a directory; made with mode 0700 when missing */
	const struct store_table *tables;
	size_t table_count;
	uint32_t schema;                   /* the version that this program writes */
	/* Called in a transaction of its own when the database is older; NULL: there is no
	 * older version. */
	int (*migrate)(struct store_txn *txn, uint32_t from, void *arg);
	void *migrate_arg;
	size_t initial_size;               /* octets of address space; 0: the default. Grows by itself */
};

/* SIGNET_E_VERSION when a newer Signet wrote it, SIGNET_E_CORRUPT, SIGNET_E_IO,
 * SIGNET_E_EXISTS when another process has it open for writing. */
int store_open(struct store **out, const struct store_options *options, struct error *err);
/* Waits for the writes and reads under way; those that come later are refused with
 * SIGNET_E_STATE until it returns, and nothing is called after. Accepts NULL. */
void store_close(struct store *store);

/* Returns 0 to commit; anything else undoes what the function did and is what store_write
 * returns. */
typedef int (*store_function)(struct store_txn *txn, void *arg);

/* Returns when durable. SIGNET_E_FULL when the disk is: nothing of this function is kept.
 * Called from any thread, and fn may run on another one; inside a transaction of this store it
 * is refused with SIGNET_E_STATE. err: what failed in the database, or just the code that fn
 * returned, unless fn has set an error with that code there itself. */
int store_write(struct store *store, store_function fn, void *arg, struct error *err);
/* Runs fn on a snapshot: it sees what was committed when it began. Short, for a snapshot keeps
 * the pages of its time from being used again; it does not wait for a write. */
int store_read(struct store *store, store_function fn, void *arg, struct error *err);
/* The same snapshot for several looks: a transaction that only reads, until store_snapshot_close, which
 * the same thread calls, and first what it opened last. Meanwhile this thread writes nothing, and does
 * not wait for others. */
int store_snapshot_open(struct store_txn **out, struct store *store, struct error *err);
/* Accepts NULL. */
void store_snapshot_close(struct store_txn *txn);

/* The transaction's first error, 0 while there is none. */
int store_error(const struct store_txn *txn);
/* Makes the transaction fail with this code (if it has not failed yet); returns its error. */
int store_fail(struct store_txn *txn, int code);

/* 0 and the value; SIGNET_E_NOT_FOUND (not sticky). The value stands until the next write call
 * of this transaction (to which it may still be given) or its end. */
int store_get(struct store_txn *txn, unsigned table, struct bytes key, struct bytes *value);
bool store_has(struct store_txn *txn, unsigned table, struct bytes key);
/* Inserts or replaces. Here and in the following, SIGNET_E_STATE (sticky) in a read. */
int store_put(struct store_txn *txn, unsigned table, struct bytes key, struct bytes value);
/* SIGNET_E_EXISTS (sticky) when the key is there. */
int store_insert(struct store_txn *txn, unsigned table, struct bytes key, struct bytes value);
/* SIGNET_E_NOT_FOUND (not sticky) when the key is not there. */
int store_delete(struct store_txn *txn, unsigned table, struct bytes key);

/* A cursor stands before the first entry when it is new. It is closed with its transaction at
 * the latest. Key and value stand until the cursor moves or the transaction writes; the cursor
 * keeps its place over a write, even when its entry is deleted. All return 0,
 * SIGNET_E_NOT_FOUND at the end (not sticky), or the transaction's error. */
int store_cursor_open(struct store_cursor **out, struct store_txn *txn, unsigned table);
void store_cursor_close(struct store_cursor *cursor);
/* The first entry whose key is not less than this one. */
int store_seek(struct store_cursor *cursor, struct bytes key);
/* The last entry whose key is less than this one; BYTES_NONE: the last of all. */
int store_seek_before(struct store_cursor *cursor, struct bytes key);
int store_next(struct store_cursor *cursor);
int store_previous(struct store_cursor *cursor);
struct bytes store_cursor_key(const struct store_cursor *cursor);
struct bytes store_cursor_value(const struct store_cursor *cursor);

uint64_t store_count(struct store_txn *txn, unsigned table);

struct store_stats {
	uint64_t used;       /* octets of pages in use */
	uint64_t file;       /* octets of the file */
	uint64_t commits;    /* since it was opened */
	uint64_t writes;     /* functions that were committed since it was opened */
	uint64_t waiting;    /* writes that wait for a commit which is under way */
};
void store_stats(struct store *store, struct store_stats *out);
/* Calls it after each commit that lasts, with the time that it took, on the thread that committed. Once,
 * before others use the store. */
void store_watch_commits(struct store *store, void (*watch)(void *arg, int64_t duration_us),
                         void *arg);

/* What is known of the pages, and of one table. For functions inside a transaction. */
struct store_pages {
	uint64_t page_size;  /* octets */
	uint64_t pages;      /* that the file has come to need */
	uint64_t free;       /* of them; they are used again */
	uint64_t map;        /* octets of address space */
};
int store_count_pages(struct store_txn *txn, struct store_pages *out);
struct store_table_stats {
	const char *name;    /* the options' */
	uint64_t entries;
	uint64_t octets;     /* of its pages */
};
int store_table_stats(struct store_txn *txn, unsigned table, struct store_table_stats *out);

/* Copies what is committed now, without what is free, to this file, which is emptied first; a database
 * of its own that any place of store_options.path may have as its data.mdb. Writes go on meanwhile. Not
 * synced. is_unwanted (NULL: nothing) is asked often; when it says so the result is SIGNET_E_STATE.
 * SIGNET_E_FULL, SIGNET_E_CORRUPT, SIGNET_E_UNAVAILABLE when the store is closed. What the file holds
 * after a failure is of no use. */
int store_copy(struct store *store, int fd, bool (*is_unwanted)(void *arg), void *arg,
               struct error *err);

/* Copies a database that another process may have open, or none, to a file or a pipe. Its files must be
 * files, but LMDB believes them: of a database of other people it may end the process by a signal, hang
 * or not end. SIGNET_E_NOT_FOUND, SIGNET_E_PERMISSION, SIGNET_E_CORRUPT. */
int store_copy_directory(const char *path, int fd, struct error *err);

#define STORE_TABLES_MAX 64
struct store_inspected_table {
	char name[64];
	uint64_t entries;
};
struct store_inspection {
	uint32_t schema;
	uint64_t last;       /* the number that the last key of a table begins with; 0 for none */
	struct store_inspected_table tables[STORE_TABLES_MAX];
	size_t table_count;
};
/* What such a file holds, which nobody writes to. last_of: of this table out->last tells the last key, and
 * its value is appended to the buffer. SIGNET_E_CORRUPT, SIGNET_E_IO. */
int store_inspect(struct store_inspection *out, struct buffer *last, const char *path,
                  const char *last_of, struct error *err);

/* Keys: numbers are big-endian, so that their order is the order of the octets. */
struct store_key {
	uint8_t data[STORE_KEY_MAX];
	size_t length;
	bool overflow; /* too long; every use of the key then fails with SIGNET_E_TOO_BIG */
};
void store_key_begin(struct store_key *key);
void store_key_u64(struct store_key *key, uint64_t number);
void store_key_bytes(struct store_key *key, struct bytes bytes);
struct bytes store_key_get(const struct store_key *key);
/* The common key: one number. */
struct store_key store_key_number(uint64_t number);
uint64_t store_key_to_u64(struct bytes octets); /* the first 8 octets; 0 for fewer */

#endif
