/*
 * LMDB writes its copy into a pipe, from a thread of its own; the caller's
 * thread carries it to the file. So the copy can be ended between two
 * portions: when nobody wants it any more, and when the map has to grow, for
 * which writers would wait until the last read is over.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/lmdb_private.h"

#define PORTION (1 << 20)
#define LOOK_EVERY_MS 100
/* Each new attempt finds a map twice as large. */
#define ATTEMPTS 8

/* Not a code of LMDB or the system. */
#define GATE_WAITS (-40001)
#define UNWANTED (-40002)

struct copying {
	int fd;
	bool (*is_unwanted)(void *arg);
	void *arg;
	int rc; /* what ended it */
};

struct source {
	MDB_env *env;
	int fd; /* of the pipe */
	int rc;
};

static void *write_source(void *arg)
{
	struct source *source = arg;
	source->rc = mdb_env_copyfd2(source->env, source->fd, MDB_CP_COMPACT);
	file_close(&source->fd);
	return NULL;
}

static bool gate_waits(struct store *store)
{
	pthread_mutex_lock(&store->gate_lock);
	bool waits = store->gate_closed || store->ending;
	pthread_mutex_unlock(&store->gate_lock);
	return waits;
}

/* Starts what is on its way to the disk early: a sync of the writer's must not wait for all of it. */
static void push_out(int fd, off_t done)
{
	sync_file_range(fd, done, PORTION, SYNC_FILE_RANGE_WRITE);
}

/* Carries all of the pipe to the file: 0, or why not. */
static int carry(struct store *store, const struct copying *copying, int from, uint8_t *portion)
{
	struct pollfd ready = {from, POLLIN, 0};
	for (off_t done = 0;;) {
		if (copying->is_unwanted && copying->is_unwanted(copying->arg))
			return UNWANTED;
		if (gate_waits(store))
			return GATE_WAITS;
		if (poll(&ready, 1, LOOK_EVERY_MS) <= 0)
			continue;
		ssize_t n = read(from, portion, PORTION);
		if (n == 0)
			return 0;
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0 || file_write_all(copying->fd, bytes_make(portion, (size_t)n)))
			return errno ? errno : EIO;
		push_out(copying->fd, done);
		done += n;
	}
}

static int copy_from(struct store *store, const struct copying *copying, uint8_t *portion)
{
	int ends[2];
	pthread_t thread;
	if (pipe2(ends, O_CLOEXEC))
		return errno;
	/* a system that has no such large ones to give away has smaller ones */
	(void)fcntl(ends[1], F_SETPIPE_SZ, PORTION);
	struct source source = {store->env, ends[1], 0};
	if (pthread_create(&thread, NULL, write_source, &source)) {
		file_close(&ends[0]);
		file_close(&ends[1]);
		return ENOMEM;
	}
	int rc = carry(store, copying, ends[0], portion);
	/* ends the thread, if it has not ended: its next write fails */
	file_close(&ends[0]);
	pthread_join(thread, NULL);
	return rc ? rc : source.rc;
}

/* In a read, so that the environment stands. */
static int copy(struct store_txn *txn, void *arg)
{
	struct copying *copying = arg;
	uint8_t *portion = malloc(PORTION);
	copying->rc = portion ? copy_from(txn->store, copying, portion) : ENOMEM;
	free(portion);
	return 0;
}

static int failed(struct error *err, int rc)
{
	if (rc == UNWANTED)
		return error_set(err, SIGNET_E_STATE, "the copy was given up");
	if (rc == GATE_WAITS)
		return error_set(err, SIGNET_E_UNAVAILABLE,
		                 "the database is being closed, or grows too quickly to be copied");
	if (rc == MDB_INCOMPATIBLE)
		return error_set(err, SIGNET_E_CORRUPT, "the database is damaged: pages are lost in it");
	int code = env_error(err, rc);
	if (code == SIGNET_E_FULL)
		error_set(err, code, "no space left for the copy of the database");
	return code;
}

int store_copy(struct store *store, int fd, bool (*is_unwanted)(void *arg), void *arg,
               struct error *err)
{
	struct copying copying = {.fd = fd, .is_unwanted = is_unwanted, .arg = arg};
	for (unsigned i = 0; i < ATTEMPTS; i++) {
		if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET) < 0)
			return error_errno(err, "the file of the copy");
		int result = store_read(store, copy, &copying, err);
		if (result || copying.rc != GATE_WAITS)
			return result ? result : copying.rc ? failed(err, copying.rc) : 0;
	}
	return failed(err, GATE_WAITS);
}

/* 0, or why it is no file of a database: a link would lead elsewhere, and a pipe would not end. */
static int check_file(const char *path)
{
	struct stat info;
	if (lstat(path, &info))
		return errno;
	return S_ISREG(info.st_mode) ? 0 : MDB_INVALID;
}

/* LMDB makes files where it finds none; a database without its lock is open nowhere. */
static int open_directory(MDB_env **out, const char *path)
{
	char lock[PATH_MAX], data[PATH_MAX];
	MDB_env *env;
	if (snprintf(lock, sizeof lock, "%s/lock.mdb", path) >= (int)sizeof lock ||
	    snprintf(data, sizeof data, "%s/data.mdb", path) >= (int)sizeof data)
		return ENAMETOOLONG;
	int rc = check_file(data);
	if (rc)
		return rc;
	unsigned flags = MDB_RDONLY | MDB_NOTLS;
	rc = check_file(lock);
	if (rc == ENOENT)
		flags |= MDB_NOLOCK;
	else if (rc)
		return rc;
	if ((rc = mdb_env_create(&env)))
		return rc;
	if ((rc = mdb_env_open(env, path, flags, 0600))) {
		mdb_env_close(env);
		return rc;
	}
	*out = env;
	return 0;
}

int store_copy_directory(const char *path, int fd, struct error *err)
{
	MDB_env *env;
	int rc = open_directory(&env, path);
	if (rc == 0) {
		rc = mdb_env_copyfd2(env, fd, MDB_CP_COMPACT);
		mdb_env_close(env);
	}
	if (rc == ENOENT || rc == EACCES || rc == EPERM)
		return error_set(err, rc == ENOENT ? SIGNET_E_NOT_FOUND : SIGNET_E_PERMISSION, "%s: %s",
		                 path, strerrordesc_np(rc));
	return rc ? failed(err, rc) : 0;
}
