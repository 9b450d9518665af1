#include "signetctl/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

#define PORTION 65536
#define LOOK_EVERY_MS 100
#define END_STEP_US 2000
#define END_MOST_US 5000000 /* from the end of what it writes to its own */
#define NOT_SET_UP 126

struct other {
	pid_t pid;
	int from;  /* the pipe's end */
};

/* ---- in the other process ---- */

static bool drop_capabilities(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
	return syscall(SYS_capset, &header, none) == 0;
}

static bool become_owner(int directory)
{
	struct stat info;
	if (fstat(directory, &info))
		return false;
	if (geteuid() != 0 || info.st_uid == 0)
		return true;
	return setgroups(0, NULL) == 0 && setresgid(info.st_gid, info.st_gid, info.st_gid) == 0 &&
	       setresuid(info.st_uid, info.st_uid, info.st_uid) == 0 && drop_capabilities() &&
	       setresuid(0, 0, 0) != 0;
}

/* Only the pipe stays open, behind the standard files: not the terminal, nor a connection to the
 * engine on which root is believed. Returns its new number, -1. */
static int keep_pipe_alone(int fd)
{
	int null = open("/dev/null", O_RDWR);
	if (null < 0)
		return -1;
	for (int standard = STDIN_FILENO; standard <= STDERR_FILENO; standard++)
		if (dup2(null, standard) < 0)
			return -1;
	int kept = STDERR_FILENO + 1;
	if (fd != kept && dup2(fd, kept) < 0)
		return -1;
	return close_range((unsigned)kept + 1, ~0U, 0) == 0 ? kept : -1;
}

__attribute__((noreturn))
static void become_other(const struct apart *apart, int fd, pid_t parent)
{
	const struct rlimit no_core = {0, 0};
	/* a session of its own has no terminal to type into */
	setsid();
	if (fchdir(apart->directory) || !become_owner(apart->directory) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ||
	    /* lost when the ids change, so it comes after them */
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) || getppid() != parent ||
	    setrlimit(RLIMIT_CORE, &no_core) || (fd = keep_pipe_alone(fd)) < 0)
		_exit(NOT_SET_UP);
	int result = apart->work(apart->arg, fd);
	_exit(result ? -result : 0);
}

/* ---- in ours ---- */

static int start(struct other *other, const struct apart *apart, struct error *err)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC))
		return error_errno(err, "cannot make a pipe");
	pid_t parent = getpid();
	other->pid = fork();
	if (other->pid == 0)
		become_other(apart, ends[1], parent);
	file_close(&ends[1]);
	if (other->pid < 0) {
		int result = error_errno(err, "cannot start a process");
		file_close(&ends[0]);
		return result;
	}
	other->from = ends[0];
	return 0;
}

/* One look: *ended at the end of what comes, *length of what has come. */
static int take(const struct other *other, uint8_t *portion, size_t *length, bool *ended,
                struct error *err)
{
	struct pollfd ready = {other->from, POLLIN, 0};
	*length = 0;
	if (poll(&ready, 1, LOOK_EVERY_MS) <= 0)
		return 0;
	ssize_t n = read(other->from, portion, PORTION);
	if (n < 0)
		return errno == EINTR ? 0 : error_errno(err, "a pipe");
	*length = (size_t)n;
	*ended = n == 0;
	return 0;
}

static int carry(const struct other *other, const struct apart *apart, int to, uint8_t *portion,
                 struct error *err)
{
	int64_t now = clock_monotonic_us(), end = now + apart->timeout_us, heard = now;
	uint64_t done = 0;
	for (bool ended = false; !ended; now = clock_monotonic_us()) {
		size_t length;
		int result = take(other, portion, &length, &ended, err);
		if (result)
			return result;
		if (apart->is_unwanted && apart->is_unwanted())
			return error_set(err, SIGNET_E_STATE, "interrupted");
		if (length)
			heard = now;
		else if (!ended && now - heard >= apart->quiet_us)
			return error_set(err, SIGNET_E_TIMEOUT, "it hangs");
		if (!ended && now >= end)
			return error_set(err, SIGNET_E_TIMEOUT, "it takes too long");
		if (length > apart->most - done)
			return error_set(err, SIGNET_E_TOO_BIG, "it is more than it can be");
		if (file_write_all(to, bytes_make(portion, length)))
			return error_errno(err, "it cannot be written");
		done += length;
	}
	return 0;
}

static int end_of(int status, struct error *err)
{
	if (WIFSIGNALED(status))
		return error_set(err, SIGNET_E_CORRUPT, "it is damaged: to read it ended with signal %d (%s)",
		                 WTERMSIG(status), sigdescr_np(WTERMSIG(status)));
	int code = -WEXITSTATUS(status);
	switch (code) {
	case 0:
		return 0;
	case SIGNET_E_NOT_FOUND:
		return error_set(err, code, "it is not there");
	case SIGNET_E_PERMISSION:
		return error_set(err, code, "its owner may not read it");
	case SIGNET_E_CORRUPT:
		return error_set(err, code, "it is damaged");
	case -NOT_SET_UP:
		return error_set(err, SIGNET_E_INTERNAL, "a process with its owner's rights cannot be set up");
	default:
		return error_set(err, code < SIGNET_E_INTERNAL ? SIGNET_E_CORRUPT : code,
		                 "it cannot be read (%s)", error_name(code));
	}
}

/* Waits until it is gone; failed: at once. */
static int finish(struct other *other, bool failed, struct error *err)
{
	int64_t end = clock_monotonic_us() + END_MOST_US;
	int status;
	pid_t gone;
	while ((gone = waitpid(other->pid, &status, failed ? 0 : WNOHANG)) != other->pid) {
		if (gone < 0 && errno != EINTR)
			return error_errno(err, "waitpid");
		if (failed || gone < 0)
			continue;
		if (clock_monotonic_us() >= end) {
			kill(other->pid, SIGKILL);
			failed = true;
		}
		usleep(END_STEP_US);
	}
	return end_of(status, err);
}

int apart_run(const struct apart *apart, int to, struct error *err)
{
	struct other other;
	int result = start(&other, apart, err);
	if (result)
		return result;
	uint8_t *portion = malloc(PORTION); /* after the start: the other has no use for it */
	result = portion ? carry(&other, apart, to, portion, err) : error_nomem(err);
	if (result)
		kill(other.pid, SIGKILL);
	file_close(&other.from);
	int ended = finish(&other, result != 0, result ? NULL : err);
	if (portion)
		explicit_bzero(portion, PORTION); /* it may have been a key */
	free(portion);
	return result ? result : ended;
}

int apart_open_directory(int *out, int directory, const char *name, struct error *err)
{
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0) {
		*out = fd;
		return 0;
	}
	int code = errno;
	int result = error_errno(err, "%s", name);
	if (code == ENOTDIR || code == ELOOP)
		return error_set(err, SIGNET_E_CORRUPT, "%s: no directory", name);
	if (code == ENOENT || code == EACCES || code == EPERM) {
		result = code == ENOENT ? SIGNET_E_NOT_FOUND : SIGNET_E_PERMISSION;
		if (err)
			err->code = result;
	}
	return result;
}
