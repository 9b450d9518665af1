#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/lmdb_private.h"

#define LOCK_NAME "writer.lock"
#define MAP_DEFAULT ((size_t)1 << (sizeof(size_t) > 4 ? 34 : 28))
#define MAP_LEAST ((size_t)1 << 20)

/* What the first transaction needs and finds out. */
struct opening {
	const struct store_options *options;
	uint32_t found;
	bool refused;  /* found is newer, or older without a way to migrate */
};

static int take_lock(struct store *store, struct error *err)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof path, "%s/%s", store->path, LOCK_NAME);
	if (n < 0 || (size_t)n >= sizeof path)
		return error_set(err, SIGNET_E_INVALID, "%s: path too long", store->path);
	store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (store->lock_fd < 0)
		return error_errno(err, "%s", path);
	if (flock(store->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return error_set(err, SIGNET_E_EXISTS, "%s: another process has it open",
		                 store->path);
	return error_errno(err, "%s", path);
}

/* The names of files that were just made must be as durable as what is written to them. */
static int sync_names(const char *path, struct error *err)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || (fsync(fd) && errno != EINVAL))
		return error_errno(err, "%s", path);
	_cleanup_fd_ int parent = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent >= 0 && fsync(parent) && errno != EINVAL)
		return error_errno(err, "%s/..", path);
	return 0; /* a parent that may not be read was not made by us */
}

static int copy_tables(struct store *store, const struct store_options *options)
{
	store->tables = calloc(options->table_count + 1, sizeof *store->tables);
	store->dbis = calloc(options->table_count + 1, sizeof *store->dbis);
	if (!store->tables || !store->dbis)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < options->table_count; i++) {
		const char *name = options->tables[i].name;
		if (!name[0] || strcmp(name, META_TABLE) == 0)
			return SIGNET_E_INVALID;
		store->tables[i].flags = options->tables[i].flags;
		store->tables[i].name = strdup(name);
		if (!store->tables[i].name)
			return SIGNET_E_NOMEM;
		store->table_count = i + 1;
	}
	return 0;
}

static int open_tables(struct store *store, MDB_txn *txn, unsigned flags)
{
	for (size_t i = 0; i < store->table_count; i++) {
		int rc = mdb_dbi_open(txn, store->tables[i].name, flags, &store->dbis[i]);
		if (rc)
			return rc;
	}
	return mdb_dbi_open(txn, META_TABLE, flags, &store->dbis[store->table_count]);
}

int tables_attach(struct store *store)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);
	if (rc)
		return rc;
	rc = open_tables(store, txn, 0);
	if (rc) {
		mdb_txn_abort(txn);
		return rc;
	}
	return mdb_txn_commit(txn); /* keeps the handles */
}

/* found 0: a new database. */
static int read_schema(struct store_txn *txn, uint32_t *found)
{
	MDB_dbi meta;
	MDB_val key = {sizeof META_SCHEMA - 1, META_SCHEMA}, value;
	int rc = mdb_dbi_open(txn->txn, META_TABLE, 0, &meta);
	if (rc == MDB_NOTFOUND) {
		MDB_stat stat;
		if ((rc = mdb_env_stat(txn->store->env, &stat)))
			return txn_fault(txn, rc);
		*found = 0;
		return stat.ms_entries ? store_fail(txn, SIGNET_E_CORRUPT) : 0;
	}
	if (rc == 0)
		rc = mdb_get(txn->txn, meta, &key, &value);
	if (rc)
		return rc == MDB_NOTFOUND ? store_fail(txn, SIGNET_E_CORRUPT) : txn_fault(txn, rc);
	const uint8_t *v = value.mv_data;
	if (value.mv_size != 4)
		return store_fail(txn, SIGNET_E_CORRUPT);
	*found = (uint32_t)v[0] << 24 | (uint32_t)v[1] << 16 | (uint32_t)v[2] << 8 | v[3];
	return *found ? 0 : store_fail(txn, SIGNET_E_CORRUPT);
}

