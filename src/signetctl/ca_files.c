#include "signetctl/ca_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "base/limits.h"
#include "pki/certificate.h"

#define MARK_NEW "new"     /* engine/authority.h has the same */
#define MARK_CROSS "cross"
#define MARK_MAX 64
#define UNFINISHED ".unfinished-" /* and six characters: nobody else's files are called so */
#define RANDOM_PART "XXXXXX"

static const char *beside(struct arena *arena, const char *name, const char *mark)
{
	char *made = file_beside(name, mark);
	const char *copy = made ? arena_strdup(arena, made) : NULL;
	free(made);
	return copy;
}

const char *ca_files_earlier(const struct ca_files *files, const char *of, unsigned nth)
{
	char mark[MARK_MAX];
	snprintf(mark, sizeof mark, "%u", nth);
	return beside(files->arena, of, mark);
}

int ca_files_name(struct ca_files *out, struct arena *arena, const char *certificate,
                  const char *key, struct error *err)
{
	const struct ca_files files = {
		.arena = arena,
		.certificate = arena_strdup(arena, certificate),
		.key = arena_strdup(arena, key),
		.new_certificate = beside(arena, certificate, MARK_NEW),
		.new_key = beside(arena, key, MARK_NEW),
		.cross = beside(arena, certificate, MARK_CROSS),
		.lock = -1,
	};
	if (!files.certificate || !files.key || !files.new_certificate || !files.new_key ||
	    !files.cross)
		return error_nomem(err);
	*out = files;
	return 0;
}

static const char *directory_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return ".";
	return arena_text(arena, bytes_make(path, slash == path ? 1 : (size_t)(slash - path)));
}

/* What was being written beside this file when signetctl was killed: a key may be among it. */
static void remove_unfinished(const struct ca_files *files, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *where = directory_of(files->arena, path);
	DIR *directory = where ? opendir(where) : NULL;
	if (!directory)
		return;
	size_t length = strlen(name), whole = length + strlen(UNFINISHED RANDOM_PART);
	for (const struct dirent *entry; (entry = readdir(directory));)
		if (strlen(entry->d_name) == whole && strncmp(entry->d_name, name, length) == 0 &&
		    strncmp(entry->d_name + length, UNFINISHED, strlen(UNFINISHED)) == 0)
			unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
}

int ca_files_open(struct ca_files *out, struct arena *arena, const char *certificate,
                  const char *key, struct error *err)
{
	int result = ca_files_name(out, arena, certificate, key, err);
	const char *directory = result ? NULL : directory_of(arena, certificate);
	if (result || !directory)
		return result ? result : error_nomem(err);
	out->lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out->lock < 0)
		return error_errno(err, "%s", directory);
	if (flock(out->lock, LOCK_EX | LOCK_NB)) {
		result = errno == EWOULDBLOCK
			? error_set(err, SIGNET_E_STATE, "%s: another signetctl is at work there", directory)
			: error_errno(err, "%s", directory);
		ca_files_close(out);
		return result;
	}
	remove_unfinished(out, out->new_key);
	remove_unfinished(out, out->new_certificate);
	remove_unfinished(out, out->cross);
	return 0;
}

void ca_files_close(struct ca_files *files)
{
	file_close(&files->lock);
}

static bool is_there(const char *path)
{
	struct stat info;
	return lstat(path, &info) == 0;
}

static int count_certificates(const struct ca_files *files, unsigned *count, struct error *err)
{
	for (*count = 0; *count <= LIMIT_AUTHORITY_KEYS; ++*count) {
		const char *next = ca_files_earlier(files, files->certificate, *count + 1);
		if (!next)
			return error_nomem(err);
		if (!is_there(next))
			return 0;
	}
	return error_set(err, SIGNET_E_TOO_BIG, "%s: more than %d earlier keys", files->certificate,
	                 LIMIT_AUTHORITY_KEYS);
}

