#include "signetd/child.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/role.h"

#define SECOND 1000000
#define BACKOFF_FIRST (SECOND / 10)
#define BACKOFF_MOST (3 * SECOND) /* to be away is worse than one restart too many */
#define LIVED (5 * SECOND) /* after that long, a death is no sign of a fault at the start */

void child_hang_up(struct child *child)
{
	child->line[child->length] = '\0';
	file_close(&child->pipe);
}

bool child_read(struct child *child)
{
	size_t room = sizeof child->line - 1 - child->length;
	char overflow[64];
	ssize_t n = read(child->pipe, room ? child->line + child->length : overflow,
	                 room ? room : sizeof overflow);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return errno == EINTR;
	if (n > 0) {
		child->length += room ? (size_t)n : 0;
		return true;
	}
	child_hang_up(child);
	return false;
}

bool child_said_ready(const struct child *child)
{
	return child->length == strlen(ROLE_READY) &&
	       memcmp(child->line, ROLE_READY, child->length) == 0;
}

const char *child_describe_end(struct child *child, int status)
{
	if (child->length && !child_said_ready(child))
		return child->line;
	if (WIFSIGNALED(status))
		snprintf(child->line, sizeof child->line, "died of signal %d (%s)",
		         WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(child->line, sizeof child->line, "ended with status %d",
		         WEXITSTATUS(status));
	return child->line;
}

int64_t child_plan_restart(struct child *child)
{
	int64_t now = clock_monotonic_us();
	if (now - child->started >= LIVED)
		child->backoff = 0;
	child->backoff = child->backoff ? child->backoff * 2 : BACKOFF_FIRST;
	if (child->backoff > BACKOFF_MOST)
		child->backoff = BACKOFF_MOST;
	if (child->restarts < UINT_MAX)
		child->restarts++;
	child->state = WAITING;
	child->due = now + child->backoff;
	return child->backoff;
}
