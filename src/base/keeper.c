#include "base/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STEP_NS 2000000 /* between two looks whether killed processes are gone */
#define LIST_SIZE 4096

bool keeper_begin(pid_t parent)
{
	const struct sigaction standard = {.sa_handler = SIG_DFL};
	/* else the system would take the status of our children away */
	return sigaction(SIGCHLD, &standard, NULL) == 0 &&
	       prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) == 0 && getppid() == parent &&
	       prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
}

static int64_t now_ms(void)
{
	struct timespec now = {0, 0};
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Of a child that has ended without being waited for; 0: of none. */
static pid_t find_ended(void)
{
	siginfo_t info = {0};
	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) ? 0 : info.si_pid;
}

/* Orphans that have ended are taken on the way. */
static void wait_for(pid_t program)
{
	sigset_t wanted;
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGCHLD);
	sigaddset(&wanted, SIGTERM);
	for (;;) {
		pid_t ended = find_ended();
		if (ended == program)
			return;
		if (ended)
			waitpid(ended, NULL, 0);
		else if (sigwaitinfo(&wanted, NULL) == SIGTERM)
			return;
	}
}

/* Kills our children, whose numbers nobody else can have before we have waited for them. What stands
 * behind the list's room is for the next time. False when the system does not tell. */
static bool kill_children(void)
{
	char list[LIST_SIZE];
	int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t length = read(fd, list, sizeof list);
	close(fd);
	pid_t number = 0;
	for (ssize_t i = 0; i < length; i++) {
		if (list[i] >= '0' && list[i] <= '9') {
			number = number * 10 + (list[i] - '0');
			continue;
		}
		if (number > 1)
			kill(number, SIGKILL);
		number = 0;
	}
	return length >= 0;
}

/* Waits for all that have ended. False: no child is left. */
static bool reap(pid_t program, int *status)
{
	for (;;) {
		int one;
		pid_t ended = waitpid(-1, &one, WNOHANG);
		if (ended < 0 && errno == EINTR)
			continue;
		if (ended <= 0)
			return ended == 0;
		if (ended == program)
			*status = one;
	}
}

/* The children of one that is killed become ours, and come next. */
int keeper_watch(pid_t program)
{
	const struct timespec step = {0, STEP_NS};
	int status = -1;
	wait_for(program);
	int64_t end = now_ms() + KEEPER_PATIENCE_MS;
	/* its leader is not waited for yet: the group is nobody else's */
	kill(-program, SIGKILL);
	for (;;) {
		bool told = kill_children();
		if (!reap(program, &status) || (!told && status != -1) || now_ms() >= end)
			return status;
		nanosleep(&step, NULL);
	}
}
