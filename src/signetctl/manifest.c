#include "signetctl/manifest.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"

#define FORMAT 1
#define TEXT_MAX 65536
#define KEYS "keys/"

static int set_hash(json_t *object, const char *key, const uint8_t sha256[32])
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(80);
	hex_encode(&text, bytes_make(sha256, 32));
	return text.error || json_object_set_new(object, key,
	                                         json_stringn((const char *)text.data, text.length));
}

static json_t *pack_tables(const struct manifest *manifest)
{
	json_t *object = json_object();
	for (size_t i = 0; i < manifest->table_count; i++)
		json_object_set_new(object, manifest->tables[i].name,
		                    json_integer((json_int_t)manifest->tables[i].entries));
	return object;
}

static json_t *pack_files(const struct manifest *manifest)
{
	json_t *list = json_array();
	for (size_t i = 0; i < manifest->file_count; i++) {
		const struct manifest_file *file = &manifest->files[i];
		json_t *object = json_pack("{s:s, s:I}", "name", file->name, "octets",
		                           (json_int_t)file->octets);
		if (!object || set_hash(object, "sha256", file->sha256) ||
		    json_array_append_new(list, object)) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *pack(const struct manifest *manifest)
{
	char time[CLOCK_TEXT_SIZE];
	json_t *audit = json_pack("{s:I}", "sequence", (json_int_t)manifest->audit);
	if (!audit || set_hash(audit, "sha256", manifest->audit_sha256)) {
		json_decref(audit);
		return NULL;
	}
	return json_pack("{s:i, s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:s*}", "format", FORMAT, "version",
	                 manifest->version, "time", clock_format(manifest->time, time), "host",
	                 manifest->host, "schema", (json_int_t)manifest->schema, "audit", audit,
	                 "records", pack_tables(manifest), "files", pack_files(manifest), "withoutGateway",
	                 manifest->without_gateway);
}

int manifest_write(const struct manifest *manifest, const char *directory, struct error *err)
{
	json_t *object = pack(manifest);
	char *text = object ? json_dumps(object, JSON_INDENT(2)) : NULL;
	char *path = file_below(directory, MANIFEST_NAME);
	json_decref(object);
	int result = text && path ? 0 : error_nomem(err);
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(TEXT_MAX);
	if (result == 0) {
		buffer_append_text(&content, text);
		buffer_append_octet(&content, '\n');
		result = content.error ? error_set(err, content.error, "the manifest is too large")
		                       : file_write(path, buffer_bytes(&content), 0600, FILE_NEW, err);
	}
	free(text);
	free(path);
	return result;
}

static int refuse(struct error *err, const char *what)
{
	return error_set(err, SIGNET_E_INVALID, "the manifest cannot be read: %s", what);
}

static bool read_hash(const char *text, uint8_t out[32])
{
	_cleanup_buffer_ struct buffer octets = BUFFER_MAX(64);
	if (strlen(text) != 64 || hex_decode(&octets, bytes_text(text)) || octets.length != 32)
		return false;
	memcpy(out, octets.data, 32);
	return true;
}

/* Names become paths: those that were never written are refused. */
static bool is_name(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	static const char *const fixed[] = {"engine.mdb", "gateway.mdb", "audit.pub", "audit.key"};
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (strcmp(name, fixed[i]) == 0)
			return true;
	if (strncmp(name, KEYS, strlen(KEYS)) != 0)
		return false;
	name += strlen(KEYS);
	return *name && *name != '.' && name[strspn(name, letters)] == '\0';
}

static int read_file(struct manifest_file *out, struct arena *arena, json_t *object,
                     struct error *err)
{
	const char *name, *hash;
	json_int_t octets;
	if (json_unpack_ex(object, NULL, JSON_STRICT, "{s:s, s:I, s:s}", "name", &name, "octets",
	                   &octets, "sha256", &hash))
		return refuse(err, "a file's entry");
	if (!is_name(name) || octets < 0 || !read_hash(hash, out->sha256))
		return refuse(err, "a file's name, size or hash");
	out->name = arena_strdup(arena, name);
	out->octets = (uint64_t)octets;
	return out->name ? 0 : error_nomem(err);
}

static int read_files(struct manifest *out, struct arena *arena, json_t *list, struct error *err)
{
	int result = 0;
	out->file_count = json_array_size(list);
	if (!json_is_array(list) || out->file_count == 0 || out->file_count > MANIFEST_FILES_MAX)
		return refuse(err, "the list of files");
	for (size_t i = 0; result == 0 && i < out->file_count; i++)
		result = read_file(&out->files[i], arena, json_array_get(list, i), err);
	for (size_t i = 0; result == 0 && i < out->file_count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(out->files[i].name, out->files[j].name) == 0)
				return refuse(err, "a file that is named twice");
	return result;
}

static int read_tables(struct manifest *out, struct arena *arena, json_t *object,
                       struct error *err)
{
	const char *name;
	json_t *value;
	if (json_object_size(object) > MANIFEST_TABLES_MAX)
		return refuse(err, "the number of records");
	json_object_foreach (object, name, value) {
		struct manifest_table *table = &out->tables[out->table_count++];
		table->name = arena_strdup(arena, name);
		table->entries = (uint64_t)json_integer_value(value);
		if (!table->name)
			return error_nomem(err);
		if (!json_is_integer(value) || json_integer_value(value) < 0)
			return refuse(err, "the number of records");
	}
	return 0;
}

static int read_object(struct manifest *out, struct arena *arena, json_t *object,
                       struct error *err)
{
	int format = 0;
	const char *version, *time, *host, *hash, *without = NULL;
	json_int_t schema, audit;
	json_t *tables, *files;
	if (json_unpack(object, "{s:i}", "format", &format))
		return refuse(err, "its format is missing");
	if (format != FORMAT)
		return error_set(err, SIGNET_E_VERSION, "the backup has format %d, this program knows %d",
		                 format, FORMAT);
	if (json_unpack_ex(object, NULL, JSON_STRICT, "{s:i, s:s, s:s, s:s, s:I, s:{s:I, s:s}, s:o, s:o, s?s}",
	                   "format", &format, "version", &version, "time", &time, "host", &host,
	                   "schema", &schema, "audit", "sequence", &audit, "sha256", &hash, "records",
	                   &tables, "files", &files, "withoutGateway", &without))
		return refuse(err, "its members");
	if (schema < 1 || schema > UINT32_MAX || audit < 0 || clock_parse(time, &out->time) ||
	    !read_hash(hash, out->audit_sha256))
		return refuse(err, "schema, time or audit");
	out->schema = (uint32_t)schema;
	out->audit = (uint64_t)audit;
	out->version = arena_strdup(arena, version);
	out->host = arena_strdup(arena, host);
	out->without_gateway = without ? arena_strdup(arena, without) : NULL;
	if (!out->version || !out->host || (without && !out->without_gateway))
		return error_nomem(err);
	int result = read_tables(out, arena, tables, err);
	return result ? result : read_files(out, arena, files, err);
}

int manifest_read(struct manifest *out, struct arena *arena, const char *directory,
                  struct error *err)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(TEXT_MAX);
	struct manifest made = {0};
	char *path = file_below(directory, MANIFEST_NAME);
	int result = path ? file_read(&text, path, err) : error_nomem(err);
	free(path);
	if (result == SIGNET_E_NOT_FOUND)
		return error_set(err, result, "%s: no backup (it has no " MANIFEST_NAME ")", directory);
	if (result)
		return result;
	json_t *object = json_loadb((const char *)text.data, text.length, JSON_REJECT_DUPLICATES, NULL);
	result = object ? read_object(&made, arena, object, err) : refuse(err, "it is no JSON object");
	json_decref(object);
	if (result)
		return error_prefix(err, "%s", directory);
	*out = made;
	return 0;
}

int manifest_add(struct manifest *manifest, const char *name, int fd, struct error *err)
{
	struct stat info;
	if (manifest->file_count == MANIFEST_FILES_MAX)
		return error_set(err, SIGNET_E_TOO_BIG, "more files than a manifest holds");
	struct manifest_file *file = &manifest->files[manifest->file_count];
	if (fstat(fd, &info))
		return error_errno(err, "%s", name);
	if (hash_file(HASH_SHA256, fd, file->sha256))
		return error_set(err, SIGNET_E_IO, "%s cannot be read back", name);
	file->name = name;
	file->octets = (uint64_t)info.st_size;
	manifest->file_count++;
	return 0;
}

int manifest_check(const struct manifest_file *file, int fd, struct error *err)
{
	struct stat info;
	uint8_t sha256[32];
	if (fstat(fd, &info))
		return error_errno(err, "%s", file->name);
	if ((uint64_t)info.st_size != file->octets)
		return error_set(err, SIGNET_E_CORRUPT,
		                 "%s has %lld octets, its manifest says %" PRIu64, file->name,
		                 (long long)info.st_size, file->octets);
	if (hash_file(HASH_SHA256, fd, sha256))
		return error_set(err, SIGNET_E_IO, "%s cannot be read", file->name);
	if (memcmp(sha256, file->sha256, sizeof sha256) != 0)
		return error_set(err, SIGNET_E_CORRUPT, "%s is not what its manifest says (SHA-256)",
		                 file->name);
	return 0;
}
