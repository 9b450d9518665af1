/*
 * The exit module `file`: each certificate as a file of a directory.
 *
 * A file appears whole under its name (written beside it, then renamed). There
 * is no sync per file: flush syncs the file system once for all events before
 * the publisher forgets them, so that after a power loss those whose files
 * may have suffered are published again. The directory is not made: where it
 * is missing (a file system that is not mounted, perhaps) the queue waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/exit.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/limits.h"
#include "exit/file_name.h"

struct exit_file {
	struct signet_client *client;
	char *directory;
	char *temporary;     /* name of the file being written */
	const char *pattern;
	bool der;
	bool chain;
	mode_t mode;
	int fd;              /* of the directory, opened before the first write to it so that flush
	                        hears of every error since; -1: not open */
	bool dirty;          /* written to since the last flush */
	struct arena *arena; /* of the event at work */
};

static int read_mode(mode_t *out, const struct conf_node *node, struct error *err)
{
	const char *text;
	int result = conf_get_text(node, "mode", "0644", &text, err);
	if (result)
		return result;
	char *end;
	errno = 0;
	unsigned long mode = strtoul(text, &end, 8);
	if (errno || *end || end == text || text[0] != '0' || mode > 0777 || !(mode & 0400))
		return conf_error(conf_find(node, "mode"), err,
		                  "not a file mode such as \"0644\" that lets its owner read");
	*out = (mode_t)mode;
	return 0;
}

static int read_pattern(struct exit_file *file, const struct conf_node *node, struct error *err)
{
	struct error why = {0};
	int result = conf_get_text(node, "file-name", "{serial}.{ext}", &file->pattern, err);
	if (result == 0 && file_name_check(file->pattern, &why))
		result = conf_error(conf_find(node, "file-name"), err, "%s", why.message);
	return result;
}

static int read_format(struct exit_file *file, const struct conf_node *node, struct error *err)
{
	static const char *const formats[] = {"pem", "der", NULL};
	const struct conf_node *format = conf_find(node, "format");
	int place = 0;
	if (format && conf_choice(format, formats, &place, err))
		return SIGNET_E_CONFIG;
	file->der = place == 1;
	int result = conf_get_boolean(node, "chain", false, &file->chain, err);
	if (result == 0 && file->der && file->chain)
		result = conf_error(conf_find(node, "chain"), err,
		                    "a file in the format 'der' has no room for a chain");
	return result;
}

static int read_directory(struct exit_file *file, const struct signet_exit_host *host,
                          const struct conf_node *node, struct error *err)
{
	const struct conf_node *value = conf_find(node, "directory");
	const char *name;
	if (!value)
		return conf_error(node, err, "the key 'directory' is missing");
	if (conf_text(value, &name, err))
		return SIGNET_E_CONFIG;
	if (!*name)
		return conf_error(value, err, "is empty");
	int n = *name == '/' ? asprintf(&file->directory, "%s", name)
	                     : asprintf(&file->directory, "%s/%s", host->state_directory, name);
	if (n < 0)
		file->directory = NULL;
	/* a dot in front: no published file has it */
	if (n < 0 || asprintf(&file->temporary, ".signet-%s.tmp", host->name) < 0) {
		file->temporary = NULL;
		return error_nomem(err);
	}
	return 0;
}

static void file_free(void *instance)
{
	struct exit_file *file = instance;
	file_close(&file->fd);
	free(file->directory);
	free(file->temporary);
	arena_free(file->arena);
	free(file);
}

static int file_configure(void **instance, const struct signet_exit_host *host,
                          const struct conf_node *node, struct error *err)
{
	struct exit_file *file = calloc(1, sizeof *file);
	if (!file)
		return error_nomem(err);
	file->fd = -1;
	file->client = host->client;
	file->arena = arena_new(LIMIT_REQUEST_ARENA);
	int result = file->arena ? 0 : error_nomem(err);
	if (result == 0)
		result = read_directory(file, host, node, err);
	if (result == 0)
		result = read_pattern(file, node, err);
	if (result == 0)
		result = read_format(file, node, err);
	if (result == 0)
		result = read_mode(&file->mode, node, err);
	if (result) {
		file_free(file);
		return result;
	}
	*instance = file;
	return 0;
}

/* The chain of an issued certificate, without its self-signed root. */
static int append_chain(struct exit_file *file, struct buffer *out,
                        const struct signet_event *event, struct error *err)
{
	struct signet_outcome outcome;
	int result = signet_retrieve(file->client, file->arena, event->request_id, &outcome, err);
	for (size_t i = 0; result == 0 && i < outcome.chain_count; i++)
		pem_encode(out, "CERTIFICATE", outcome.chain[i]);
	return result;
}

