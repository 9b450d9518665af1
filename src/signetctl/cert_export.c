/* signetctl cert export. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "base/limits.h"
#include "signetctl/cert_query.h"
#include "signetctl/placeholder.h"
#include "signetctl/progress.h"

#define ARENA_MAX (64u << 20)

enum { OPTION_FORMAT = CERT_QUERY_OPTIONS, OPTION_OUTPUT };

const struct command_option cert_export_options[] = {
	CERT_QUERY_OPTION_LIST,
	{"format", "FORMAT", "PEM (default), DER, or PEM with the issuers behind each"},
	{"output", "FILE|DIR", "into this file, or each into one of its own there"},
	{NULL, NULL, NULL},
};

enum format { FORMAT_PEM, FORMAT_DER, FORMAT_CHAIN };
static const char *const formats[] = {"pem", "der", "chain"};

const char *cert_export_format(size_t at)
{
	return at < sizeof formats / sizeof *formats ? formats[at] : NULL;
}

static int read_format(const char *name, enum format *out, struct error *err)
{
	for (size_t i = 0; cert_export_format(i); i++)
		if (strcmp(formats[i], name) == 0) {
			*out = (enum format)i;
			return 0;
		}
	return placeholder_refuse(err, "--format", "FORMAT");
}

struct export {
	struct command_context *context;
	struct arena *arena;      /* of one certificate */
	enum format format;
	const char *directory;    /* NULL: all go to file */
	FILE *file;
	uint64_t done;
	struct progress progress;
};

static int add_chain(struct export *e, const char *authority, struct buffer *out,
                     struct error *err)
{
	struct bytes *chain;
	size_t count;
	int result = signet_get_chain(e->context->client, e->arena, authority, &chain, &count, err);
	for (size_t i = 0; result == 0 && i < count; i++)
		pem_encode(out, "CERTIFICATE", chain[i]);
	return result;
}

static int write_own_file(const struct export *e, const struct signet_certificate *c,
                          struct bytes content, struct error *err)
{
	char path[PATH_MAX];
	int length = snprintf(path, sizeof path, "%s/%s.%s", e->directory,
	                      hex_text(e->arena, c->serial), e->format == FORMAT_DER ? "cer" : "pem");
	if (length < 0 || (size_t)length >= sizeof path)
		return error_set(err, SIGNET_E_INVALID, "%s: the path is too long", e->directory);
	return file_write(path, content, 0644, FILE_REPLACE, err);
}

static int export_one(struct export *e, const struct signet_certificate *c, struct error *err)
{
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(2 * LIMIT_CERTIFICATE * (LIMIT_CHAIN + 1));
	int result = 0;
	if (e->format == FORMAT_DER)
		buffer_append_bytes(&out, c->certificate);
	else
		pem_encode(&out, "CERTIFICATE", c->certificate);
	if (e->format == FORMAT_CHAIN)
		result = add_chain(e, c->authority, &out, err);
	if (result == 0 && out.error)
		return error_nomem(err);
	if (result == 0 && e->directory)
		result = write_own_file(e, c, buffer_bytes(&out), err);
	else if (result == 0 && fwrite(out.data, 1, out.length, e->file) != out.length)
		result = error_errno(err, "the output");
	progress_set(&e->progress, ++e->done);
	return result;
}

static int export_named(struct export *e, int count, char **names, struct error *err)
{
	int result = 0;
	for (int i = 0; result == 0 && i < count; i++) {
		struct signet_certificate certificate;
		arena_clear(e->arena);
		result = cert_find(e->context, names[i], &certificate, err);
		if (result == 0)
			result = export_one(e, &certificate, err);
	}
	return result;
}

static int export_found(struct export *e, struct signet_certificate_query *query,
                        struct error *err)
{
	uint8_t kept[1024];
	int result = 0;
	struct arena *pages = arena_new(ARENA_MAX);
	if (!pages)
		return error_nomem(err);
	do {
		struct signet_certificate *items, whole;
		struct bytes next = BYTES_NONE;
		size_t count = 0;
		arena_clear(pages);
		query->limit = LIMIT_LIST;
		result = signet_search_certificates(e->context->client, pages, query, &items, &count,
		                                    &next, err);
		for (size_t i = 0; result == 0 && i < count; i++) {
			arena_clear(e->arena);
			result = signet_get_certificate_by_id(e->context->client, e->arena, items[i].id,
			                                      &whole, err);
			if (result == 0)
				result = export_one(e, &whole, err);
		}
		if (next.length > sizeof kept)
			result = error_set(err, SIGNET_E_INTERNAL, "the next page has no name");
		if (result == 0 && next.length)
			memcpy(kept, next.data, next.length);
		query->place = result ? BYTES_NONE : bytes_make(kept, next.length);
	} while (query->place.length);
	arena_free(pages);
	return result;
}

static int open_output(struct export *e, const char *path, int count, struct error *err)
{
	struct stat info;
	e->file = stdout;
	if (path && stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
		e->directory = path;
		return 0;
	}
	if (e->format == FORMAT_DER && count != 1)
		return error_set(err, SIGNET_E_INVALID,
		                 "DER of several certificates goes into a directory: --output DIR");
	if (!path)
		return 0;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	e->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (e->file)
		return 0;
	error_errno(err, "%s", path);
	if (fd >= 0)
		close(fd);
	return err->code;
}

static int close_output(struct export *e, int result, struct error *err)
{
	int failed = e->file == stdout ? fflush(stdout) : e->file ? fclose(e->file) : 0;
	return result == 0 && failed ? error_errno(err, "the output") : result;
}

static int run(struct export *e, struct signet_certificate_query *query, bool found,
               const char *output, int argc, char **argv)
{
	struct error err = {0};
	int result = open_output(e, output, found ? 0 : argc, &err);
	if (result)
		return command_error(&err);
	progress_begin(&e->progress, "export", PROGRESS_COUNT, found ? 0 : (uint64_t)argc,
	               e->context->quiet);
	result = found ? export_found(e, query, &err) : export_named(e, argc, argv, &err);
	result = close_output(e, result, &err);
	progress_end(&e->progress);
	return result ? command_error(&err) : COMMAND_OK;
}

int cert_export(struct command_context *context, const struct command_value *values, int argc,
                char **argv)
{
	const char *format = values[OPTION_FORMAT].value;
	struct export e = {.context = context};
	struct signet_certificate_query query;
	struct error err;
	bool found = cert_has_query(values);
	if (found == (argc > 0))
		return command_usage("cert export wants either certificates or options that find them");
	if ((format && read_format(format, &e.format, &err)) ||
	    cert_read_query(&query, context->arena, values, &err))
		return command_usage("%s", err.message);
	int status = command_client(context);
	if (status)
		return status;
	e.arena = arena_new(ARENA_MAX);
	if (!e.arena)
		return COMMAND_FAILED;
	status = run(&e, &query, found, values[OPTION_OUTPUT].value, argc, argv);
	arena_free(e.arena);
	return status;
}
