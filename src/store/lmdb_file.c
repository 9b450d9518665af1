/* What a copy holds, looked at without making it a store. */
#include <errno.h>
#include <sys/stat.h>

#include "store/lmdb_private.h"

#define NAME_TABLE 1 /* LMDB's own */

/* To read behind the end of a file that was cut would raise SIGBUS. */
static int check_size(MDB_env *env, const char *path)
{
	MDB_envinfo info;
	MDB_stat stat_of_env;
	struct stat file;
	mdb_env_info(env, &info);
	mdb_env_stat(env, &stat_of_env);
	if (stat(path, &file))
		return MDB_CORRUPTED;
	return (uint64_t)file.st_size / stat_of_env.ms_psize < info.me_last_pgno + 1 ? MDB_CORRUPTED : 0;
}

static int read_schema(MDB_txn *txn, MDB_dbi dbi, uint32_t *schema)
{
	MDB_val key = {sizeof META_SCHEMA - 1, META_SCHEMA}, value;
	int rc = mdb_get(txn, dbi, &key, &value);
	if (rc)
		return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
	const uint8_t *v = value.mv_data;
	if (value.mv_size != 4)
		return MDB_CORRUPTED;
	*schema = (uint32_t)v[0] << 24 | (uint32_t)v[1] << 16 | (uint32_t)v[2] << 8 | v[3];
	return 0;
}

static int read_last(MDB_txn *txn, MDB_dbi dbi, struct store_inspection *out, struct buffer *last)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int rc = mdb_cursor_open(txn, dbi, &cursor);
	if (rc)
		return rc;
	rc = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
	if (rc == 0) {
		out->last = store_key_to_u64(bytes_make(key.mv_data, key.mv_size));
		buffer_append(last, value.mv_data, value.mv_size);
		rc = last->error ? ENOMEM : 0;
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int inspect_table(MDB_txn *txn, const MDB_val *name, const char *last_of,
                         struct store_inspection *out, struct buffer *last)
{
	struct store_inspected_table *table = &out->tables[out->table_count];
	MDB_stat stat;
	MDB_dbi dbi;
	if (name->mv_size >= sizeof table->name || out->table_count == STORE_TABLES_MAX)
		return MDB_CORRUPTED;
	memcpy(table->name, name->mv_data, name->mv_size);
	table->name[name->mv_size] = '\0';
	int rc = mdb_dbi_open(txn, table->name, 0, &dbi);
	if (rc == 0)
		rc = mdb_stat(txn, dbi, &stat);
	if (rc)
		return rc;
	if (strcmp(table->name, META_TABLE) == 0)
		return read_schema(txn, dbi, &out->schema);
	table->entries = stat.ms_entries;
	out->table_count++;
	return strcmp(table->name, last_of) == 0 ? read_last(txn, dbi, out, last) : 0;
}

static int inspect(MDB_txn *txn, const char *last_of, struct store_inspection *out,
                   struct buffer *last)
{
	MDB_cursor *cursor;
	MDB_val name, value;
	int rc = mdb_cursor_open(txn, NAME_TABLE, &cursor);
	if (rc)
		return rc;
	while ((rc = mdb_cursor_get(cursor, &name, &value, MDB_NEXT)) == 0 &&
	       (rc = inspect_table(txn, &name, last_of, out, last)) == 0)
		;
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND && out->schema ? 0 : rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
}

static int open_file(MDB_env **out, const char *path)
{
	MDB_env *env;
	int rc = mdb_env_create(&env);
	if (rc)
		return rc;
	if ((rc = mdb_env_set_maxdbs(env, STORE_TABLES_MAX + 1)) ||
	    (rc = mdb_env_open(env, path, MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS, 0600)) ||
	    (rc = check_size(env, path))) {
		mdb_env_close(env);
		return rc;
	}
	*out = env;
	return 0;
}

int store_inspect(struct store_inspection *out, struct buffer *last, const char *path,
                  const char *last_of, struct error *err)
{
	struct store_inspection found = {0};
	MDB_env *env;
	MDB_txn *txn;
	int rc = open_file(&env, path);
	if (rc == 0) {
		rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
		if (rc == 0) {
			rc = inspect(txn, last_of, &found, last);
			mdb_txn_abort(txn);
		}
		mdb_env_close(env);
	}
	if (rc) {
		env_error(err, rc == MDB_NOTFOUND || rc == MDB_INCOMPATIBLE ? MDB_CORRUPTED : rc);
		return error_prefix(err, "%s", path);
	}
	*out = found;
	return 0;
}
