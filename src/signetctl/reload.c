#include "signetctl/reload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"

#define LOCK "signetd.lock" /* src/signetd/state.h */
#define WAIT_US 20000000
#define PAUSE_NS 100000000

static int nobody(const char *state, struct error *err)
{
	return error_set(err, SIGNET_E_UNAVAILABLE, "no signetd runs on %s", state);
}

/* The process that the lock file names. That alone says nothing: see has_open. */
static int read_holder(const char *state, int fd, pid_t *out, struct error *err)
{
	char text[32];
	uint64_t number;
	if (flock(fd, LOCK_SH | LOCK_NB) == 0)
		return nobody(state, err);
	if (errno != EWOULDBLOCK)
		return error_errno(err, "%s/" LOCK, state);
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (text_to_uint(text, INT32_MAX, &number) || number < 2)
		return error_set(err, SIGNET_E_CORRUPT, "%s/" LOCK " names no process", state);
	*out = (pid_t)number;
	return 0;
}

/* Whether the process has this very file open. */
static bool has_open(pid_t pid, const struct stat *file)
{
	char path[64];
	bool found = false;
	snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
	DIR *directory = opendir(path);
	if (!directory)
		return false;
	for (const struct dirent *entry; !found && (entry = readdir(directory));) {
		struct stat info;
		found = fstatat(dirfd(directory), entry->d_name, &info, 0) == 0 &&
		        info.st_dev == file->st_dev && info.st_ino == file->st_ino;
	}
	closedir(directory);
	return found;
}

/* The process is held first and looked at then: it cannot become another one in between. */
static int signal_holder(const char *state, int fd, struct error *err)
{
	struct stat info;
	pid_t pid = 0;
	int result = read_holder(state, fd, &pid, err);
	if (result)
		return result;
	_cleanup_fd_ int process = pidfd_open(pid, 0);
	if (process < 0 && errno == ESRCH)
		return nobody(state, err);
	if (process < 0 || fstat(fd, &info))
		return error_errno(err, "process %ld", (long)pid);
	if (!has_open(pid, &info))
		return error_set(err, SIGNET_E_PERMISSION, "process %ld is not seen to hold %s/" LOCK
		                 ": its user, or root, must tell it to reload", (long)pid, state);
	if (pidfd_send_signal(process, SIGHUP, NULL, 0))
		return errno == EPERM ? error_set(err, SIGNET_E_PERMISSION, "signetd, process %ld, is "
		                                  "another user's", (long)pid)
		                      : error_errno(err, "process %ld", (long)pid);
	return 0;
}

int reload_signal(const char *state, struct error *err)
{
	char *path = file_below(state, LOCK);
	if (!path)
		return error_nomem(err);
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int result = fd >= 0 ? 0 : errno == ENOENT ? nobody(state, err) : error_errno(err, "%s", path);
	free(path);
	return result ? result : signal_holder(state, fd, err);
}

static int ask(struct command_context *context, const char *authority, struct bytes certificate,
               bool *is, struct error *err)
{
	struct signet_authority *list;
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	size_t count = 0;
	if (!arena)
		return error_nomem(err);
	int result = signet_list_authorities(context->client, arena, &list, &count, err);
	for (size_t i = 0; result == 0 && i < count; i++)
		if (strcmp(list[i].name, authority) == 0)
			*is = bytes_equal(list[i].certificate, certificate);
	arena_free(arena);
	return result;
}

int reload_wait(struct command_context *context, const char *authority, struct bytes certificate,
                struct error *err)
{
	const int64_t end = clock_monotonic_us() + WAIT_US;
	bool is = false;
	if (command_client(context))
		return error_set(err, SIGNET_E_UNAVAILABLE, "signetd was told to reload; the engine cannot be "
		                 "asked whether it did");
	for (;;) {
		int result = ask(context, authority, certificate, &is, err);
		if (is || (result && result != SIGNET_E_UNAVAILABLE))
			return result;
		if (clock_monotonic_us() > end)
			return error_set(err, SIGNET_E_TIMEOUT, "signetd was told to reload, and does not use "
			                 "the new certificate yet: its log says why");
		nanosleep(&(struct timespec){0, PAUSE_NS}, NULL);
	}
}
