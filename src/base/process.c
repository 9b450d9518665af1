#include "base/process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/keeper.h"

#define SECOND 1000000
#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define DEATH_MS (2 * KEEPER_PATIENCE_MS) /* for the keeper to be gone */
#define STEP_MS 5     /* between two looks whether it has ended, where there is no pidfd */
#define READ_STEP 16384

#define MOST_FILES 256
#define MOST_FILE_SIZE (UINT64_C(1) << 30)
#define MOST_DATA (UINT64_C(1) << 30)

/* What is said on the pipe: by the keeper what became of the program, and before that by a child that
 * does not get as far as the program where it stopped. */
struct report {
	enum stage { AT_SETUP = 1, AT_DIRECTORY, AT_PROGRAM, AT_END } stage;
	int code; /* errno; at the end: status of wait(2) */
};

struct process {
	const struct process_options *options;
	const char **environment;
	int input;       /* a file in memory: it needs no feeding and cannot block */
	int output[2];
	int report[2];
	int pidfd;       /* readable when the keeper has ended; -1 where there is no such thing */
	pid_t pid;       /* of the keeper */
	int64_t deadline;
};

/* ---- in the child, between fork and exec: async-signal-safe functions alone ---- */

static void lower_limit(int resource, rlim_t most)
{
	struct rlimit limit;
	if (getrlimit(resource, &limit))
		return;
	if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > most)
		limit.rlim_max = most;
	if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	setrlimit(resource, &limit);
}

static void lower_limits(int64_t timeout_us)
{
	lower_limit(RLIMIT_CORE, 0);
	lower_limit(RLIMIT_NOFILE, MOST_FILES);
	lower_limit(RLIMIT_FSIZE, MOST_FILE_SIZE);
	lower_limit(RLIMIT_DATA, MOST_DATA);
	/* what leaves the process group does not leave this */
	lower_limit(RLIMIT_CPU, (rlim_t)(timeout_us / SECOND + 2));
}

