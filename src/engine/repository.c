#include "engine/repository.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "pki/certificate_bag.h"

#define MODE_DIRECTORY 0755
#define MODE_FILE 0644
#define NAME_MAX_OCTETS 64

static bool is_file_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t length = strlen(name);
	return length && length <= NAME_MAX_OCTETS && strspn(name, allowed) == length &&
	       *name != '.' && *name != '-';
}

/* A mark and a number; *at is then behind it. */
static void skip_number(const char **at, const char *mark)
{
	size_t length = strlen(mark);
	if (strncmp(*at, mark, length) != 0 || !strspn(*at + length, "0123456789"))
		return;
	*at += length;
	*at += strspn(*at, "0123456789");
}

/* Whether the second is what the files of the first may be called: ".k2", ".delta", "-3". */
static bool may_meet(const char *name, const char *other)
{
	size_t length = strlen(name);
	if (strncmp(other, name, length) != 0)
		return false;
	const char *rest = other + length;
	skip_number(&rest, ".k");
	if (strncmp(rest, ".delta", 6) == 0)
		rest += 6;
	skip_number(&rest, "-");
	return *rest == '\0';
}

int repository_check_names(const struct conf_node *section, struct error *err)
{
	for (size_t i = 0; i < conf_count(section); i++) {
		const struct conf_node *node = conf_item(section, i);
		if (!is_file_name(conf_key(node)))
			return conf_error(node, err, "the name of an authority is of letters, digits, "
			                  "'.', '_' and '-', at most %d, and begins with none of '.-'",
			                  NAME_MAX_OCTETS);
		for (size_t k = 0; k < conf_count(section); k++) {
			const char *other = conf_key(conf_item(section, k));
			if (i != k && may_meet(other, conf_key(node)))
				return conf_error(node, err, "the name could be that of a file of '%s'",
				                  other);
		}
	}
	return 0;
}

/* file_write gives what it has not finished six characters behind the name. */
static bool is_unfinished(const char *name)
{
	static const char *const kinds[] = {".cer.", ".pem.", ".p7c."};
	size_t length = strlen(name);
	if (strncmp(name, REPOSITORY_UNFINISHED, strlen(REPOSITORY_UNFINISHED)) == 0)
		return true;
	for (size_t i = 0; length > 11 && i < sizeof kinds / sizeof *kinds; i++)
		if (memcmp(name + length - 11, kinds[i], 5) == 0)
			return true;
	return false;
}

static int remove_unfinished(const char *path, struct error *err)
{
	DIR *directory = opendir(path);
	if (!directory)
		return error_errno(err, "%s", path);
	for (const struct dirent *entry; (entry = readdir(directory));)
		if (is_unfinished(entry->d_name))
			unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
	return 0;
}

static int open_directory(const char *state, const char *name, struct error *err)
{
	char *path = file_below(state, name);
	if (!path)
		return error_nomem(err);
	int result = file_make_directory(path, MODE_DIRECTORY, err);
	if (result == 0 && chmod(path, MODE_DIRECTORY))
		result = error_errno(err, "%s", path);
	if (result == 0)
		result = remove_unfinished(path, err);
	free(path);
	return result;
}

int repository_open(const char *state, struct error *err)
{
	static const char *const names[] = {REPOSITORY, REPOSITORY_CA, REPOSITORY_CRL};
	int result = 0;
	for (size_t i = 0; result == 0 && i < sizeof names / sizeof *names; i++)
		result = open_directory(state, names[i], err);
	return result;
}

/* Caches know a file by its time: one that says so already is not written again. */
static int write_once(const char *path, struct bytes content, struct error *err)
{
	_cleanup_buffer_ struct buffer there = BUFFER_MAX(LIMIT_PEM_FILE);
	if (file_read(&there, path, NULL) == 0 && bytes_equal(buffer_bytes(&there), content))
		return 0;
	return file_write(path, content, MODE_FILE, FILE_REPLACE, err);
}

static int write_file(const char *state, const struct authority *a, const char *extension,
                      const struct buffer *content, struct error *err)
{
	char path[PATH_MAX];
	if (content->error)
		return error_set(err, content->error, "the chain of '%s' cannot be encoded", a->name);
	int n = snprintf(path, sizeof path, "%s/" REPOSITORY_CA "/%s.%s", state, a->public_name,
	                 extension);
	if (n < 0 || (size_t)n >= sizeof path)
		return error_set(err, SIGNET_E_INVALID, "%s: path too long", state);
	return write_once(path, buffer_bytes(content), err);
}

/* The chain, and what leads to it from elsewhere. */
static int encode_bag(struct buffer *out, const struct authority *key,
                      const struct authority *of)
{
	struct bytes list[LIMIT_CHAIN + LIMIT_CROSS];
	size_t count = 0;
	for (size_t i = 0; i < key->chain_count; i++)
		list[count++] = key->chain[i];
	for (size_t i = 0; i < of->cross_count; i++)
		list[count++] = of->cross[i];
	return certificate_bag_encode(out, list, count);
}

/* of: the authority with its keys */
static int write_key(const char *state, const struct authority *a, const struct authority *of,
                     struct error *err)
{
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CERTIFICATE);
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	_cleanup_buffer_ struct buffer bag = BUFFER_MAX(LIMIT_PEM_FILE);
	buffer_append_bytes(&der, a->chain[0]);
	for (size_t i = 0; i < a->chain_count; i++)
		pem_encode(&pem, "CERTIFICATE", a->chain[i]);
	encode_bag(&bag, a, of);
	int result = write_file(state, a, "cer", &der, err);
	if (result == 0)
		result = write_file(state, a, "pem", &pem, err);
	return result ? result : write_file(state, a, "p7c", &bag, err);
}

int repository_write_authorities(const char *state, const struct configuration *configuration,
                                 struct error *err)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < configuration->authority_count; i++) {
		const struct authority *a = &configuration->authorities[i];
		result = write_key(state, a, a, err);
		for (size_t k = 0; result == 0 && k < a->previous_count; k++)
			result = write_key(state, &a->previous[k], a, err);
	}
	return result;
}
