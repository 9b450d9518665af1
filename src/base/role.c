#include "base/role.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"

static void signals_of_a_role(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
}

int role_make_undumpable(struct error *err)
{
	const struct rlimit none = {0, 0};
	/* the limit outlives an exec or a change of ids that would make the process dumpable again */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || setrlimit(RLIMIT_CORE, &none))
		return error_errno(err, "cannot close the process to others");
	return 0;
}

int role_begin(bool secret, struct error *err)
{
	sigset_t set;
	signals_of_a_role(&set);
	if (sigprocmask(SIG_BLOCK, &set, NULL) || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return error_errno(err, "cannot set the signals up");
	if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0))
		return error_errno(err, "cannot follow the supervisor");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return error_errno(err, "cannot give up new privileges");
	return secret ? role_make_undumpable(err) : 0;
}

/* The supervisor may have gone: what it does not read, nobody misses. */
static void tell(int fd, const char *text)
{
	size_t length = strlen(text);
	while (length) {
		ssize_t n = write(fd, text, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		text += n;
		length -= (size_t)n;
	}
	close(fd);
}

void role_ready(int fd)
{
	if (fd >= 0)
		tell(fd, ROLE_READY);
}

void role_failed(int fd, const struct error *err)
{
	char line[ERROR_MESSAGE_MAX + ERROR_DETAIL_MAX + 8];
	if (fd < 0) {
		log_error(LOG_ERROR, "cannot-serve", err, NULL);
		return;
	}
	snprintf(line, sizeof line, err->detail[0] ? "%s (%s)" : "%s", err->message, err->detail);
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	tell(fd, line);
}

enum role_signal role_wait(void)
{
	sigset_t set;
	signals_of_a_role(&set);
	for (;;) {
		int number = sigwaitinfo(&set, NULL);
		if (number == SIGHUP)
			return ROLE_RELOAD;
		if (number == SIGTERM || number == SIGINT)
			return ROLE_STOP;
	}
}
