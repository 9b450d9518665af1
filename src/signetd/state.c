#include "signetd/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

#define RETRY_NS 20000000 /* between two tries to take a role's lock */

/* A folder below the open directory; a link in its place is refused. */
static int prepare_folder(int directory, const char *name, mode_t mode,
                          const struct identity *owner, struct error *err)
{
	if (mkdirat(directory, name, mode) && errno != EEXIST)
		return error_errno(err, "%s in the state directory", name);
	_cleanup_fd_ int fd =
		openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat info;
	if (fd < 0 || fstat(fd, &info))
		return error_errno(err, "%s in the state directory", name);
	if (geteuid() == 0 && owner->user && (info.st_uid != owner->uid || info.st_gid != owner->gid) &&
	    fchown(fd, owner->uid, owner->gid))
		return error_errno(err, "%s in the state directory", name);
	if ((info.st_mode & 07777) != mode && fchmod(fd, mode))
		return error_errno(err, "%s in the state directory", name);
	return 0;
}

/* What lies in it is made by the engine alone, and each file anew: with its folders it has another
 * user as soon as the configuration says so. */
static int prepare_public(int directory, const struct identity *engine, struct error *err)
{
	int result = prepare_folder(directory, "public", 0755, engine, err);
	if (result)
		return result;
	_cleanup_fd_ int fd =
		openat(directory, "public", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "public in the state directory");
	result = prepare_folder(fd, "crl", 0755, engine, err);
	return result ? result : prepare_folder(fd, "ca", 0755, engine, err);
}

int state_prepare(const char *directory, const struct state_owners *owners, struct error *err)
{
	int result = file_make_directory(directory, 0755, err);
	if (result)
		return result;
	_cleanup_fd_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "%s", directory);
	/* the engine goes through the adviser's to its socket */
	if (!(result = prepare_folder(fd, "engine", 0700, owners->engine, err)) &&
	    !(result = prepare_folder(fd, "gateway", 0700, owners->gateway, err)) &&
	    !(result = prepare_folder(fd, "publisher", 0700, owners->publisher, err)) &&
	    !(result = prepare_folder(fd, "adviser", 0711, owners->adviser, err)))
		result = prepare_folder(fd, "run", 0755, owners->engine, err);
	if (result == 0)
		result = prepare_public(fd, owners->engine, err);
	return result;
}

static int open_lock(int *fd, const char *path, struct error *err)
{
	*fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return *fd < 0 ? error_errno(err, "%s", path) : 0;
}

static int lock_path(char *path, size_t size, const char *directory, const char *name,
                     struct error *err)
{
	int n = snprintf(path, size, "%s/%s", directory, name);
	return n < 0 || (size_t)n >= size
	               ? error_set(err, SIGNET_E_INVALID, "%s: path too long", directory)
	               : 0;
}

int state_lock(int *out, const char *directory, struct error *err)
{
	char path[4096], text[32] = "";
	_cleanup_fd_ int fd = -1;
	int result = lock_path(path, sizeof path, directory, "signetd.lock", err);
	if (result || (result = open_lock(&fd, path, err)))
		return result;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK)
			return error_errno(err, "%s", path);
		ssize_t n = pread(fd, text, sizeof text - 1, 0);
		text[n > 0 ? strcspn(text, "\n") : 0] = '\0';
		return error_set(err, SIGNET_E_EXISTS, "%s: another signetd (process %s) uses it",
		                 directory, text[0] ? text : "?");
	}
	int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) || pwrite(fd, text, (size_t)n, 0) != n)
		return error_errno(err, "%s", path);
	*out = fd;
	fd = -1;
	return 0;
}

int state_lock_role(int *out, const char *directory, const char *role, int64_t wait_us,
                    struct error *err)
{
	char path[4096], name[64];
	snprintf(name, sizeof name, "%s/lock", role);
	_cleanup_fd_ int fd = -1;
	int result = lock_path(path, sizeof path, directory, name, err);
	if (result || (result = open_lock(&fd, path, err)))
		return result;
	int64_t end = clock_monotonic_us() + wait_us;
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_errno(err, "%s", path);
		if (clock_monotonic_us() >= end)
			return error_set(err, SIGNET_E_EXISTS, "%s: another %s uses it", directory,
			                 role);
		nanosleep(&(struct timespec){0, RETRY_NS}, NULL);
	}
	*out = fd;
	fd = -1;
	return 0;
}
