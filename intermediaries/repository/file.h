/*
 * The files that may be served: regular ones, straight below a folder of
 * STATE/public, found without following a link.
 */
#ifndef SIGNET_REPOSITORY_FILE_H
#define SIGNET_REPOSITORY_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/error.h"

struct repository_file {
	int fd;              /* the caller's to close */
	struct stat info;
};

/* 1 to 128 of A-Z a-z 0-9 . _ -, not a dot first. */
bool repository_is_name(const char *name);

/* SIGNET_E_NOT_FOUND for what is no such file, whatever is there; SIGNET_E_IO. */
int repository_open_file(struct repository_file *out, const char *state, const char *folder,
                         const char *name, struct error *err);

#endif
