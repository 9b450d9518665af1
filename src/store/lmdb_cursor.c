#include <stdlib.h>

#include "store/lmdb_private.h"

static struct store_cursor *take_cursor(struct store_txn *txn)
{
	for (unsigned i = 0; i < CURSORS_SPARE; i++) {
		if (txn->spare_used >> i & 1)
			continue;
		txn->spare_used |= 1u << i;
		txn->spare[i].spare = true;
		return &txn->spare[i];
	}
	struct store_cursor *cursor = malloc(sizeof *cursor);
	if (cursor)
		cursor->spare = false;
	return cursor;
}

static void give_cursor(struct store_txn *txn, struct store_cursor *cursor)
{
	if (cursor->spare)
		txn->spare_used &= ~(1u << (cursor - txn->spare));
	else
		free(cursor);
}

int store_cursor_open(struct store_cursor **out, struct store_txn *txn, unsigned table)
{
	if (txn_check_table(txn, table))
		return txn->error;
	struct store_cursor *cursor = take_cursor(txn);
	if (!cursor)
		return store_fail(txn, SIGNET_E_NOMEM);
	int rc = mdb_cursor_open(txn->txn, txn->store->dbis[table], &cursor->cursor);
	if (rc) {
		give_cursor(txn, cursor);
		return txn_fault(txn, rc);
	}
	cursor->txn = txn;
	cursor->table = table;
	cursor->place = CURSOR_BEFORE;
	cursor->stale = false;
	cursor->key = cursor->value = BYTES_NONE;
	cursor->next = txn->cursors;
	txn->cursors = cursor;
	*out = cursor;
	return 0;
}

void store_cursor_close(struct store_cursor *cursor)
{
	if (!cursor)
		return;
	struct store_txn *txn = cursor->txn;
	struct store_cursor **at = &txn->cursors;
	while (*at != cursor)
		at = &(*at)->next;
	*at = cursor->next;
	mdb_cursor_close(cursor->cursor);
	give_cursor(txn, cursor);
}

void cursor_save(struct store_cursor *cursor)
{
	if (cursor->place != CURSOR_ON || cursor->stale)
		return;
	memcpy(cursor->saved, cursor->key.data, cursor->key.length);
	cursor->key.data = cursor->saved;
	cursor->value = BYTES_NONE;
	cursor->stale = true;
}

/* Runs an LMDB cursor operation; outside: the place when there is no such entry. */
static int move(struct store_cursor *cursor, MDB_cursor_op op, struct bytes key,
                enum cursor_place outside)
{
	MDB_val k = {key.length, (void *)key.data}, v;
	int rc = mdb_cursor_get(cursor->cursor, &k, &v, op);
	if (rc == 0 && k.mv_size > STORE_KEY_MAX)
		rc = MDB_CORRUPTED; /* no call of ours wrote it */
	if (rc) {
		cursor->place = rc == MDB_NOTFOUND ? outside : CURSOR_BEFORE;
		cursor->stale = false;
		cursor->key = cursor->value = BYTES_NONE;
		return rc == MDB_NOTFOUND ? SIGNET_E_NOT_FOUND : txn_fault(cursor->txn, rc);
	}
	cursor->place = CURSOR_ON;
	cursor->stale = false;
	cursor->key = bytes_make(k.mv_data, k.mv_size);
	cursor->value = bytes_make(v.mv_data, v.mv_size);
	cursor->txn->lent = true;
	return 0;
}

int store_seek(struct store_cursor *cursor, struct bytes key)
{
	if (txn_check_key(cursor->txn, key))
		return cursor->txn->error;
	MDB_cursor_op op = key.length ? MDB_SET_RANGE : MDB_FIRST;
	return move(cursor, op, key, CURSOR_AFTER);
}

int store_seek_before(struct store_cursor *cursor, struct bytes key)
{
	if (txn_check_key(cursor->txn, key))
		return cursor->txn->error;
	if (!key.data)
		return move(cursor, MDB_LAST, BYTES_NONE, CURSOR_BEFORE);
	int result = store_seek(cursor, key);
	if (result == 0)
		return move(cursor, MDB_PREV, BYTES_NONE, CURSOR_BEFORE);
	if (result == SIGNET_E_NOT_FOUND)
		return move(cursor, MDB_LAST, BYTES_NONE, CURSOR_BEFORE);
	return result;
}

int store_next(struct store_cursor *cursor)
{
	if (cursor->txn->error)
		return cursor->txn->error;
	if (cursor->place == CURSOR_AFTER)
		return SIGNET_E_NOT_FOUND;
	if (cursor->place == CURSOR_BEFORE)
		return move(cursor, MDB_FIRST, BYTES_NONE, CURSOR_AFTER);
	if (cursor->stale) {
		/* when the entry itself was deleted, the first one found is the next */
		struct bytes saved = cursor->key;
		int result = move(cursor, MDB_SET_RANGE, saved, CURSOR_AFTER);
		if (result || !bytes_equal(cursor->key, saved))
			return result;
	}
	return move(cursor, MDB_NEXT, BYTES_NONE, CURSOR_AFTER);
}

int store_previous(struct store_cursor *cursor)
{
	if (cursor->txn->error)
		return cursor->txn->error;
	if (cursor->place == CURSOR_BEFORE)
		return SIGNET_E_NOT_FOUND;
	if (cursor->place == CURSOR_AFTER)
		return move(cursor, MDB_LAST, BYTES_NONE, CURSOR_BEFORE);
	if (cursor->stale)
		return store_seek_before(cursor, cursor->key);
	return move(cursor, MDB_PREV, BYTES_NONE, CURSOR_BEFORE);
}

struct bytes store_cursor_key(const struct store_cursor *cursor)
{
	return cursor->key;
}

struct bytes store_cursor_value(const struct store_cursor *cursor)
{
	return cursor->value;
}
