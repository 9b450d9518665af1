/*
 * The files under tests/data, for tests that include tests/unit/asn1/hex.h's
 * arena too.
 */
#ifndef SIGNET_TESTS_DATA_H
#define SIGNET_TESTS_DATA_H

#include "tests/unit/asn1/hex.h"

#include <dirent.h>
#include <stdio.h>

#include "base/file.h"

/* path: below tests/data. Automake tells tests where the sources are by srcdir. */
static inline const char *data_path(const char *path)
{
	const char *srcdir = getenv("srcdir");
	char *full = arena_printf(arena, "%s/tests/data/%s", srcdir ? srcdir : ".", path);
	assert_non_null(full);
	return full;
}

static inline struct bytes data_read(const char *path)
{
	struct buffer content = BUFFER_MAX(1 << 20);
	struct error err = {0};
	struct bytes result = BYTES_NONE;
	if (file_read(&content, data_path(path), &err))
		fail_msg("%s: %s", path, err.message);
	assert_int_equal(arena_bytes(arena, buffer_bytes(&content), &result), 0);
	buffer_free(&content);
	return result;
}

/* Files in a directory below tests/data, "." and ".." apart. */
static inline size_t data_count(const char *directory)
{
	DIR *dir = opendir(data_path(directory));
	assert_non_null(dir);
	size_t count = 0;
	for (struct dirent *entry; (entry = readdir(dir));)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

#endif
