#include <pwd.h>
#include <unistd.h>

#include "conf/settings.h"

#define USER_MEMORY 16384

int settings_find_user(const struct settings *settings, const char *name, uid_t *out,
                       struct error *err)
{
	char memory[USER_MEMORY];
	struct passwd entry, *found = NULL;
	if (!name) {
		*out = geteuid();
		return 0;
	}
	int code = getpwnam_r(name, &entry, memory, sizeof memory, &found);
	if (!found)
		return conf_error(conf_find(conf_root(settings->conf), "users"), err,
		                  "there is no user '%s'%s%s", name, code ? ": " : "",
		                  code ? strerror(code) : "");
	*out = found->pw_uid;
	return 0;
}
