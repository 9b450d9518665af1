/* signetctl config: what can be said about the configuration file without the daemon. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "signetctl/command.h"

/* Where signetd lies, seen from signetctl: installed, or in the build tree. */
static const char *const places[] = {"../sbin/signetd", "../signetd/signetd", NULL};

static int find_signetd(char *out, size_t size)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n <= 0)
		return SIGNET_E_IO;
	self[n] = '\0';
	char *slash = strrchr(self, '/');
	if (!slash)
		return SIGNET_E_INVALID;
	*slash = '\0';
	for (const char *const *place = places; *place; place++) {
		int length = snprintf(out, size, "%s/%s", self, *place);
		if (length > 0 && (size_t)length < size && access(out, X_OK) == 0)
			return 0;
	}
	return SIGNET_E_NOT_FOUND;
}

/* The daemon alone knows its modules: it is asked, as `signetd --check-config`. */
static int run_check(struct command_context *context, const struct command_value *values,
                     int argc, char **argv)
{
	(void)values, (void)argc, (void)argv;
	char signetd[PATH_MAX];
	int status = command_settings(context);
	if (status)
		return status;
	if (find_signetd(signetd, sizeof signetd)) {
		fprintf(stderr, "signetctl: signetd is not installed beside signetctl\n");
		return COMMAND_FAILED;
	}
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		execl(signetd, "signetd", "--config", context->config, "--check-config", (char *)NULL);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return COMMAND_FAILED;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? COMMAND_OK : COMMAND_FAILED;
}

const struct command commands_config[] = {
	{"config", "check", "", 0, 0, "check the configuration and the files that it names", NULL,
	 run_check},
	{NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
