/* The certificates of files and directories, one after the other, of whatever number. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "asn1/der.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/limits.h"
#include "signetctl/cert_import.h"

#define LABEL_SIZE 64

static bool is_directory(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static int is_wanted(const struct dirent *entry)
{
	static const char *const tails[] = {".pem", ".crt", ".cer", ".der"};
	const char *dot = strrchr(entry->d_name, '.');
	for (size_t i = 0; dot && dot != entry->d_name && i < sizeof tails / sizeof *tails; i++)
		if (strcmp(dot, tails[i]) == 0)
			return 1;
	return 0;
}

/* Calls look for every wanted file; *count: how many there are, -1 for a directory that cannot be read. */
static int each_file(const char *directory, int *count,
                     int (*look)(const char *path, void *arg), void *arg)
{
	struct dirent **entries;
	int result = 0;
	*count = scandir(directory, &entries, is_wanted, alphasort);
	for (int i = 0; i < *count; i++) {
		char *path = result ? NULL : file_below(directory, entries[i]->d_name);
		if (result == 0)
			result = path ? look(path, arg) : SIGNET_E_NOMEM;
		free(path);
		free(entries[i]);
	}
	if (*count >= 0)
		free(entries);
	return result;
}

static int add_size(const char *path, void *arg)
{
	uint64_t *sum = arg;
	struct stat info;
	if (stat(path, &info) == 0 && S_ISREG(info.st_mode))
		*sum += (uint64_t)info.st_size;
	return 0;
}

uint64_t cert_measure(const char *path)
{
	uint64_t sum = 0;
	int count;
	if (is_directory(path))
		each_file(path, &count, add_size, &sum);
	else
		add_size(path, &sum);
	return sum;
}

/* Behind the beginning of the block that pem_decode did not take. */
static void skip_block(struct bytes *text)
{
	static const char begin[] = "-----BEGIN ";
	const uint8_t *at = memmem(text->data, text->length, begin, sizeof begin - 1);
	size_t passed = at ? (size_t)(at - text->data) + sizeof begin - 1 : text->length;
	*text = bytes_make(text->data + passed, text->length - passed);
}

static bool is_certificate(const char *label)
{
	return strcmp(label, "CERTIFICATE") == 0 || strcmp(label, "X509 CERTIFICATE") == 0;
}

static int visit_pem(const char *path, struct bytes text, const struct cert_visitor *visitor)
{
	struct cert_place place = {path, 0};
	char label[LABEL_SIZE];
	int result = 0, step = 0;
	while (result == 0 && step != SIGNET_E_NOT_FOUND) {
		_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CERTIFICATE);
		step = pem_decode(&der, label, sizeof label, &text);
		if (step == SIGNET_E_NOT_FOUND || (step == 0 && !is_certificate(label)))
			continue;
		place.number++;
		if (step == 0) {
			result = visitor->certificate(visitor->arg, &place, buffer_bytes(&der));
			continue;
		}
		skip_block(&text);
		result = visitor->broken(visitor->arg, &place, step == SIGNET_E_TOO_BIG || der.error
		                         ? "too long for a certificate" : "a broken block of PEM");
	}
	if (result == 0 && place.number == 0)
		result = visitor->broken(visitor->arg, &place, "there is no certificate in it");
	return result;
}

static int visit_content(const char *path, struct bytes content,
                         const struct cert_visitor *visitor)
{
	const struct cert_place place = {path, 0};
	struct der der = der_open(content);
	if (der_whole(&der, DER_SEQUENCE, NULL) || der_finish(&der))
		return visit_pem(path, content, visitor);
	if (content.length > LIMIT_CERTIFICATE)
		return visitor->broken(visitor->arg, &place, "too long for a certificate");
	return visitor->certificate(visitor->arg, &place, content);
}

/* Mapped: a CA's archive may be gigabytes. */
static int visit_file(const char *path, void *arg)
{
	const struct cert_visitor *visitor = arg;
	const struct cert_place place = {path, 0};
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat info;
	if (fd < 0 || fstat(fd, &info))
		return visitor->broken(visitor->arg, &place, strerror(errno));
	if (!S_ISREG(info.st_mode))
		return visitor->broken(visitor->arg, &place, "it is no regular file");
	if (info.st_size == 0)
		return visitor->broken(visitor->arg, &place, "it is empty");
	size_t size = (size_t)info.st_size;
	void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return visitor->broken(visitor->arg, &place, strerror(errno));
	int result = visit_content(path, bytes_make(map, size), visitor);
	munmap(map, size);
	return result;
}

int cert_visit(const char *path, const struct cert_visitor *visitor)
{
	const struct cert_place place = {path, 0};
	int count;
	if (!is_directory(path))
		return visit_file(path, (void *)(uintptr_t)visitor);
	int result = each_file(path, &count, visit_file, (void *)(uintptr_t)visitor);
	if (result == 0 && count <= 0)
		result = visitor->broken(visitor->arg, &place, count
		                         ? strerror(errno)
		                         : "no file in it ends in .pem, .crt, .cer or .der");
	return result;
}
