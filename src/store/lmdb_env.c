#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/lmdb_private.h"

#define PROBE_SIZE (1 << 20)

int env_code(int rc)
{
	switch (rc) {
	case 0:
		return 0;
	case MDB_NOTFOUND:
		return SIGNET_E_NOT_FOUND;
	case MDB_KEYEXIST:
		return SIGNET_E_EXISTS;
	case ENOMEM:
		return SIGNET_E_NOMEM;
	case MDB_MAP_FULL:
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return SIGNET_E_FULL;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
	case MDB_INCOMPATIBLE:
		return SIGNET_E_CORRUPT;
	case MDB_TXN_FULL:
	case MDB_BAD_VALSIZE:
		return SIGNET_E_TOO_BIG;
	case MDB_READERS_FULL:
	case MDB_MAP_RESIZED:
		return SIGNET_E_UNAVAILABLE;
	case MDB_PANIC:
		return SIGNET_E_IO;
	default:
		return rc > 0 ? SIGNET_E_IO : SIGNET_E_INTERNAL;
	}
}

static const char *code_text(int code)
{
	switch (code) {
	case SIGNET_E_FULL:
		return "no space left for the database";
	case SIGNET_E_CORRUPT:
		return "the database is damaged";
	case SIGNET_E_NOMEM:
		return "out of memory";
	case SIGNET_E_TOO_BIG:
		return "too much for one transaction of the database";
	case SIGNET_E_UNAVAILABLE:
		return "the database is busy";
	default:
		return "the database failed";
	}
}

int env_error(struct error *err, int rc)
{
	int code = error_set(err, env_code(rc), "%s", code_text(env_code(rc)));
	error_detail(err, "%s", mdb_strerror(rc));
	return code;
}

/* Pages at the end that a transaction took and gave back were never written: the file may be
 * shorter than the database, by right or because it was cut. To read behind its end would raise
 * SIGBUS, so it is extended, if nothing was lost. */
static int extend_short_file(MDB_env *env)
{
	MDB_envinfo info;
	MDB_stat stat;
	struct stat file;
	int fd;
	mdb_env_info(env, &info);
	mdb_env_stat(env, &stat);
	mdb_env_get_fd(env, &fd);
	off_t needed = (off_t)(info.me_last_pgno + 1) * (off_t)stat.ms_psize;
	if (fstat(fd, &file))
		return errno;
	if (file.st_size >= needed)
		return 0;
	if (ftruncate(fd, needed))
		return errno;
	int rc = check_cut_file(env, (uint64_t)file.st_size);
	/* as it was found, so that the damage is seen again and can be examined */
	if (rc && ftruncate(fd, file.st_size))
		return errno;
	return rc;
}

/* LMDB opens its file of data without it: a program that a module starts must not get at it. */
static int close_on_exec(MDB_env *env)
{
	int fd;
	int rc = mdb_env_get_fd(env, &fd);
	return rc == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) ? errno : rc;
}

int env_open(struct store *store, size_t map_size)
{
	MDB_env *env;
	int dead;
	int rc = mdb_env_create(&env);
	if (rc)
		return rc;
	if ((rc = mdb_env_set_maxdbs(env, (MDB_dbi)store->table_count + 1)) ||
	    (rc = mdb_env_set_maxreaders(env, READERS_MAX + 100)) ||
	    (rc = mdb_env_set_mapsize(env, map_size)) ||
	    (rc = mdb_env_open(env, store->path, MDB_NOTLS, 0600)) ||
	    (rc = close_on_exec(env)) || (rc = mdb_reader_check(env, &dead)) || (rc = extend_short_file(env))) {
		mdb_env_close(env);
		return rc;
	}
	store->env = env;
	store->map_size = map_size;
	return 0;
}

void env_close(struct store *store)
{
	gate_drop_idle(store);
	if (store->env)
		mdb_env_close(store->env);
	store->env = NULL;
}

bool env_is_repairable(int rc)
{
	return rc == MDB_MAP_FULL || rc == MDB_MAP_RESIZED || rc == MDB_PANIC;
}

/* After a failed write of its root page LMDB refuses everything until it is opened anew. */
static int reopen(struct store *store)
{
	env_close(store);
	int rc = env_open(store, store->map_size);
	if (rc == 0 && (rc = tables_attach(store)))
		env_close(store);
	return rc;
}

/* size 0: what the file says. */
static int resize(struct store *store, size_t size)
{
	int rc = mdb_env_set_mapsize(store->env, size);
	if (rc) {
		/* the old map is gone already */
		int opened = reopen(store);
		return opened ? opened : rc;
	}
	MDB_envinfo info;
	mdb_env_info(store->env, &info);
	store->map_size = info.me_mapsize;
	return 0;
}

int env_repair(struct store *store, int rc)
{
	gate_close(store);
	if (rc == MDB_MAP_FULL) {
		MDB_envinfo info;
		mdb_env_info(store->env, &info);
		size_t size;
		if (__builtin_mul_overflow(info.me_mapsize, 2, &size))
			rc = MDB_MAP_FULL;
		else
			rc = resize(store, size);
	} else if (rc == MDB_MAP_RESIZED) {
		rc = resize(store, 0);
	} else {
		rc = reopen(store);
	}
	gate_open(store);
	return rc;
}

int env_commit_code(struct store *store, int rc)
{
	int fd;
	struct stat file;
	if (rc != EIO || mdb_env_get_fd(store->env, &fd) || fstat(fd, &file))
		return rc;
	int probe = posix_fallocate(fd, file.st_size, PROBE_SIZE);
	return env_code(probe) == SIGNET_E_FULL ? probe : rc;
}