static int write_schema(struct store_txn *txn, uint32_t schema)
{
	uint8_t octets[4] = {(uint8_t)(schema >> 24), (uint8_t)(schema >> 16),
	                     (uint8_t)(schema >> 8), (uint8_t)schema};
	MDB_val key = {sizeof META_SCHEMA - 1, META_SCHEMA}, value = {sizeof octets, octets};
	MDB_dbi meta = txn->store->dbis[txn->store->table_count];
	int rc = mdb_put(txn->txn, meta, &key, &value, 0);
	return rc ? txn_fault(txn, rc) : 0;
}

/* The first transaction: makes the tables and brings the schema up to date, or nothing. */
static int prepare(struct store_txn *txn, void *arg)
{
	struct opening *opening = arg;
	const struct store_options *options = opening->options;
	txn->wrote = true;
	if (read_schema(txn, &opening->found))
		return store_error(txn);
	uint32_t found = opening->found;
	opening->refused = found > options->schema ||
	                   (found && found < options->schema && !options->migrate);
	if (opening->refused)
		return SIGNET_E_VERSION;
	int rc = open_tables(txn->store, txn->txn, MDB_CREATE);
	if (rc)
		return txn_fault(txn, rc);
	if (found == options->schema)
		return 0;
	if (found) {
		int result = options->migrate(txn, found, options->migrate_arg);
		if (result)
			return result;
	}
	return write_schema(txn, options->schema);
}

static int open_schema(struct store *store, const struct store_options *options,
                       struct error *err)
{
	struct opening opening = {.options = options};
	int result = store_write(store, prepare, &opening, err);
	if (opening.refused)
		return error_set(err, SIGNET_E_VERSION,
		                 "%s: the database has version %u, this program knows %u",
		                 store->path, opening.found, options->schema);
	if (result)
		error_prefix(err, "%s", store->path);
	atomic_store_explicit(&store->commits, 0, memory_order_relaxed);
	atomic_store_explicit(&store->writes, 0, memory_order_relaxed);
	return result;
}

/* The address space may be limited: less of it will do, the map grows when it must. */
static int open_environment(struct store *store, size_t size, struct error *err)
{
	if (size < MAP_LEAST)
		size = size ? MAP_LEAST : MAP_DEFAULT;
	int rc = env_open(store, size);
	while (rc == ENOMEM && size / 2 >= MAP_LEAST)
		rc = env_open(store, size /= 2);
	if (rc == 0)
		return 0;
	int result = env_error(err, rc);
	error_prefix(err, "%s", store->path);
	return result;
}

static struct store *new_store(const char *path)
{
	struct store *store = calloc(1, sizeof *store);
	if (!store)
		return NULL;
	store->lock_fd = -1;
	store->queue_end = &store->queue;
	pthread_mutex_init(&store->queue_lock, NULL);
	pthread_cond_init(&store->queue_idle, NULL);
	pthread_mutex_init(&store->gate_lock, NULL);
	pthread_cond_init(&store->gate_changed, NULL);
	/* it is opened again after some failures, when the working directory may be another */
	store->path = realpath(path, NULL);
	return store;
}

int store_open(struct store **out, const struct store_options *options, struct error *err)
{
	if (options->schema == 0)
		return error_set(err, SIGNET_E_INVALID, "a schema version counts from 1");
	int result = file_make_directory(options->path, 0700, err);
	if (result)
		return result;
	struct store *store = new_store(options->path);
	if (!store)
		result = error_nomem(err);
	else if (!store->path)
		result = error_errno(err, "%s", options->path);
	else if ((result = copy_tables(store, options)))
		error_set(err, result, "the list of tables cannot be used");
	else if ((result = take_lock(store, err)) == 0 &&
	         (result = open_environment(store, options->initial_size, err)) == 0 &&
	         (result = sync_names(store->path, err)) == 0)
		result = open_schema(store, options, err);
	if (result) {
		store_close(store);
		return result;
	}
	*out = store;
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	pthread_mutex_lock(&store->queue_lock);
	store->closing = true;
	while (store->leading)
		pthread_cond_wait(&store->queue_idle, &store->queue_lock);
	pthread_mutex_unlock(&store->queue_lock);
	gate_end(store);
	env_close(store);
	file_close(&store->lock_fd);
	pthread_cond_destroy(&store->gate_changed);
	pthread_mutex_destroy(&store->gate_lock);
	pthread_cond_destroy(&store->queue_idle);
	pthread_mutex_destroy(&store->queue_lock);
	for (size_t i = 0; i < store->table_count; i++)
		free((char *)store->tables[i].name);
	free(store->tables);
	free(store->dbis);
	free(store->path);
	free(store);
}

