/*
 * Files below one directory, by paths whose parts may be chosen by strangers:
 * written whole, never through a symbolic link, with the directories between
 * made where they are missing. The directory itself is the administrator's:
 * it may be a link, and is not made.
 */
#ifndef SIGNET_EXIT_FILE_TREE_H
#define SIGNET_EXIT_FILE_TREE_H

#include <sys/types.h>

#include "base/buffer.h"
#include "base/error.h"

struct file_tree {
	char *directory;
	char *temporary;     /* name of the file being written, in the directory of the file */
	mode_t mode;         /* of files; directories can be entered by who can read them */
	int fd;              /* of the directory, opened before the first write to it so that flush
	                        hears of every error since; -1: not open */
	bool dirty;          /* written to since the last flush */
};

/* name: of the instance, for the temporary files. */
int file_tree_init(struct file_tree *tree, const char *directory, const char *name, mode_t mode,
                   struct error *err);
/* Accepts one that is all zero. */
void file_tree_clear(struct file_tree *tree);

/* path: parts joined by "/", none empty, "." or "..". SIGNET_E_IO, SIGNET_E_FULL. */
int file_tree_write(struct file_tree *tree, const char *path, struct bytes content,
                    struct error *err);
/* Appends the content. SIGNET_E_NOT_FOUND, also for what is no ordinary file. */
int file_tree_read(struct file_tree *tree, const char *path, struct buffer *out,
                   struct error *err);
/* What is not there is no error. */
int file_tree_remove(struct file_tree *tree, const char *path, struct error *err);
/* Appends to the last part of the path; what is there by that name is replaced. */
int file_tree_rename(struct file_tree *tree, const char *path, const char *suffix,
                     struct error *err);

/* Makes all of it durable with one sync. An error: what was done since the last flush may be lost. */
int file_tree_flush(struct file_tree *tree, struct error *err);

#endif
