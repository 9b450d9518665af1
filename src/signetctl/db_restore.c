/* signetctl db restore: puts a backup where a daemon that does not run will find it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/maintenance.h"
#include "base/file.h"
#include "signetctl/db.h"
#include "signetctl/print.h"
#include "signetctl/progress.h"
#include "store/store.h"

#define PORTION (1 << 20)
#define STAGED ".restoring"
#define KEYS "keys/"

/* One file on its way. */
struct placing {
	const struct manifest_file *file;
	const char *target;  /* its path in the end, */
	const char *staged;  /* and until everything is there */
	bool there;          /* the same file lies there already */
};

struct restore {
	struct command_context *context;
	const char *source;
	struct manifest manifest;
	struct db_owner engine, gateway;
	struct placing placings[MANIFEST_FILES_MAX];
	struct progress progress;
	uint64_t done;
	bool resumed;        /* an attempt before was interrupted */
	bool begun;          /* something has its name */
	int locks[2];
};

/* Only root can give files away, and only where the configuration names users. */
static int find_owner(const struct restore *restore, const char *user, struct db_owner *out,
                      struct error *err)
{
	*out = (struct db_owner){0};
	if (!user || geteuid() != 0)
		return 0;
	int result = settings_find_user(restore->context->settings, user, &out->uid, err);
	if (result)
		return result;
	const struct passwd *entry = getpwuid(out->uid);
	out->gid = entry ? entry->pw_gid : out->uid;
	out->set = true;
	return 0;
}

/* Where no daemon has ever run there is no lock, and none to take. */
static int take_lock(const struct restore *restore, const char *name, int *fd, struct error *err)
{
	char *path = settings_path(restore->context->settings, name);
	if (!path)
		return error_nomem(err);
	int result = 0;
	*fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd < 0 && errno != ENOENT)
		result = error_errno(err, "%s", path);
	else if (*fd >= 0 && flock(*fd, LOCK_EX | LOCK_NB))
		result = errno == EWOULDBLOCK
			? error_set(err, SIGNET_E_STATE, "signetd runs: it must be stopped first (%s)",
		                    path)
			: error_errno(err, "%s", path);
	free(path);
	return result;
}

static int make_directory(const struct restore *restore, const char *name, mode_t mode,
                          const struct db_owner *owner, struct error *err)
{
	char *path = settings_path(restore->context->settings, name);
	struct stat info;
	if (!path)
		return error_nomem(err);
	bool missing = stat(path, &info) && errno == ENOENT;
	int result = file_make_directory(path, mode, err);
	if (result == 0 && missing && owner->set && lchown(path, owner->uid, owner->gid))
		result = error_errno(err, "%s", path);
	free(path);
	return result;
}

static const char *target_of(struct restore *restore, const char *name)
{
	struct arena *arena = restore->context->arena;
	const char *below = strcmp(name, "engine.mdb") == 0    ? DB_ENGINE "/" DB_DATA
	                    : strcmp(name, "gateway.mdb") == 0 ? DB_GATEWAY "/" DB_DATA
	                                                       : name + strlen(KEYS);
	char *path = settings_path(restore->context->settings, below);
	const char *target = path ? arena_strdup(arena, path) : NULL;
	free(path);
	return target;
}