static int read_first(const struct ca_files *files, const char *path, struct bytes *out,
                      struct error *err)
{
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	struct bytes chain[LIMIT_CHAIN];
	size_t count;
	int result = file_read(&pem, path, err);
	if (result)
		return result;
	result = certificate_read_chain(files->arena, buffer_bytes(&pem), chain, LIMIT_CHAIN, &count,
	                                err);
	if (result)
		return error_prefix(err, "%s", path);
	*out = chain[0];
	return 0;
}

/* Whether the last of them is the present one: a roll over was cut off before its successor took its place. */
static int is_prepared(const struct ca_files *files, unsigned count, bool *is, struct error *err)
{
	struct bytes present = BYTES_NONE, last = BYTES_NONE;
	const char *name = count ? ca_files_earlier(files, files->certificate, count) : NULL;
	*is = false;
	if (count == 0)
		return 0;
	int result = name ? read_first(files, files->certificate, &present, err) : error_nomem(err);
	if (result == 0)
		result = read_first(files, name, &last, err);
	*is = result == 0 && bytes_equal(present, last);
	return result;
}

int ca_files_count(const struct ca_files *files, unsigned *count, struct error *err)
{
	bool prepared;
	int result = count_certificates(files, count, err);
	if (result == 0)
		result = is_prepared(files, *count, &prepared, err);
	if (result == 0)
		*count -= prepared;
	return result;
}

static int compare_files(const char *a, const char *b, bool *same, struct error *err)
{
	_cleanup_secret_ struct buffer first = BUFFER_MAX(LIMIT_PEM_FILE);
	_cleanup_secret_ struct buffer second = BUFFER_MAX(LIMIT_PEM_FILE);
	int result = file_read(&first, a, err);
	if (result == 0)
		result = file_read(&second, b, err);
	*same = result == 0 && bytes_equal(buffer_bytes(&first), buffer_bytes(&second));
	return result;
}

/* An own step, and that it is on the disk before the next one. */
static int remove_file(const char *path, struct error *err)
{
	return unlink(path) ? error_errno(err, "%s", path) : file_sync_directory_of(path, err);
}

static int move_file(const char *from, const char *to, struct error *err)
{
	return rename(from, to) ? error_errno(err, "%s", to) : file_sync_directory_of(to, err);
}

/* Another name for the file. One that was given it already is no error, another file with that name is. */
static int link_file(const char *from, const char *to, struct error *err)
{
	bool same;
	if (link(from, to) == 0)
		return file_sync_directory_of(to, err);
	if (errno != EEXIST)
		return error_errno(err, "%s", to);
	int result = compare_files(from, to, &same, err);
	if (result == 0 && !same)
		result = error_set(err, SIGNET_E_CONFLICT, "%s is there already, and is something else",
		                   to);
	return result ? result : file_sync_directory_of(to, err);
}

/* The links that a roll over begins with, its key's and its certificate's. The engine counts
 * certificates: with that it is whole. */
static int take_back(const struct ca_files *files, unsigned nth, struct error *err)
{
	const char *certificate = ca_files_earlier(files, files->certificate, nth);
	const char *key = ca_files_earlier(files, files->key, nth);
	bool same = false;
	int result = certificate && key ? 0 : error_nomem(err);
	if (result == 0 && is_there(certificate))
		result = remove_file(certificate, err);
	if (result == 0 && is_there(key))
		result = compare_files(key, files->key, &same, err);
	return result == 0 && same ? remove_file(key, err) : result;
}

static int settle_before(const struct ca_files *files, unsigned count, struct error *err)
{
	bool prepared;
	int result = is_prepared(files, count, &prepared, err);
	if (result == 0)
		result = take_back(files, prepared ? count : count + 1, err);
	if (result == 0 && is_there(files->new_certificate))
		result = remove_file(files->new_certificate, err);
	return result;
}

