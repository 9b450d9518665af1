#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "signetd/privilege.h"

/* A user that every Debian has, and that we are not. */
static const char *other_user(void)
{
	const struct passwd *nobody = getpwnam("nobody");
	assert_non_null(nobody);
	return nobody->pw_uid == geteuid() ? "daemon" : "nobody";
}

static void users_are_looked_up(void **state)
{
	(void)state;
	struct identity identity;
	struct error err;
	assert_int_equal(privilege_look_up(&identity, NULL, &err), 0);
	assert_null(identity.user);
	assert_int_equal(identity.uid, geteuid());
	assert_int_equal(identity.gid, getegid());
	assert_int_equal(privilege_look_up(&identity, "no-such-user", &err), SIGNET_E_CONFIG);
	assert_non_null(strstr(err.message, "no-such-user"));
	/* only root can become another */
	int result = privilege_look_up(&identity, other_user(), &err);
	assert_int_equal(result, geteuid() == 0 ? 0 : SIGNET_E_CONFIG);
}

static unsigned long long capability_set(const char *name)
{
	char line[256];
	unsigned long long set = ~0ULL;
	FILE *file = fopen("/proc/self/status", "re");
	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, name, strlen(name)) == 0)
			set = strtoull(line + strlen(name) + 1, NULL, 16);
	if (file)
		fclose(file);
	return set;
}

/* In a child: becomes the other user and looks at what is left. Returns 0 or where it failed. */
static int become(bool low_ports)
{
	struct identity identity;
	struct error err;
	gid_t groups[64];
	const unsigned long long kept = low_ports ? 1ULL << CAP_NET_BIND_SERVICE : 0;
	if (privilege_look_up(&identity, other_user(), &err) || privilege_drop(&identity, low_ports, &err))
		return 1;
	if (getuid() != identity.uid || geteuid() != identity.uid || getgid() != identity.gid)
		return 2;
	if (setuid(0) == 0 || seteuid(0) == 0)
		return 3;
	int count = getgroups(64, groups);
	for (int i = 0; i < count; i++)
		if (groups[i] == 0)
			return 4;
	if (capability_set("CapEff:") != kept || capability_set("CapPrm:") != kept)
		return 5;
	if (capability_set("CapBnd:") != kept || capability_set("CapAmb:") != kept)
		return 6;
	return 0;
}

static int in_child(bool low_ports)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(become(low_ports));
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void root_becomes_the_user_for_good(void **state)
{
	(void)state;
	/* who is not root is refused at the look-up */
	const int wanted = geteuid() == 0 ? 0 : 1;
	assert_int_equal(in_child(false), wanted);
	assert_int_equal(in_child(true), wanted);
}

static void without_a_user_nothing_changes(void **state)
{
	(void)state;
	struct identity identity;
	struct error err;
	unsigned long long before = capability_set("CapEff:");
	assert_int_equal(privilege_look_up(&identity, NULL, &err), 0);
	assert_int_equal(privilege_drop(&identity, false, &err), 0);
	assert_true(capability_set("CapEff:") == before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(users_are_looked_up),
		cmocka_unit_test(root_becomes_the_user_for_good),
		cmocka_unit_test(without_a_user_nothing_changes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
