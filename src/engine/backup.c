#include "engine/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/maintenance.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"

#define NOTE_MAX 2048
#define DETAIL_MAX 128
#define STATE_MAX 160

static bool is_abandoned(void *file)
{
	return rpc_is_abandoned(file);
}

/* What is no regular file could hold the copy up for ever, or be something that only the engine may
 * write to. */
static int check_file(int fd, struct error *err)
{
	struct stat info;
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fstat(fd, &info))
		return error_errno(err, "the file of the backup");
	if (!S_ISREG(info.st_mode) || info.st_size != 0)
		return error_set(err, SIGNET_E_INVALID, "a backup is written to an empty regular file");
	if ((flags & O_ACCMODE) == O_RDONLY || flags & O_APPEND)
		return error_set(err, SIGNET_E_INVALID, "the file of the backup is not open for writing");
	return 0;
}

static int tell(struct engine *engine, const char *actor, uint64_t octets, int64_t took_us,
                const struct audit_last *last, struct error *err)
{
	_cleanup_buffer_ struct buffer hash = BUFFER_MAX(2 * AUDIT_HASH + 1);
	char detail[DETAIL_MAX], after[STATE_MAX];
	if (hex_encode(&hash, BYTES_OF(last->hash)))
		return error_nomem(err);
	snprintf(after, sizeof after, "a copy with audit record %llu, hash %s, and all before it",
	         (unsigned long long)last->sequence, buffer_text(&hash));
	snprintf(detail, sizeof detail, "%llu octets in %lld ms", (unsigned long long)octets,
	         (long long)(took_us / 1000));
	log_event(LOG_INFO, "backup", "actor", actor, "detail", detail, NULL);
	struct audit_entry entry = {clock_now(), AUDIT_BACKUP, actor, 0, detail, NULL, "no copy", after};
	return audit_write(database_store(engine->database), &entry, err);
}

static int copy(struct engine *engine, const struct rpc_file *file, const char *actor,
                uint64_t *octets, struct error *err)
{
	int64_t began = clock_monotonic_us();
	struct audit_last last; /* the copy may have a little more */
	struct stat info;
	int result = audit_find_last(database_store(engine->database), &last, err);
	if (result == 0)
		result = store_copy(database_store(engine->database), file->fd, is_abandoned,
		                    (void *)(uintptr_t)file, err);
	if (result)
		return result;
	if (fsync(file->fd) || fstat(file->fd, &info))
		return error_errno(err, "the file of the backup");
	*octets = (uint64_t)info.st_size;
	return tell(engine, actor, *octets, clock_monotonic_us() - began, &last, err);
}

int backup_write(struct engine *engine, const struct rpc_file *file, const char *actor,
                 uint64_t *octets, struct error *err)
{
	if (!file)
		return error_set(err, SIGNET_E_INVALID, "the call came without the backup's file");
	int result = check_file(file->fd, err);
	if (result)
		return result;
	if (atomic_exchange(&engine->copying, true))
		return error_set(err, SIGNET_E_EXISTS, "another backup is being made");
	result = copy(engine, file, actor, octets, err);
	atomic_store(&engine->copying, false);
	return result;
}

static int read_note(struct buffer *text, const char **actor, const char **detail,
                     struct error *err)
{
	buffer_append_octet(text, 0);
	char *line = text->error ? NULL : strchr((char *)text->data, '\n');
	if (!line)
		return error_set(err, SIGNET_E_CORRUPT, "the note of a restored database cannot be read");
	*line++ = '\0';
	line[strcspn(line, "\n")] = '\0';
	*actor = (const char *)text->data;
	*detail = line;
	if (!text_is_printable(bytes_text(*actor)) || !text_is_printable(bytes_text(*detail)))
		return error_set(err, SIGNET_E_CORRUPT, "the note of a restored database cannot be read");
	return 0;
}

int backup_check_restored(const char *directory, struct error *err)
{
	struct stat info;
	char *path = file_below(directory, SIGNET_NOTE_RESTORING);
	if (!path)
		return error_nomem(err);
	int result = 0;
	if (lstat(path, &info) == 0)
		result = error_set(err, SIGNET_E_STATE, "a backup was being brought back and that was "
		                   "interrupted: repeat 'signetctl db restore', or remove what it brought "
		                   "and %s", path);
	else if (errno != ENOENT && errno != ENOTDIR)
		result = error_errno(err, "%s", path);
	free(path);
	return result;
}

int backup_note_restored(struct store *store, const char *directory, struct error *err)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(NOTE_MAX);
	struct error missing = {0};
	const char *actor = "", *detail = "";
	char *path = file_below(directory, SIGNET_NOTE_RESTORED);
	if (!path)
		return error_nomem(err);
	int result = file_read(&text, path, &missing);
	if (result == SIGNET_E_NOT_FOUND) {
		free(path);
		return 0;
	}
	if (result)
		error_set(err, result, "%s", missing.message);
	else
		result = read_note(&text, &actor, &detail, err);
	if (result == 0) {
		/* where there is one, no backup is brought back */
		struct audit_entry entry = {clock_now(), AUDIT_RESTORED, actor, 0, detail, NULL, "no database",
		                            "the database of the backup"};
		log_event(LOG_WARNING, "restored", "actor", actor, "detail", detail, NULL);
		result = audit_write(store, &entry, err);
	}
	if (result == 0 && unlink(path))
		result = error_errno(err, "%s", path);
	free(path);
	return result;
}
