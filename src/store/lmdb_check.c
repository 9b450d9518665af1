#include "store/lmdb_private.h"

#define FREE_PAGES 0 /* LMDB's own tables */
#define TABLE_NAMES 1
#define NAME_MAX_OF_LMDB 511

/* LMDB checks the kind of a page where it expects keys, but nothing of the pages of a large
 * value: there the number that each page begins with tells where it lies in the file. */
static bool is_whole(const MDB_val *value, size_t page_size, uint64_t cut_at)
{
	uint64_t number;
	size_t offset = (uintptr_t)value->mv_data % page_size;
	if (value->mv_size == 0)
		return true; /* it has no place of its own */
	memcpy(&number, (const uint8_t *)value->mv_data - offset, sizeof number);
	return number != 0 && number * page_size + offset + value->mv_size <= cut_at;
}

static int check_table(MDB_txn *txn, MDB_dbi dbi, uint64_t cut_at)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	MDB_stat stat;
	int rc = mdb_stat(txn, dbi, &stat);
	if (rc == 0)
		rc = mdb_cursor_open(txn, dbi, &cursor);
	if (rc)
		return rc;
	while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0)
		if (!is_whole(&value, stat.ms_psize, cut_at)) {
			rc = MDB_CORRUPTED;
			break;
		}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int check_named(MDB_env *env, const MDB_val *name, uint64_t cut_at)
{
	char text[NAME_MAX_OF_LMDB + 1];
	MDB_txn *txn;
	MDB_dbi dbi;
	if (name->mv_size >= sizeof text)
		return MDB_CORRUPTED;
	memcpy(text, name->mv_data, name->mv_size);
	text[name->mv_size] = '\0';
	int rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
	if (rc)
		return rc;
	rc = mdb_dbi_open(txn, text, 0, &dbi);
	if (rc == 0)
		rc = check_table(txn, dbi, cut_at);
	mdb_txn_abort(txn); /* and with it the handle */
	return rc == MDB_INCOMPATIBLE ? 0 : rc;
}

int check_cut_file(MDB_env *env, uint64_t cut_at)
{
	MDB_txn *txn;
	MDB_cursor *names;
	MDB_val name, value;
	int rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
	if (rc)
		return rc;
	if ((rc = check_table(txn, FREE_PAGES, cut_at)) == 0 &&
	    (rc = check_table(txn, TABLE_NAMES, cut_at)) == 0 &&
	    (rc = mdb_cursor_open(txn, TABLE_NAMES, &names)) == 0) {
		while ((rc = mdb_cursor_get(names, &name, &value, MDB_NEXT)) == 0 &&
		       (rc = check_named(env, &name, cut_at)) == 0)
			;
		mdb_cursor_close(names);
	}
	mdb_txn_abort(txn);
	return rc == MDB_NOTFOUND ? 0 : rc;
}
