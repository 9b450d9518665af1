/* signetd: the daemon's entry. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adviser/adviser.h"
#include "base/file.h"
#include "base/role.h"
#include "base/text.h"
#include "config.h"
#include "engine/engine.h"
#include "gateway/gateway.h"
#include "publisher/publisher.h"
#include "signetd/state.h"
#include "signetd/supervisor.h"

#define DEFAULT_CONFIG SIGNET_SYSCONFDIR "/signet/signet.yaml"
#define ROLE_LOCK_US INT64_C(20000000) /* more than a role takes to stop */

static const char usage[] =
	"usage: signetd [--config FILE] [--foreground]\n"
	"       signetd [--config FILE] --check-config\n"
	"       signetd --version | --help\n"
	"\n"
	"  -c, --config FILE   the configuration (" DEFAULT_CONFIG ")\n"
	"  -f, --foreground    stay in the foreground, log to standard error\n"
	"  -t, --check-config  check the configuration and everything it names, start nothing\n"
	"  -V, --version       print the version\n"
	"  -h, --help          print this\n"
	"\n"
	"SIGHUP loads the configuration again, SIGTERM and SIGINT stop. See signetd(8).\n";

struct arguments {
	const char *config;
	const char *role;    /* internal: the supervisor starts a role */
	int ready_fd;
	bool foreground;
	bool check;
};

/* ---- what is started by the supervisor ---- */

static int check_all(const struct settings *settings, bool *wants_adviser, struct error *err)
{
	int result = engine_check(settings, err);
	if (!result)
		result = adviser_check(settings, wants_adviser, err);
	if (!result)
		result = gateway_check(settings, err);
	return result ? result : publisher_check(settings, err);
}

static int fail_role(int ready_fd, const struct error *err)
{
	role_failed(ready_fd, err);
	return err->code == SIGNET_E_CONFIG ? EXIT_CONFIGURATION : EXIT_CANNOT_SERVE;
}

static int run_checker(const struct settings *settings, int ready_fd)
{
	struct error err = {0};
	bool wants_adviser = false;
	/* it reads the keys as the engine does */
	if (role_make_undumpable(&err) || check_all(settings, &wants_adviser, &err))
		return fail_role(ready_fd, &err);
	role_ready(ready_fd);
	return wants_adviser ? EXIT_WANTS_ADVISER : EXIT_STOPPED;
}

static int run_role(const struct arguments *arguments)
{
	static const struct {
		const char *name;
		int (*run)(const struct settings *settings, int ready_fd);
	} roles[] = {{"engine", engine_run}, {"adviser", adviser_run}, {"gateway", gateway_run},
	             {"publisher", publisher_run}};
	struct settings *settings;
	struct error err = {0};
	_cleanup_fd_ int lock = -1;
	int status = EXIT_USAGE;
	char name[16];
	if (arguments->ready_fd >= 0)
		fcntl(arguments->ready_fd, F_SETFD, FD_CLOEXEC);
	/* an exec of /proc/self/exe is called "exe" otherwise */
	snprintf(name, sizeof name, "signet-%s", arguments->role);
	prctl(PR_SET_NAME, name, 0, 0, 0);
	if (settings_load(&settings, arguments->config, &err))
		return fail_role(arguments->ready_fd, &err);
	log_setup(arguments->role, settings->log_level, settings->log_json);
	if (strcmp(arguments->role, "check") == 0)
		status = run_checker(settings, arguments->ready_fd);
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
		if (strcmp(arguments->role, roles[i].name) != 0)
			continue;
		status = state_lock_role(&lock, settings->state, roles[i].name, ROLE_LOCK_US, &err)
		                 ? fail_role(arguments->ready_fd, &err)
		                 : roles[i].run(settings, arguments->ready_fd);
	}
	settings_free(settings);
	return status;
}

/* ---- what a person starts ---- */

static void complain(const char *line)
{
	fprintf(stderr, "signetd: %s\n", line);
}

static int print_error(const struct error *err)
{
	fprintf(stderr, err->detail[0] ? "signetd: %s (%s)\n" : "signetd: %s\n", err->message,
	        err->detail);
	return err->code == SIGNET_E_CONFIG || err->code == SIGNET_E_NOT_FOUND
	               ? EXIT_CONFIGURATION
	               : EXIT_CANNOT_SERVE;
}

static int check_config(const struct arguments *arguments)
{
	struct settings *settings;
	struct error err = {0};
	bool wants_adviser;
	if (settings_load(&settings, arguments->config, &err))
		return print_error(&err);
	log_setup("signetd", LOG_WARNING, settings->log_json);
	int result = role_make_undumpable(&err);
	if (!result)
		result = check_all(settings, &wants_adviser, &err);
	settings_free(settings);
	if (result) {
		print_error(&err);
		return EXIT_CONFIGURATION;
	}
	printf("%s: good\n", arguments->config);
	return EXIT_STOPPED;
}

/* What the waiting parent of a daemon reads: the status as a digit, then the line. */
struct report {
	int fd; /* -1 in the foreground */
};

