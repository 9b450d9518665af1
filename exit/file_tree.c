#include "exit/file_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "exit/file_name.h"

#define READ_STEP 16384

int file_tree_init(struct file_tree *tree, const char *directory, const char *name, mode_t mode,
                   struct error *err)
{
	*tree = (struct file_tree){.directory = strdup(directory), .mode = mode, .fd = -1};
	/* a dot in front: no published file has it */
	if (asprintf(&tree->temporary, ".signet-%s.tmp", name) < 0)
		tree->temporary = NULL;
	return tree->directory && tree->temporary ? 0 : error_nomem(err);
}

void file_tree_clear(struct file_tree *tree)
{
	if (tree->directory)
		file_close(&tree->fd);
	free(tree->directory);
	free(tree->temporary);
	*tree = (struct file_tree){.fd = -1};
}

/* The directory that holds a file, and the file's own name. */
struct place {
	int fd;
	char name[FILE_PATH_MAX + 1];
	bool foreign; /* on another file system than the tree's directory: a sync of that is not enough */
};

static void place_clear(struct place *place)
{
	file_close(&place->fd);
}
#define _cleanup_place_ __attribute__((cleanup(place_clear)))

static int failed(const struct file_tree *tree, const char *path, struct error *err)
{
	return error_errno(err, "%s/%s", tree->directory, path);
}

static int make_directory(const struct file_tree *tree, int parent, const char *name)
{
	/* where a file can be read, the way to it is open */
	const mode_t mode = 0700 | (tree->mode & 0040 ? 0050 : 0) | (tree->mode & 0004 ? 0005 : 0);
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	bool made = mkdirat(parent, name, 0700) == 0;
	if (!made && errno != EEXIST)
		return -1;
	int fd = openat(parent, name, flags);
	if (fd >= 0 && made && fchmod(fd, mode)) {
		file_close(&fd);
		return -1;
	}
	return fd;
}

/* Into the directory of this name; with make, a missing one is made. */
static int enter(const struct file_tree *tree, struct place *place, const char *name, bool make)
{
	/* a link in the place of a directory may lead anywhere */
	int fd = openat(place->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && make)
		fd = make_directory(tree, place->fd, name);
	if (fd < 0)
		return -1;
	file_close(&place->fd);
	place->fd = fd;
	return 0;
}