/* A descriptor above the standard files, so that none of them is in the other's way. */
static int lift(int fd)
{
	return fd > STDERR_FILENO ? fd : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

static bool arrange_files(int input, int output)
{
	input = lift(input);
	output = lift(output);
	return input >= 0 && output >= 0 && dup2(input, STDIN_FILENO) >= 0 &&
	       dup2(output, STDOUT_FILENO) >= 0 &&
	       close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

static bool arrange_signals(void)
{
	const struct sigaction standard = {.sa_handler = SIG_DFL};
	for (int number = 1; number < NSIG; number++)
		sigaction(number, &standard, NULL); /* fails for those that cannot be caught */
	sigset_t none;
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

__attribute__((noreturn))
static void become_program(const struct process *process, pid_t parent)
{
	const struct process_options *options = process->options;
	struct report report = {AT_SETUP, 0};
	int pipe_end = lift(process->report[1]);
	/* it dies with the keeper that waits for it: none is left unwatched */
	if (setpgid(0, 0) || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) || getppid() != parent ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    !arrange_files(process->input, process->output[1]))
		goto out;
	lower_limits(options->timeout_us);
	umask(022);
	report.stage = AT_DIRECTORY;
	if (chdir(options->directory ? options->directory : "/"))
		goto out;
	report.stage = AT_PROGRAM;
	if (arrange_signals())
		execve(options->argv[0], (char *const *)options->argv,
		       (char *const *)process->environment);
out:
	report.code = errno;
	/* what the parent does not get it takes for a program that failed */
	if (write(pipe_end, &report, sizeof report) < 0)
		_exit(126);
	_exit(127);
}

/* All files but the pipe, standard error and, in the child, what it arranges itself. */
static void drop_files(int pipe_end)
{
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	if (pipe_end > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, (unsigned)pipe_end - 1, 0);
	close_range((unsigned)pipe_end + 1, ~0U, 0);
}

__attribute__((noreturn))
static void become_keeper(const struct process *process, pid_t parent)
{
	struct report report = {AT_SETUP, 0};
	int pipe_end = lift(process->report[1]);
	pid_t self = getpid();
	pid_t program = pipe_end >= 0 && keeper_begin(parent) ? _Fork() : -1;
	if (program == 0)
		become_program(process, self);
	if (program > 0) {
		/* by both, so that whoever comes first finds the group: when the child was faster this
		 * fails */
		setpgid(program, program);
		drop_files(pipe_end);
		report = (struct report){AT_END, keeper_watch(program)};
	} else {
		report.code = errno;
	}
	_exit(write(pipe_end, &report, sizeof report) < 0);
}

/* ---- in the parent ---- */

static const char *find_variable(const char *const *environment, const char *prefix)
{
	for (size_t i = 0; environment && environment[i]; i++)
		if (strncmp(environment[i], prefix, strlen(prefix)) == 0)
			return environment[i];
	return NULL;
}

static int make_environment(struct process *process)
{
	const char *const *wanted = process->options->environment;
	size_t count = 0, used = 0;
	while (wanted && wanted[count])
		count++;
	const char **all = calloc(count + 3, sizeof *all);
	if (!all)
		return SIGNET_E_NOMEM;
	if (!find_variable(wanted, "PATH="))
		all[used++] = DEFAULT_PATH;
	if (!find_variable(wanted, "LANG="))
		all[used++] = "LANG=C";
	for (size_t i = 0; i < count; i++)
		all[used++] = wanted[i];
	process->environment = all;
	return 0;
}

static int make_files(struct process *process, struct error *err)
{
	process->input = memfd_create("input", MFD_CLOEXEC);
	if (process->input < 0 || file_write_all(process->input, process->options->input) ||
	    lseek(process->input, 0, SEEK_SET) < 0)
		return error_errno(err, "cannot keep a program's input");
	if (pipe2(process->output, O_CLOEXEC) || pipe2(process->report, O_CLOEXEC) ||
	    fcntl(process->output[0], F_SETFL, O_NONBLOCK) ||
	    fcntl(process->report[0], F_SETFL, O_NONBLOCK))
		return error_errno(err, "cannot make a pipe to a program");
	return 0;
}

static int start(struct process *process, struct error *err)
{
	sigset_t all, before;
	sigfillset(&all);
	pid_t parent = getpid();
	/* no handler of ours runs in the child */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	process->pid = fork();
	if (process->pid == 0)
		become_keeper(process, parent);
	int code = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = code;
	if (process->pid < 0)
		return error_errno(err, "cannot start a program");
	file_close(&process->output[1]);
	file_close(&process->report[1]);
	process->pidfd = pidfd_open(process->pid, 0);
	return 0;
}

/* Takes what there is in the pipe, which is closed at its end. */
static int take_output(struct process *process, struct buffer *out, struct error *err)
{
	while (process->output[0] >= 0) {
		uint8_t step[READ_STEP];
		ssize_t n = read(process->output[0], step, sizeof step);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0) {
			file_close(&process->output[0]);
			return 0;
		}
		int result = buffer_append(out, step, (size_t)n);
		if (result == SIGNET_E_TOO_BIG)
			return error_set(err, result, "the program's output is larger than %zu octets",
			                 out->maximum);
		if (result)
			return error_nomem(err);
		if (clock_monotonic_us() >= process->deadline)
			return error_set(err, SIGNET_E_TIMEOUT, "the program took too long");
	}
	return 0;
}

/* Milliseconds until the deadline, rounded up; 0 when it is over. */
static int time_left(const struct process *process)
{
	int64_t left = process->deadline - clock_monotonic_us();
	if (left <= 0)
		return 0;
	return left < (int64_t)1000 * INT32_MAX ? (int)((left + 999) / 1000) : INT32_MAX;
}

static bool has_ended(const struct process *process)
{
	siginfo_t info = {0};
	return waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == process->pid;
}

/* Waits for its end or for output, which may be none. Returns whether it has ended; sandboxes and
 * valgrind may know no pidfd. */
static bool wait_for_end(const struct process *process, int ms, bool *output)
{
	struct pollfd files[] = {{.fd = process->pidfd, .events = POLLIN},
	                         {.fd = process->output[0], .events = POLLIN}};
	bool stepwise = process->pidfd < 0;
	poll(files, output ? 2 : 1, stepwise && ms > STEP_MS ? STEP_MS : ms);
	if (output)
		*output = files[1].revents;
	return stepwise ? has_ended(process) : files[0].revents;
}

/* Until the program ends, which is not when its output does: it may close that early, or leave it
 * to a child of its own. */
static int watch(struct process *process, struct buffer *out, struct error *err)
{
	for (;;) {
		int left = time_left(process);
		bool output;
		if (left == 0)
			return error_set(err, SIGNET_E_TIMEOUT, "the program took too long");
		if (wait_for_end(process, left, &output))
			return 0;
		int result = output ? take_output(process, out, err) : 0;
		if (result)
			return result;
	}
}

/* The keeper ends when all is over, at once when it is told to; it is killed only when it hangs itself. */
static void finish(const struct process *process)
{
	int64_t patience = clock_monotonic_us() + DEATH_MS * 1000;
	bool ended = wait_for_end(process, 0, NULL);
	if (!ended)
		kill(process->pid, SIGTERM);
	while (!ended && clock_monotonic_us() < patience)
		ended = wait_for_end(process, DEATH_MS, NULL);
	if (!ended)
		kill(process->pid, SIGKILL);
	while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int read_report(const struct process *process, int *status, struct error *err)
{
	struct report report;
	const char *program = process->options->argv[0];
	if (read(process->report[0], &report, sizeof report) != sizeof report)
		return error_set(err, SIGNET_E_IO, "what became of %s is not known", program);
	if (report.stage == AT_END) {
		*status = report.code;
		return 0;
	}
	errno = report.code;
	if (report.stage == AT_DIRECTORY)
		return error_errno(err, "%s", process->options->directory);
	if (report.stage == AT_PROGRAM && (errno == ENOENT || errno == ENOTDIR))
		return error_set(err, SIGNET_E_NOT_FOUND, "%s: no such program", program);
	if (report.stage == AT_PROGRAM && (errno == EACCES || errno == EPERM))
		return error_set(err, SIGNET_E_PERMISSION, "%s: may not be executed", program);
	return error_errno(err, "cannot start %s", program);
}

static int run(struct process *process, struct buffer *out, int *status, struct error *err)
{
	int ended = -1;
	int result = start(process, err);
	if (process->pid <= 0)
		return result;
	if (result == 0)
		result = watch(process, out, err);
	finish(process);
	if (result || (result = read_report(process, &ended, err)) ||
	    (result = take_output(process, out, err)))
		return result;
	*status = ended;
	return 0;
}

int process_run(const struct process_options *options, struct buffer *out, int *status,
                struct error *err)
{
	assert(options->argv[0] && options->argv[0][0] == '/' && options->timeout_us > 0);
	struct process process = {.options = options,
	                          .input = -1,
	                          .output = {-1, -1},
	                          .report = {-1, -1},
	                          .pidfd = -1,
	                          .deadline = clock_monotonic_us() + options->timeout_us};
	int result = make_environment(&process) ? error_nomem(err) : make_files(&process, err);
	if (result == 0)
		result = run(&process, out, status, err);
	file_close(&process.input);
	file_close(&process.output[0]);
	file_close(&process.output[1]);
	file_close(&process.report[0]);
	file_close(&process.report[1]);
	file_close(&process.pidfd);
	free(process.environment);
	return result;
}

int process_check_program(const char *path, struct error *err)
{
	struct stat info;
	if (path[0] != '/')
		return error_set(err, SIGNET_E_INVALID, "'%s' is no absolute path", path);
	if (stat(path, &info)) {
		if (errno == EACCES)
			return error_set(err, SIGNET_E_PERMISSION, "%s: may not be looked at", path);
		return error_set(err, SIGNET_E_NOT_FOUND, "%s: no such program", path);
	}
	if (!S_ISREG(info.st_mode))
		return error_set(err, SIGNET_E_PERMISSION, "%s: no regular file", path);
	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS))
		return error_set(err, SIGNET_E_PERMISSION, "%s: may not be executed", path);
	return 0;
}