/* The certificate is in its place: its key follows, if the one before is kept. */
static int settle_after(const struct ca_files *files, unsigned count, struct error *err)
{
	const char *kept = count ? ca_files_earlier(files, files->key, count) : NULL;
	bool same = false;
	if (count && !kept)
		return error_nomem(err);
	int result = kept && is_there(kept) ? compare_files(kept, files->key, &same, err) : 0;
	if (result == 0 && !same)
		result = error_set(err, SIGNET_E_CONFLICT,
		                   "%s is the key of %s, but %s is kept nowhere else: put right by hand",
		                   files->new_key, files->certificate, files->key);
	return result ? result : move_file(files->new_key, files->key, err);
}

int ca_files_settle(const struct ca_files *files, enum ca_files_pair pair, struct error *err)
{
	unsigned count;
	int result = count_certificates(files, &count, err);
	if (result)
		return result;
	return pair == CA_FILES_NEW_KEY ? settle_after(files, count, err)
	                                : settle_before(files, count, err);
}

/* As file_write, with owner and mode of another file before anybody sees it. */
static int write_like(const char *path, const char *like, struct bytes content, struct error *err)
{
	char temporary[PATH_MAX];
	struct stat info, made;
	int n = snprintf(temporary, sizeof temporary, "%s" UNFINISHED RANDOM_PART, path);
	if (n < 0 || (size_t)n >= sizeof temporary)
		return error_set(err, SIGNET_E_INVALID, "%s: path too long", path);
	if (stat(like, &info))
		return error_errno(err, "%s", like);
	_cleanup_fd_ int fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "%s", path);
	if (file_write_all(fd, content) || fstat(fd, &made) ||
	    ((made.st_uid != info.st_uid || made.st_gid != info.st_gid) &&
	     fchown(fd, info.st_uid, info.st_gid))) {
		n = error_errno(err, "%s", path);
		unlink(temporary);
		return n;
	}
	return file_replace(fd, temporary, path, info.st_mode & 0777, err);
}

int ca_files_put_key(const struct ca_files *files, struct bytes pem, struct error *err)
{
	return write_like(files->new_key, files->key, pem, err);
}

int ca_files_put_cross(const struct ca_files *files, struct bytes pem, struct error *err)
{
	return write_like(files->cross, files->certificate, pem, err);
}

int ca_files_renew(const struct ca_files *files, struct bytes serial, struct bytes pem,
                   struct error *err)
{
	const char *hex = hex_text(files->arena, serial);
	const char *mark = hex ? arena_printf(files->arena, "old-%s", hex) : NULL;
	const char *old = mark ? beside(files->arena, files->certificate, mark) : NULL;
	if (!old)
		return error_nomem(err);
	int result = write_like(files->new_certificate, files->certificate, pem, err);
	if (result == 0)
		result = link_file(files->certificate, old, err);
	return result ? result : move_file(files->new_certificate, files->certificate, err);
}

int ca_files_roll_over(const struct ca_files *files, struct bytes pem, struct error *err)
{
	unsigned count;
	int result = ca_files_count(files, &count, err);
	if (result)
		return result;
	if (count == LIMIT_AUTHORITY_KEYS)
		return error_set(err, SIGNET_E_TOO_BIG, "there are %u earlier keys already", count);
	const char *certificate = ca_files_earlier(files, files->certificate, count + 1);
	const char *key = ca_files_earlier(files, files->key, count + 1);
	if (!certificate || !key)
		return error_nomem(err);
	result = write_like(files->new_certificate, files->certificate, pem, err);
	if (result == 0)
		result = link_file(files->key, key, err);
	if (result == 0)
		result = link_file(files->certificate, certificate, err);
	/* from here on the new certificate is the authority's, whether its key is in its place or not */
	if (result == 0)
		result = move_file(files->new_certificate, files->certificate, err);
	return result ? result : move_file(files->new_key, files->key, err);
}