static int make_content(struct exit_file *file, struct buffer *out,
                        const struct signet_event *event, struct error *err)
{
	int result = 0;
	if (file->der)
		buffer_append_bytes(out, event->certificate);
	else
		pem_encode(out, "CERTIFICATE", event->certificate);
	if (file->chain && event->request_id)
		result = append_chain(file, out, event, err);
	if (result == 0 && out->error)
		result = error_set(err, out->error, "the file cannot be made");
	return result;
}

static int open_directory(struct exit_file *file, struct error *err)
{
	if (file->fd >= 0)
		return 0;
	file->fd = open(file->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return file->fd < 0 ? error_errno(err, "%s", file->directory) : 0;
}

static int open_temporary(const struct exit_file *file)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = openat(file->fd, file->temporary, flags, 0600);
	if (fd >= 0 || errno != EEXIST)
		return fd;
	/* one that a crash left, or somebody put there, is not written through */
	unlinkat(file->fd, file->temporary, 0);
	return openat(file->fd, file->temporary, flags, 0600);
}

static int write_file(struct exit_file *file, const char *name, struct bytes content,
                      struct error *err)
{
	int fd = open_temporary(file);
	if (fd < 0)
		return error_errno(err, "%s/%s", file->directory, file->temporary);
	bool written = file_write_all(fd, content) == 0 && fchmod(fd, file->mode) == 0;
	int result = written ? 0 : error_errno(err, "%s/%s", file->directory, name);
	if (close(fd) && result == 0)
		result = error_errno(err, "%s/%s", file->directory, name);
	if (result == 0 && renameat(file->fd, file->temporary, file->fd, name))
		result = error_errno(err, "%s/%s", file->directory, name);
	if (result)
		unlinkat(file->fd, file->temporary, 0);
	return result;
}

/* Whether the path still leads to the directory that was written to. */
static bool is_same_directory(const struct exit_file *file)
{
	struct stat opened, named;
	return fstat(file->fd, &opened) == 0 && stat(file->directory, &named) == 0 &&
	       opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

static enum signet_exit_result file_notify(void *instance, const struct signet_event *event,
                                           struct error *err)
{
	struct exit_file *file = instance;
	char name[FILE_NAME_MAX + 1];
	if (!event->certificate.length) {
		error_set(err, SIGNET_E_INVALID, "the event has no certificate");
		return SIGNET_EXIT_GIVE_UP;
	}
	if (file_name_make(name, file->pattern, event, file->der ? "der" : "pem", err))
		return SIGNET_EXIT_GIVE_UP;
	arena_clear(file->arena);
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(LIMIT_PEM_FILE);
	int result = make_content(file, &content, event, err);
	if (result == SIGNET_E_NOT_FOUND || result == SIGNET_E_TOO_BIG)
		return SIGNET_EXIT_GIVE_UP;
	if (result == 0)
		result = open_directory(file, err);
	if (result == 0)
		result = write_file(file, name, buffer_bytes(&content), err);
	if (result == 0)
		file->dirty = true;
	else if (file->fd >= 0 && !is_same_directory(file))
		file_close(&file->fd);
	return result ? SIGNET_EXIT_RETRY : SIGNET_EXIT_DONE;
}

static int file_flush(void *instance, struct error *err)
{
	struct exit_file *file = instance;
	if (!file->dirty)
		return 0;
	file->dirty = false;
	if (file->fd >= 0 && syncfs(file->fd)) {
		int result = error_errno(err, "%s", file->directory);
		file_close(&file->fd);
		return result;
	}
	if (file->fd < 0 || !is_same_directory(file)) {
		file_close(&file->fd);
		return error_set(err, SIGNET_E_IO, "%s: replaced by another", file->directory);
	}
	return 0;
}

static const char *const file_keys[] = {"directory", "file-name", "format", "chain", "mode", NULL};

const struct signet_exit exit_file = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_EXIT, "file",
	           "each certificate as a file of a directory", file_keys},
	.events = SIGNET_EVENT_BIT(SIGNET_EVENT_ISSUED) | SIGNET_EVENT_BIT(SIGNET_EVENT_CA_CERTIFICATE),
	.configure = file_configure,
	.notify = file_notify,
	.flush = file_flush,
	.close = file_free,
};