static uint64_t pages(MDB_txn *txn, MDB_dbi dbi)
{
	MDB_stat stat;
	if (mdb_stat(txn, dbi, &stat))
		return 0;
	return (stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages) *
	       (uint64_t)stat.ms_psize;
}

static int measure(struct store_txn *txn, void *arg)
{
	struct store_stats *out = arg;
	MDB_stat stat;
	struct stat file;
	int fd;
	int rc = mdb_env_stat(txn->store->env, &stat);
	if (rc)
		return txn_fault(txn, rc);
	/* two root pages; the list of free pages and the list of tables are 0 and 1 to LMDB */
	out->used = 2 * stat.ms_psize + pages(txn->txn, 0) + pages(txn->txn, 1);
	for (size_t i = 0; i <= txn->store->table_count; i++)
		out->used += pages(txn->txn, txn->store->dbis[i]);
	if (mdb_env_get_fd(txn->store->env, &fd) == 0 && fstat(fd, &file) == 0)
		out->file = (uint64_t)file.st_size;
	return 0;
}

void store_watch_commits(struct store *store, void (*watch)(void *arg, int64_t duration_us),
                         void *arg)
{
	store->watch = watch;
	store->watch_arg = arg;
}

static uint64_t count_waiting(struct store *store)
{
	uint64_t count = 0;
	pthread_mutex_lock(&store->queue_lock);
	for (const struct write *write = store->queue; write; write = write->next)
		count++;
	pthread_mutex_unlock(&store->queue_lock);
	return count;
}

void store_stats(struct store *store, struct store_stats *out)
{
	*out = (struct store_stats){
		.commits = atomic_load_explicit(&store->commits, memory_order_relaxed),
		.writes = atomic_load_explicit(&store->writes, memory_order_relaxed),
		.waiting = count_waiting(store),
	};
	store_read(store, measure, out, NULL);
}

/* Of LMDB's list of free pages, whose values begin with how many they are. */
static int count_free(MDB_txn *txn, uint64_t *out)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	uint64_t total = 0;
	int rc = mdb_cursor_open(txn, 0, &cursor);
	if (rc)
		return rc;
	while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		size_t count = 0;
		if (value.mv_size >= sizeof count)
			memcpy(&count, value.mv_data, sizeof count);
		total += count;
	}
	mdb_cursor_close(cursor);
	*out = total;
	return rc == MDB_NOTFOUND ? 0 : rc;
}

int store_count_pages(struct store_txn *txn, struct store_pages *out)
{
	MDB_envinfo info;
	MDB_stat stat;
	if (txn->error)
		return txn->error;
	int rc = mdb_env_info(txn->store->env, &info);
	if (rc == 0)
		rc = mdb_env_stat(txn->store->env, &stat);
	if (rc == 0)
		rc = count_free(txn->txn, &out->free);
	if (rc)
		return txn_fault(txn, rc);
	out->page_size = stat.ms_psize;
	out->pages = info.me_last_pgno + 1;
	out->map = info.me_mapsize;
	return 0;
}

int store_table_stats(struct store_txn *txn, unsigned table, struct store_table_stats *out)
{
	if (txn_check_table(txn, table))
		return txn->error;
	out->name = txn->store->tables[table].name;
	out->entries = store_count(txn, table);
	out->octets = pages(txn->txn, txn->store->dbis[table]);
	return txn->error;
}
