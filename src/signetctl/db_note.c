/*
 * The note beside the engine's database while one is brought back, and after: as "restoring" it keeps
 * the engine from starting on half of it, as "restored" it tells the engine to put it on record.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/maintenance.h"
#include "base/clock.h"
#include "base/file.h"
#include "signetctl/db.h"

#define TEXT_MAX 1024

static int write_note(const char *path, const struct manifest *m, const struct db_owner *owner,
                      struct error *err)
{
	char time[CLOCK_TEXT_SIZE];
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(TEXT_MAX);
	buffer_printf(&text, "uid %u\nbackup of %s, made on %.64s by %.32s, up to audit record %" PRIu64 "\n",
	              (unsigned)getuid(), clock_format(m->time, time), m->host, m->version, m->audit);
	int result = text.error ? error_nomem(err)
	                        : file_write(path, buffer_bytes(&text), 0600, FILE_REPLACE, err);
	return result == 0 && owner->set ? file_give(path, owner->uid, owner->gid, err) : result;
}

int db_note_begin(struct command_context *context, const struct manifest *manifest,
                  const struct db_owner *owner, struct error *err)
{
	char *path = settings_path(context->settings, DB_ENGINE "/" SIGNET_NOTE_RESTORING);
	int result = path ? write_note(path, manifest, owner, err) : error_nomem(err);
	free(path);
	return result;
}

bool db_note_is_there(struct command_context *context)
{
	char *path = settings_path(context->settings, DB_ENGINE "/" SIGNET_NOTE_RESTORING);
	struct stat info;
	bool there = path && lstat(path, &info) == 0;
	free(path);
	return there;
}

void db_note_withdraw(struct command_context *context)
{
	char *path = settings_path(context->settings, DB_ENGINE "/" SIGNET_NOTE_RESTORING);
	if (path)
		unlink(path);
	free(path);
}

int db_note_finish(struct command_context *context, struct error *err)
{
	char *directory = settings_path(context->settings, DB_ENGINE);
	if (!directory)
		return error_nomem(err);
	_cleanup_fd_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = 0;
	if (fd < 0 || renameat(fd, SIGNET_NOTE_RESTORING, fd, SIGNET_NOTE_RESTORED) || fsync(fd))
		result = error_errno(err, "%s/" SIGNET_NOTE_RESTORING, directory);
	free(directory);
	return result;
}
