#include "signetd/notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

void notify_send(const char *lines)
{
	const char *path = secure_getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = path ? strlen(path) : 0;
	if (length < 2 || length >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, length);
	if (path[0] == '@')
		address.sun_path[0] = '\0'; /* the abstract namespace */
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	ssize_t ignored = sendto(fd, lines, strlen(lines), MSG_NOSIGNAL | MSG_DONTWAIT,
	                         (struct sockaddr *)&address,
	                         (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	(void)ignored;
}

int64_t notify_watchdog_interval(void)
{
	const char *text = secure_getenv("WATCHDOG_USEC"), *pid = secure_getenv("WATCHDOG_PID");
	uint64_t limit = 0, process = 0;
	if (!text || text_to_uint(text, INT64_MAX, &limit) || limit < 2)
		return 0;
	if (pid && (text_to_uint(pid, INT32_MAX, &process) || process != (uint64_t)getpid()))
		return 0;
	return (int64_t)(limit / 2);
}

void notify_reloading(void)
{
	char lines[64];
	snprintf(lines, sizeof lines, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_monotonic_us());
	notify_send(lines);
}