static int open_tree(struct file_tree *tree, struct error *err)
{
	if (tree->fd >= 0)
		return 0;
	tree->fd = open(tree->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return tree->fd < 0 ? error_errno(err, "%s", tree->directory) : 0;
}

static bool is_foreign(const struct file_tree *tree, const struct place *place)
{
	struct stat a, b;
	return fstat(tree->fd, &a) || fstat(place->fd, &b) || a.st_dev != b.st_dev;
}

/* SIGNET_E_NOT_FOUND when a directory is missing and not to be made. */
static int open_place(struct file_tree *tree, struct place *place, const char *path, bool make,
                      struct error *err)
{
	*place = (struct place){.fd = -1};
	int result = open_tree(tree, err);
	if (result)
		return result;
	place->fd = fcntl(tree->fd, F_DUPFD_CLOEXEC, 0);
	if (place->fd < 0)
		return failed(tree, path, err);
	const char *part = path;
	for (const char *slash; (slash = strchr(part, '/')); part = slash + 1) {
		snprintf(place->name, sizeof place->name, "%.*s", (int)(slash - part), part);
		if (enter(tree, place, place->name, make) == 0)
			continue;
		return errno == ENOENT && !make
			? error_set(err, SIGNET_E_NOT_FOUND, "%s/%s: no such directory",
			            tree->directory, path)
			: failed(tree, path, err);
	}
	snprintf(place->name, sizeof place->name, "%s", part);
	place->foreign = is_foreign(tree, place);
	return 0;
}

/* After an error: was the directory itself replaced, the next try looks at the new one. */
static bool is_same_directory(const struct file_tree *tree)
{
	struct stat opened, named;
	return fstat(tree->fd, &opened) == 0 && stat(tree->directory, &named) == 0 &&
	       opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

static int look_again(struct file_tree *tree, int result)
{
	if (result && result != SIGNET_E_NOT_FOUND && tree->fd >= 0 && !is_same_directory(tree))
		file_close(&tree->fd);
	return result;
}

static int open_temporary(const struct file_tree *tree, const struct place *place)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = openat(place->fd, tree->temporary, flags, 0600);
	if (fd >= 0 || errno != EEXIST)
		return fd;
	/* one that a crash left, or somebody put there, is not written through */
	unlinkat(place->fd, tree->temporary, 0);
	return openat(place->fd, tree->temporary, flags, 0600);
}

/* What was changed there is durable, where the sync of the tree does not reach. */
static int sync_foreign(const struct place *place)
{
	return place->foreign ? fsync(place->fd) : 0;
}

static int write_there(const struct file_tree *tree, const struct place *place, const char *path,
                       struct bytes content, struct error *err)
{
	int fd = open_temporary(tree, place);
	if (fd < 0)
		return failed(tree, path, err);
	bool written = file_write_all(fd, content) == 0 && fchmod(fd, tree->mode) == 0 &&
	               (!place->foreign || fsync(fd) == 0);
	int result = written ? 0 : failed(tree, path, err);
	if (close(fd) && result == 0)
		result = failed(tree, path, err);
	if (result == 0 && (renameat(place->fd, tree->temporary, place->fd, place->name) ||
	                    sync_foreign(place)))
		result = failed(tree, path, err);
	if (result)
		unlinkat(place->fd, tree->temporary, 0);
	return result;
}

int file_tree_write(struct file_tree *tree, const char *path, struct bytes content,
                    struct error *err)
{
	_cleanup_place_ struct place place;
	int result = open_place(tree, &place, path, true, err);
	if (result == 0)
		result = write_there(tree, &place, path, content, err);
	tree->dirty |= result == 0;
	return look_again(tree, result);
}

int file_tree_read(struct file_tree *tree, const char *path, struct buffer *out,
                   struct error *err)
{
	_cleanup_place_ struct place place;
	struct stat info;
	int result = open_place(tree, &place, path, false, err);
	if (result)
		return look_again(tree, result);
	/* not blocking: a pipe in its place would never end */
	_cleanup_fd_ int fd = openat(place.fd, place.name,
	                             O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT && errno != ELOOP)
		return look_again(tree, failed(tree, path, err));
	if (fd < 0 || fstat(fd, &info) || !S_ISREG(info.st_mode))
		return error_set(err, SIGNET_E_NOT_FOUND, "%s/%s: no such file", tree->directory,
		                 path);
	for (;;) {
		uint8_t step[READ_STEP];
		ssize_t n = read(fd, step, sizeof step);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return failed(tree, path, err);
		if (n > 0 && buffer_append(out, step, (size_t)n))
			return error_set(err, out->error, "%s/%s: too large", tree->directory, path);
	}
}

int file_tree_remove(struct file_tree *tree, const char *path, struct error *err)
{
	_cleanup_place_ struct place place;
	int result = open_place(tree, &place, path, false, err);
	if (result == SIGNET_E_NOT_FOUND)
		return 0;
	if (result == 0 && unlinkat(place.fd, place.name, 0) && errno != ENOENT)
		result = failed(tree, path, err);
	if (result == 0 && sync_foreign(&place))
		result = failed(tree, path, err);
	tree->dirty |= result == 0;
	return look_again(tree, result);
}

int file_tree_rename(struct file_tree *tree, const char *path, const char *suffix,
                     struct error *err)
{
	_cleanup_place_ struct place place;
	char to[FILE_PATH_MAX + 32];
	int result = open_place(tree, &place, path, false, err);
	if (result)
		return look_again(tree, result);
	snprintf(to, sizeof to, "%s%s", place.name, suffix);
	if (renameat(place.fd, place.name, place.fd, to) || sync_foreign(&place))
		result = failed(tree, path, err);
	tree->dirty |= result == 0;
	return look_again(tree, result);
}

int file_tree_flush(struct file_tree *tree, struct error *err)
{
	if (!tree->dirty)
		return 0;
	tree->dirty = false;
	if (tree->fd >= 0 && syncfs(tree->fd)) {
		int result = error_errno(err, "%s", tree->directory);
		file_close(&tree->fd);
		return result;
	}
	if (tree->fd < 0 || !is_same_directory(tree)) {
		file_close(&tree->fd);
		return error_set(err, SIGNET_E_IO, "%s: replaced by another", tree->directory);
	}
	return 0;
}
