/*
 * What a backup says of itself: the file manifest.json in its directory. It
 * is written last, and read strictly.
 */
#ifndef SIGNET_SIGNETCTL_MANIFEST_H
#define SIGNET_SIGNETCTL_MANIFEST_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "crypto/hash.h"

#define MANIFEST_NAME "manifest.json"
#define MANIFEST_FILES_MAX 64
#define MANIFEST_TABLES_MAX 64

struct manifest_file {
	const char *name;   /* "engine.mdb", "gateway.mdb", "audit.pub", "audit.key", "keys/NAME" */
	uint64_t octets;
	uint8_t sha256[32];
};

struct manifest_table {
	const char *name;
	uint64_t entries;
};

struct manifest {
	const char *version; /* of the Signet that made it */
	const char *host;
	int64_t time;
	uint32_t schema;     /* of the engine's database */
	uint64_t audit;      /* sequence of the last audit record; 0: there is none */
	uint8_t audit_sha256[32]; /* of that record as it is stored */
	const char *without_gateway; /* why gateway.mdb is not in it; NULL: it is */
	struct manifest_table tables[MANIFEST_TABLES_MAX];
	size_t table_count;
	struct manifest_file files[MANIFEST_FILES_MAX];
	size_t file_count;
};

/* Into the directory, for its owner alone, durably; not over one that is there. */
int manifest_write(const struct manifest *manifest, const char *directory, struct error *err);
/* Strings are allocated in the arena. SIGNET_E_NOT_FOUND: this is no backup; SIGNET_E_INVALID,
 * SIGNET_E_VERSION for one of a later format. */
int manifest_read(struct manifest *out, struct arena *arena, const char *directory,
                  struct error *err);

/* Size and hash of an open file, under this name, which is kept. SIGNET_E_TOO_BIG for too many. */
int manifest_add(struct manifest *manifest, const char *name, int fd, struct error *err);
/* Whether the open file is the one that the manifest names; SIGNET_E_CORRUPT says what differs. */
int manifest_check(const struct manifest_file *file, int fd, struct error *err);

#endif
