#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_STEP 16384

void file_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int file_read(struct buffer *out, const char *path, struct error *err)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return error_set(err, SIGNET_E_NOT_FOUND, "%s: no such file", path);
	if (fd < 0)
		return error_errno(err, "%s", path);
	struct stat info;
	if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0 &&
	    (uintmax_t)info.st_size <= out->maximum - out->length)
		buffer_reserve(out, (size_t)info.st_size); /* no copies of a secret by growth */
	for (;;) {
		uint8_t step[READ_STEP];
		ssize_t n = read(fd, step, sizeof step);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "%s", path);
		if (n == 0)
			return 0;
		int result = buffer_append(out, step, (size_t)n);
		explicit_bzero(step, (size_t)n);
		if (result == SIGNET_E_TOO_BIG)
			return error_set(err, result, "%s: larger than %zu octets", path,
			                 out->maximum);
		if (result)
			return error_nomem(err);
	}
}

int file_sync_directory_of(const char *path, struct error *err)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;
	if (length >= sizeof directory)
		return error_set(err, SIGNET_E_INVALID, "%s: path too long", path);
	memcpy(directory, path, length);
	directory[length] = '\0';
	if (!slash)
		directory[0] = '.', directory[1] = '\0';
	else if (length == 0)
		directory[0] = '/', directory[1] = '\0';
	_cleanup_fd_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		return error_errno(err, "%s", directory);
	return 0;
}

int file_write_all(int fd, struct bytes content)
{
	while (content.length) {
		ssize_t n = write(fd, content.data, content.length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		content.data += n;
		content.length -= (size_t)n;
	}
	return 0;
}

int file_write(const char *path, struct bytes content, mode_t mode, enum file_flags flags,
               struct error *err)
{
	char temporary[PATH_MAX];
	int n = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
	if (n < 0 || (size_t)n >= sizeof temporary)
		return error_set(err, SIGNET_E_INVALID, "%s: path too long", path);
	_cleanup_fd_ int fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "%s", path);
	if (file_write_all(fd, content) || fchmod(fd, mode) || fsync(fd))
		goto failed;
	/* link does not replace: the way to make a file that must not exist yet */
	if (flags & FILE_NEW ? link(temporary, path) : rename(temporary, path)) {
		if (errno == EEXIST) {
			unlink(temporary);
			return error_set(err, SIGNET_E_EXISTS, "%s: exists already", path);
		}
		goto failed;
	}
	if (flags & FILE_NEW)
		unlink(temporary);
	return file_sync_directory_of(path, err);
failed:
	n = error_errno(err, "%s", path);
	unlink(temporary);
	return n;
}

int file_replace(int fd, const char *temporary, const char *path, mode_t mode, struct error *err)
{
	if (fchmod(fd, mode) || fsync(fd) || rename(temporary, path)) {
		int result = error_errno(err, "%s", path);
		unlink(temporary);
		return result;
	}
	return file_sync_directory_of(path, err);
}

int file_give(const char *path, uid_t uid, gid_t gid, struct error *err)
{
	struct stat info;
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &info))
		return error_errno(err, "%s", path);
	if (!S_ISREG(info.st_mode) || info.st_nlink != 1)
		return error_set(err, SIGNET_E_PERMISSION, "%s: no file of its own; its owner stays", path);
	return fchown(fd, uid, gid) ? error_errno(err, "%s", path) : 0;
}

int file_make_directory(const char *path, mode_t mode, struct error *err)
{
	char part[PATH_MAX];
	size_t length = strlen(path);
	if (length == 0 || length >= sizeof part)
		return error_set(err, SIGNET_E_INVALID, "directory name is empty or too long");
	for (size_t i = 1; i <= length; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, mode) && errno != EEXIST)
			return error_errno(err, "%s", part);
	}
	struct stat info;
	if (stat(path, &info))
		return error_errno(err, "%s", path);
	if (!S_ISDIR(info.st_mode))
		return error_set(err, SIGNET_E_EXISTS, "%s: not a directory", path);
	return 0;
}

char *file_below(const char *directory, const char *name)
{
	char *path = NULL;
	if (name[0] == '/')
		return strdup(name);
	return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

char *file_beside(const char *name, const char *mark)
{
	char *made = NULL;
	const char *slash = strrchr(name, '/'), *dot = strrchr(slash ? slash : name, '.');
	size_t length = dot ? (size_t)(dot - name) : strlen(name);
	return asprintf(&made, "%.*s.%s%s", (int)length, name, mark, dot ? dot : "") < 0 ? NULL : made;
}

int file_keep_standard(struct error *err)
{
	int fd;
	/* no O_CLOEXEC: who is started by us wants them open, too */
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return error_errno(err, "/dev/null");
	close(fd);
	return 0;
}
