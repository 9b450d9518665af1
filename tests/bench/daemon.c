#include "tests/bench/daemon.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const char *const daemon_roles[DAEMON_ROLES] = {"engine", "gateway", "publisher"};

static struct daemon *running;

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info, (void)type, (void)ftw;
	return remove(path);
}

void daemon_stop(struct daemon *daemon)
{
	running = NULL;
	if (daemon->supervisor > 0) {
		kill(daemon->supervisor, SIGTERM);
		waitpid(daemon->supervisor, NULL, 0);
	}
	if (*daemon->directory)
		nftw(daemon->directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void die(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	if (running)
		daemon_stop(running);
	exit(1);
}

const char *daemon_path(const struct daemon *daemon, const char *name)
{
	static _Thread_local char path[1024];
	snprintf(path, sizeof path, "%s/%s", daemon->directory, name);
	return path;
}

/* A program of the build tree: benchmarks are run there. */
static const char *program(const char *name)
{
	static char path[1024];
	const char *build = getenv("builddir");
	snprintf(path, sizeof path, "%s/src/%s/%s", build ? build : ".", name, name);
	if (access(path, X_OK))
		die("%s: run this in the build directory, or set builddir", path);
	return path;
}

static unsigned free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) ||
	    getsockname(fd, (struct sockaddr *)&address, &length))
		die("no free port: %s", strerror(errno));
	close(fd);
	return ntohs(address.sin_port);
}

static pid_t spawn(const struct daemon *daemon, const char *const *argv)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	/* as a service's log: written, and by somebody else */
	int log = open(daemon_path(daemon, "log"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static void write_configuration(const struct daemon *daemon, const char *rest)
{
	FILE *file = fopen(daemon_path(daemon, "signet.yaml"), "w");
	if (!file)
		die("%s: %s", daemon->directory, strerror(errno));
	fprintf(file, "state: .\nhostname: localhost\n"
	        "listen:\n  - {address: 127.0.0.1, port: %u, tls: true}\n"
	        "  - {address: 127.0.0.1, port: %u}\n%s", daemon->port, daemon->plain, rest);
	fclose(file);
}

static void make_authorities(const struct daemon *daemon)
{
	int status = -1;
	char config[1024];
	snprintf(config, sizeof config, "%s", daemon_path(daemon, "signet.yaml"));
	const char *argv[] = {program("signetctl"), "--config", config, "init", NULL};
	pid_t pid = spawn(daemon, argv);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		die("signetctl init fails: see %s", daemon_path(daemon, "log"));
}

static bool read_line(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, out, size - 1);
	if (fd >= 0)
		close(fd);
	out[length > 0 ? length : 0] = '\0';
	/* the words of a command line end with NULs */
	for (ssize_t i = 0; i + 1 < length; i++)
		if (!out[i])
			out[i] = ' ';
	return length > 0;
}

static int role_of(pid_t pid)
{
	char path[64], line[512], word[64];
	snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
	if (!read_line(path, line, sizeof line))
		return -1;
	for (int role = 0; role < DAEMON_ROLES; role++) {
		snprintf(word, sizeof word, "--role %s", daemon_roles[role]);
		if (strstr(line, word))
			return role;
	}
	return -1;
}

static bool find_roles(struct daemon *daemon)
{
	char path[64], line[512];
	int found = 0;
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)daemon->supervisor,
	         (int)daemon->supervisor);
	if (!read_line(path, line, sizeof line))
		return false;
	for (char *at = line, *end;; at = end) {
		pid_t pid = (pid_t)strtol(at, &end, 10);
		int role = pid > 0 ? role_of(pid) : -1;
		if (end == at)
			break;
		if (role >= 0) {
			daemon->roles[role] = pid;
			found++;
		}
	}
	return found == DAEMON_ROLES;
}

static bool is_listening(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	                              .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool result = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
	close(fd);
	return result;
}

static void wait_until_ready(struct daemon *daemon)
{
	for (int i = 0; i < 1000; i++) {
		int status;
		if (waitpid(daemon->supervisor, &status, WNOHANG) != 0) {
			daemon->supervisor = 0;
			break;
		}
		if (is_listening(daemon->port) && find_roles(daemon))
			return;
		nanosleep(&(struct timespec){0, 20000000}, NULL);
	}
	char line[4096];
	read_line(daemon_path(daemon, "log"), line, sizeof line);
	die("signetd does not start:\n%s", line);
}

void daemon_start(struct daemon *daemon, const char *parent, const char *rest)
{
	char config[1024];
	const char *build = getenv("builddir");
	memset(daemon, 0, sizeof *daemon);
	snprintf(config, sizeof config, "%s/lib", build ? build : ".");
	setenv("SIGNET_LIBDIR", config, 0);
	snprintf(daemon->directory, sizeof daemon->directory, "%s/signet-bench-XXXXXX", parent);
	if (!mkdtemp(daemon->directory))
		die("%s: %s", daemon->directory, strerror(errno));
	running = daemon;
	daemon->port = free_port();
	do
		daemon->plain = free_port();
	while (daemon->plain == daemon->port);
	write_configuration(daemon, rest);
	make_authorities(daemon);
	snprintf(config, sizeof config, "%s", daemon_path(daemon, "signet.yaml"));
	const char *argv[] = {program("signetd"), "--config", config, "--foreground", NULL};
	daemon->supervisor = spawn(daemon, argv);
	if (daemon->supervisor < 0)
		die("fork: %s", strerror(errno));
	wait_until_ready(daemon);
}

static _Thread_local uint64_t disk_sum;

static int add_size(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)path, (void)ftw;
	if (type == FTW_F)
		disk_sum += (uint64_t)info->st_blocks * 512;
	return 0;
}

static void read_memory(pid_t pid, struct daemon_usage *out)
{
	char path[64], line[256];
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file)) {
		sscanf(line, "VmRSS: %ld kB", &out->resident_kb);
		sscanf(line, "RssAnon: %ld kB", &out->anonymous_kb);
	}
	if (file)
		fclose(file);
}

struct daemon_usage daemon_usage(const struct daemon *daemon, int role)
{
	struct daemon_usage usage = {0};
	struct timespec t;
	clockid_t clock;
	if (clock_getcpuclockid(daemon->roles[role], &clock) || clock_gettime(clock, &t))
		die("the %s is gone", daemon_roles[role]);
	usage.cpu_us = (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
	read_memory(daemon->roles[role], &usage);
	disk_sum = 0;
	nftw(daemon_path(daemon, daemon_roles[role]), add_size, 16, FTW_PHYS);
	usage.disk = disk_sum;
	return usage;
}
