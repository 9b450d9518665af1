#include "signetd/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/role.h"

struct names {
	const char **list; /* ended by NULL */
	size_t count, room;
};

static int add(struct names *names, const char *name)
{
	if (names->count + 1 >= names->room) {
		size_t room = names->room ? names->room * 2 : 8;
		const char **list = reallocarray(names->list, room, sizeof *list);
		if (!list)
			return SIGNET_E_NOMEM;
		names->list = list;
		names->room = room;
	}
	names->list[names->count++] = name;
	names->list[names->count] = NULL;
	return 0;
}

/* Every {environment: NAME} at and below the node; NULL is empty. */
static int collect(struct names *names, const struct conf_node *node)
{
	const char *name;
	size_t count = node ? conf_count(node) : 0;
	if (count == 1 && conf_kind(node) == CONF_MAP &&
	    strcmp(conf_key(conf_item(node, 0)), "environment") == 0 &&
	    conf_text(conf_item(node, 0), &name, NULL) == 0)
		return add(names, name);
	int result = 0;
	for (size_t i = 0; result == 0 && i < count; i++)
		result = collect(names, conf_item(node, i));
	return result;
}

static int collect_instances(struct names *names, const struct instance *list, size_t count)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < count; i++)
		result = collect(names, list[i].node);
	return result;
}

const char **launch_secret_variables(const struct settings *settings, const char *role)
{
	struct names names = {calloc(1, sizeof *names.list), 0, 1};
	int result = names.list ? 0 : SIGNET_E_NOMEM;
	bool all = strcmp(role, "check") == 0; /* it reads what each role does */
	if (result == 0 && !all && strcmp(role, "engine") != 0)
		result = collect(&names, settings->authorities);
	if (result == 0 && !all && strcmp(role, "adviser") != 0)
		result = collect_instances(&names, settings->policy, settings->policy_count);
	if (result == 0 && !all && strcmp(role, "publisher") != 0)
		result = collect_instances(&names, settings->exits, settings->exit_count);
	if (result) {
		free(names.list);
		return NULL;
	}
	return names.list;
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
	char fd[16] = {'0' + LAUNCH_READY_FD, '\0'}, restarts[16];
	snprintf(restarts, sizeof restarts, "%u", launch->restarts);
	char *const arguments[] = {(char *)"signetd", (char *)"--role", (char *)launch->role,
	                           (char *)"--config", (char *)launch->config,
	                           (char *)"--ready-fd", fd,
	                           (char *)"--restarts", restarts, NULL};
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
