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
#include "signetctl/apart.h"
#include "signetctl/db.h"
#include "signetctl/print.h"
#include "signetctl/progress.h"

#define PORTION (1 << 20)
#define STAGED ".restoring"
#define KEYS "keys/"

/* One file on its way. */
struct placing {
	const struct manifest_file *file;
	const char *target;  /* its path */
	int *directory;      /* that it lies in, and its name there in the end, */
	const char *name;
	const char *staged;  /* and until everything is there */
	bool there;          /* the same file lies there already, or the engine makes it of its key */
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
	/* open, so that nothing that a role puts in the place of its directory leads us elsewhere */
	int state_directory, engine_directory, gateway_directory;
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
	*fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
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

/* One of ours in the state directory has the owner that the configuration names, as when the daemon
 * starts; what a role has in its own directory is its own, or refused. */
static int own_directory(int fd, bool ours, struct db_owner *owner, struct error *err)
{
	struct stat info;
	if (fstat(fd, &info))
		return error_errno(err, "fstat");
	if (!owner->set && geteuid() == 0)
		*owner = (struct db_owner){true, info.st_uid, info.st_gid};
	if (!owner->set || (info.st_uid == owner->uid && info.st_gid == owner->gid))
		return 0;
	if (!ours)
		return error_set(err, SIGNET_E_PERMISSION, "belongs to another user");
	return fchown(fd, owner->uid, owner->gid) ? error_errno(err, "fchown") : 0;
}

static int make_directory(const struct restore *restore, int *out, int parent, const char *name,
                          struct db_owner *owner, struct error *err)
{
	bool made = mkdirat(parent, name, 0700) == 0;
	if (!made && errno != EEXIST)
		return error_errno(err, "%s", name);
	int result = apart_open_directory(out, parent, name, err);
	if (result == 0 && (result = own_directory(*out, made || parent == restore->state_directory,
	                                           owner, err)))
		error_prefix(err, "%s", name);
	return result;
}

/* Where it goes: its directory, and its name there. */
static int find_place(struct restore *restore, struct placing *placing, struct error *err)
{
	struct arena *arena = restore->context->arena;
	const char *name = placing->file->name, *below = name + strlen(KEYS);
	placing->directory = &restore->state_directory;
	if (strcmp(name, "engine.mdb") == 0) {
		placing->directory = &restore->engine_directory;
		below = DB_ENGINE "/" DB_DATA;
	} else if (strcmp(name, "gateway.mdb") == 0) {
		placing->directory = &restore->gateway_directory;
		below = DB_GATEWAY "/" DB_DATA;
	} else if (strcmp(name, DB_AUDIT_KEY) == 0) {
		placing->directory = &restore->engine_directory;
		below = DB_ENGINE "/" DB_AUDIT_KEY;
	} else if (strcmp(name, DB_AUDIT_PUBLIC) == 0) {
		below = DB_PUBLIC "/" DB_AUDIT_PUBLIC;
		placing->there = true;
	}
	const char *slash = strrchr(below, '/');
	placing->name = slash ? slash + 1 : below;
	placing->staged = arena_printf(arena, "%s" STAGED, placing->name);
	char *path = settings_path(restore->context->settings, below);
	placing->target = path ? arena_strdup(arena, path) : NULL;
	free(path);
	return placing->staged && placing->target ? 0 : error_nomem(err);
}

/* Nothing is ever overwritten; what is the same already need not be. */
static int look_at_target(const struct restore *restore, struct placing *placing,
                          struct error *err)
{
	if (placing->there)
		return 0;
	_cleanup_fd_ int fd = open(placing->target, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
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
	unlinkat(*placing->directory, placing->staged, 0); /* of an attempt before */
	to = openat(*placing->directory, placing->staged,
	            O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return error_errno(err, "%s" STAGED, placing->target);
	if (owner->set && fchown(to, owner->uid, owner->gid))
		return error_errno(err, "%s" STAGED, placing->target);
	result = copy_content(restore, from, to, err);
	if (result == 0)
		result = manifest_check(placing->file, to, err);
	if (result == 0 && fsync(to))
		result = error_errno(err, "%s" STAGED, placing->target);
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

static int inspect_gateway(const struct store_inspection *found, struct error *err)
{
	return check_schema("gateway.mdb", found->schema, SIGNET_SCHEMA_GATEWAY, err);
}

/* That the engine's part is a database, with as many records as its manifest says. */
static int inspect_engine(const struct restore *restore, const struct store_inspection *found,
                          struct error *err)
{
	const struct manifest *manifest = &restore->manifest;
	bool same = found->schema == manifest->schema && found->last == manifest->audit &&
	            found->table_count == manifest->table_count;
	for (size_t i = 0; same && i < found->table_count; i++)
		same = strcmp(found->tables[i].name, manifest->tables[i].name) == 0 &&
		       found->tables[i].entries == manifest->tables[i].entries;
	return same ? 0 : error_set(err, SIGNET_E_CORRUPT,
	                            "the database is not the one that the manifest tells of");
}

static int inspect(const struct restore *restore, const struct placing *placing, struct error *err)
{
	bool engine = strcmp(placing->file->name, "engine.mdb") == 0;
	if (!engine && strcmp(placing->file->name, "gateway.mdb") != 0)
		return 0;
	struct store_inspection *found = arena_alloc(restore->context->arena, sizeof *found);
	if (!found)
		return error_nomem(err);
	int result = db_inspect(*placing->directory, placing->staged, engine ? "audit" : "", found, err);
	if (result)
		return error_prefix(err, "%s of the backup", placing->file->name);
	return engine ? inspect_engine(restore, found, err) : inspect_gateway(found, err);
}

static int place(struct restore *restore, const struct placing *placing, struct error *err)
{
	int directory = *placing->directory;
	if (!placing->there) {
		/* link does not replace */
		if (linkat(directory, placing->staged, directory, placing->name, 0))
			return error_errno(err, "%s", placing->target);
		restore->begun = true;
		unlinkat(directory, placing->staged, 0);
	}
	return fsync(directory) ? error_errno(err, "%s", placing->target) : 0;
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
	bool engine = false;
	int result = 0;
	for (size_t i = 0; result == 0 && i < manifest->file_count; i++) {
		struct placing *placing = &restore->placings[i];
		placing->file = &manifest->files[i];
		engine |= strcmp(placing->file->name, "engine.mdb") == 0;
		result = find_place(restore, placing, err);
		if (result == 0)
			result = look_at_target(restore, placing, err);
	}
	if (result == 0 && !engine)
		result = error_set(err, SIGNET_E_INVALID, "the backup has no engine.mdb");
	return result;
}

static int make_directories(struct restore *restore, struct error *err)
{
	const struct settings *settings = restore->context->settings;
	_cleanup_fd_ int gateway = -1;
	int result = find_owner(restore, settings->user_engine, &restore->engine, err);
	if (result == 0)
		result = find_owner(restore, settings->user_gateway, &restore->gateway, err);
	if (result == 0)
		result = file_make_directory(settings->state, 0755, err);
	if (result)
		return result;
	int state = restore->state_directory = open(settings->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (state < 0)
		return error_errno(err, "%s", settings->state);
	result = make_directory(restore, &restore->engine_directory, state, DB_ENGINE, &restore->engine, err);
	if (result == 0)
		result = make_directory(restore, &gateway, state, "gateway", &restore->gateway, err);
	if (result == 0)
		result = make_directory(restore, &restore->gateway_directory, gateway, "state",
		                        &restore->gateway, err);
	return result ? error_prefix(err, "%s", settings->state) : 0;
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
		if (result == 0)
			result = inspect(restore, placing, err);
	}
	progress_end(&restore->progress);
	return result;
}

static void remove_staged(const struct restore *restore)
{
	for (size_t i = 0; i < restore->manifest.file_count; i++)
		unlinkat(*restore->placings[i].directory, restore->placings[i].staged, 0);
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
	restore->state_directory = restore->engine_directory = restore->gateway_directory = -1;
	umask(022);
	db_catch_signals();
	int result = run(restore, &err);
	file_close(&restore->locks[0]);
	file_close(&restore->locks[1]);
	file_close(&restore->state_directory);
	file_close(&restore->engine_directory);
	file_close(&restore->gateway_directory);
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
