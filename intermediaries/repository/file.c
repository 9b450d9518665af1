#include "intermediaries/repository/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"

#define NAME_MAX_LENGTH 128
#define DIRECTORY (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
/* a pipe in a file's place does not hold us up */
#define ORDINARY (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

bool repository_is_name(const char *name)
{
	size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                             "0123456789._-");
	return length > 0 && length <= NAME_MAX_LENGTH && name[length] == '\0' && name[0] != '.';
}

static int refuse(const char *name, struct error *err)
{
	if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
		return error_set(err, SIGNET_E_NOT_FOUND, "there is no file %s", name);
	return error_errno(err, "%s", name);
}

int repository_open_file(struct repository_file *out, const char *state, const char *folder,
                         const char *name, struct error *err)
{
	if (!repository_is_name(name))
		return error_set(err, SIGNET_E_NOT_FOUND, "there is no such file");
	/* the path of the state directory is the administrator's: it may have links in it */
	_cleanup_fd_ int top = open(state, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_fd_ int public = top < 0 ? -1 : openat(top, "public", DIRECTORY);
	_cleanup_fd_ int directory = public < 0 ? -1 : openat(public, folder, DIRECTORY);
	_cleanup_fd_ int fd = directory < 0 ? -1 : openat(directory, name, ORDINARY);
	struct stat info;
	if (fd < 0 || fstat(fd, &info))
		return refuse(name, err);
	if (!S_ISREG(info.st_mode))
		return error_set(err, SIGNET_E_NOT_FOUND, "there is no file %s", name);
	*out = (struct repository_file){fd, info};
	fd = -1;
	return 0;
}
