#include "signetd/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/role.h"

const char **launch_secret_variables(const struct settings *settings)
{
	size_t count = settings->authorities ? conf_count(settings->authorities) : 0, used = 0;
	const char **names = calloc(count + 1, sizeof *names);
	for (size_t i = 0; names && i < count; i++) {
		const struct conf_node *node = conf_item(settings->authorities, i);
		node = conf_find(conf_find(node, "passphrase"), "environment");
		if (node && conf_text(node, &names[used], NULL) == 0)
			used++;
	}
	return names;
}

/* The role's three standard files and its pipe; everything else is closed. */
static int arrange_files(int ready, struct error *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return error_errno(err, "/dev/null");
	/* dup2 onto itself would leave close-on-exec set */
	if (ready == LAUNCH_READY_FD ? fcntl(ready, F_SETFD, 0)
	                             : dup2(ready, LAUNCH_READY_FD) < 0)
		return error_errno(err, "cannot pass the pipe on");
	if (close_range(LAUNCH_READY_FD + 1, ~0U, 0))
		return error_errno(err, "cannot close the supervisor's files");
	return 0;
}

/* A reload that comes before the role waits for it stays pending. The terminal's Ctrl-C is for
 * the supervisor alone: it stops the roles in their order. */
static int arrange_signals(struct error *err)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL); /* fails for those that cannot be caught */
	return sigprocmask(SIG_SETMASK, &set, NULL) || setpgid(0, 0)
	               ? error_errno(err, "cannot set the signals up")
	               : 0;
}

/* Asks for SIGTERM when the supervisor dies; a change of ids before would have undone it. */
static int follow(pid_t supervisor, struct error *err)
{
	if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0))
		return error_errno(err, "cannot follow the supervisor");
	return getppid() == supervisor
	               ? 0
	               : error_set(err, SIGNET_E_STATE, "the supervisor is gone");
}

/* In the child; returns only on failure. */
static int become_role(const struct launch *launch, pid_t supervisor, struct error *err)
{
	char fd[16] = {'0' + LAUNCH_READY_FD, '\0'};
	char *const arguments[] = {(char *)"signetd", (char *)"--role", (char *)launch->role,
	                           (char *)"--config", (char *)launch->config,
	                           (char *)"--ready-fd", fd, NULL};
	int result;
	if ((result = arrange_signals(err)) ||
	    (result = privilege_drop(launch->identity, launch->low_ports, err)) ||
	    (result = follow(supervisor, err)))
		return result;
	unsetenv("NOTIFY_SOCKET");
	for (const char **name = launch->hidden; name && *name; name++)
		unsetenv(*name);
	execv(launch->program, arguments);
	return error_errno(err, "%s", launch->program);
}

int launch_role(pid_t *pid, int *pipe_end, const struct launch *launch, struct error *err)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC))
		return error_errno(err, "pipe");
	pid_t supervisor = getpid();
	pid_t child = fork();
	if (child < 0) {
		error_errno(err, "cannot start %s", launch->role);
		close(ends[0]);
		close(ends[1]);
		return err ? err->code : SIGNET_E_IO;
	}
	if (child == 0) {
		struct error why;
		if (arrange_files(ends[1], &why) == 0)
			become_role(launch, supervisor, &why);
		role_failed(LAUNCH_READY_FD, &why);
		_exit(1);
	}
	close(ends[1]);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	*pid = child;
	*pipe_end = ends[0];
	return 0;
}