/* Nothing is ever overwritten; what is the same already need not be. */
static int look_at_target(const struct restore *restore, struct placing *placing,
                          struct error *err)
{
	_cleanup_fd_ int fd = open(placing->target, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : error_errno(err, "%s", placing->target);
	placing->there = manifest_check(placing->file, fd, NULL) == 0;
	/* a database that has been used since would not be the one of the backup */
	if (placing->there && (restore->resumed || strcmp(placing->file->name, "engine.mdb") != 0))
		return 0;
	return error_set(err, SIGNET_E_EXISTS,
	                 "%s exists already, and is not what the backup has; nothing is overwritten",
	                 placing->target);
}

static int copy_content(struct restore *restore, int from, int to, struct error *err)
{
	uint8_t *portion = malloc(PORTION);
	int result = portion ? 0 : error_nomem(err);
	while (result == 0) {
		ssize_t n = read(from, portion, PORTION);
		if (n == 0)
			break;
		if (db_is_interrupted())
			result = error_set(err, SIGNET_E_STATE, "interrupted; nothing was restored");
		else if (n < 0)
			result = errno == EINTR ? 0 : error_errno(err, "the backup");
		else if (file_write_all(to, bytes_make(portion, (size_t)n)))
			result = error_errno(err, "the state directory");
		else
			progress_set(&restore->progress, restore->done += (uint64_t)n);
	}
	free(portion);
	return result;
}

/* Copies it beside its place, and believes only what was written there. */
static int stage(struct restore *restore, struct placing *placing, struct error *err)
{
	bool gateway = strcmp(placing->file->name, "gateway.mdb") == 0;
	const struct db_owner *owner = gateway ? &restore->gateway : &restore->engine;
	char *path = file_below(restore->source, placing->file->name);
	if (!path)
		return error_nomem(err);
	_cleanup_fd_ int from = open(path, O_RDONLY | O_CLOEXEC), to = -1;
	int result = from < 0 ? error_errno(err, "%s", path) : 0;
	free(path);
	if (result)
		return result;
	unlink(placing->staged); /* of an attempt before */
	to = open(placing->staged, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return error_errno(err, "%s", placing->staged);
	if (owner->set && fchown(to, owner->uid, owner->gid))
		return error_errno(err, "%s", placing->staged);
	result = copy_content(restore, from, to, err);
	if (result == 0)
		result = manifest_check(placing->file, to, err);
	if (result == 0 && fsync(to))
		result = error_errno(err, "%s", placing->staged);
	return result;
}

/* A backup of another layout would be refused when the daemon starts: better before anything is there. */
static int check_schema(const char *name, uint32_t found, uint32_t known, struct error *err)
{
	if (found == known)
		return 0;
	return error_set(err, SIGNET_E_VERSION,
	                 "%s of the backup has schema %" PRIu32 " and this version works with schema "
	                 "%" PRIu32 ": restore it with %s version of Signet",
	                 name, found, known, found > known ? "a newer" : "an older");
}

static int inspect_gateway(const struct restore *restore, const struct placing *placing,
                           struct error *err)
{
	struct store_inspection *found = arena_alloc(restore->context->arena, sizeof *found);
	_cleanup_buffer_ struct buffer last = BUFFER_MAX(LIMIT_MESSAGE);
	int result = found ? store_inspect(found, &last, placing->staged, "", err) : error_nomem(err);
	return result ? result : check_schema("gateway.mdb", found->schema, SIGNET_SCHEMA_GATEWAY, err);
}

/* That the engine's part is a database, with as many records as its manifest says. */
static int inspect_engine(const struct restore *restore, const struct placing *placing,
                          struct error *err)
{
	const struct manifest *manifest = &restore->manifest;
	struct store_inspection *found = arena_alloc(restore->context->arena, sizeof *found);
	_cleanup_buffer_ struct buffer last = BUFFER_MAX(LIMIT_MESSAGE);
	int result = found ? store_inspect(found, &last, placing->staged, "audit", err)
	                   : error_nomem(err);
	if (result)
		return result;
	bool same = found->schema == manifest->schema && found->last == manifest->audit &&
	            found->table_count == manifest->table_count;
	for (size_t i = 0; same && i < found->table_count; i++)
		same = strcmp(found->tables[i].name, manifest->tables[i].name) == 0 &&
		       found->tables[i].entries == manifest->tables[i].entries;
	return same ? 0 : error_set(err, SIGNET_E_CORRUPT,
	                            "the database is not the one that the manifest tells of");
}

static int sync_directory_of(const char *path, struct error *err)
{
	char *copy = strdup(path), *slash = copy ? strrchr(copy, '/') : NULL;
	if (!slash) {
		free(copy);
		return error_nomem(err);
	}
	*slash = '\0';
	_cleanup_fd_ int fd = open(copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = fd < 0 || fsync(fd) ? error_errno(err, "%s", copy) : 0;
	free(copy);
	return result;
}

static int place(struct restore *restore, const struct placing *placing, struct error *err)
{
	if (!placing->there) {
		/* link does not replace */
		if (link(placing->staged, placing->target))
			return error_errno(err, "%s", placing->target);
		restore->begun = true;
		unlink(placing->staged);
	}
	return sync_directory_of(placing->target, err);
}

/* The engine's database comes last. */
static int place_all(struct restore *restore, struct error *err)
{
	const struct placing *engine = NULL;
	int result = 0;
	for (size_t i = 0; result == 0 && i < restore->manifest.file_count; i++) {
		const struct placing *placing = &restore->placings[i];
		if (strcmp(placing->file->name, "engine.mdb") == 0)
			engine = placing;
		else
			result = place(restore, placing, err);
	}
	if (result == 0)
		result = place(restore, engine, err);
	return result ? result : db_note_finish(restore->context, err);
}

static int prepare(struct restore *restore, struct error *err)
{
	struct manifest *manifest = &restore->manifest;
	struct arena *arena = restore->context->arena;
	bool engine = false;
	int result = 0;
	for (size_t i = 0; result == 0 && i < manifest->file_count; i++) {
		struct placing *placing = &restore->placings[i];
		placing->file = &manifest->files[i];
		engine |= strcmp(placing->file->name, "engine.mdb") == 0;
		placing->target = target_of(restore, placing->file->name);
		placing->staged = placing->target
			? arena_printf(arena, "%s" STAGED, placing->target) : NULL;
		result = placing->staged ? look_at_target(restore, placing, err) : error_nomem(err);
	}
	if (result == 0 && !engine)
		result = error_set(err, SIGNET_E_INVALID, "the backup has no engine.mdb");
	return result;
}

static int make_directories(struct restore *restore, struct error *err)
{
	const struct db_owner nobody = {0};
	int result = find_owner(restore, restore->context->settings->user_engine, &restore->engine, err);
	if (result == 0)
		result = find_owner(restore, restore->context->settings->user_gateway,
		                    &restore->gateway, err);
	if (result == 0)
		result = make_directory(restore, "", 0755, &nobody, err);
	if (result == 0)
		result = make_directory(restore, DB_ENGINE, 0700, &restore->engine, err);
	if (result == 0)
		result = make_directory(restore, "gateway", 0700, &restore->gateway, err);
	return result ? result : make_directory(restore, DB_GATEWAY, 0700, &restore->gateway, err);
}

static int stage_all(struct restore *restore, struct error *err)
{
	uint64_t total = 0;
	int result = 0;
	for (size_t i = 0; i < restore->manifest.file_count; i++)
		total += restore->manifest.files[i].octets;
	progress_begin(&restore->progress, "restore", PROGRESS_OCTETS, total,
	               restore->context->quiet);
	for (size_t i = 0; result == 0 && i < restore->manifest.file_count; i++) {
		struct placing *placing = &restore->placings[i];
		if (placing->there)
			continue;
		result = stage(restore, placing, err);
		if (result == 0 && strcmp(placing->file->name, "engine.mdb") == 0)
			result = inspect_engine(restore, placing, err);
		if (result == 0 && strcmp(placing->file->name, "gateway.mdb") == 0)
			result = inspect_gateway(restore, placing, err);
	}
	progress_end(&restore->progress);
	return result;
}

static void remove_staged(const struct restore *restore)
{
	for (size_t i = 0; i < restore->manifest.file_count; i++)
		if (restore->placings[i].staged)
			unlink(restore->placings[i].staged);
}

/* What comes before anything is written; the locks stay with us. */
static int look(struct restore *restore, struct error *err)
{
	const struct manifest *manifest = &restore->manifest;
	int result = manifest_read(&restore->manifest, restore->context->arena, restore->source, err);
	if (result == 0)
		result = check_schema("engine.mdb", manifest->schema, SIGNET_SCHEMA_ENGINE, err);
	if (result == 0)
		result = take_lock(restore, "signetd.lock", &restore->locks[0], err);
	if (result == 0)
		result = take_lock(restore, DB_ENGINE "/writer.lock", &restore->locks[1], err);
	restore->resumed = db_note_is_there(restore->context);
	return result ? result : prepare(restore, err);
}

static int run(struct restore *restore, struct error *err)
{
	int result = look(restore, err);
	if (result == 0)
		result = make_directories(restore, err);
	if (result == 0)
		result = db_note_begin(restore->context, &restore->manifest, &restore->engine, err);
	if (result)
		return result;
	result = stage_all(restore, err);
	if (result == 0)
		result = place_all(restore, err);
	remove_staged(restore);
	if (result && !restore->resumed && !restore->begun)
		db_note_withdraw(restore->context);
	return result;
}

int db_restore(struct command_context *context, const struct command_value *values, int argc,
               char **argv)
{
	(void)values, (void)argc;
	struct error err = {0};
	struct restore *restore = arena_alloc(context->arena, sizeof *restore);
	int status = restore ? command_settings(context) : COMMAND_FAILED;
	if (status)
		return status;
	memset(restore, 0, sizeof *restore);
	restore->context = context;
	restore->source = argv[0];
	restore->locks[0] = restore->locks[1] = -1;
	umask(022);
	db_catch_signals();
	int result = run(restore, &err);
	file_close(&restore->locks[0]);
	file_close(&restore->locks[1]);
	if (result)
		return command_error(&err);
	const struct manifest *m = &restore->manifest;
	const struct print_field fields[] = {
		{"Restored from", "path", PRINT_TEXT, restore->source},
		{"Made", "time", PRINT_TEXT, print_time(context->arena, m->time)},
		{"On host", "host", PRINT_TEXT, m->host},
		{"By version", "version", PRINT_TEXT, m->version},
		{"Audit record", "audit", PRINT_NUMBER, print_number(context->arena, m->audit)},
		{"Files", "files", PRINT_NUMBER, print_number(context->arena, m->file_count)},
	};
	return print_fields(context->format, fields, sizeof fields / sizeof *fields)
		? COMMAND_FAILED : COMMAND_OK;
}
