#include <stdlib.h>

#include "store/lmdb_private.h"

static __thread struct store_txn *innermost;

void txn_begin(struct store_txn *txn, struct store *store, MDB_txn *handle, bool writable)
{
	/* field by field: the spare cursors are set up when they are used */
	txn->store = store;
	txn->txn = handle;
	txn->outer = innermost;
	txn->error = 0;
	txn->fault = 0;
	txn->writable = writable;
	txn->wrote = false;
	txn->lent = false;
	txn->spare_used = 0;
	txn->cursors = NULL;
	innermost = txn;
}

void txn_end(struct store_txn *txn)
{
	while (txn->cursors)
		store_cursor_close(txn->cursors);
	innermost = txn->outer;
}

bool txn_is_inside(const struct store *store)
{
	for (const struct store_txn *txn = innermost; txn; txn = txn->outer)
		if (txn->store == store)
			return true;
	return false;
}

int store_error(const struct store_txn *txn)
{
	return txn->error;
}

int store_fail(struct store_txn *txn, int code)
{
	if (!txn->error)
		txn->error = code;
	return txn->error;
}

int txn_fault(struct store_txn *txn, int rc)
{
	if (!txn->error) {
		txn->error = env_code(rc);
		txn->fault = rc;
	}
	return txn->error;
}

int txn_check_table(struct store_txn *txn, unsigned table)
{
	if (txn->error)
		return txn->error;
	return table < txn->store->table_count ? 0 : store_fail(txn, SIGNET_E_INTERNAL);
}

int txn_check_key(struct store_txn *txn, struct bytes key)
{
	if (txn->error)
		return txn->error;
	return key.length <= STORE_KEY_MAX ? 0 : store_fail(txn, SIGNET_E_TOO_BIG);
}

static MDB_val to_val(struct bytes bytes)
{
	return (MDB_val){bytes.length, (void *)bytes.data};
}

int store_get(struct store_txn *txn, unsigned table, struct bytes key, struct bytes *value)
{
	if (txn_check_table(txn, table) || txn_check_key(txn, key))
		return txn->error;
	if (!key.length)
		return SIGNET_E_NOT_FOUND;
	MDB_val k = to_val(key), v;
	int rc = mdb_get(txn->txn, txn->store->dbis[table], &k, &v);
	if (rc == MDB_NOTFOUND)
		return SIGNET_E_NOT_FOUND;
	if (rc)
		return txn_fault(txn, rc);
	txn->lent = true;
	*value = bytes_make(v.mv_data, v.mv_size);
	return 0;
}

bool store_has(struct store_txn *txn, unsigned table, struct bytes key)
{
	struct bytes value;
	return store_get(txn, table, key, &value) == 0;
}

static int check_write(struct store_txn *txn, unsigned table, struct bytes key)
{
	if (txn_check_table(txn, table) || txn_check_key(txn, key))
		return txn->error;
	if (!txn->writable)
		return store_fail(txn, SIGNET_E_STATE);
	for (struct store_cursor *cursor = txn->cursors; cursor; cursor = cursor->next)
		cursor_save(cursor);
	txn->wrote = true;
	return 0;
}

/* LMDB's append fills each page, but wants a key behind all others. */
static int put_value(struct store_txn *txn, unsigned table, MDB_val *key, MDB_val *value,
                     unsigned flags)
{
	MDB_dbi dbi = txn->store->dbis[table];
	MDB_val given = *value;
	if (txn->store->tables[table].flags & STORE_GROWING) {
		int rc = mdb_put(txn->txn, dbi, key, value, flags | MDB_APPEND);
		if (rc != MDB_KEYEXIST)
			return rc;
		*value = given;
	}
	return mdb_put(txn->txn, dbi, key, value, flags);
}

static int write_value(struct store_txn *txn, unsigned table, struct bytes key,
                       struct bytes value, unsigned flags)
{
	if (check_write(txn, table, key))
		return txn->error;
	if (!key.length)
		return store_fail(txn, SIGNET_E_INVALID);
	uint8_t key_copy[STORE_KEY_MAX];
	uint8_t *value_copy = NULL;
	MDB_val k = to_val(key), v = to_val(value);
	/* what was read from a page may be written straight to another place: LMDB would read
	 * it from the page while it moves the page's content */
	if (txn->lent) {
		memcpy(key_copy, key.data, key.length);
		k.mv_data = key_copy;
	}
	if (txn->lent && value.length) {
		value_copy = malloc(value.length);
		if (!value_copy)
			return store_fail(txn, SIGNET_E_NOMEM);
		memcpy(value_copy, value.data, value.length);
		v.mv_data = value_copy;
	}
	int rc = put_value(txn, table, &k, &v, flags);
	free(value_copy);
	txn->lent = false;
	if (rc == MDB_KEYEXIST)
		return store_fail(txn, SIGNET_E_EXISTS);
	return rc ? txn_fault(txn, rc) : 0;
}

int store_put(struct store_txn *txn, unsigned table, struct bytes key, struct bytes value)
{
	return write_value(txn, table, key, value, 0);
}

int store_insert(struct store_txn *txn, unsigned table, struct bytes key, struct bytes value)
{
	return write_value(txn, table, key, value, MDB_NOOVERWRITE);
}

int store_delete(struct store_txn *txn, unsigned table, struct bytes key)
{
	if (check_write(txn, table, key))
		return txn->error;
	if (!key.length)
		return SIGNET_E_NOT_FOUND;
	MDB_val k = to_val(key);
	int rc = mdb_del(txn->txn, txn->store->dbis[table], &k, NULL);
	txn->lent = false;
	if (rc == MDB_NOTFOUND)
		return SIGNET_E_NOT_FOUND;
	return rc ? txn_fault(txn, rc) : 0;
}

uint64_t store_count(struct store_txn *txn, unsigned table)
{
	MDB_stat stat;
	if (txn_check_table(txn, table))
		return 0;
	int rc = mdb_stat(txn->txn, txn->store->dbis[table], &stat);
	if (rc)
		txn_fault(txn, rc);
	return rc ? 0 : stat.ms_entries;
}
