#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "signetd/notify.h"

static int listen_at(const struct sockaddr_un *address, size_t length)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)address,
	                      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)), 0);
	return fd;
}

static void lines_reach_a_socket_of_the_file_system(void **state)
{
	(void)state;
	char directory[] = "/tmp/signet-notify-XXXXXX", got[64] = "";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	assert_non_null(mkdtemp(directory));
	snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", directory);
	int fd = listen_at(&address, strlen(address.sun_path) + 1);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	notify_send("READY=1");
	assert_true(recv(fd, got, sizeof got - 1, MSG_DONTWAIT) > 0);
	assert_string_equal(got, "READY=1");
	memset(got, 0, sizeof got);
	notify_reloading();
	assert_true(recv(fd, got, sizeof got - 1, MSG_DONTWAIT) > 0);
	assert_non_null(strstr(got, "RELOADING=1\nMONOTONIC_USEC="));
	close(fd);
	unlink(address.sun_path);
	rmdir(directory);
}

static void lines_reach_an_abstract_socket(void **state)
{
	(void)state;
	char name[64], got[64] = "";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(name, sizeof name, "@signet-notify-%ld", (long)getpid());
	memcpy(address.sun_path + 1, name + 1, strlen(name) - 1);
	int fd = listen_at(&address, strlen(name));
	setenv("NOTIFY_SOCKET", name, 1);
	notify_send("STOPPING=1");
	assert_true(recv(fd, got, sizeof got - 1, MSG_DONTWAIT) > 0);
	assert_string_equal(got, "STOPPING=1");
	/* what is no address is let alone */
	setenv("NOTIFY_SOCKET", "relative", 1);
	notify_send("READY=1");
	unsetenv("NOTIFY_SOCKET");
	notify_send("READY=1");
	assert_int_equal(recv(fd, got, sizeof got - 1, MSG_DONTWAIT), -1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_reach_a_socket_of_the_file_system),
		cmocka_unit_test(lines_reach_an_abstract_socket),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
