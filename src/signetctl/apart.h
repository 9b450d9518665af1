/*
 * Works on what another user owns and may have prepared, in a process of its
 * own with that user's rights: as root we would follow any link in such a
 * directory, and LMDB trusts its files. A role that was taken over must get
 * nothing out of it but a part that is missing from a backup.
 */
#ifndef SIGNET_SIGNETCTL_APART_H
#define SIGNET_SIGNETCTL_APART_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct apart {
	int directory;       /* open: where the work is done; root becomes its owner for it */
	/* In the other process, which has no file open but this pipe: what is written there comes back.
	 * 0, or enum signet_error. */
	int (*work)(void *arg, int fd);
	void *arg;
	uint64_t most;       /* octets that may come back */
	int64_t quiet_us;    /* for which nothing may come */
	int64_t timeout_us;  /* for all of it */
	bool (*is_unwanted)(void); /* asked often; NULL: it is always wanted */
};

/* Writes what comes back to this file. Whatever happens to the other process is an error and no more: its
 * own code, SIGNET_E_TIMEOUT, SIGNET_E_TOO_BIG, SIGNET_E_STATE (unwanted), SIGNET_E_CORRUPT when a
 * signal ended it. No text of its own is believed. */
int apart_run(const struct apart *apart, int to, struct error *err);

/* Opens a directory below another one, never by a link. SIGNET_E_NOT_FOUND, SIGNET_E_PERMISSION. */
int apart_open_directory(int *out, int directory, const char *name, struct error *err);

#endif