static void tell_start(void *arg, enum exit_status status, const char *line)
{
	struct report *report = arg;
	if (report->fd < 0) {
		if (line)
			complain(line);
		return;
	}
	dprintf(report->fd, "%d%s", (int)status, line ? line : "");
	file_close(&report->fd);
}

static int supervise(struct settings *settings, int report_fd)
{
	struct report report = {report_fd};
	const struct supervisor_options options = {
		.program = "/proc/self/exe",
		.started = tell_start,
		.arg = &report,
	};
	int status = (int)supervisor_run(settings, &options);
	file_close(&report.fd);
	return status;
}

/* The waiting parent: passes on how the start went. */
static int wait_for_daemon(int fd)
{
	char line[2048];
	size_t length = 0;
	ssize_t n;
	while ((n = read(fd, line + length, sizeof line - 1 - length)) > 0 ||
	       (n < 0 && errno == EINTR))
		length += n > 0 ? (size_t)n : 0;
	line[length] = '\0';
	if (length > 1)
		complain(line + 1);
	else if (!length)
		complain("died while it started");
	return length ? line[0] - '0' : EXIT_CANNOT_SERVE;
}

/* Standard error becomes the log file of the state directory. */
static int redirect_output(const struct settings *settings, struct error *err)
{
	int result = file_make_directory(settings->state, 0755, err);
	if (result)
		return result;
	char *path = settings_path(settings, "signetd.log");
	if (!path)
		return error_nomem(err);
	_cleanup_fd_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	_cleanup_fd_ int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (file < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0 || dup2(file, STDERR_FILENO) < 0)
		result = error_errno(err, "%s", path);
	free(path);
	return result;
}

static int daemonise(struct settings *settings)
{
	struct error err = {0};
	int ends[2];
	/* what the starter had open is not for a daemon to keep */
	if (close_range(STDERR_FILENO + 1, ~0U, 0) || pipe2(ends, O_CLOEXEC)) {
		error_errno(&err, "cannot become a daemon");
		settings_free(settings);
		return print_error(&err);
	}
	pid_t pid = fork();
	if (pid > 0) {
		close(ends[1]);
		settings_free(settings);
		return wait_for_daemon(ends[0]);
	}
	close(ends[0]);
	/* the second fork: a process that leads no session cannot get a terminal again */
	if (pid == 0 && setsid() >= 0 && (pid = fork()) > 0)
		_exit(EXIT_STOPPED);
	if (pid < 0)
		error_errno(&err, "cannot become a daemon");
	if (pid < 0 || redirect_output(settings, &err)) {
		tell_start(&(struct report){ends[1]}, EXIT_CANNOT_SERVE, err.message);
		settings_free(settings);
		return EXIT_CANNOT_SERVE;
	}
	return supervise(settings, ends[1]);
}

static int run_daemon(const struct arguments *arguments)
{
	struct settings *settings;
	struct error err = {0};
	/* a later chdir or reload must find the same file */
	char *path = realpath(arguments->config, NULL);
	int result = settings_load(&settings, path ? path : arguments->config, &err);
	free(path);
	if (result)
		return print_error(&err);
	umask(022);
	if (arguments->foreground || secure_getenv("NOTIFY_SOCKET"))
		return supervise(settings, -1);
	return daemonise(settings);
}

static bool parse_arguments(struct arguments *out, int argc, char **argv)
{
	enum { ROLE = 256, READY_FD, RESTARTS };
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'}, {"foreground", no_argument, NULL, 'f'},
		{"check-config", no_argument, NULL, 't'}, {"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},         {"role", required_argument, NULL, ROLE},
		{"ready-fd", required_argument, NULL, READY_FD},
		{"restarts", required_argument, NULL, RESTARTS}, {NULL, 0, NULL, 0}};
	uint64_t number;
	for (int option; (option = getopt_long(argc, argv, "c:ftVh", options, NULL)) != -1;) {
		if (option == 'c')
			out->config = optarg;
		else if (option == 'f')
			out->foreground = true;
		else if (option == 't')
			out->check = true;
		else if (option == ROLE)
			out->role = optarg;
		else if (option == READY_FD && text_to_uint(optarg, 1 << 20, &number) == 0)
			out->ready_fd = (int)number;
		else if (option == RESTARTS && text_to_uint(optarg, UINT32_MAX, &number) == 0)
			continue; /* signetctl finds it in the process's command line */
		else if (option == 'V' && printf("signetd %s\n", PACKAGE_VERSION) > 0)
			exit(EXIT_STOPPED);
		else if (option == 'h' && printf("%s", usage) > 0)
			exit(EXIT_STOPPED);
		else
			return false;
	}
	return optind == argc;
}

int main(int argc, char **argv)
{
	struct arguments arguments = {.config = DEFAULT_CONFIG, .ready_fd = -1};
	if (file_keep_standard(NULL))
		return EXIT_CANNOT_SERVE;
	if (!parse_arguments(&arguments, argc, argv)) {
		fprintf(stderr, "%s", usage);
		return EXIT_USAGE;
	}
	if (arguments.role)
		return run_role(&arguments);
	return arguments.check ? check_config(&arguments) : run_daemon(&arguments);
}
