/*
 * Databases that belong to a role, which are never opened with our own
 * rights: the gateway parses what comes from the network, and a gateway that
 * was taken over has prepared its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "signetctl/apart.h"
#include "signetctl/db.h"
#include "store/store.h"

#define SECOND 1000000
#define QUIET_US (30 * SECOND)
#define TIME_US (60 * SECOND)
#define SPEED 4  /* octets in a microsecond, at least */
#define SLACK (1 << 20)
/* Content that a file system compresses takes less room on the disk than it has octets. */
#define PRESSED 16
#define STORE "state"

static int copy_store(void *arg, int fd)
{
	(void)arg;
	return store_copy_directory(STORE, fd, NULL);
}

/* The copy of a sound database is smaller than its file; one with circles in it would never end. */
static uint64_t most_octets(int directory)
{
	struct stat info;
	if (fstatat(directory, STORE "/" DB_DATA, &info, AT_SYMLINK_NOFOLLOW) || info.st_size < 0)
		return SLACK;
	uint64_t size = (uint64_t)info.st_size, pressed = (uint64_t)info.st_blocks * 512 * PRESSED;
	return 2 * (size < pressed ? size : pressed) + SLACK;
}

int db_gateway_copy(struct command_context *context, int to, bool *failed, struct error *err)
{
	*failed = false;
	char *path = settings_path(context->settings, "gateway");
	if (!path)
		return error_nomem(err);
	_cleanup_fd_ int directory = -1, store = -1;
	int result = apart_open_directory(&directory, AT_FDCWD, path, err);
	free(path);
	/* nothing was ever in it, or it is not for us: who asks knows that */
	if (result == SIGNET_E_NOT_FOUND || result == SIGNET_E_PERMISSION)
		return result;
	if (result == 0)
		result = apart_open_directory(&store, directory, STORE, err);
	if (result == SIGNET_E_NOT_FOUND)
		return result;
	if (result == 0) {
		struct apart apart = {.directory = directory, .work = copy_store,
		                      .most = most_octets(directory), .quiet_us = QUIET_US,
		                      .is_unwanted = db_is_interrupted};
		apart.timeout_us = TIME_US + (int64_t)(apart.most / SPEED);
		result = apart_run(&apart, to, err);
	}
	*failed = result != 0;
	return result ? error_prefix(err, "the gateway's database") : 0;
}

static int copy_file(void *arg, int to)
{
	uint8_t portion[4096];
	struct stat info;
	_cleanup_fd_ int fd = open(arg, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? SIGNET_E_NOT_FOUND : SIGNET_E_PERMISSION;
	if (fstat(fd, &info) || !S_ISREG(info.st_mode))
		return SIGNET_E_CORRUPT;
	for (ssize_t n; (n = read(fd, portion, sizeof portion)) != 0;)
		if (n < 0 || file_write_all(to, bytes_make(portion, (size_t)n)))
			return SIGNET_E_IO;
	explicit_bzero(portion, sizeof portion);
	return 0;
}

int db_copy_file(struct command_context *context, const char *folder, const char *name, int to,
                 struct error *err)
{
	char *path = settings_path(context->settings, folder);
	if (!path)
		return error_nomem(err);
	_cleanup_fd_ int directory = -1;
	int result = apart_open_directory(&directory, AT_FDCWD, path, err);
	free(path);
	if (result)
		return result;
	const struct apart apart = {.directory = directory, .work = copy_file, .arg = (void *)name,
	                            .most = LIMIT_PEM_FILE, .quiet_us = QUIET_US,
	                            .timeout_us = TIME_US, .is_unwanted = db_is_interrupted};
	result = apart_run(&apart, to, err);
	return result ? error_prefix(err, "%s/%s", folder, name) : 0;
}

struct question {
	const char *name, *last_of;
};

static int inspect(void *arg, int fd)
{
	const struct question *question = arg;
	struct store_inspection found;
	_cleanup_buffer_ struct buffer last = BUFFER_MAX(LIMIT_MESSAGE);
	int result = store_inspect(&found, &last, question->name, question->last_of, NULL);
	if (result)
		return result;
	return file_write_all(fd, bytes_make(&found, sizeof found)) ? SIGNET_E_IO : 0;
}

/* What comes from a process that read a hostile file is checked like the file. */
static bool is_inspection(struct store_inspection *found)
{
	bool good = found->table_count <= STORE_TABLES_MAX;
	for (size_t i = 0; good && i < found->table_count; i++)
		good = memchr(found->tables[i].name, '\0', sizeof found->tables[i].name);
	return good;
}

int db_inspect(int directory, const char *name, const char *last_of, struct store_inspection *out,
               struct error *err)
{
	struct question question = {name, last_of};
	const struct apart apart = {.directory = directory, .work = inspect, .arg = &question,
	                            .most = sizeof *out, .quiet_us = TIME_US, .timeout_us = TIME_US,
	                            .is_unwanted = db_is_interrupted};
	_cleanup_fd_ int found = memfd_create("inspection", MFD_CLOEXEC);
	if (found < 0)
		return error_errno(err, "memfd_create");
	int result = apart_run(&apart, found, err);
	if (result == 0 && (pread(found, out, sizeof *out, 0) != sizeof *out || !is_inspection(out)))
		result = error_set(err, SIGNET_E_CORRUPT, "it is damaged");
	return result;
}
