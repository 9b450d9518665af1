#include "publisher/published.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"

#define FOLDER "crl/"
#define ENDING ".crl"
#define DELTA ".delta"

/* The name without folder and ending; NULL when it is none. */
static char *base_name(struct arena *arena, const char *file)
{
	size_t folder = strlen(FOLDER), ending = strlen(ENDING), length = strlen(file);
	if (strncmp(file, FOLDER, folder) != 0 || length <= folder + ending ||
	    strcmp(file + length - ending, ENDING) != 0 || strchr(file + folder, '/'))
		return NULL;
	return arena_text(arena, bytes_make(file + folder, length - folder - ending));
}

/* "issuing.delta-3" becomes "issuing-3"; whether it was one of a delta CRL. */
static bool take_delta(char *name, unsigned shard)
{
	size_t delta = strlen(DELTA), length = strlen(name);
	char *end = shard ? strrchr(name, '-') : name + length;
	if (!end || (size_t)(end - name) <= delta || strncmp(end - delta, DELTA, delta) != 0)
		return false;
	memmove(end - delta, end, strlen(end) + 1);
	return true;
}

static int map_file(struct published *out, const char *path, struct error *err)
{
	struct stat info;
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return error_set(err, SIGNET_E_NOT_FOUND, "%s: no such file", path);
	if (fd < 0 || fstat(fd, &info))
		return error_errno(err, "%s", path);
	if (!S_ISREG(info.st_mode) || info.st_size <= 0)
		return error_set(err, SIGNET_E_INVALID, "%s: there is no CRL in it", path);
	if (info.st_size > LIMIT_CRL_FILE)
		return error_set(err, SIGNET_E_TOO_BIG, "%s: larger than %u octets", path,
		                 (unsigned)LIMIT_CRL_FILE);
	out->map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (out->map == MAP_FAILED) {
		out->map = NULL;
		return error_errno(err, "%s", path);
	}
	out->size = (size_t)info.st_size;
	return 0;
}

int published_open(struct published *out, struct arena *arena, const char *state,
                   struct signet_event *event, struct error *err)
{
	*out = (struct published){0};
	if (event->kind != SIGNET_EVENT_CRL_PUBLISHED)
		return 0;
	char *name = base_name(arena, event->crl_file ? event->crl_file : "");
	if (!name)
		return error_set(err, SIGNET_E_INVALID, "the event names no CRL");
	char *path = arena_printf(arena, "%s/public/%s", state, event->crl_file);
	if (!path)
		return error_nomem(err);
	int result = map_file(out, path, err);
	if (result)
		return result;
	event->delta = take_delta(name, event->crl_shard);
	event->crl_name = name;
	event->crl = bytes_make(out->map, out->size);
	return 0;
}

void published_close(struct published *published)
{
	if (published->map)
		munmap(published->map, published->size);
	*published = (struct published){0};
}
