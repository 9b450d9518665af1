/*
 * Whole files: read with a limit, written so that a reader sees the old
 * content or the new one and never a half.
 */
#ifndef SIGNET_BASE_FILE_H
#define SIGNET_BASE_FILE_H

#include <sys/types.h>

#include "base/buffer.h"
#include "base/error.h"

/* Appends the file's content. SIGNET_E_NOT_FOUND, SIGNET_E_TOO_BIG over the buffer's maximum,
 * SIGNET_E_IO. A secret is read into a buffer that is wiped. */
int file_read(struct buffer *out, const char *path, struct error *err);

/* Writes beside the file, syncs, renames over it and syncs the directory. With
 * FILE_NEW an existing file is SIGNET_E_EXISTS and stays untouched. */
enum file_flags { FILE_REPLACE = 0, FILE_NEW = 1 };
int file_write(const char *path, struct bytes content, mode_t mode, enum file_flags flags,
               struct error *err);

/* The end of writing a file that was begun beside it, as file_write does it: mode, sync, rename over the
 * path, sync of the directory. After a failure the temporary file is gone. */
int file_replace(int fd, const char *temporary, const char *path, mode_t mode, struct error *err);

/* Gives a file that was just made to another user: a file with this one name and no link, whatever others
 * have put in its place meanwhile. */
int file_give(const char *path, uid_t uid, gid_t gid, struct error *err);

/* Makes durable which files the directory that holds this one has. */
int file_sync_directory_of(const char *path, struct error *err);

/* Writes all of it to the descriptor; -1 with errno when that fails. */
int file_write_all(int fd, struct bytes content);

/* Creates the directory and its missing parents with this mode; an existing one is no error. */
int file_make_directory(const char *path, mode_t mode, struct error *err);

/* A file name that is relative to the directory (an absolute one is taken as it is); to be freed with
 * free(). NULL without memory. */
char *file_below(const char *directory, const char *name);
/* The name of a file that belongs to another one: "ca/issuing.2.pem" for "ca/issuing.pem" and "2". To be
 * freed with free(). NULL without memory. */
char *file_beside(const char *name, const char *mark);

/* Opens /dev/null for those of the three standard files that are closed: else the next file that is
 * opened, a database or a key, would take the place and get what is written to standard error. */
int file_keep_standard(struct error *err);

void file_close(int *fd);
#define _cleanup_fd_ __attribute__((cleanup(file_close)))

#endif
